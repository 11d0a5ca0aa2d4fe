//! Messages that wait for their courier: never more than so many, and nobody waits to put one in.

use super::Message;
use crate::recipe::notify::Occasion;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So many messages wait for one target; a further one puts out the oldest.
pub const QUEUE: usize = 32;

/// Messages that wait for their courier, and what became of those that do not.
#[derive(Debug, Default)]
pub struct Mailbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Message>,
    /// Whether the courier has one in hand.
    in_hand: bool,
    /// Whether nothing more comes.
    closed: bool,
    /// Messages that were put out since they were last told.
    put_out: u64,
    /// Why messages were not delivered, since it was last told.
    failures: Vec<String>,
}

impl State {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && !self.in_hand
    }
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a message in. Where there is no room the oldest goes: the newest tells most, and the last of
    /// all is that the run has ended. That the run goes on is told by one message as well as by two.
    pub fn put(&self, message: Message) {
        let mut state = self.lock();
        if message.occasion == Occasion::Alive {
            state.waiting.retain(|waiting| waiting.occasion != Occasion::Alive);
        }
        if state.waiting.len() >= QUEUE {
            state.waiting.pop_front();
            state.put_out += 1;
        }
        state.waiting.push_back(message);
        drop(state);
        self.changed.notify_all();
    }

    /// Says that nothing more comes.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Waits for the next message; `None` when nothing more comes. What was taken before is then done.
    pub fn take(&self) -> Option<Message> {
        let mut state = self.lock();
        state.in_hand = false;
        self.changed.notify_all();
        let waits = |state: &mut State| state.waiting.is_empty() && !state.closed;
        let mut state = self.changed.wait_while(state, waits).unwrap_or_else(PoisonError::into_inner);
        let message = state.waiting.pop_front();
        state.in_hand = message.is_some();
        message
    }

    /// Waits so long. Where the run ends meanwhile, it ends too: what is in hand is then tried once more
    /// while somebody still waits for it.
    pub fn pause(&self, time: Duration) {
        let state = self.lock();
        let was_closed = state.closed;
        drop(self.changed.wait_timeout_while(state, time, |state| state.closed == was_closed));
    }

    /// Says why a message was not delivered.
    pub fn failed(&self, why: String) {
        self.lock().failures.push(why);
    }

    /// Waits until everything is delivered or has failed, for at most so long. Gives how many messages
    /// are left.
    pub fn wait_until_empty(&self, at_most: Duration) -> usize {
        let waits = |state: &mut State| !state.is_empty();
        let (state, _) = self
            .changed
            .wait_timeout_while(self.lock(), at_most, waits)
            .unwrap_or_else(PoisonError::into_inner);
        state.waiting.len() + usize::from(state.in_hand)
    }

    /// What was not delivered since this was asked for last: messages put out, and why others failed.
    pub fn losses(&self) -> (u64, Vec<String>) {
        let mut state = self.lock();
        (std::mem::take(&mut state.put_out), std::mem::take(&mut state.failures))
    }
}
