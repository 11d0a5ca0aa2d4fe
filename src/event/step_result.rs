//! What a finished step came to.

use super::{EndReason, ImpedancePoint, ResistancePoint, Totals};
use crate::units::{Amperes, Celsius, Volts, VoltsPerSecond, duration_text};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a finished step came to. Currents are positive into the cell.
///
/// Extremes, and voltage and current at the end, are taken from readings that are wholly of the step:
/// its own current flows (or none does, in a rest), and has flowed for one rotation of the unit's slices
/// and the ramp of its driver. A measuring slice that saw the switching-on is a mean of two currents and
/// belongs to neither. Sines of impedances that are measured in between do not count either.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    /// The step of the plan.
    pub step_id: u32,
    /// Steps begun by this cell so far, this one included.
    pub step_count: u32,
    /// The cycle it belongs to, from 1.
    pub cycle: u32,
    /// The name in the recipe.
    pub name: Option<String>,
    /// The word that names the kind of step in a recipe: `charge`, `rest`, `pulse`.
    pub kind: String,
    /// Why it ended.
    pub reason: EndReason,
    /// Whether it was entered again after an interruption, so that what passed in it, its times and its
    /// extremes are of a part only. How it ended is known all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub continued: bool,
    /// When it began, from the start of the cell's test.
    #[serde(default, with = "duration_text")]
    pub start: Duration,
    /// Time from its first to its last reading.
    #[serde(with = "duration_text")]
    pub duration: Duration,
    /// What passed in it.
    pub passed: Totals,
    /// Voltage at its start, before current flowed.
    pub voltage_start: Volts,
    /// Voltage at its last reading under its own current.
    pub voltage_end: Volts,
    /// Energy over charge; absent where no charge passed.
    pub voltage_mean: Option<Volts>,
    /// The lowest voltage; absent where no reading was wholly of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voltage_min: Option<Volts>,
    /// The highest voltage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voltage_max: Option<Volts>,
    /// The first current that was wholly of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_start: Option<Amperes>,
    /// The last current.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_end: Option<Amperes>,
    /// Charge over time.
    pub current_mean: Amperes,
    /// The lowest current: the largest out of the cell, where any was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_min: Option<Amperes>,
    /// The highest current: the largest into the cell, where any was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_max: Option<Amperes>,
    /// Temperature before current flowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_start: Option<Celsius>,
    /// Temperature at the last reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_end: Option<Celsius>,
    /// Temperature averaged over time.
    pub temperature_mean: Celsius,
    /// The lowest temperature, the start included.
    pub temperature_min: Celsius,
    /// The highest temperature, the start included.
    pub temperature_max: Celsius,
    /// What a step without current found of the cell at rest; absent where it was too short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_circuit: Option<OpenCircuit>,
    /// Impedances that were measured in it: all of an impedance step, and of those measured in between
    /// (`impedance_every`) the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub impedance: Vec<ImpedancePoint>,
    /// DC resistances that it measured, in the order of their times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resistance: Vec<ResistancePoint>,
}

/// The voltage of a cell without current, and how fast it still moves: a straight line through the last
/// part of a rest, by least squares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenCircuit {
    /// Where the line ends, at the last reading of the rest.
    pub voltage: Volts,
    /// Its slope, above zero where the voltage rises.
    pub drift: VoltsPerSecond,
    /// How long that last part is.
    #[serde(with = "duration_text")]
    pub over: Duration,
}
