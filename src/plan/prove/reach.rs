//! What the quantities of a step can do: which way they go, and how far.

use crate::plan::{CellKind, Chemistry, Demand, Direction, Limits, Measure};
use crate::units::{Amperes, Celsius, Coulombs, Volts};
use std::fmt;
use std::time::Duration;

/// What a step does to its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Charge,
    Discharge,
    Rest,
    Wait,
    /// Constant voltage by itself.
    Hold,
    /// Currents that change by themselves: pulses and profiles.
    Varied,
    /// The end of a pass, where nothing is measured.
    Pass,
}

impl Way {
    /// Whether no current flows.
    pub(super) fn is_idle(self) -> bool {
        matches!(self, Self::Rest | Self::Wait)
    }
}

impl From<Direction> for Way {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Charge => Self::Charge,
            Direction::Discharge => Self::Discharge,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Charge => "charge",
            Self::Discharge => "discharge",
            Self::Rest => "rest",
            Self::Wait => "wait",
            Self::Hold => "hold",
            Self::Varied => "step",
            Self::Pass => "repeat",
        })
    }
}

/// Where a quantity goes while a step runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trend {
    Rises,
    Falls,
    Stays,
    Either,
}

/// What the quantities of one step can do.
pub(super) struct Reach {
    pub way: Way,
    pub voltage: (Volts, Volts),
    pub temperature: (Celsius, Celsius),
    /// What is kept constant, if it is good.
    pub demand: Option<Demand>,
    /// The lowest and the highest current that it takes.
    pub current: Option<(Amperes, Amperes)>,
    /// The held voltage.
    pub hold: Option<Volts>,
    /// Whether a voltage is held at all.
    pub holds: bool,
    /// The time bound, if it is good.
    pub at_most: Option<Duration>,
    pub chemistry: Chemistry,
    /// The nominal capacity.
    pub capacity: Coulombs,
}

impl Reach {
    /// A step without a current of its own, or with one that is not looked into.
    pub(super) fn idle(cell: &CellKind, limits: &Limits, way: Way, at_most: Option<Duration>) -> Self {
        Self {
            way,
            voltage: (limits.voltage_low, limits.voltage_high),
            temperature: (limits.temperature_discharge_low, limits.temperature_discharge),
            demand: None,
            current: None,
            hold: None,
            holds: false,
            at_most,
            chemistry: cell.chemistry,
            capacity: cell.capacity,
        }
    }

    /// Where a quantity goes in this step, and why, in words.
    pub(super) fn trend(&self, measure: Measure) -> (Trend, &'static str) {
        use Trend::{Either, Falls, Rises, Stays};
        match (measure, self.way, self.demand) {
            (Measure::Time, ..) => (Rises, "time only goes on"),
            (_, Way::Pass | Way::Rest | Way::Wait, _) => (Either, ""),
            (Measure::Charge, ..) => (Rises, "the charge of a step grows, in a discharge too"),
            (Measure::Energy, ..) => (Rises, "the energy of a step grows, in a discharge too"),
            (_, Way::Varied, _) => (Either, ""),
            (Measure::Temperature, ..) => (Rises, "a cell under current grows warmer"),
            (Measure::Voltage, Way::Charge, _) => (Rises, "the voltage rises while charging"),
            (Measure::Voltage, Way::Discharge, _) => (Falls, "the voltage falls while discharging"),
            (Measure::Voltage, Way::Hold, _) => (Stays, "the voltage is held"),
            (Measure::Current | Measure::Power, Way::Hold, _) => {
                (Falls, "the current falls while a voltage is held")
            }
            (Measure::Current, Way::Discharge, Some(Demand::Power(_))) if !self.holds => {
                (Rises, "at constant power the current rises as the voltage falls")
            }
            (Measure::Current, Way::Discharge, Some(Demand::Power(_))) => (Either, ""),
            (Measure::Current, _, Some(Demand::Power(_) | Demand::Resistance(_))) => {
                (Falls, "the current falls with time in this step")
            }
            (Measure::Current, ..) if self.holds => {
                (Falls, "the current never rises above its constant value")
            }
            (Measure::Current, ..) => (Stays, "its current is constant"),
            (Measure::Power, _, Some(Demand::Power(_))) if self.holds => {
                (Falls, "the power never rises above its constant value")
            }
            (Measure::Power, _, Some(Demand::Power(_))) => (Stays, "its power is constant"),
            (Measure::Power, Way::Discharge, _) => (Falls, "the power falls with the voltage"),
            (Measure::Power, Way::Charge, _) if self.holds => (Either, ""),
            (Measure::Power, ..) => (Rises, "the power rises with the voltage"),
        }
    }
}
