//! What a plan is made of: steps, their kinds, and the conditions that end them.

use super::Comparison;
use crate::units::{Amperes, Celsius, Coulombs, Hertz, Joules, Volts, Watts, duration_text};
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Its number in the plan, counted from 1 through all nested steps in the order of the text.
    pub id: u32,
    /// The name that the recipe gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it does.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// Drives current into the cell.
    Charge(Drive),
    /// Drives current out of the cell.
    Discharge(Drive),
    /// Lets the cell lie without current.
    Rest {
        /// How long, at most.
        #[serde(with = "duration_text")]
        duration: Duration,
        /// What ends it earlier: any of them.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        until: Vec<EndCondition>,
    },
    /// Measures the magnitude of the AC impedance at each of these frequencies in turn.
    Impedance {
        /// Frequencies that the unit's sine generator can make (multiples of 39.0625 Hz).
        frequencies: Vec<Hertz>,
    },
    /// Does its steps so many times.
    Repeat {
        /// How many times, at least once.
        times: u32,
        /// Whether each time counts as a cycle: its steps both charge and discharge, and no
        /// repeat inside it does so itself.
        counts_cycles: bool,
        /// What is repeated.
        steps: Vec<Step>,
    },
}

/// Constant current, and then constant voltage where `hold` says so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drive {
    /// The constant current, above zero in either direction.
    pub current: Amperes,
    /// The terminal voltage at which constant current turns into constant voltage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Volts>,
    /// What ends the step: any of them.
    pub until: Vec<EndCondition>,
    /// The time after which the step ends without having reached a condition.
    #[serde(with = "duration_text")]
    pub at_most: Duration,
}

/// A quantity of the running step, and what of it ends the step. All are magnitudes: the current
/// and the charge of a discharge are above zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EndCondition {
    /// Terminal voltage.
    Voltage(Comparison, Volts),
    /// Current.
    Current(Comparison, Amperes),
    /// Power.
    Power(Comparison, Watts),
    /// Temperature of the cell.
    Temperature(Comparison, Celsius),
    /// Time in this step.
    Time(Comparison, Duration),
    /// Charge passed in this step.
    Charge(Comparison, Coulombs),
    /// Energy passed in this step.
    Energy(Comparison, Joules),
}

impl fmt::Display for EndCondition {
    /// Prints it as a recipe would have it: `current < 0.125 A`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Voltage(side, value) => write!(f, "voltage {side} {value}"),
            Self::Current(side, value) => write!(f, "current {side} {value}"),
            Self::Power(side, value) => write!(f, "power {side} {value}"),
            Self::Temperature(side, value) => write!(f, "temperature {side} {value}"),
            Self::Time(side, value) => {
                write!(f, "time {side} {}", crate::units::format_duration(*value))
            }
            Self::Charge(side, value) => write!(f, "charge {side} {} Ah", tidy(value.ampere_hours())),
            Self::Energy(side, value) => write!(f, "energy {side} {} Wh", tidy(value.watt_hours())),
        }
    }
}

/// A number without the last bits of having been converted to the base unit and back.
fn tidy(hours: f64) -> f64 {
    let tidy = (hours * 1e9).round() / 1e9;
    if tidy != 0.0 && tidy.is_finite() { tidy } else { hours }
}

impl Serialize for EndCondition {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
