//! What a program is told about its cell, and what it asks for.

use crate::clock::Instant;
use crate::plan::Direction;
use crate::units::{Amperes, Celsius, Coulombs, Hertz, Volts};

/// What a program wants its slot to do. The slot is brought there and kept there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    /// No current.
    Idle,
    /// A constant current as the unit's driver is set, which is not yet as it is measured.
    Drive(Direction, Amperes),
    /// A sine current at this frequency, and the impedance measured from it.
    Impedance(Hertz),
    /// No current, and nothing more to do.
    Finished,
}

impl Command {
    /// What a slot does that was switched so; none if no current flows.
    pub(super) fn activity(self) -> Option<Activity> {
        match self {
            Self::Drive(direction, _) => Some(Activity::Driving(direction)),
            Self::Impedance(_) => Some(Activity::Sine),
            Self::Idle | Self::Finished => None,
        }
    }
}

/// What the slot is really doing at a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// No current for so long that voltage, current and charge counter have all settled.
    Settled,
    /// Constant current flows.
    Driving(Direction),
    /// The sine current flows, which discharges the cell.
    Sine,
}

impl Activity {
    /// Which way constant current flows, if it does.
    pub fn direction(self) -> Option<Direction> {
        match self {
            Self::Driving(direction) => Some(direction),
            Self::Settled | Self::Sine => None,
        }
    }
}

/// One reading of one slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// When it was measured: the middle of the slice that its voltage and current are means of.
    pub at: Instant,
    /// When the host had it.
    pub heard: Instant,
    /// What the slot is doing.
    pub activity: Activity,
    /// Since when it is doing so.
    pub since: Instant,
    /// Whether that slice saw nothing but the current as it is set now: no older setting, no ramp.
    pub steady: bool,
    /// Voltage at the unit's terminals.
    pub voltage: Volts,
    /// Magnitude of the current.
    pub current: Amperes,
    /// Temperature of the cell's surface.
    pub temperature: Celsius,
    /// What the unit's charge counter has added since the reading before, without a sign.
    pub passed: Coulombs,
}

/// Why a unit stopped a cell by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trip {
    /// Only the lower voltage limit was crossed.
    pub only_voltage_low: bool,
    /// Only the upper voltage limit was crossed.
    pub only_voltage_high: bool,
    /// All that is known, in words.
    pub text: String,
}
