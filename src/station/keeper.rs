//! Registers that a run does not change, or changes once, and what they hold: a frame that loses a byte
//! inside the unit can land on any of a cell's registers, its calibration in EEPROM among them.

use crate::driver::{Answer, Line, LineError, Request};
use crate::wire::{self, Address};
use std::collections::HashMap;

/// What registers are to hold.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    values: HashMap<Address, u16>,
}

impl Keeper {
    /// Reads the calibration of the unit and of its four slots.
    pub(super) fn begin(&mut self, line: &mut Line) -> Result<(), LineError> {
        let addresses: Vec<_> = wire::calibration().collect();
        // Read until two readings agree: what is kept may one day be written into EEPROM.
        let mut values = line.read_many(addresses.clone())?;
        for _ in 0..3 {
            let again = line.read_many(addresses.clone())?;
            if again == values {
                break;
            }
            values = again;
        }
        self.values.extend(addresses.into_iter().zip(values));
        Ok(())
    }

    /// What a kept register is to hold.
    pub(super) fn value(&self, address: Address) -> Option<u16> {
        self.values.get(&address).copied()
    }

    /// Keeps these registers at these values from now on.
    pub(super) fn keep(&mut self, registers: impl Iterator<Item = (Address, u16)>) {
        self.values.extend(registers);
    }

    /// Looks at a register that a torn frame may have changed, and puts it back. Says what it had
    /// become, if so. Nothing is written otherwise: some registers are EEPROM and wear.
    pub(super) fn mend(&self, line: &mut Line, address: Address) -> Result<Option<String>, LineError> {
        let Some(kept) = self.values.get(&address).copied() else { return Ok(None) };
        let Answer::Value(found) = line.call(Request::Read(address))? else { return Ok(None) };
        if found == kept || line.call(Request::Read(address))? == Answer::Value(kept) {
            return Ok(None);
        }
        line.call(Request::WriteVerified(address, kept))?;
        Ok(Some(format!("{address}: was {found} after a torn frame; put back to {kept}")))
    }
}
