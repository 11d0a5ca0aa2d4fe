//! Notes on their way out of a station, in order. Whoever takes them may be slow; a station that controls currents
//! must not be.

use crate::event::Note;
use std::collections::VecDeque;
use std::sync::mpsc::{SyncSender, TrySendError};

/// Notes that are told and not taken yet. They go out in lots, each at once.
pub(super) struct Outbox {
    sender: SyncSender<Vec<Note>>,
    held: VecDeque<Note>,
    heard: bool,
}

impl Outbox {
    pub(super) fn new(sender: SyncSender<Vec<Note>>) -> Self {
        Self { sender, held: VecDeque::new(), heard: true }
    }

    /// Puts a note behind all others; nothing goes out by that.
    pub(super) fn put(&mut self, note: Note) {
        self.held.push_back(note);
    }

    /// Hands on what is taken at once, note by note, as there is room for each.
    pub(super) fn hand_on(&mut self) {
        while let Some(note) = self.held.pop_front() {
            match self.sender.try_send(vec![note]) {
                Ok(()) => {}
                Err(TrySendError::Full(lot)) => {
                    return lot.into_iter().for_each(|note| self.held.push_front(note));
                }
                Err(TrySendError::Disconnected(_)) => return self.give_up(),
            }
        }
    }

    /// Hands on everything as one lot, and waits for whoever takes it.
    pub(super) fn deliver(&mut self) {
        let lot = Vec::from(std::mem::take(&mut self.held));
        if !lot.is_empty() && self.sender.send(lot).is_err() {
            self.give_up();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Entry, Event};
    use chrono::DateTime;
    use std::sync::mpsc::{Receiver, sync_channel};

    fn note(number: u64) -> Note {
        Note::Fact(Box::new(Entry {
            time: DateTime::UNIX_EPOCH,
            test_time_second: number as f64,
            unit: None,
            slot: None,
            cell: None,
            event: Event::EepromWritten { count: number },
        }))
    }

    fn number(note: Note) -> u64 {
        match note {
            Note::Fact(entry) => entry.test_time_second as u64,
            Note::Row(..) => u64::MAX,
        }
    }

    fn taken(receiver: &Receiver<Vec<Note>>) -> Vec<u64> {
        receiver.try_iter().flatten().map(number).collect()
    }

    #[test]
    fn all_come_and_in_order_however_they_are_taken() {
        for room in 0..4 {
            let (sender, receiver) = sync_channel(room);
            let mut outbox = Outbox::new(sender);
            let mut came = Vec::new();
            for count in 0..100 {
                outbox.put(note(count));
                outbox.hand_on();
                if count % 7 == 0 {
                    came.extend(taken(&receiver));
                }
            }
            assert!(outbox.held() >= 100 - came.len() - room, "nothing waits in the way but what has room");
            let others =
                std::thread::spawn(move || receiver.into_iter().flatten().map(number).collect::<Vec<_>>());
            outbox.deliver();
            assert_eq!((outbox.held(), outbox.is_heard()), (0, true));
            drop(outbox);
            came.extend(others.join().unwrap());
            assert_eq!(came, (0..100).collect::<Vec<_>>(), "room for {room}");
        }
    }

    #[test]
    fn where_nobody_listens_nothing_is_kept() {
        let (sender, receiver) = sync_channel(1);
        let mut outbox = Outbox::new(sender);
        (0..5).for_each(|count| outbox.put(note(count)));
        outbox.hand_on();
        assert_eq!(outbox.held(), 4);
        drop(receiver);
        outbox.hand_on();
        assert_eq!((outbox.held(), outbox.is_heard()), (0, false));
    }
}
