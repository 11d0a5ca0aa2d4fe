//! The law of interruptions: what becomes of a step that was out of control for a time, because its unit was
//! reset or lost, or because the run itself was.
//!
//! A battery cannot be wound back. So nothing is added up over an interruption: what had passed is told as the
//! end of that passage, and the same step, if the plan says so, begins anew with a cell that is not as it was.
//! What bounds a step counts on, so that no interruption makes a step longer, or lets more charge through.

use super::cursor::Books;
use super::{Output, Phase, Program, Underway};
use crate::clock::Instant;
use crate::event::{Again, Carried, EndReason, Event, Position, Totals};
use crate::plan::{Kind, OnInterrupt, Step};
use crate::units::Coulombs;
use crate::verdict::Verdict;
use std::time::Duration;

/// Charge that passed while nobody looked. It belongs to the cell, and to no step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gap {
    /// Into the cell.
    pub charge_in: Coulombs,
    /// Out of the cell.
    pub charge_out: Coulombs,
}

/// A passage of a step that was broken off.
pub(super) struct Passage<'s> {
    pub(super) step: &'s Step,
    /// When it began, from the start of the cell's test, and how long it was under way.
    pub(super) start: Duration,
    pub(super) duration: Duration,
    /// What had passed in the test when it began.
    pub(super) totals: Totals,
    /// How it had been entered.
    pub(super) again: Option<Again>,
}

impl Program {
    /// Tells that control of the slot was lost for a time, and is back: no current flows, and nothing is known
    /// of what flowed meanwhile but the charge in `gap`. A step that was in the midst of its currents is closed,
    /// and what follows is as the recipe says.
    pub fn interrupt(&mut self, why: &str, gap: Gap) {
        if matches!(self.phase, Phase::Done) {
            return;
        }
        self.interruptions += 1;
        self.gap = gap;
        let policy = self.plan.on_interrupt();
        // Without current nothing is missed: the time goes on by itself.
        let goes_on = match &self.phase {
            Phase::Running(underway) => underway.running.may_wait() && policy == OnInterrupt::Resume,
            Phase::Between | Phase::Done => true,
            Phase::Ending(..) => false,
        };
        if goes_on {
            self.take_gap();
        } else {
            self.break_off(EndReason::Interrupted(why.to_owned()));
        }
        let between = goes_on && matches!(self.phase, Phase::Between);
        let next = between.then(|| Box::new(self.position()));
        self.tell_interrupted(why, goes_on, next);
    }

    /// Ends the test where it is, because its unit does not come back; it can be gone on with later.
    pub fn lose(&mut self, why: &str) {
        if matches!(self.phase, Phase::Done) {
            return;
        }
        if !matches!(self.phase, Phase::Between) {
            self.break_off(EndReason::Interrupted(why.to_owned()));
        }
        self.finish_for_now(Verdict::Error, why.to_owned());
    }

    /// Ends the test where it is, by a person's or the system's wish, without waiting for the cell to settle: nobody
    /// can see it. It can be gone on with later.
    pub fn stop_unseen(&mut self) {
        match self.phase {
            Phase::Done => {}
            Phase::Between => self.finish_for_now(Verdict::Incomplete, "stopped before the end".to_owned()),
            Phase::Running(_) | Phase::Ending(..) => self.break_off(EndReason::Stopped),
        }
    }

    /// Counts what passed in the gap, once the step before it is closed.
    pub(super) fn take_gap(&mut self) {
        self.ledger.add(std::mem::take(&mut self.gap));
    }

    /// Closes the step that is under way, or that has ended and was not closed yet.
    fn break_off(&mut self, reason: EndReason) {
        self.end(super::turn::End::by(reason.clone()));
        if let Phase::Ending(_, end) = &mut self.phase {
            *end = super::turn::End::by(reason);
            self.close();
        }
    }

    /// Prepares the way back into a step that was broken off.
    pub(super) fn enter_again(&mut self, passage: &Passage<'_>) {
        let Passage { step, .. } = passage;
        if !takes_little(&step.kind) {
            self.memory.interrupted();
        }
        self.again = match self.plan.on_interrupt() {
            OnInterrupt::Resume | OnInterrupt::Fail => Some(passage.resumed()),
            OnInterrupt::RestartStep => Some(passage.restarted()),
            OnInterrupt::RestartCycle => {
                let mut books = Books { memory: &mut self.memory, totals: self.ledger.totals() };
                self.cursor.restart_cycle(self.plan.steps(), &mut books);
                None
            }
        };
    }

    /// Tells what follows the interruption; the test ends where the recipe says so. Between two steps it
    /// has to say where the cell is, unless the end of the one has: what was counted in the gap would be forgotten at
    /// the next interruption.
    pub(super) fn tell_interrupted(&mut self, why: &str, goes_on: bool, next: Option<Box<Position>>) {
        let policy = self.plan.on_interrupt();
        let then = match (policy, self.again) {
            (OnInterrupt::Fail, _) => "the test ends, as the recipe says",
            _ if goes_on => "the test goes on where it is",
            (OnInterrupt::RestartCycle, _) => "the cycle begins again, as the recipe says",
            (_, Some(Again { carried: Some(_), .. })) => "the step goes on with what is left of it",
            _ => "the step begins again",
        };
        let event = Event::Interrupted { what: why.to_owned(), then: then.to_owned(), next };
        self.outputs.push_back(Output::Fact(event));
        if policy == OnInterrupt::Fail {
            self.fail(&format!("interrupted: {why}"));
        }
    }

    /// Where in its plan the cell is, between two steps.
    pub(super) fn position(&self) -> Position {
        let mut position = Position {
            totals: self.ledger.totals(),
            steps_begun: self.steps_begun,
            unmet: self.unmet,
            interruptions: self.interruptions,
            again: self.again,
            memory: self.memory.kept().clone(),
            ..Position::default()
        };
        self.cursor.note(&mut position);
        position
    }
}

impl Passage<'_> {
    /// What is left of the step: its time and its charge count on. What measures by itself is done again.
    fn resumed(&self) -> Again {
        match &self.step.kind {
            Kind::Impedance { .. } | Kind::Resistance(_) | Kind::Pulse(_) | Kind::Profile(_) => {
                self.restarted()
            }
            _ => {
                let before = self.again.and_then(|again| again.carried);
                let time = before.map_or(Duration::ZERO, |carried| carried.time);
                let carried = Carried {
                    started: before.map_or(self.start, |carried| carried.started),
                    time: time + self.duration,
                    totals: before.map_or(self.totals, |carried| carried.totals),
                };
                Again { continued: true, carried: Some(carried) }
            }
        }
    }

    /// The whole step once more. What charges or discharges finds the cell other than it should be.
    fn restarted(&self) -> Again {
        let continued = matches!(&self.step.kind, Kind::Charge(_) | Kind::Discharge(_) | Kind::Hold(_));
        Again { continued, carried: None }
    }
}

/// Whether a step takes so little from its cell, or nothing, that what is measured around it stays whole.
fn takes_little(kind: &Kind) -> bool {
    matches!(kind, Kind::Rest { .. } | Kind::Wait(_) | Kind::Impedance { .. })
}

impl Underway {
    /// What had passed in the test when the step began for the first time: what its conditions count from.
    pub(super) fn counted_from(&self) -> Totals {
        let carried = self.again.and_then(|again| again.carried);
        carried.map_or(self.account.totals_at_start, |carried| carried.totals)
    }
}

/// How long a step that begins now was under way before. The time of a rest goes on while nobody looks.
pub(super) fn time_before(again: Option<Again>, kind: &Kind, now: Instant, test_start: Instant) -> Duration {
    match again.and_then(|again| again.carried) {
        None => Duration::ZERO,
        Some(carried) if matches!(kind, Kind::Rest { .. }) => {
            now.since(test_start).saturating_sub(carried.started)
        }
        Some(carried) => carried.time,
    }
}
