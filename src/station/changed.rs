//! Settings that a run changes, so that they can be put back as they were.

use crate::driver::{Line, LineError, Request};
use crate::event::Event;
use crate::wire::{Address, Encoding, Register};

type Restore = Box<dyn Fn(&mut Line) -> Result<(), LineError> + Send>;

/// A register that was changed, and the way back.
struct Change {
    address: Address,
    before: u16,
    restore: Restore,
}

/// The settings changed so far, each with what it was before the first change.
#[derive(Default)]
pub(super) struct Changed {
    list: Vec<Change>,
    facts: Vec<Event>,
}

impl Changed {
    /// Settings that an earlier part of the run left changed, and what they held before it. Whatever is found in them now is
    /// not what is to be put back.
    pub(super) fn left(settings: Vec<(Address, u16)>) -> Self {
        let change = |(address, before)| {
            let restore: Restore =
                Box::new(move |line| line.call(Request::WriteVerified(address, before)).map(drop));
            Change { address, before, restore }
        };
        Self { list: settings.into_iter().map(change).collect(), facts: Vec::new() }
    }

    /// Sets a register for the length of the run; writes nothing if it holds the value already,
    /// because some registers are EEPROM and wear.
    pub(super) fn set<V: Encoding + Send + 'static>(
        &mut self,
        line: &mut Line,
        register: Register<V>,
        value: V,
    ) -> Result<(), LineError> {
        let before = line.read_twice(register)?;
        if before.to_raw() == value.to_raw() {
            return Ok(());
        }
        let (address, raw) = (register.address(), before.to_raw());
        if !self.list.iter().any(|change| change.address == address) {
            // Remembered before it is written: if that fails half way, it must still be put back.
            let restore: Restore = Box::new(move |line| line.write(register, before).map(drop));
            self.list.push(Change { address, before: raw, restore });
            let register = address.to_string();
            self.facts.push(Event::SettingChanged { register, before: raw, after: value.to_raw() });
        }
        line.write(register, value).map(drop)
    }

    /// What was changed for the first time since this was asked last.
    pub(super) fn take_facts(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.facts)
    }

    /// Puts everything back, the last change first. One that fails does not keep the others.
    pub(super) fn restore(&mut self, line: &mut Line) -> Vec<Event> {
        let undo = |Change { address, before, restore }: Change| match restore(line) {
            Ok(()) => Event::SettingRestored { register: address.to_string(), value: before },
            Err(error) => Event::Fault { what: format!("{address} is not restored to {before}: {error}") },
        };
        std::mem::take(&mut self.list).into_iter().rev().map(undo).collect()
    }
}
