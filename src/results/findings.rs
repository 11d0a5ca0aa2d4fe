//! What is known of a cell when its test is over: the results of steps, of cycles and of the whole.

use super::{Row, Tally};
use crate::event::{CycleResult, Event, Sample, StepResult};
use crate::plan::{CycleOf, Fact, Plan, facts_of};
use crate::units::{Scalar, Volts};
use std::collections::BTreeMap;

/// The cycles that are kept by their numbers where nobody says which are asked for.
const MOST_CYCLES: u32 = 1000;

/// What criteria and tests of recipes may ask of one cell.
#[derive(Clone, Debug)]
pub struct Findings {
    tally: Tally,
    /// By the number of the step: what its last passage came to that was not broken off.
    steps: BTreeMap<u32, Option<StepResult>>,
    /// By the number of the cycle.
    cycles: BTreeMap<u32, Option<CycleResult>>,
    last: Option<CycleResult>,
    /// Metrics that hooks defined, in base units.
    hooks: BTreeMap<String, f64>,
    /// Whether every step is kept, and the first cycles, or those only that are asked for.
    all: bool,
}

impl Findings {
    /// For a cell that was found with this voltage: only what the criteria and grades of its plan ask for
    /// is kept, so that it does not grow with the run.
    pub fn for_plan(plan: &Plan, voltage_found: Volts) -> Self {
        let mut findings = Self::new(voltage_found, false);
        for fact in plan.acceptance().claims().flat_map(facts_of) {
            match fact {
                Fact::Step { id, .. } => drop(findings.steps.insert(*id, None)),
                Fact::Cycle(CycleOf::Number(number), _) => drop(findings.cycles.insert(*number, None)),
                _ => {}
            }
        }
        findings
    }

    /// The same, but everything is kept that anybody may ask for: every step of the plan, and the first
    /// thousand cycles.
    pub fn of_all(voltage_found: Volts) -> Self {
        Self::new(voltage_found, true)
    }

    fn new(voltage_found: Volts, all: bool) -> Self {
        let tally = Tally::new(voltage_found);
        Self {
            tally,
            steps: BTreeMap::new(),
            cycles: BTreeMap::new(),
            last: None,
            hooks: BTreeMap::new(),
            all,
        }
    }

    /// Takes in a row.
    pub fn sample(&mut self, sample: &Sample) {
        self.row(&Row::of(sample));
    }

    /// Takes in a row as its file has it.
    pub fn row(&mut self, row: &Row) {
        self.tally.row(row);
    }

    /// Takes in a fact about the cell.
    pub fn fact(&mut self, event: &Event) {
        match event {
            Event::StepEnded { result, .. } => {
                self.tally.step(result);
                // What was broken off is no result.
                if result.reason.goes_on() && (self.all || self.steps.contains_key(&result.step_id)) {
                    self.steps.insert(result.step_id, Some(StepResult::clone(result)));
                }
            }
            Event::CycleEnded { result } => {
                let kept = self.all && result.cycle <= MOST_CYCLES;
                if kept || self.cycles.contains_key(&result.cycle) {
                    self.cycles.insert(result.cycle, Some(CycleResult::clone(result)));
                }
                self.last = Some(CycleResult::clone(result));
            }
            Event::HookMetric { name, value, in_unit } => {
                let scalar = Scalar::in_unit(*value, in_unit);
                self.hooks.extend(scalar.map(|scalar| (name.clone(), scalar.value)));
            }
            Event::ImpedanceMeasured { point, .. } => self.tally.impedance(point),
            Event::Labelled { label } => self.tally.labelled(label),
            _ => {}
        }
    }

    /// A fact about this cell and no other: the last passage of a step, a cycle that is over, the whole test.
    /// No cycle is under way any more, so `cycle.last` and `cycle` alone are both the last one that was done.
    pub fn known(&self, fact: &Fact) -> Option<f64> {
        match fact {
            Fact::Step { id, metric, .. } => self.steps.get(id)?.as_ref()?.metric(*metric),
            Fact::Cycle(CycleOf::This | CycleOf::Last, metric) => self.last.as_ref()?.metric(*metric),
            Fact::Cycle(CycleOf::Number(number), metric) => {
                self.cycles.get(number)?.as_ref()?.metric(*metric)
            }
            Fact::Hook { name, .. } => self.hooks.get(name).copied(),
            Fact::Cell(metric) => self.tally.results().metric(*metric),
            Fact::Now(_) | Fact::Rate(_) | Fact::Slope(_) | Fact::Reference(..) | Fact::Across(..) => None,
        }
    }
}
