//! The proof of a list of steps: each of one kind, with the keys of that kind, and named once.

use super::header::prove_record;
use super::reach::{Reach, Way};
use super::{DEEPEST_REPEAT, LONGEST_STEP, Proof};
use crate::diagnostic::Problem;
use crate::diagnostic::read::{Period, Spanned};
use crate::plan::{Direction, Kind, Step};
use crate::recipe::StepText;
use std::ops::Range;
use std::time::Duration;

impl Proof<'_> {
    /// Proves steps that stand `depth` repeats deep, inside `place`.
    pub(super) fn steps(
        &mut self,
        texts: &[StepText],
        place: &Range<usize>,
        depth: usize,
    ) -> Option<Vec<Step>> {
        if texts.is_empty() {
            self.report(
                Problem::new("empty-plan", place.clone(), "there are no steps in here", "nothing to do")
                    .hint("add a [[step]] with one of charge, discharge, rest, impedance, repeat, ..."),
            );
            return None;
        }
        // All are proved before any failure counts, so that all problems are told.
        let mut steps = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            self.path.push(index);
            steps.push(self.step(text, depth));
            self.path.pop();
        }
        steps.into_iter().collect()
    }

    fn step(&mut self, text: &StepText, depth: usize) -> Option<Step> {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        let name = text.name.get().map(|name| name.value.clone());
        let around = self.record;
        let record = prove_record(text.record.get(), around, &mut self.problems);
        let kind = self.kind(text)?;
        self.misplaced(text, kind);
        if let Some(every) = text.record.get().and_then(|record| record.impedance_every.get()) {
            self.has_sine(&every.span);
        }
        self.record = record.unwrap_or(around);
        let proved = match kind {
            "charge" => self.drive(text, text.charge.get(), Direction::Charge).map(Kind::Charge),
            "discharge" => self.drive(text, text.discharge.get(), Direction::Discharge).map(Kind::Discharge),
            "hold" => self.hold_alone(text).map(Kind::Hold),
            "rest" => self.rest(text),
            "pulse" => self.pulse(text).map(Kind::Pulse),
            "profile" => self.profile(text).map(Kind::Profile),
            "resistance" => self.resistance(text).map(Kind::Resistance),
            "impedance" => text
                .impedance
                .get()
                .and_then(|given| self.impedance(given))
                .map(|frequencies| Kind::Impedance { frequencies }),
            "wait" => self.wait(text).map(Kind::Wait),
            "goto" => text
                .goto
                .get()
                .and_then(|name| self.jump(name.value.trim(), &name.span, &text.times))
                .map(Kind::Goto),
            "group" => self.group(text, depth),
            _ => self.repeat(text, depth),
        };
        let proved = proved.and_then(|kind| self.hi_res(text, &kind).map(|hi_res| (kind, hi_res)));
        self.record = around;
        // A step inside a group or repeat has the recording of that one, and says so itself.
        let record = record?;
        let differs = record != self.plan_record && !matches!(kind, "group" | "repeat" | "goto");
        let (kind, hi_res) = proved?;
        Some(Step { id, name, record: differs.then_some(record), hi_res, kind })
    }

    fn rest(&mut self, text: &StepText) -> Option<Kind> {
        let duration = self.bounded(text.rest.get()?)?;
        let reach = match (&self.cell, &self.limits) {
            (Some(cell), Some(limits)) => Some(Reach::idle(cell, limits, Way::Rest, Some(duration))),
            _ => None,
        };
        let until = self.until(&text.until, reach.as_ref());
        Some(Kind::Rest { duration, until: until? })
    }

    /// A time that is not zero and that a person can have meant.
    pub(super) fn bounded(&mut self, period: &Spanned<Period>) -> Option<Duration> {
        let duration = period.value.0;
        let problem = if duration.is_zero() {
            Problem::new("zero-time", period.span.clone(), "a step of no time does nothing", "this time")
                .hint("write how long it may take, or take the step out")
        } else if duration > LONGEST_STEP {
            Problem::new("too-long", period.span.clone(), "this is longer than 400 days", "this time")
                .hint("split the step, or check the unit")
        } else {
            return Some(duration);
        };
        self.report(problem);
        None
    }
}

/// Whether a repeat may hold another list of steps at this depth.
pub(super) fn too_deep(depth: usize) -> bool {
    depth >= DEEPEST_REPEAT
}
