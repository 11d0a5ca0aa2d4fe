//! Which cell lies in which slot.

use super::FoundUnit;
use crate::identity::{CellName, Place, SerialNumber, Slot};
use crate::units::Volts;
use crate::wire::Mode;
use std::str::FromStr;

/// A cell as the command line places it: `NAME@SERIAL:SLOT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellArgument {
    /// What the cell is called.
    pub name: CellName,
    /// Where it lies.
    pub place: Place,
}

impl FromStr for CellArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || format!("`{text}` is not NAME@SERIAL:SLOT, such as A17@4711:0");
        let (name, place) = text.rsplit_once('@').ok_or_else(wanted)?;
        Ok(Self { name: name.parse()?, place: place.parse()? })
    }
}

/// A cell and the slot that it was found in.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The cell.
    pub cell: CellName,
    /// Its slot.
    pub place: Place,
    /// Its voltage when it was found.
    pub voltage: Volts,
}

/// Why cells cannot be bound as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// Two cells of one name, or in one slot.
    #[error("{0} is named twice; every cell and every slot can be named once")]
    Twice(String),
    /// No unit of this serial number answers.
    #[error("unit {serial} does not answer; connected are: {connected}")]
    NoUnit {
        /// The unit asked for.
        serial: SerialNumber,
        /// The serial numbers that there are.
        connected: String,
    },
    /// The slot asked for is empty or its cell reversed.
    #[error("{cell} is not in slot {place}: {found}")]
    NoCell {
        /// The cell asked for.
        cell: CellName,
        /// Where it was to be.
        place: Place,
        /// What is there.
        found: String,
    },
}

/// Binds the cells named, each to its slot; or, when none is named, every slot with a cell, under
/// the name `SERIAL-SLOT`.
///
/// # Errors
/// A name or slot is used twice, or a named cell is not where it should be.
pub fn bind(units: &[FoundUnit], named: &[CellArgument]) -> Result<Vec<Binding>, BindError> {
    if named.is_empty() {
        return Ok(units.iter().flat_map(every_cell).collect());
    }
    for (index, argument) in named.iter().enumerate() {
        let before = &named[..index];
        if before.iter().any(|other| same_file(&other.name, &argument.name)) {
            return Err(BindError::Twice(argument.name.to_string()));
        }
        if before.iter().any(|other| other.place == argument.place) {
            return Err(BindError::Twice(format!("slot {}", argument.place)));
        }
    }
    named.iter().map(|argument| bind_one(units, argument)).collect()
}

/// Names that differ in case only would share their files on some systems.
fn same_file(one: &CellName, other: &CellName) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

fn every_cell(unit: &FoundUnit) -> impl Iterator<Item = Binding> {
    Slot::ALL.into_iter().zip(unit.slots).filter_map(|(slot, found)| {
        let voltage = found.voltage.filter(|_| found.has_cell())?;
        let cell = CellName::of_slot(unit.serial, slot);
        Some(Binding { cell, place: Place { unit: unit.serial, slot }, voltage })
    })
}

fn bind_one(units: &[FoundUnit], argument: &CellArgument) -> Result<Binding, BindError> {
    let CellArgument { name, place } = argument;
    let unit = units.iter().find(|unit| unit.serial == place.unit).ok_or_else(|| {
        let serials: Vec<_> = units.iter().map(|unit| unit.serial.to_string()).collect();
        BindError::NoUnit { serial: place.unit, connected: serials.join(", ") }
    })?;
    let found = unit.slots[place.slot.index()];
    match found.voltage.filter(|_| found.has_cell()) {
        Some(voltage) => Ok(Binding { cell: name.clone(), place: *place, voltage }),
        None => Err(BindError::NoCell {
            cell: name.clone(),
            place: *place,
            found: match found.mode {
                Mode::NoCell => "the slot is empty".into(),
                Mode::Backwards => "the cell in it is reversed; turn it round".into(),
                mode => format!("its mode is {mode}"),
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_placed_by_name_serial_and_slot() {
        let parsed: CellArgument = "A17@4711:3".parse().unwrap();
        assert_eq!(parsed.name.as_str(), "A17");
        assert_eq!(parsed.place.to_string(), "4711:3");
        for wrong in ["A17", "A17@4711", "A17@4711:4", "A17@x:0", "a/b@1:0", "@1:0", "..@1:0"] {
            assert!(wrong.parse::<CellArgument>().is_err(), "{wrong}");
        }
    }
}
