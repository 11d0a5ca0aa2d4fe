//! Whose turn it is: of the stations of one run, the one whose clock is furthest behind runs, and no other.
//!
//! Each unit has its own clock and each station its own thread. Left to themselves, what they tell would meet
//! in another order each time.

use crate::clock::Instant;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The stations that are at work, by their numbers, and how far the clock of each is.
#[derive(Debug, Default)]
pub(super) struct Turns {
    at: Mutex<Vec<Option<Instant>>>,
    changed: Condvar,
}

impl Turns {
    /// Stations begin, each at its moment; `None` where there is none.
    pub(super) fn open(&self, moments: Vec<Option<Instant>>) {
        *self.lock() = moments;
    }

    /// Tells that a station's clock has come to a moment, and waits until it is its turn. Before the stations
    /// have begun, it always is.
    pub(super) fn wait(&self, mine: usize, now: Instant) {
        let mut at = self.lock();
        match at.get_mut(mine) {
            Some(Some(moment)) => *moment = now,
            _ => return,
        }
        self.changed.notify_all();
        let is_behind = |at: &[Option<Instant>]| {
            at.iter()
                .enumerate()
                .any(|(other, moment)| moment.is_some_and(|moment| (moment, other) < (now, mine)))
        };
        while is_behind(&at) {
            at = self.changed.wait(at).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A station has ended.
    pub(super) fn leave(&self, mine: usize) {
        if let Some(moment) = self.lock().get_mut(mine) {
            *moment = None;
        }
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<Instant>>> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
