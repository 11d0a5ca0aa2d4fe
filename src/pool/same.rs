//! Whether what lies in a slot can be the cell that an interrupted run left there: by its open-circuit voltage, against
//! the last one that was recorded and the current that flowed then.
//!
//! A voltage is a weak witness. It finds an empty slot, a reversed cell, a full one in the place of an empty one, one of
//! another chemistry; it does not find another cell of the same kind in the same state.

use super::FoundSlot;
use crate::units::{Amperes, Coulombs, Ohms, Volts};
use crate::wire::Mode;
use std::time::Duration;

/// What a cell without current may have come to by itself: it relaxes, and discharges itself.
const AT_REST: Volts = Volts(0.1);
/// What it falls back by when a current ends: its own part at the rate that empties it in an hour (it grows with the rate), and
/// the part of holder and contacts.
const POLARISATION: Volts = Volts(0.2);
const CONTACTS: Ohms = Ohms(0.1);
/// What an empty cell recovers by, beyond that, when a discharge ends.
const RECOVERY: Volts = Volts(0.5);
/// How long the current can have gone on unseen: the unit's watchdog stops it then.
const UNSEEN: Duration = Duration::from_millis(25_500);
/// How much the voltage moves, at most, over the whole charge of a cell but for its ends.
const STEEPNESS: Volts = Volts(3.0);

/// A cell as the last row of its time series tells of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeftCell {
    /// The last voltage.
    pub voltage: Volts,
    /// The current that flowed then, positive into the cell.
    pub current: Amperes,
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

impl LeftCell {
    /// The open-circuit voltages that it can have by now.
    pub fn window(&self) -> (Volts, Volts) {
        let current = self.current.abs();
        let hours = (current * Duration::from_secs(3600)) / self.capacity;
        let back = POLARISATION * hours + current * CONTACTS;
        let on = STEEPNESS * ((current * UNSEEN) / self.capacity);
        let (down, up) = if self.current.0 > 0.0 {
            (back, on)
        } else if self.current.0 < 0.0 {
            (on, back + RECOVERY)
        } else {
            (Volts(0.0), Volts(0.0))
        };
        let (lowest, highest) = self.envelope;
        ((self.voltage - AT_REST - down).max(lowest), (self.voltage + AT_REST + up).min(highest))
    }

    /// Looks whether it can be what lies in a slot, and gives the voltage of that.
    ///
    /// # Errors
    /// It cannot: what was expected, and what was found.
    pub fn recognise(&self, found: &FoundSlot) -> Result<Volts, NotTheSame> {
        let (at_least, at_most) = self.window();
        match (found.mode, found.voltage) {
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

    fn left(voltage: f64, current: f64) -> LeftCell {
        LeftCell {
            voltage: Volts(voltage),
            current: Amperes(current),
            capacity: Coulombs(9000.0),
            envelope: (Volts(2.5), Volts(4.25)),
        }
    }

    fn window(voltage: f64, current: f64) -> (i64, i64) {
        let (low, high) = left(voltage, current).window();
        ((low.0 * 1e3).round() as i64, (high.0 * 1e3).round() as i64)
    }

    #[test]
    fn the_window_goes_by_what_flowed() {
        assert_eq!(window(3.7, 0.0), (3600, 3800));
        // 1 C of 2.5 Ah: 0.2 V of its own and 0.25 V of the holder, and 64 C that may have gone on.
        assert_eq!(window(3.7, 2.5), (3150, 3821));
        assert_eq!(window(3.2, -2.5), (3079, 4250));
        assert_eq!(window(2.55, 0.0), (2500, 2650), "no chemistry's voltage is left");
    }

    #[test]
    fn what_is_no_such_cell_is_told_with_what_was_expected() {
        let slot = |mode, voltage: Option<f64>| FoundSlot { mode, voltage: voltage.map(Volts) };
        let cell = left(3.7, 0.0);
        assert_eq!(cell.recognise(&slot(Mode::Idle, Some(3.65))), Ok(Volts(3.65)));
        assert_eq!(cell.recognise(&slot(Mode::NoCell, Some(3.65))), Err(NotTheSame::Empty));
        assert_eq!(cell.recognise(&slot(Mode::Backwards, None)), Err(NotTheSame::Reversed));
        assert!(matches!(cell.recognise(&slot(Mode::Idle, None)), Err(NotTheSame::Unknown { .. })));
        let other = cell.recognise(&slot(Mode::Idle, Some(3.3))).unwrap_err().to_string();
        assert!(other.contains("3.600 V to 3.800 V, found 3.3000 V"), "{other}");
    }
}
