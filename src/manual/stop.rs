//! Ending current by hand, and bringing a slot back to where a test can begin.

use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::wire::{ErrorFlags, FirmwareVersion, Lock, Mode, Setpoint, Settings, WatchdogCount, cell, unit};

/// What became of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The slot.
    pub slot: Slot,
    /// What it did before.
    pub before: Mode,
    /// What it does now, as read back.
    pub after: Mode,
    /// What had stopped it before.
    pub error: ErrorFlags,
}

/// Ends the current of a slot: MODE is STOPPED, its setpoint 0. A slot without a cell, or with a reversed one, is
/// left as it is: it drives nothing, and would not notice the next cell. ERROR stays, because it tells why
/// the unit had stopped the slot before. Both are written even where it cannot be read what the slot does.
///
/// # Errors
/// The unit does not answer, or does not do it; what could be sent was sent all the same.
pub fn stop(line: &mut Line, slot: Slot) -> Result<Stopped, LineError> {
    end(line, slot, Mode::Stopped)
}

/// Brings these slots back to IDLE, with setpoint 0 and ERROR cleared, and the unit to where that lasts: LOCK is
/// opened, and a watchdog that somebody left on is switched off, because it would stop the slots again.
///
/// # Errors
/// The unit does not answer, or does not do it.
pub fn reset(line: &mut Line, firmware: FirmwareVersion, slots: &[Slot]) -> Result<Vec<Stopped>, LineError> {
    if firmware.has_watchdog() {
        // One that has bitten bites again each 0.1 s, and no slot would stay idle.
        line.write(unit::WATCHDOG_TIMER, WatchdogCount::KICK)?;
    }
    let slots: Vec<_> = slots
        .iter()
        .map(|slot| {
            let stopped = end(line, *slot, Mode::Idle)?;
            line.write(cell::ERROR.at(*slot), ErrorFlags::NONE)?;
            Ok(stopped)
        })
        .collect::<Result<_, LineError>>()?;
    line.write(unit::LOCK, Lock::OPEN)?;
    let settings = line.read_twice(unit::SETTINGS)?;
    let active =
        |line: &mut Line, slot| Ok::<_, LineError>(line.read_twice(cell::MODE.at(slot))?.is_active());
    let mut flows = false;
    for slot in Slot::ALL {
        flows |= active(line, slot)?;
    }
    // Where current flows in another slot, the watchdog is what ends it.
    if settings.intersects(Settings::WATCHDOG_TIMER) && !flows {
        line.write(unit::SETTINGS, settings.without(Settings::WATCHDOG_TIMER))?;
    }
    Ok(slots)
}

fn end(line: &mut Line, slot: Slot, mode: Mode) -> Result<Stopped, LineError> {
    let before = line.read_twice(cell::MODE.at(slot));
    let error = line.read(cell::ERROR.at(slot));
    if let Ok(before @ (Mode::NoCell | Mode::Backwards)) = before {
        return Ok(Stopped { slot, before, after: before, error: error? });
    }
    // Current may flow where nobody can read: what fails above or here keeps no write from being sent.
    let after = line.write(cell::MODE.at(slot), mode);
    let zero = line.write(cell::CURRENT_SETPOINT.at(slot), Setpoint::ZERO);
    let (after, _) = (after?, zero?);
    Ok(Stopped { slot, before: before?, after, error: error? })
}
