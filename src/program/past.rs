//! What is known of a cell's test from what was told of it before the run was interrupted, and a program that
//! goes on from there.

use super::cursor::Cursor;
use super::hooked::Company;
use super::interrupt::{Gap, Passage};
use super::{Output, Program};
use crate::clock::Instant;
use crate::event::{CycleResult, EndReason, Event, Position, StepResult, Totals};
use crate::hooks::Moment;
use crate::plan::{Limits, Plan, Step};
use crate::units::{Amperes, Celsius, Volts};
use crate::verdict::Verdict;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What was told of a cell's test, in the order in which it was told.
#[derive(Clone, Debug, Default)]
pub struct Past {
    position: Option<Position>,
    underway: Option<Begun>,
    /// What a step came to that was broken off for good.
    broken: Option<EndReason>,
    /// Whether its end was told, and whether it can be gone on with all the same.
    ended: Option<Resumable>,
    test_start: Option<Instant>,
    last: Option<Seen>,
    limits: Option<Limits>,
    hooked: HookedPast,
}

/// Whether a test that has ended can be gone on with.
type Resumable = bool;

/// What hooks had when the run was interrupted.
#[derive(Clone, Debug, Default)]
pub(super) struct HookedPast {
    pub(super) kept: Option<Value>,
    /// By name, in the units that the recipe declares.
    pub(super) metrics: BTreeMap<String, f64>,
    pub(super) label: Option<String>,
    /// The last result of each step that has a name.
    pub(super) results: BTreeMap<String, StepResult>,
    pub(super) cycle: Option<CycleResult>,
}

/// A step that had begun, and what is known of it.
#[derive(Clone, Debug)]
struct Begun {
    at: Instant,
    step_count: u32,
    cycle: u32,
    /// Its first row and its last.
    seen: Option<(Seen, Seen)>,
}

/// A row of a cell's time series, as far as going on needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// When, on the clock that goes on.
    pub at: Instant,
    /// When the step began.
    pub step_start: Instant,
    /// The step that it is of.
    pub step_count: u32,
    /// Voltage at the unit's terminals.
    pub voltage: Volts,
    /// Current, positive into the cell.
    pub current: Amperes,
    /// Temperature of the cell's surface.
    pub temperature: Celsius,
    /// What had passed since the test began.
    pub totals: Totals,
    /// What had passed since its step began. Not all that passed since the step before it has to be of the step: what
    /// passed unseen is of none.
    pub in_step: Totals,
}

impl Past {
    /// Takes in a fact about the cell, and when it was told, on the clock that goes on.
    pub fn fact(&mut self, event: &Event, at: Instant) {
        match event {
            Event::StepStarted { step_count, cycle, .. } => {
                self.broken = None;
                self.ended = None;
                let (step_count, cycle) = (*step_count, *cycle);
                self.underway = Some(Begun { at, step_count, cycle, seen: None });
            }
            Event::StepEnded { result, next } => {
                self.underway = None;
                match next {
                    Some(next) => self.position = Some(Position::clone(next)),
                    None => self.broken = Some(result.reason.clone()),
                }
                if let Some(name) = &result.name {
                    self.hooked.results.insert(name.clone(), StepResult::clone(result));
                }
            }
            Event::Interrupted { next: Some(next), .. } => {
                self.underway = None;
                self.position = Some(Position::clone(next));
            }
            Event::CycleEnded { result } => self.hooked.cycle = Some(CycleResult::clone(result)),
            Event::LimitsTightened { limits } => self.limits = Some(*limits),
            Event::HookKept { values } => self.hooked.kept = Some(values.clone()),
            Event::HookMetric { name, value, .. } => {
                self.hooked.metrics.insert(name.clone(), *value);
            }
            Event::Labelled { label } => self.hooked.label = Some(label.clone()),
            Event::CellEnded { resumable, .. } => self.ended = Some(*resumable),
            _ => {}
        }
    }

    /// Takes in a row, after the facts of its step or before them: its step says where it belongs.
    pub fn row(&mut self, seen: Seen, test_start: Instant) {
        self.test_start.get_or_insert(test_start);
        self.last = Some(seen);
        if let Some(begun) = self.underway.as_mut().filter(|begun| begun.step_count == seen.step_count) {
            begun.seen.get_or_insert((seen, seen)).1 = seen;
        }
    }

    /// The last row.
    pub fn last(&self) -> Option<&Seen> {
        self.last.as_ref()
    }

    /// Whether the test came to an end of its own, so that there is nothing to go on with.
    pub fn is_done(&self) -> bool {
        self.ended == Some(false)
    }

    /// The number of the step that was under way, among the steps that this cell has begun.
    pub fn underway(&self) -> Option<u32> {
        self.underway.as_ref().map(|begun| begun.step_count)
    }

    /// When that step began.
    pub fn begun_at(&self) -> Option<Instant> {
        self.underway.as_ref().map(|begun| begun.at)
    }

    /// What passed in the step that was under way, by its last row.
    pub fn passed_in_step(&self) -> Totals {
        let seen = self.underway.as_ref().and_then(|begun| begun.seen);
        seen.map_or_else(Totals::default, |(_, last)| last.in_step)
    }
}

impl Program {
    /// A program that goes on where the past leaves off, and after `gap`. The step that was under way is told as
    /// interrupted, and what follows is as the recipe says.
    pub fn restore(plan: Arc<Plan>, company: Company, past: Past, why: &str, gap: Gap) -> Self {
        let mut program = Self::unbegun(Arc::clone(&plan), company);
        // One whose first step has no row yet began with that.
        program.test_start = past.test_start.or(past.begun_at());
        if let Some(position) = &past.position {
            program.go_to(position);
        }
        if let Some(seen) = &past.last {
            program.ledger.was_at(seen.voltage);
        }
        program.limits = past.limits.unwrap_or(program.limits);
        program.restore_hooks(past.hooked);
        if past.position.is_none() && past.underway.is_none() {
            // Nothing had begun, so that this is the beginning.
            program.ask_between(Moment::RunStart, None);
        }
        if let Some(reason) = past.broken {
            program.finish(Verdict::Error, reason.detail().to_owned());
            return program;
        }
        match (past.underway, program.cursor.step(plan.steps()).cloned()) {
            (Some(begun), Some(step)) => program.break_off_begun(&begun, &step, why, gap),
            _ => program.interrupt(why, gap),
        }
        program
    }

    fn go_to(&mut self, position: &Position) {
        self.cursor = Cursor::at(position);
        self.memory = position.memory.clone().into();
        self.ledger.begin_at(position.totals);
        self.steps_begun = position.steps_begun;
        self.unmet = position.unmet;
        self.interruptions = position.interruptions;
        self.again = position.again;
    }

    /// Closes a step that had begun before this program was there. One of which no row was kept is not told of.
    fn break_off_begun(&mut self, begun: &Begun, step: &Step, why: &str, gap: Gap) {
        self.interruptions += 1;
        self.steps_begun = begun.step_count;
        let test_start = self.test_start.unwrap_or(begun.at);
        let totals = self.ledger.totals();
        let again = self.again.take();
        let start = begun.at.since(test_start);
        let mut passage = Passage { step, start, duration: Duration::ZERO, totals, again };
        let result = begun.seen.map(|(first, last)| {
            // Files keep fewer digits than the ledger.
            let totals_last = last.totals.max(totals);
            self.ledger.begin_at(totals_last);
            passage.totals = totals_last - last.in_step;
            passage.start = first.step_start.since(test_start);
            passage.duration = last.at - first.step_start;
            let reason = EndReason::Interrupted(why.to_owned());
            begun.result(&passage, (&first, &last), reason)
        });
        self.gap = gap;
        self.take_gap();
        self.enter_again(&passage);
        let mut next = Some(Box::new(self.position()));
        if let Some(result) = result {
            let next = next.take();
            self.outputs.push_back(Output::Fact(Event::StepEnded { result: Box::new(result), next }));
        }
        self.tell_interrupted(why, false, next);
    }
}

impl Begun {
    /// What is known of a passage that was broken off: its rows tell it, and no more.
    fn result(&self, passage: &Passage<'_>, (first, last): (&Seen, &Seen), reason: EndReason) -> StepResult {
        let Passage { step, start, duration, again, .. } = *passage;
        let passed = last.in_step;
        let seconds = duration.as_secs_f64();
        let net = (passed.charge_in - passed.charge_out).0;
        StepResult {
            step_id: step.id,
            step_count: self.step_count,
            cycle: self.cycle,
            name: step.name.clone(),
            kind: step.kind.word().to_owned(),
            reason,
            continued: again.is_some_and(|again| again.continued),
            start,
            duration,
            passed,
            voltage_start: first.voltage,
            voltage_end: last.voltage,
            voltage_mean: None,
            voltage_min: None,
            voltage_max: None,
            current_start: None,
            current_end: None,
            current_mean: Amperes(if seconds > 0.0 { net / seconds } else { 0.0 }),
            current_min: None,
            current_max: None,
            temperature_start: None,
            temperature_end: None,
            temperature_mean: last.temperature,
            temperature_min: first.temperature.min(last.temperature),
            temperature_max: first.temperature.max(last.temperature),
            open_circuit: None,
            impedance: Vec::new(),
            resistance: Vec::new(),
        }
    }
}
