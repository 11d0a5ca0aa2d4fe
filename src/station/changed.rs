//! Settings that a run changes, so that they can be put back as they were.

use crate::driver::{Line, LineError};
use crate::event::Event;
use crate::wire::{Encoding, Register};

type Restore = Box<dyn Fn(&mut Line) -> Result<(), LineError> + Send>;

/// The settings changed so far.
#[derive(Default)]
pub(super) struct Changed {
    list: Vec<(String, u16, Restore)>,
}

impl Changed {
    /// Sets a register for the length of the run; writes nothing if it holds the value already,
    /// because some registers are EEPROM and wear.
    pub(super) fn set<V: Encoding + Send + 'static>(
        &mut self,
        line: &mut Line,
        register: Register<V>,
        value: V,
    ) -> Result<Option<Event>, LineError> {
        let before = line.read(register)?;
        if before.to_raw() == value.to_raw() {
            return Ok(None);
        }
        // Remembered first: if the write fails half way, what was there must still be put back.
        let name = register.address().to_string();
        self.list.push((
            name.clone(),
            before.to_raw(),
            Box::new(move |line| line.write(register, before).map(drop)),
        ));
        line.write(register, value)?;
        Ok(Some(Event::SettingChanged { register: name, before: before.to_raw(), after: value.to_raw() }))
    }

    /// Puts everything back, the last change first. One that fails does not keep the others.
    pub(super) fn restore(&mut self, line: &mut Line) -> Vec<Event> {
        let undo = |(register, value, restore): (String, u16, Restore)| match restore(line) {
            Ok(()) => Event::SettingRestored { register, value },
            Err(error) => Event::Fault { what: format!("{register} is not restored to {value}: {error}") },
        };
        std::mem::take(&mut self.list).into_iter().rev().map(undo).collect()
    }
}
