//! Registers that a run does not change, or changes once, and what they hold: a frame that loses a byte
//! inside the unit can land on any of a cell's registers, its calibration in EEPROM among them.

use crate::driver::{Answer, Line, LineError, Request};
use crate::identity::SerialNumber;
use crate::wire::{self, Address, FirmwareVersion, serial_number, unit};
use std::collections::HashMap;
use std::fmt;

/// What registers are to hold.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    values: HashMap<Address, u16>,
}

impl Keeper {
    /// Reads the calibration of the unit and of its four slots. When it was read before, gives what differs
    /// from that.
    pub(super) fn begin(&mut self, line: &mut Line) -> Result<Vec<Different>, LineError> {
        let addresses: Vec<_> = wire::calibration().collect();
        // What is kept may one day be written into EEPROM.
        let values = line.read_many_twice(&addresses)?;
        let mut differences = Vec::new();
        for (address, is) in addresses.into_iter().zip(values) {
            let was = *self.values.entry(address).or_insert(is);
            if was != is {
                differences.push(Different(format!("{address} was {was} and is {is}")));
            }
        }
        Ok(differences)
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

/// What of a unit is not as it was when the run began, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Different(String);

impl fmt::Display for Different {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Looks whether a unit is the one of this number with this firmware, and gives what differs.
pub(super) fn look_who(
    line: &mut Line,
    serial: SerialNumber,
    firmware: FirmwareVersion,
) -> Result<Vec<Different>, LineError> {
    let mut differences = Vec::new();
    let low = line.read_twice(unit::SERIAL_NUM)?;
    match serial_number(line.read_twice(unit::DEVICE_ID)?, low) {
        Some(is) if is == serial => {}
        Some(is) => differences.push(Different(format!("it was unit {serial} and is unit {is}"))),
        None => differences.push(Different(format!("it was unit {serial}, and has no serial number"))),
    }
    let is = line.read_twice(unit::FIRMWARE_VER)?;
    if is != firmware {
        differences.push(Different(format!("it had firmware {firmware} and has {is}")));
    }
    Ok(differences)
}
