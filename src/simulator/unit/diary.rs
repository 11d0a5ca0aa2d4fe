//! What a unit did at the word of its host: its own record, which no host can embellish.

use super::bay::Bay;
use super::frame::Command;
use super::outside;
use super::registers::{ACCEPTED, cell, namespace};
use crate::clock::Instant;
use crate::simulator::cell::Books;

/// An entry of the record.
#[derive(Clone, Copy, Debug)]
pub enum Deed {
    /// The application took a command and answered it. Whether the answer reached the host is not known here.
    Answered(Answered),
    /// The measurement processor began anew: every register that is not EEPROM is what it is after power comes.
    Restarted(Instant),
}

/// A command that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    /// When.
    pub at: Instant,
    /// Namespace as on the wire.
    pub namespace: u8,
    /// Register.
    pub address: u8,
    /// What was written and accepted; `None` of a read, and of a write that was refused.
    pub written: Option<u16>,
    /// What a read was answered with; `None` of a write.
    pub read: Option<u16>,
    /// For a write of a cell's MODE: the truth about the cell, just after it; `None` where there is none.
    pub books: Option<Books>,
}

/// The record since it was taken last, if it is kept.
#[derive(Clone, Debug, Default)]
pub struct Diary(Option<Vec<Deed>>);

impl Diary {
    /// Begins to keep it.
    pub fn open(&mut self) {
        self.0.get_or_insert_default();
    }

    /// Adds an entry, made only if it is kept.
    pub fn push(&mut self, deed: impl FnOnce() -> Deed) {
        if let Some(deeds) = &mut self.0 {
            deeds.push(deed());
        }
    }

    /// Takes what there is.
    pub fn take(&mut self) -> Vec<Deed> {
        self.0.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// The entry of a command that was answered with this.
pub fn answered(command: Command, answer: u16, bays: &mut [Bay; 4], now: u64) -> Answered {
    let Command { namespace, address, write, data } = command;
    let mode = write && namespace <= namespace::CELL3 && usize::from(address) == cell::MODE;
    let bay = bays.get_mut(usize::from(namespace)).filter(|_| mode);
    Answered {
        at: outside(now),
        namespace,
        address,
        written: (write && answer == ACCEPTED).then_some(data),
        read: (!write).then_some(answer),
        books: bay.and_then(|bay| bay.books(now)),
    }
}
