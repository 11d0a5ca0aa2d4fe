//! Whether a unit may have done to it what must not happen to a working cell.

use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::wire::{Mode, cell};
use std::fmt;

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
                let slots: Vec<_> =
                    slots.iter().map(|(slot, mode)| format!("slot {slot} ({mode})")).collect();
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
