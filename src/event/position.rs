//! Where in its plan a cell is between two steps, and what it remembers: all that is needed to go on from there.

use super::{CycleResult, EndReason, StepResult, Totals};
use crate::units::{Coulombs, duration_text};
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Where in its plan a cell is after a step. It stands in the journal in the same line as the end of that
/// step, so that there is no moment at which one is known without the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// From the outermost list of steps inwards; empty when the plan is done.
    pub levels: Vec<Level>,
    /// How often each jump was taken, by its number.
    pub jumps: Vec<u32>,
    /// Whether a cycle has begun.
    pub cycle_opened: bool,
    /// What became of the test where the plan itself has ended it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<(Verdict, String)>,
    /// What passed since the beginning of the test.
    pub totals: Totals,
    /// Steps begun so far.
    pub steps_begun: u32,
    /// Steps that had conditions, and ended by their time without meeting one.
    #[serde(default)]
    pub unmet: u32,
    /// How often the test was interrupted.
    #[serde(default)]
    pub interruptions: u32,
    /// How the step here is entered, if it was interrupted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Again>,
    /// What conditions may ask for.
    pub memory: Remembered,
}

/// A place in a list of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// The index in the list.
    pub index: usize,
    /// The pass of the repeat whose list it is, from 0.
    pub pass: u32,
}

/// How a step is entered once more after an interruption.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Again {
    /// Whether what it comes to is of a part only, because the cell is not as the step would have found it.
    pub continued: bool,
    /// What counts on from the passages before, if anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Carried>,
}

/// What a step that is entered once more has behind it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// When it began for the first time, from the start of the cell's test.
    #[serde(with = "duration_text")]
    pub started: Duration,
    /// How long it was under way.
    #[serde(with = "duration_text")]
    pub time: Duration,
    /// What had passed in the test when it began for the first time.
    pub totals: Totals,
}

/// What is remembered of steps and cycles that are over: only what some condition of the plan asks for, so
/// that it does not grow with the cycles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// By the number of the step: what its last finished passage came to.
    pub steps: BTreeMap<u32, Option<StepResult>>,
    /// By the number of the cycle.
    pub cycles: BTreeMap<u32, Option<CycleResult>>,
    /// The cycle before the one under way.
    pub last: Option<CycleResult>,
    /// The cycle under way, from 1.
    pub cycle: u32,
    /// What had passed when it began.
    pub cycle_began: Totals,
    /// What had passed when the pass of the cycle under way began: what stands before the first pass
    /// belongs to cycle 1 in the files, but is no part of its capacity.
    pub pass_began: Totals,
    /// What the steps of the pass under way came to so far, but not yet what passed in it.
    pub pass: CycleResult,
    /// What the pass came to, if it is over.
    pub pass_done: Option<CycleResult>,
    /// Why the last step ended.
    pub reason: Option<EndReason>,
    /// Charge out of the cell in the first whole cycle, once that is over.
    pub first_capacity: Option<Coulombs>,
    /// Metrics that hooks defined, in base units.
    pub hooks: BTreeMap<String, f64>,
}
