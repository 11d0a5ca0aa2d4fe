//! What the quantities of a step can do: which way they go, and how far.

use super::Proof;
use crate::plan::Chemistry;
use crate::units::{Amperes, Celsius, Coulombs, Volts};
use std::fmt;
use std::time::Duration;

/// Which way the current flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Charge,
    Discharge,
    Rest,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Charge => "charge",
            Self::Discharge => "discharge",
            Self::Rest => "rest",
        })
    }
}

/// What the quantities of one step can do.
pub(super) struct Reach {
    pub direction: Direction,
    pub voltage: (Volts, Volts),
    pub temperature: (Celsius, Celsius),
    /// The constant current, if it is good.
    pub current: Option<Amperes>,
    /// The held voltage.
    pub hold: Option<Volts>,
    /// Whether a voltage is held at all.
    pub holds: bool,
    /// The time bound, if it is good.
    pub at_most: Option<Duration>,
    pub capacity: Coulombs,
    pub chemistry: Chemistry,
}

impl Proof {
    pub(super) fn reach_of_rest(&self, duration: Duration) -> Option<Reach> {
        let (cell, limits) = (self.cell.as_ref()?, self.limits.as_ref()?);
        Some(Reach {
            direction: Direction::Rest,
            voltage: (limits.voltage_low, limits.voltage_high),
            temperature: (limits.temperature_discharge_low, limits.temperature_discharge),
            current: None,
            hold: None,
            holds: false,
            at_most: Some(duration),
            capacity: cell.capacity,
            chemistry: cell.chemistry,
        })
    }
}
