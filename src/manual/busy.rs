//! Whether a test goes on in a unit, as far as the unit shows.

use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::wire::{FirmwareVersion, Mode, Settings, WatchdogCount, cell, unit};
use std::fmt;

/// A sign that somebody uses the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// Current may flow in a slot.
    Active(Slot, Mode),
    /// The watchdog is on and has not run out: somebody kicked it, so long ago in tenths of a second.
    Watched(u16),
}

/// Looks for a test that goes on. Another program that holds the port is found before, on opening it;
/// this is for what was left alone, and for programs that let others have their port.
///
/// # Errors
/// The unit does not answer.
pub fn busy(line: &mut Line, firmware: FirmwareVersion) -> Result<Option<Busy>, LineError> {
    for slot in Slot::ALL {
        let mode = line.read_twice(cell::MODE.at(slot))?;
        if mode.is_active() {
            return Ok(Some(Busy::Active(slot, mode)));
        }
    }
    if !firmware.has_watchdog() || !line.read(unit::SETTINGS)?.intersects(Settings::WATCHDOG_TIMER) {
        return Ok(None);
    }
    let count = line.read(unit::WATCHDOG_TIMER)?;
    let kicked = WatchdogCount::KICK.0.saturating_sub(count.0);
    Ok((!count.has_tripped()).then_some(Busy::Watched(kicked)))
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active(slot, mode) => write!(f, "slot {slot} is in {mode}, so current may flow in it"),
            Self::Watched(tenths) => write!(
                f,
                "its watchdog is on and was kicked {}.{} s ago, so a test may be resting there",
                tenths / 10,
                tenths % 10
            ),
        }
    }
}
