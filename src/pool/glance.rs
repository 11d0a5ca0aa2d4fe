//! What is on a line, found out without changing anything there.

use super::PoolError;
use crate::driver::{Line, LineError};
use crate::identity::{SerialNumber, Slot};
use crate::wire::bootloader::Running;
use crate::wire::{FirmwareVersion, Mode, cell, serial_number, unit};
use std::fmt;

/// What answers on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glance {
    /// A unit with its firmware running.
    Application {
        /// Its serial number, unless that is blank.
        serial: Option<SerialNumber>,
        /// Firmware of its measurement processor.
        firmware: FirmwareVersion,
    },
    /// A unit in its bootloader, which knows no serial number.
    Bootloader,
}

/// Asks what runs there and who it is, and nothing more.
///
/// # Errors
/// Nothing answers.
pub fn glance(line: &mut Line) -> Result<Glance, PoolError> {
    ask(line).map_err(|source| PoolError::Silent { port: line.name().to_owned(), source })
}

fn ask(line: &mut Line) -> Result<Glance, LineError> {
    if line.start()? == Running::Bootloader {
        return Ok(Glance::Bootloader);
    }
    let low = line.read_twice(unit::SERIAL_NUM)?;
    let high = line.read_twice(unit::DEVICE_ID)?;
    let firmware = line.read_twice(unit::FIRMWARE_VER)?;
    Ok(Glance::Application { serial: serial_number(high, low), firmware })
}

/// A unit of which no cell is energised; only [`at_rest`] makes one. What must not happen to a working cell
/// takes it.
pub struct AtRest<'l>(&'l mut Line);

impl<'l> AtRest<'l> {
    /// The line to the unit.
    pub fn line(self) -> &'l mut Line {
        self.0
    }
}

/// Why a unit is not at rest.
#[derive(Debug, thiserror::Error)]
pub enum NotAtRest {
    /// Current flows, or may.
    Energised(Vec<(Slot, Mode)>),
    /// Its modes cannot be read.
    Unknown(#[source] LineError),
}

impl fmt::Display for NotAtRest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Energised(slots) => {
                let slots: Vec<_> = slots.iter().map(|(slot, mode)| format!("slot {slot} ({mode})")).collect();
                write!(f, "a cell is energised: {}; stop it first", slots.join(", "))
            }
            Self::Unknown(error) => write!(f, "whether a cell is energised cannot be told: {error}"),
        }
    }
}

/// Looks whether no slot of a unit whose firmware runs drives current.
///
/// # Errors
/// One does, or does not tell.
pub fn at_rest(line: &mut Line) -> Result<AtRest<'_>, NotAtRest> {
    let mut active = Vec::new();
    for slot in Slot::ALL {
        let mode = line.read_twice(cell::MODE.at(slot)).map_err(NotAtRest::Unknown)?;
        if mode.is_active() {
            active.push((slot, mode));
        }
    }
    if active.is_empty() { Ok(AtRest(line)) } else { Err(NotAtRest::Energised(active)) }
}
