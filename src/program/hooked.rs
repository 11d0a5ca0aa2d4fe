//! The hooks of a cell in its program: when they are called, what they see, and what follows from what they
//! decide. Whatever they decide narrows, ends or tells.

use super::conditions;
use super::past::HookedPast;
use super::reading::{Activity, Reading};
use super::turn::{End, Turn};
use super::{Output, Phase, Program, Underway};
use crate::clock::{Clock, Instant, VirtualClock};
use crate::event::{CycleResult, EndReason, Event, StepResult, Totals};
use crate::hooks::{
    Batch, Bound, CellView, CycleView, Decision, Fault, Moment, ResultView, SampleView, Session, StepView,
    Wish,
};
use crate::plan::{CycleMetric, Limits, Measure, Plan, Step, StepMetric, Then};
use crate::units::{Amperes, Scalar};
use std::sync::Arc;
use std::time::Duration;

/// The smallest current that a hook may lower one to: a step of the unit's driver is 7.8 mA.
const SMALLEST: Amperes = Amperes(0.008);
/// So many texts may the hooks of a cell bring into the journal at once.
const MOST_NOTES: u32 = 100;
/// After so long there is room for one more.
const NOTE_EVERY: Duration = Duration::from_secs(10);

/// Where a cell is tested, as far as its hooks see it.
#[derive(Clone)]
pub struct Company {
    /// The name of the cell.
    pub cell: String,
    /// The cells of the same unit.
    pub batch: Batch,
    /// The clock that bounds how long a hook may take.
    pub clock: Arc<dyn Clock>,
}

impl Default for Company {
    /// A cell alone, on a clock that stands still.
    fn default() -> Self {
        Self { cell: String::new(), batch: Batch::default(), clock: Arc::new(VirtualClock::default()) }
    }
}

/// The hooks of a cell, if it has any.
#[derive(Debug, Default)]
pub(super) struct Hooked {
    session: Option<Session>,
    /// What kept the session from beginning.
    broken: Option<Fault>,
    notes: Notes,
    label: Option<String>,
}

/// What there is room for in the journal.
#[derive(Debug)]
struct Notes {
    left: u32,
    refilled: Instant,
    dropped: u32,
}

impl Default for Notes {
    fn default() -> Self {
        Self { left: MOST_NOTES, refilled: Instant::ORIGIN, dropped: 0 }
    }
}

impl Notes {
    /// Whether there is room for one; and how many there was none for since the last that there was.
    fn take(&mut self, now: Instant) -> Option<u32> {
        let more = now.since(self.refilled).as_secs() / NOTE_EVERY.as_secs();
        if more > 0 {
            let more = u32::try_from(more).unwrap_or(u32::MAX);
            self.left = self.left.saturating_add(more).min(MOST_NOTES);
            self.refilled = self.refilled + NOTE_EVERY.saturating_mul(more);
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Some(std::mem::take(&mut self.dropped))
            }
            None => {
                self.dropped = self.dropped.saturating_add(1);
                None
            }
        }
    }
}

/// What follows from a call.
#[derive(Debug)]
pub(super) enum Ruling {
    /// Nothing that ends anything.
    GoOn,
    /// The step, or the test, ends so.
    End(End),
    /// The hook failed: the test cannot go on as it was meant.
    Broken(String),
}

impl Hooked {
    pub(super) fn begin(plan: &Plan, company: Company) -> Self {
        let Some(hooks) = plan.hooks() else { return Self::default() };
        let cell = CellView {
            name: company.cell,
            chemistry: plan.cell().chemistry.to_string(),
            capacity: plan.cell().capacity.0,
        };
        match Session::begin(&hooks.script, &hooks.words, cell, &company.batch, company.clock) {
            Ok(session) => Self { session: Some(session), ..Self::default() },
            Err(fault) => Self { broken: Some(fault), ..Self::default() },
        }
    }

    /// Goes on with what there was before the run was interrupted. What cannot be put back breaks the hooks.
    fn restore(&mut self, past: HookedPast, steps: &[(StepView, StepResult)]) {
        let Some(session) = &mut self.session else { return };
        self.label.clone_from(&past.label);
        for (view, result) in steps {
            session.step_ended(result_view(view.clone(), result));
        }
        if let Some(cycle) = &past.cycle {
            session.cycle_ended(cycle_view(cycle));
        }
        let kept = past.kept.unwrap_or_else(|| serde_json::json!({}));
        if let Err(why) = session.restore(&kept, past.metrics, past.label) {
            let why = format!("what hooks had kept cannot be put back: {why}");
            self.broken = Some(Fault { shown: why.clone(), why });
        }
    }

    fn hears(&self, moment: Moment) -> bool {
        self.broken.is_some() || self.session.as_ref().is_some_and(|session| session.hears(moment))
    }
}

impl Program {
    /// Puts back what hooks had before the run was interrupted.
    pub(super) fn restore_hooks(&mut self, mut past: HookedPast) {
        let mut results: Vec<_> = std::mem::take(&mut past.results).into_values().collect();
        results.sort_by_key(|result| result.step_count);
        let view = |result: StepResult| {
            let StepResult { name, step_id: id, kind, step_count: count, cycle, .. } = result.clone();
            let time = result.duration.as_secs_f64();
            (StepView { name: name.unwrap_or_default(), id, kind, count, cycle, time }, result)
        };
        let steps: Vec<_> = results.into_iter().map(view).collect();
        self.hooked.restore(past, &steps);
    }

    /// The limits of this cell now: those of the plan, or tighter where a hook made them so.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Calls a hook outside of steps; the test ends where it says so.
    pub(super) fn ask_between(&mut self, moment: Moment, reading: Option<&Reading>) {
        if !self.hooked.hears(moment) {
            return;
        }
        let sample = reading.map(|reading| self.sample(reading, Totals::default(), reading.at, true));
        let at = reading.map_or(Instant::ORIGIN, |reading| reading.at);
        match self.ask(moment, None, sample, at) {
            Ruling::GoOn => {}
            Ruling::End(end) => {
                self.finish(crate::verdict::Verdict::Fail, format!("failed by a {}", end.reason.detail()));
            }
            Ruling::Broken(why) => self.finish(crate::verdict::Verdict::Error, why),
        }
    }

    /// Calls the hook of a step that begins, or of a sample; the step ends where it says so.
    pub(super) fn ask_in_step(&mut self, moment: Moment, reading: &Reading) {
        if !self.hooked.hears(moment) {
            return;
        }
        let Phase::Running(underway) = &self.phase else { return };
        let Underway { step, running, account, .. } = &**underway;
        let passed = self.ledger.totals() - account.totals_at_start;
        let sample = self.sample(reading, passed, account.start, running.is_settled(reading));
        let step =
            step_view(step, account.step_count, account.cycle, (reading.at - account.start).as_secs_f64());
        let turn = match self.ask(moment, Some(step), Some(sample), reading.at) {
            Ruling::GoOn => return,
            Ruling::End(end) => Turn::End(end),
            Ruling::Broken(why) => EndReason::Fault(why).into(),
        };
        self.take_turn(turn, reading.at);
    }

    /// Calls the hook of a step that has ended.
    pub(super) fn ask_after_step(&mut self, step: &Step, result: &StepResult, last: &Reading) -> Ruling {
        let Some(session) = &mut self.hooked.session else { return Ruling::GoOn };
        let view = step_view(step, result.step_count, result.cycle, result.duration.as_secs_f64());
        session.step_ended(result_view(view.clone(), result));
        if matches!(result.reason, EndReason::Interrupted(_)) {
            // What follows is the law of interruptions; after the death of the program nobody could be asked either.
            return Ruling::GoOn;
        }
        let start = last.at; // The result tells the step's own times.
        let sample = self.sample(last, result.passed, start, true);
        self.ask(Moment::StepEnd, Some(view), Some(sample), last.at)
    }

    /// Calls the hook of a cycle that has ended.
    pub(super) fn ask_after_cycle(&mut self, result: &CycleResult, last: &Reading) {
        if let Some(session) = &mut self.hooked.session {
            session.cycle_ended(cycle_view(result));
        }
        if !matches!(self.phase, Phase::Done) {
            self.ask_between(Moment::CycleEnd, Some(last));
        }
    }

    /// Calls the hook of a cell that is done, and gives what becomes of it then.
    pub(super) fn ask_at_end(
        &mut self,
        verdict: crate::verdict::Verdict,
        why: String,
    ) -> (crate::verdict::Verdict, String) {
        use crate::verdict::Verdict;
        let at = self.hooked.notes.refilled;
        let ruled = match self.ask(Moment::CellEnd, None, None, at) {
            Ruling::End(end) if verdict == Verdict::Pass => {
                (Verdict::Fail, format!("failed by a {}", end.reason.detail()))
            }
            Ruling::Broken(broken) if verdict != Verdict::Error => (Verdict::Error, broken),
            _ => (verdict, why),
        };
        self.tell_hooked();
        if let Some(session) = &self.hooked.session {
            session.end(ruled.0.word());
        }
        ruled
    }

    /// Tells metrics and kept values that have changed.
    pub(super) fn tell_hooked(&mut self) {
        let Some(session) = &mut self.hooked.session else { return };
        for (name, value, in_unit) in session.take_metrics() {
            self.outputs.push_back(Output::Fact(Event::HookMetric { name, value, in_unit }));
        }
        if let Some(values) = session.take_kept() {
            self.outputs.push_back(Output::Fact(Event::HookKept { values }));
        }
    }

    fn sample(&self, reading: &Reading, passed: Totals, step_start: Instant, settled: bool) -> SampleView {
        let now = |measure| conditions::now(measure, reading, step_start, passed);
        let current = match reading.activity {
            Activity::Driving(direction) => direction.sign(reading.current),
            Activity::Sine => -reading.current,
            Activity::Settled => Amperes(0.0),
        };
        SampleView {
            voltage: reading.voltage.0,
            current: current.0,
            temperature: reading.temperature.0,
            power: (reading.voltage * current).0,
            charge: now(Measure::Charge),
            energy: now(Measure::Energy),
            time: now(Measure::Time),
            test_time: reading.at.since(self.test_start.unwrap_or(reading.at)).as_secs_f64(),
            settled,
        }
    }

    fn ask(
        &mut self,
        moment: Moment,
        step: Option<StepView>,
        sample: Option<SampleView>,
        at: Instant,
    ) -> Ruling {
        let called = match (self.hooked.broken.take(), &mut self.hooked.session) {
            (Some(fault), _) => Err(fault),
            (None, Some(session)) => session.call(moment, step, sample),
            (None, None) => return Ruling::GoOn,
        };
        let ruled = called.and_then(|decisions| self.follow(moment, decisions, at));
        match ruled {
            Ok(ruling) => ruling,
            Err(Fault { why, shown }) => {
                // It is not asked again: what it would say then is worth nothing.
                self.tell_hooked();
                if let Some(session) = self.hooked.session.take() {
                    session.end(crate::verdict::Verdict::Error.word());
                }
                self.outputs.push_back(Output::Fact(Event::Fault { what: shown }));
                Ruling::Broken(why)
            }
        }
    }

    /// Does what was decided, and gives the gravest end that was: to fail, to go elsewhere, to end the step.
    fn follow(&mut self, moment: Moment, decisions: Vec<Decision>, at: Instant) -> Result<Ruling, Fault> {
        let mut end: Option<(u8, End)> = None;
        let mut graver = |rank: u8, why: &str, then: Then| {
            if end.as_ref().is_none_or(|(known, _)| rank > *known) {
                end = Some((rank, End { reason: EndReason::Condition(format!("hook: {why}")), then }));
            }
        };
        for decision in decisions {
            let done = match &decision.what {
                Wish::Note(text) => {
                    self.note(text.clone(), at);
                    Ok(())
                }
                Wish::Label(label) => {
                    if self.hooked.label.as_ref() != Some(label) {
                        self.hooked.label = Some(label.clone());
                        self.outputs.push_back(Output::Fact(Event::Labelled { label: label.clone() }));
                    }
                    Ok(())
                }
                Wish::Metric(name, value) => self.define(name, *value),
                Wish::LimitCurrent(most) => self.limit_current(Amperes(*most), at),
                Wish::Tighten(bound, value) => self.tighten(*bound, *value),
                Wish::EndStep(why) => {
                    graver(0, why, Then::Next);
                    Ok(())
                }
                Wish::GoTo(step, why) => match self.plan.hooks().and_then(|hooks| hooks.way_to(step)) {
                    Some(jump) => {
                        graver(1, why, Then::Goto(jump.clone()));
                        Ok(())
                    }
                    None => Err(format!("no way to `{step}` is declared")),
                },
                Wish::Fail(why) => {
                    graver(2, why, Then::Fail);
                    Ok(())
                }
            };
            if let Err(why) = done {
                return Err(match &self.hooked.session {
                    Some(session) => session.refuse(moment, &decision, why),
                    None => Fault { shown: why.clone(), why },
                });
            }
        }
        Ok(end.map_or(Ruling::GoOn, |(_, end)| Ruling::End(end)))
    }

    fn note(&mut self, text: String, at: Instant) {
        let Some(dropped) = self.hooked.notes.take(at) else { return };
        let text =
            if dropped > 0 { format!("{text} (after {dropped} that there was no room for)") } else { text };
        self.outputs.push_back(Output::Fact(Event::HookNote { text }));
    }

    fn define(&mut self, name: &str, value: f64) -> Result<(), String> {
        let unit = self.plan.hooks().and_then(|hooks| hooks.metrics.get(name)).map_or("", String::as_str);
        let scalar = Scalar::in_unit(value, unit).ok_or_else(|| format!("{value} {unit} is too large"))?;
        self.memory.hook_defined(name, scalar.value);
        Ok(())
    }

    fn limit_current(&mut self, most: Amperes, at: Instant) -> Result<(), String> {
        if most < SMALLEST {
            return Err(format!(
                "the current cannot be lowered to {most}: the unit's smallest is {SMALLEST}; end the step instead"
            ));
        }
        let Phase::Running(underway) = &mut self.phase else { return Ok(()) };
        let Underway { step, running, .. } = &mut **underway;
        let own = step.kind.highest_current(&self.limits);
        match running.limit_current(most, own) {
            Ok(Some(most)) => {
                self.note(format!("drives at most {most:.4} in this step"), at);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(()) => Err(format!("a {} keeps its currents; end the step instead", step.kind.word())),
        }
    }

    fn tighten(&mut self, bound: Bound, value: f64) -> Result<(), String> {
        let mut limits = self.limits;
        let (place, unit) = place(&mut limits, bound);
        let wider = if bound.is_upper() { value > *place } else { value < *place };
        if wider {
            return Err(format!(
                "{} is {} {unit}, and a hook cannot widen it to {value} {unit}",
                bound.word(),
                *place
            ));
        }
        if value == *place {
            return Ok(());
        }
        *place = value;
        let is_empty = limits.voltage_low >= limits.voltage_high
            || limits.temperature_charge_low >= limits.temperature_charge
            || limits.temperature_discharge_low >= limits.temperature_discharge;
        if is_empty {
            return Err(format!(
                "with {} at {value} {unit} nothing is left between the limits",
                bound.word()
            ));
        }
        self.limits = limits;
        if let Phase::Running(underway) = &mut self.phase {
            underway.running.tighten(&limits);
        }
        self.outputs.push_back(Output::Fact(Event::LimitsTightened { limits }));
        Ok(())
    }
}

/// The number of a limit, and its unit.
fn place(limits: &mut Limits, bound: Bound) -> (&mut f64, &'static str) {
    match bound {
        Bound::VoltageLow => (&mut limits.voltage_low.0, "V"),
        Bound::VoltageHigh => (&mut limits.voltage_high.0, "V"),
        Bound::TemperatureCharge => (&mut limits.temperature_charge.0, "degC"),
        Bound::TemperatureDischarge => (&mut limits.temperature_discharge.0, "degC"),
        Bound::TemperatureChargeLow => (&mut limits.temperature_charge_low.0, "degC"),
        Bound::TemperatureDischargeLow => (&mut limits.temperature_discharge_low.0, "degC"),
    }
}

fn result_view(step: StepView, result: &StepResult) -> ResultView {
    ResultView {
        step,
        reason: result.reason.code(),
        detail: result.reason.detail().to_owned(),
        values: StepMetric::ALL.map(|metric| (metric.word(), result.metric(metric))).to_vec(),
    }
}

fn cycle_view(result: &CycleResult) -> CycleView {
    CycleView {
        number: result.cycle,
        values: CycleMetric::ALL.map(|metric| (metric.word(), result.metric(metric))).to_vec(),
    }
}

fn step_view(step: &Step, count: u32, cycle: u32, time: f64) -> StepView {
    StepView {
        name: step.name.clone().unwrap_or_default(),
        id: step.id,
        kind: step.kind.word().to_owned(),
        count,
        cycle,
        time,
    }
}
