//! One step under way: its control law, and what ends it.

use super::conditions::{self, Situation};
use super::interlude::{INTERLUDE_FREQUENCY, Interlude};
use super::law::{self, Judged, Law, Wanted};
use super::memory::Memory;
use super::rates::Rates;
use super::reading::{Activity, Command, Reading, Trip};
use super::trim::{Trim, is_starved};
use super::turn::{End, Turn};
use crate::clock::Instant;
use crate::event::{EndReason, ResistancePoint, StepType, Totals};
use crate::plan::{Direction, EndCondition, Kind, Limits, Recording, Step, Then};
use crate::units::Amperes;
use std::time::Duration;

/// So many readings on end beyond a limit are believed. One alone may be a damaged packet, and the
/// unit watches the same limits by itself.
const BELIEVED: u32 = 2;

/// So many readings on end (some 10 s) with less than half of the current that is set are a fault.
const DRY: u32 = 16;

/// A smaller change of the largest current is not told of each time.
const WORTH_TELLING: f64 = 0.02;

#[derive(Debug)]
pub(super) struct Running {
    law: Box<dyn Law>,
    trim: Trim,
    limits: Limits,
    until: Vec<EndCondition>,
    rates: Rates,
    /// When the current was switched on, or a step without current began.
    since: Option<Instant>,
    /// How long the step was under way before it was interrupted.
    before: Duration,
    bound: Option<Bound>,
    interlude: Interlude,
    /// Whether it is a step without current.
    idle: bool,
    /// Readings on end beyond a limit, and with far less current than is set.
    beyond: u32,
    dry: u32,
    /// What is worth a word and was not said yet.
    notices: Vec<String>,
    /// The last change of what a hook lets flow at most that was worth telling.
    told_most: Option<Amperes>,
}

/// The time of a step, and what its end by it is called.
#[derive(Debug)]
struct Bound {
    time: Duration,
    end: End,
}

/// What is known beside a reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'m> {
    /// What passed in the step, and since the beginning of the test.
    pub(super) passed: Totals,
    pub(super) totals: Totals,
    pub(super) memory: &'m Memory,
}

impl Running {
    /// Begins a step with the reading of a settled cell, and with what is known of the driver; it was under way
    /// for so long before. A step that has nothing to do ends at once, before any current.
    pub(super) fn begin(
        step: &Step,
        limits: &Limits,
        record: &Recording,
        trim: Trim,
        reading: &Reading,
        before: Duration,
    ) -> (Self, Turn) {
        let (law, end) = law::begin(&step.kind, limits, reading);
        let until = step.kind.until().to_vec();
        let direction = match &step.kind {
            Kind::Charge(_) => Some(Direction::Charge),
            Kind::Discharge(_) => Some(Direction::Discharge),
            Kind::Pulse(train) => Some(train.direction),
            _ => None,
        };
        let met = direction.and_then(|direction| conditions::met_already(&until, direction, reading.voltage));
        let end = met.map(End::met).or(end);
        let interlude = match &step.kind {
            Kind::Charge(_) | Kind::Discharge(_) | Kind::Rest { .. } => {
                Interlude::each(record.impedance_every, reading.at)
            }
            _ => Interlude::default(),
        };
        let idle = law.wanted() == Wanted::Nothing;
        let mut running = Self {
            law,
            trim,
            limits: *limits,
            rates: Rates::of(&until),
            until,
            since: idle.then_some(reading.at),
            bound: bound(&step.kind, before),
            before,
            interlude,
            idle,
            beyond: 0,
            dry: 0,
            notices: Vec::new(),
            told_most: None,
        };
        running.want();
        (running, end.map_or(Turn::GoOn, Turn::End))
    }

    /// Drives at most so much from here on, and never more than `own`, the largest current of the step. Gives
    /// what that comes to where it differs so much from before that it is worth telling; an error where the
    /// step keeps its currents.
    pub(super) fn limit_current(&mut self, most: Amperes, own: Amperes) -> Result<Option<Amperes>, ()> {
        if !self.law.limit_current(most) {
            return Err(());
        }
        self.want();
        let (most, before) = (most.min(own), self.told_most.unwrap_or(own));
        let is_news = (most - before).abs() > before * WORTH_TELLING;
        if is_news {
            self.told_most = Some(most);
        }
        Ok(is_news.then_some(most))
    }

    /// Watches tighter limits from here on.
    pub(super) fn tighten(&mut self, limits: &Limits) {
        self.limits = *limits;
    }

    /// Whether a reading is wholly of what the step does.
    pub(super) fn is_settled(&self, reading: &Reading) -> bool {
        self.law.judges(reading) != Judged::Nothing
    }

    /// Notes the moment at which a current was switched on or off; says whether it was the first time.
    pub(super) fn switched(&mut self, at: Instant) -> bool {
        let first = self.since.is_none();
        self.since.get_or_insert(at);
        if !self.interlude.is_under_way() {
            self.law.on_switched(at);
            self.want();
        }
        first
    }

    /// Whether no current has flowed in it yet, or none is to flow.
    pub(super) fn may_wait(&self) -> bool {
        self.since.is_none() || (self.idle && !self.interlude.is_under_way())
    }

    pub(super) fn command(&self) -> Command {
        if self.interlude.is_under_way() {
            return Command::Impedance(INTERLUDE_FREQUENCY);
        }
        match self.law.wanted() {
            Wanted::Impedance(frequency) => Command::Impedance(frequency),
            Wanted::Nothing | Wanted::Current(..) => self.trim.command(),
        }
    }

    /// Hands on to the trim what the law wants now.
    fn want(&mut self) {
        match self.law.wanted() {
            Wanted::Current(direction, current) if !self.interlude.is_under_way() => {
                self.trim.want(direction, current);
            }
            _ => self.trim.release(),
        }
    }

    /// What is known of the driver now.
    pub(super) fn trim(&self) -> Trim {
        self.trim
    }

    /// What is worth a word since the last time.
    pub(super) fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// What the step did not come to, where nothing else tells it.
    pub(super) fn unmet(&self) -> Option<String> {
        self.law.unmet()
    }

    pub(super) fn wake_at(&self) -> Option<Instant> {
        let bound = self.since.zip(self.bound.as_ref()).map(|(since, bound)| since + bound.time);
        bound.into_iter().chain(self.law.wake_at()).min()
    }

    pub(super) fn step_type(&self, activity: Activity) -> StepType {
        self.law.step_type(activity)
    }

    pub(super) fn on_time(&mut self, now: Instant) -> Turn {
        match (self.since, &self.bound) {
            (Some(since), Some(bound)) if now >= since + bound.time => Turn::End(bound.end.clone()),
            _ => {
                let turn = self.law.on_time(now);
                self.want();
                turn
            }
        }
    }

    pub(super) fn on_impedance(&mut self) -> Turn {
        let turn = if self.interlude.is_over() { Turn::GoOn } else { self.law.on_impedance() };
        self.want();
        turn
    }

    pub(super) fn wants_supply(&self) -> bool {
        self.law.wants_supply()
    }

    pub(super) fn on_supply(&mut self, present: bool) -> Turn {
        self.law.on_supply(present)
    }

    pub(super) fn take_resistance(&mut self) -> Option<ResistancePoint> {
        self.law.take_resistance()
    }

    pub(super) fn on_reading(&mut self, reading: &Reading, known: &Known<'_>) -> Turn {
        if let Some(end) = self.watch(reading) {
            return Turn::End(end);
        }
        let timed = self.on_time(reading.at);
        if timed != Turn::GoOn {
            return timed;
        }
        self.rates.take(reading, self.since.unwrap_or(reading.at), known.passed);
        self.notices.extend(self.trim.learn(reading));
        let starved = self.is_starved(reading);
        let turn = self.law.on_reading(reading, self.trim.undithered(reading.current));
        let judged = self.judged(reading);
        if let Some(condition) = conditions::met(&self.until, &self.situation(&judged, starved, known)) {
            return Turn::End(End::met(condition));
        }
        if let Some(end) = self.watch_driver(reading) {
            return Turn::End(end);
        }
        if turn == Turn::GoOn {
            self.interlude.consider(reading.at);
        }
        self.want();
        self.trim.pass(reading);
        turn
    }

    /// The reading as conditions are judged on it.
    fn judged(&self, reading: &Reading) -> Reading {
        Reading { current: self.law.mean_current().unwrap_or(reading.current), ..*reading }
    }

    /// Whether far less flows than the driver is set to.
    fn is_starved(&self, reading: &Reading) -> bool {
        self.law.expects_current(reading) && is_starved(self.trim.setting(), reading.current)
    }

    fn situation<'r>(&'r self, reading: &'r Reading, starved: bool, known: &Known<'r>) -> Situation<'r> {
        let judged = match self.law.judges(reading) {
            // A lost supply looks so before the unit has noticed it; that the current is small then
            // means nothing.
            Judged::Everything if starved => Judged::AllButCurrent,
            judged => judged,
        };
        Situation {
            reading,
            step_start: self.since.unwrap_or(reading.at),
            before: self.before,
            passed: known.passed,
            totals: known.totals,
            rates: &self.rates,
            memory: known.memory,
            judged,
        }
    }

    /// Whether something grave would follow from this reading's values: the end of the step, by a
    /// condition or a limit.
    pub(super) fn is_grave(&self, reading: &Reading, known: &Known<'_>) -> bool {
        reading.activity != Activity::Sine && (self.is_met(reading, known) || self.is_beyond(reading))
    }

    /// Whether this reading's values, if they are true, end the step.
    pub(super) fn ends_by(&self, reading: &Reading, known: &Known<'_>) -> bool {
        let believed = self.beyond + 1 >= BELIEVED;
        reading.activity != Activity::Sine
            && (self.is_met(reading, known) || (believed && self.is_beyond(reading)))
    }

    fn is_met(&self, reading: &Reading, known: &Known<'_>) -> bool {
        let judged = self.judged(reading);
        conditions::met_by_value(&self.until, &self.situation(&judged, self.is_starved(reading), known))
    }

    fn is_beyond(&self, reading: &Reading) -> bool {
        let direction = reading.activity.direction();
        direction.is_some_and(|direction| conditions::beyond(&self.limits, direction, reading).is_some())
    }

    /// Watches that the driver gives what it is set to.
    fn watch_driver(&mut self, reading: &Reading) -> Option<End> {
        let setting = self.trim.setting();
        if self.law.expects_current(reading) {
            self.dry = if is_starved(setting, reading.current) { self.dry + 1 } else { 0 };
        }
        (self.dry >= DRY).then(|| {
            End::by(EndReason::Fault(format!(
                "the driver is set to {setting:.3}, but only {:.3} flows",
                reading.current
            )))
        })
    }

    /// Watches the limits a second time, beside the unit.
    fn watch(&mut self, reading: &Reading) -> Option<End> {
        let direction = match reading.activity {
            Activity::Driving(direction) => direction,
            Activity::Sine => Direction::Discharge,
            Activity::Settled => return None,
        };
        let Some(what) = conditions::beyond(&self.limits, direction, reading) else {
            self.beyond = 0;
            return None;
        };
        self.beyond += 1;
        if self.beyond < BELIEVED {
            return None;
        }
        let limits = &self.limits;
        let by_voltage = reading.voltage < limits.voltage_low || reading.voltage > limits.voltage_high;
        let met = if by_voltage { self.met_by_limit() } else { None };
        Some(met.map_or_else(|| End::by(EndReason::Tripped(what)), End::met))
    }

    /// The condition that the voltage limit in the direction of the current has met.
    fn met_by_limit(&self) -> Option<&EndCondition> {
        let direction = self.law.wanted().direction()?;
        conditions::met_by_limit(&self.until, direction, &self.limits)
    }

    /// Tells a reached end condition from a trip.
    pub(super) fn judge_trip(&self, trip: &Trip) -> End {
        let in_direction = match self.law.wanted().direction() {
            Some(Direction::Charge) => trip.only_voltage_high,
            Some(Direction::Discharge) => trip.only_voltage_low,
            None => false,
        };
        let met = if in_direction { self.met_by_limit() } else { None };
        met.map_or_else(|| End::by(EndReason::Tripped(trip.text.clone())), End::met)
    }
}

/// The time that still bounds a step that was under way before, where its own work does not.
fn bound(kind: &Kind, before: Duration) -> Option<Bound> {
    let left = |time: Duration| time.saturating_sub(before);
    if let Kind::Rest { duration, .. } = kind {
        return Some(Bound { time: left(*duration), end: End::completed() });
    }
    let timeout = kind.at_most()?;
    let end = End { reason: EndReason::TimeCap, then: timeout.then.clone() };
    Some(Bound { time: left(timeout.time), end })
}

impl End {
    /// Whether a step ran out of its time where no recipe says what is to follow then.
    pub(super) fn is_unmet(&self, kind: &Kind) -> bool {
        self.reason == EndReason::TimeCap && self.then == Then::Next && kind.has_conditions()
    }
}
