//! A cell as an interrupted run left it.

use crate::clock::Instant;
use crate::event::Event;
use crate::identity::{CellName, Place};
use crate::plan::{Direction, Kind, Plan, Step, envelope};
use crate::program::{Company, Gap, Output, Past, Program, Seen};
use crate::record::{ManifestCell, RecordedRow};
use crate::station::{Earlier, LastSeen, Unwatched};
use crate::units::{Amperes, Volts};
use crate::wire::SamplePeriod;
use std::sync::Arc;
use std::time::Duration;

/// The unit tells of a slot twice a second, of a slice that is a rotation old at most, and rows are gathered for a second and
/// a half at most before they are in the files.
const LATE: Duration = Duration::from_millis(3500);

/// A cell as an interrupted run left it.
#[derive(Clone, Debug)]
pub struct LeftOff {
    /// Its name.
    pub name: CellName,
    /// Where it lay.
    pub place: Place,
    /// What is done with it.
    pub plan: Arc<Plan>,
    /// Its voltage as it was found when the run began.
    pub voltage_found: Volts,
    /// Its test, as far as it was told.
    pub past: Past,
    /// How slow the unit's clock was found to be.
    pub(super) pace: f64,
    begun: Option<Begun>,
    /// The last row under a current.
    flowed: Option<Seen>,
}

/// The last step that began.
#[derive(Clone, Copy, Debug)]
struct Begun {
    id: u32,
    /// What the charge counter held then.
    counter: Option<u32>,
}

impl LeftOff {
    /// A cell of which nothing was read yet.
    pub(super) fn new(cell: &ManifestCell, plan: Arc<Plan>) -> Self {
        Self {
            name: cell.name.clone(),
            place: Place { unit: cell.unit, slot: cell.slot },
            plan,
            voltage_found: Volts(cell.voltage_found_volt),
            past: Past::default(),
            pace: 1.0,
            begun: None,
            flowed: None,
        }
    }

    /// Takes in a fact, so many seconds after the origin of the run's clock.
    pub(super) fn fact(&mut self, event: &Event, second: f64) {
        let at = Instant::ORIGIN + Duration::try_from_secs_f64(second).unwrap_or_default();
        self.past.fact(event, at);
        match event {
            Event::StepStarted { step_id, .. } => self.begun = Some(Begun { id: *step_id, counter: None }),
            Event::CounterSeen { raw } => {
                self.begun.iter_mut().for_each(|begun| begun.counter = Some(*raw));
            }
            _ => {}
        }
    }

    /// Takes in a row, and its moment.
    pub(super) fn row(&mut self, row: &RecordedRow, at: Instant) {
        let ago = |time: Duration| Instant::ORIGIN + at.since(Instant::ORIGIN + time);
        let seen = Seen {
            at,
            step_start: ago(row.step_time),
            step_count: row.step_count,
            voltage: row.voltage,
            current: row.current,
            temperature: row.temperature,
            totals: row.total,
            in_step: row.in_step,
        };
        if seen.current.0 != 0.0 {
            self.flowed = Some(seen);
        }
        self.past.row(seen, ago(row.time));
    }

    /// The step that was under way, if one was.
    pub fn step(&self) -> Option<&Step> {
        self.past.underway()?;
        find(self.plan.steps(), self.begun?.id)
    }

    /// When it was seen last, or when its step began.
    pub fn since(&self) -> Option<Instant> {
        self.past.begun_at().max(self.past.last().map(|seen| seen.at))
    }

    /// What the law of its step and the recipe's policy make of the interruption: in words.
    pub fn then(&self, why: &str) -> String {
        let company = Company::default();
        let mut program =
            Program::restore(Arc::clone(&self.plan), company, self.past.clone(), why, Gap::default());
        let mut then = None;
        while let Some(output) = program.next_output() {
            match output {
                Output::Fact(Event::Interrupted { then: what, .. }) => {
                    then.get_or_insert(what);
                }
                Output::Fact(Event::CellEnded { why, .. }) => {
                    then.get_or_insert(format!("the test ends: {why}"));
                }
                _ => {}
            }
        }
        then.unwrap_or_default()
    }

    /// What it can be known by in its slot.
    pub(super) fn mark(&self) -> LastSeen {
        let kind = self.plan.cell();
        let limits = envelope(kind.chemistry);
        let last = self.past.last();
        let flowed = self.flowed;
        LastSeen {
            voltage: last.map_or(self.voltage_found, |seen| seen.voltage),
            current: flowed.map_or(Amperes(0.0), |seen| seen.current),
            rested: flowed.zip(last).map(|(then, last)| last.at - then.at).filter(|time| !time.is_zero()),
            capacity: kind.capacity,
            envelope: (limits.voltage_low, limits.voltage_high),
        }
    }

    /// What its station has to know of it.
    pub fn earlier(&self, why: &str) -> Earlier {
        Earlier { past: self.past.clone(), why: why.to_owned(), unwatched: self.unwatched() }
    }

    /// The current that nobody saw the end of, if its step has one.
    fn unwatched(&self) -> Option<Unwatched> {
        let (begun, step) = (self.begun?, self.step()?);
        let record = step.record.unwrap_or(*self.plan.record());
        let of_step = |seen: &&Seen| Some(seen.step_count) == self.past.underway();
        let current = self.past.last().filter(of_step).map_or(Amperes(0.0), |seen| seen.current);
        let direction = match (&step.kind, current.0) {
            // A sine in between.
            (Kind::Rest { .. }, _) if record.impedance_every.is_some() => Some(Direction::Discharge),
            (Kind::Rest { .. } | Kind::Wait(_), _) => return None,
            (Kind::Charge(_), _) => Some(Direction::Charge),
            (Kind::Discharge(_) | Kind::Impedance { .. }, _) => Some(Direction::Discharge),
            (Kind::Pulse(pulse), _) => Some(pulse.direction),
            (Kind::Resistance(step), _) => Some(step.direction),
            (_, flowed) if flowed > 0.0 => Some(Direction::Charge),
            (_, flowed) if flowed < 0.0 => Some(Direction::Discharge),
            _ => None,
        };
        let asked = step.kind.highest_current(self.plan.limits());
        let sine = record.impedance_every.and_then(|_| crate::plan::sine(self.plan.limits()));
        let passed = self.past.passed_in_step();
        Some(Unwatched {
            counter: begun.counter,
            period: if step.hi_res { SamplePeriod::HiRes } else { SamplePeriod::Rotation },
            pace: self.pace,
            counted: passed.charge_in + passed.charge_out,
            since: self.since()?,
            // The newest row waits for the next one, so that the last of the file can be two intervals old.
            looked: record.every * 2 + LATE,
            direction,
            current: sine.map_or(asked, |sine| asked.max(sine.top())).max(current.abs()),
        })
    }
}

/// The step of this number, wherever it stands.
fn find(steps: &[Step], id: u32) -> Option<&Step> {
    steps.iter().find_map(|step| {
        if step.id == id { Some(step) } else { find(step.kind.steps().unwrap_or_default(), id) }
    })
}
