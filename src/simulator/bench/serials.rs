//! The serial numbers of a bench's units: each has its own, and one that a unit can have.

use super::file::UnitTable;
use crate::diagnostic::Problem;
use crate::identity::SerialNumber;
use std::collections::BTreeSet;

/// Those that were given so far.
#[derive(Debug, Default)]
pub(super) struct Serials(BTreeSet<SerialNumber>);

impl Serials {
    /// Those of so many units that a table describes, counted up from its own.
    ///
    /// # Errors
    /// One of them cannot be, or is taken.
    pub fn take(&mut self, table: &UnitTable, count: u32) -> Result<Vec<SerialNumber>, Problem> {
        let Some(first) = table.serial.get() else { return Ok(Vec::new()) };
        let mut taken = Vec::new();
        for above in 0..count {
            let serial = SerialNumber(first.value.saturating_add(above));
            if !can_be(serial) {
                let message = format!("no unit can have the serial number {serial}");
                let label = if above == 0 { "this number" } else { "counted up from this number" };
                let problem = Problem::new("out-of-range", first.span.clone(), message, label);
                return Err(problem.hint("a half of it is 65535, which is what a blank EEPROM reads"));
            }
            if !self.0.insert(serial) {
                let message = format!("two units have the serial number {serial}");
                let label = if above == 0 { "the second one" } else { "counted up from this number" };
                let problem = Problem::new("serial-twice", first.span.clone(), message, label);
                return Err(problem.hint("a unit is known by its serial number alone; give it another"));
            }
            taken.push(serial);
        }
        Ok(taken)
    }
}

/// Neither half is what a blank EEPROM reads.
fn can_be(serial: SerialNumber) -> bool {
    serial.0 >> 16 != 0xFFFF && serial.0 & 0xFFFF != 0xFFFF
}
