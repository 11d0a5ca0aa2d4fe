//! The recipe after every check: resolved units, C-rates, loops and limits. Immutable.

mod acceptance;
mod cell_metric;
mod describe;
mod drive;
mod ending;
mod envelope;
mod forecast;
mod formula;
mod hooks;
mod interval;
mod limits;
mod metric;
mod prove;
mod reference;
mod sine;
mod step;
mod text;

pub use crate::recipe::{Chemistry, Comparison, OnInterrupt};
pub use acceptance::{Acceptance, Criterion, Grade, ResultClaim, compares_cells, facts_of};
pub use cell_metric::{CellMetric, ReferenceOf, Statistic};
pub use describe::describe;
pub use drive::{
    DcResistance, Demand, Direction, Drive, Hold, Lead, Profile, ProfilePoint, ProfileQuantity, PulseTrain,
};
pub use ending::{EndCondition, Jump, Then, Timeout};
pub use envelope::{
    CURRENT_MARGIN, CURRENT_STEP, HIGHEST_CURRENT_LIMIT, HIGHEST_STEP, HOLD_MARGIN, MOST_CAPACITIES, envelope,
};
pub use forecast::{Forecast, IMPEDANCE_AT_MOST, IMPEDANCE_EXPECTED, forecast};
pub use formula::{CycleOf, Fact, Formula, Measure, RATE_WINDOW};
pub use hooks::Hooks;
pub use interval::Interval;
pub use limits::Limits;
pub use metric::{CycleMetric, StepMetric};
pub use prove::{
    DEEPEST_REPEAT, LONGEST_STEP, SHORTEST_EVERY, SHORTEST_IMPEDANCE_EVERY, check, check_with, expectations,
    prove,
};
pub use reference::Reference;
pub use sine::{Sine, frequencies, sine, sines};
pub use step::{Awaited, Kind, Repeat, Step, Wait};
pub use text::{about, text};

use crate::diagnostic::NamedFile;
use crate::units::{Amperes, Celsius, Coulombs, Volts, duration_text};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// A recipe that was proved safe. Only the proof makes one, so a plan that was not checked cannot
/// be run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    name: String,
    description: String,
    /// What follows where a step is interrupted.
    on_interrupt: OnInterrupt,
    cell: CellKind,
    limits: Limits,
    record: Recording,
    /// The values of the recipe's parameters, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    params: BTreeMap<String, String>,
    steps: Vec<Step>,
    /// Code that is called at moments of a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    hooks: Option<Hooks>,
    /// What a cell has to come to.
    #[serde(flatten, skip_serializing_if = "Acceptance::is_empty")]
    acceptance: Acceptance,
    /// How many jumps there are in the steps and hooks.
    #[serde(skip)]
    jumps: u32,
    /// Every file beside its own that the recipe was made from.
    #[serde(skip)]
    files: Vec<NamedFile>,
}

/// What may lie in a slot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellKind {
    /// Picks the envelope.
    pub chemistry: Chemistry,
    /// Nominal capacity; C-rates come from it.
    pub capacity: Coulombs,
}

/// When a row is written. A row is always written at the first and the last sample of a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Recording {
    /// The longest time between rows, if one is set.
    #[serde(with = "duration_text")]
    pub every: Duration,
    /// The change of voltage that gives a row.
    pub voltage_change: Option<Volts>,
    /// The change of current that gives a row.
    pub current_change: Option<Amperes>,
    /// The change of temperature that gives a row.
    pub temperature_change: Option<Celsius>,
    /// How often the impedance is measured inside charge, discharge and rest steps.
    pub impedance_every: Option<Duration>,
}

impl Plan {
    /// The recipe's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The recipe's description.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What follows where a step is interrupted: its unit was reset or lost, or the run was.
    pub fn on_interrupt(&self) -> OnInterrupt {
        self.on_interrupt
    }

    /// What may lie in a slot.
    pub fn cell(&self) -> &CellKind {
        &self.cell
    }

    /// The limits of every step.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// When rows are written.
    pub fn record(&self) -> &Recording {
        &self.record
    }

    /// The values of the recipe's parameters in words, by name.
    pub fn params(&self) -> &BTreeMap<String, String> {
        &self.params
    }

    /// Every file that the recipe was made from, beside its own: what it extends and names.
    pub fn files(&self) -> &[NamedFile] {
        &self.files
    }

    /// Code that is called at moments of a run, if there is any.
    pub fn hooks(&self) -> Option<&Hooks> {
        self.hooks.as_ref()
    }

    /// How many jumps there are in the steps and hooks; each has a number below this.
    pub fn jumps(&self) -> u32 {
        self.jumps
    }

    /// What a cell has to come to.
    pub fn acceptance(&self) -> &Acceptance {
        &self.acceptance
    }

    /// The steps, loops still loops.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether something holds for any step, those inside others among them.
    pub fn any_step(&self, what: fn(&Step) -> bool) -> bool {
        any_step(&self.steps, what)
    }
}

fn any_step(steps: &[Step], what: fn(&Step) -> bool) -> bool {
    steps.iter().any(|step| what(step) || step.kind.steps().is_some_and(|inner| any_step(inner, what)))
}
