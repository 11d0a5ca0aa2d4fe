//! Whether what lies in a slot can be the cell that was there before its unit was lost, or that an interrupted run left
//! there: by its open-circuit voltage, against the last one that was seen and the current that had flowed by then.
//!
//! A voltage is a weak witness. It finds an empty slot, a reversed cell, a full one in the place of an empty one, one of
//! another chemistry; it does not find another cell of the same kind in the same state.

use crate::plan::Direction;
use crate::units::{Amperes, Coulombs, Ohms, Volts};
use crate::wire::{Mode, WatchdogCount};
use std::time::Duration;

/// What a cell may come to by itself that has rested: it discharges itself, and contacts differ.
const AT_REST: Volts = Volts(0.1);
/// So long after its current has ended a cell has rested.
const RESTED: Duration = Duration::from_secs(3600);
/// What it falls back by when a current ends: its own part at the rate that empties it in an hour (it grows with the rate), and
/// the part of holder and contacts.
const POLARISATION: Volts = Volts(0.2);
const CONTACTS: Ohms = Ohms(0.1);
/// What an empty cell recovers by, beyond that, when a discharge ends.
const RECOVERY: Volts = Volts(0.5);
/// How much the voltage moves, at most, over the whole charge of a cell but for its ends.
const STEEPNESS: Volts = Volts(3.0);

/// A cell as it was seen last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LastSeen {
    /// Its voltage then.
    pub voltage: Volts,
    /// The current that flowed then, or the last that had flowed; positive into the cell.
    pub current: Amperes,
    /// How long that current had ended; none while it flowed.
    pub rested: Option<Duration>,
    /// Nominal capacity.
    pub capacity: Coulombs,
    /// The voltages that its chemistry can have.
    pub envelope: (Volts, Volts),
}

/// What lies in a slot is not the cell that was left there, as far as can be told.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NotTheSame {
    /// There is nothing.
    #[error("expected a cell; the slot is empty: put the cell back into it")]
    Empty,
    /// It is the wrong way round.
    #[error("expected a cell; the one in the slot is reversed: turn it round")]
    Reversed,
    /// Its voltage cannot be told.
    #[error("expected a voltage of {at_least:.3} to {at_most:.3}; the slot shows none")]
    Unknown {
        /// The least that was expected.
        at_least: Volts,
        /// The most.
        at_most: Volts,
    },
    /// It has a voltage that the cell cannot have.
    #[error(
        "expected an open-circuit voltage of {at_least:.3} to {at_most:.3}, found {found:.4}: is it another cell, or was it used meanwhile?"
    )]
    Other {
        /// The least that was expected.
        at_least: Volts,
        /// The most.
        at_most: Volts,
        /// What was found.
        found: Volts,
    },
}

impl LastSeen {
    /// The open-circuit voltages that it can have by now.
    pub fn window(&self) -> (Volts, Volts) {
        let current = self.current.abs();
        let hours = (current * Duration::from_secs(3600)) / self.capacity;
        let back = POLARISATION * hours + current * CONTACTS;
        // A current goes on unseen until the watchdog ends it. One that had ended has only left the cell to relax.
        let on = match self.rested {
            None => STEEPNESS * ((current * WatchdogCount::BITES_AFTER) / self.capacity),
            Some(_) => Volts(0.0),
        };
        let (down, up) = if self.rested.is_some_and(|rested| rested >= RESTED) {
            (Volts(0.0), Volts(0.0))
        } else if self.current.0 > 0.0 {
            (back, on)
        } else if self.current.0 < 0.0 {
            (on, back + RECOVERY)
        } else {
            (Volts(0.0), Volts(0.0))
        };
        let (lowest, highest) = self.envelope;
        ((self.voltage - AT_REST - down).max(lowest), (self.voltage + AT_REST + up).min(highest))
    }

    /// Which way that current flowed, and how much, if any did.
    pub(super) fn flowed(&self) -> Option<(Direction, Amperes)> {
        let direction = if self.current.0 > 0.0 { Direction::Charge } else { Direction::Discharge };
        (self.current.0 != 0.0).then(|| (direction, self.current.abs()))
    }

    /// Looks whether it can be what lies in a slot, and gives the voltage of that.
    ///
    /// # Errors
    /// It cannot: what was expected, and what was found.
    pub fn recognise(&self, mode: Mode, voltage: Option<Volts>) -> Result<Volts, NotTheSame> {
        let (at_least, at_most) = self.window();
        match (mode, voltage) {
            (Mode::NoCell, _) => Err(NotTheSame::Empty),
            (Mode::Backwards, _) => Err(NotTheSame::Reversed),
            (_, None) => Err(NotTheSame::Unknown { at_least, at_most }),
            (_, Some(voltage)) if (at_least..=at_most).contains(&voltage) => Ok(voltage),
            (_, Some(found)) => Err(NotTheSame::Other { at_least, at_most, found }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(voltage: f64, current: f64, rested: Option<u64>) -> LastSeen {
        LastSeen {
            voltage: Volts(voltage),
            current: Amperes(current),
            rested: rested.map(Duration::from_secs),
            capacity: Coulombs(9000.0),
            envelope: (Volts(2.5), Volts(4.25)),
        }
    }

    fn window(voltage: f64, current: f64, rested: Option<u64>) -> (i64, i64) {
        let (low, high) = seen(voltage, current, rested).window();
        ((low.0 * 1e3).round() as i64, (high.0 * 1e3).round() as i64)
    }

    #[test]
    fn the_window_goes_by_what_flowed() {
        assert_eq!(window(3.7, 0.0, None), (3600, 3800));
        // 1 C of 2.5 Ah: 0.2 V of its own and 0.25 V of the holder, and 64 C that may have gone on.
        assert_eq!(window(3.7, 2.5, None), (3150, 3821));
        assert_eq!(window(3.2, -2.5, None), (3079, 4250));
        assert_eq!(window(2.55, 0.0, None), (2500, 2650), "no chemistry's voltage is left");
        // A cell that was just emptied rises while it rests, and no more when it has rested.
        assert_eq!(window(2.9, -2.5, Some(2)), (2800, 3950));
        assert_eq!(window(2.9, -2.5, Some(3600)), (2800, 3000));
    }

    #[test]
    fn what_is_no_such_cell_is_told_with_what_was_expected() {
        let cell = seen(3.7, 0.0, None);
        assert_eq!(cell.recognise(Mode::Idle, Some(Volts(3.65))), Ok(Volts(3.65)));
        assert_eq!(cell.recognise(Mode::NoCell, Some(Volts(3.65))), Err(NotTheSame::Empty));
        assert_eq!(cell.recognise(Mode::Backwards, None), Err(NotTheSame::Reversed));
        assert!(matches!(cell.recognise(Mode::Idle, None), Err(NotTheSame::Unknown { .. })));
        let other = cell.recognise(Mode::Idle, Some(Volts(3.3))).unwrap_err().to_string();
        assert!(other.contains("3.600 V to 3.800 V, found 3.3000 V"), "{other}");
    }
}
