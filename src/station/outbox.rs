//! Notes on their way out of a station, in order. Whoever takes them may be slow; a station that controls currents
//! must not be.

use crate::event::Note;
use std::collections::VecDeque;
use std::sync::mpsc::{SyncSender, TrySendError};

/// Notes that are told and not taken yet.
pub(super) struct Outbox {
    sender: SyncSender<Note>,
    held: VecDeque<Note>,
    heard: bool,
}

impl Outbox {
    pub(super) fn new(sender: SyncSender<Note>) -> Self {
        Self { sender, held: VecDeque::new(), heard: true }
    }

    /// Puts a note behind all others; nothing goes out by that.
    pub(super) fn put(&mut self, note: Note) {
        self.held.push_back(note);
    }

    /// Hands on what is taken at once.
    pub(super) fn hand_on(&mut self) {
        while let Some(note) = self.held.pop_front() {
            match self.sender.try_send(note) {
                Ok(()) => {}
                Err(TrySendError::Full(note)) => return self.held.push_front(note),
                Err(TrySendError::Disconnected(_)) => return self.give_up(),
            }
        }
    }

    /// Hands on everything, and waits for whoever takes it.
    pub(super) fn deliver(&mut self) {
        while let Some(note) = self.held.pop_front() {
            if self.sender.send(note).is_err() {
                return self.give_up();
            }
        }
    }

    fn give_up(&mut self) {
        self.heard = false;
        self.held.clear();
    }

    /// How many notes are held back.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// Whether somebody still takes notes.
    pub(super) fn is_heard(&self) -> bool {
        self.heard
    }
}
