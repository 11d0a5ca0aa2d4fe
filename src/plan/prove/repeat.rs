//! The proof of loops: not empty, not too deep, not too many times.

use super::reach::{Reach, Way};
use super::steps::too_deep;
use super::{DEEPEST_REPEAT, MOST_STEPS, Proof};
use crate::diagnostic::Problem;
use crate::diagnostic::read::Field;
use crate::plan::{Kind, Repeat, Step};
use crate::recipe::StepText;

impl Proof<'_> {
    pub(super) fn repeat(&mut self, text: &StepText, depth: usize) -> Option<Kind> {
        if self.refuse_too_deep(text, depth) {
            return None;
        }
        let times = text.repeat.get().and_then(|times| {
            if times.value == 0 {
                self.report(
                    Problem::new(
                        "bad-repeat",
                        times.span.clone(),
                        "a loop of no times does nothing",
                        "this number",
                    )
                    .hint("write how often, at least 1, or take the step out"),
                );
                return None;
            }
            Some(times.value)
        });
        let around = std::mem::replace(&mut self.in_repeat, true);
        let steps = self.inner(text, depth);
        self.in_repeat = around;
        let reach = match (&self.cell, &self.limits) {
            (Some(cell), Some(limits)) => Some(Reach::idle(cell, limits, Way::Pass, None)),
            _ => None,
        };
        // What ends a repeat knows all that was done in it, as if it stood in it.
        let around = std::mem::replace(&mut self.in_repeat, true);
        let until = self.until(&text.until, reach.as_ref());
        self.in_repeat = around;
        let (times, steps, until) = (times?, steps?, until?);
        Some(Kind::Repeat(Repeat { times, until, counts_cycles: counts_cycles(&steps), steps }))
    }

    pub(super) fn group(&mut self, text: &StepText, depth: usize) -> Option<Kind> {
        if self.refuse_too_deep(text, depth) {
            return None;
        }
        let steps = self.inner(text, depth);
        Some(Kind::Group { title: text.group.get()?.value.clone(), steps: steps? })
    }

    /// The steps inside.
    fn inner(&mut self, text: &StepText, depth: usize) -> Option<Vec<Step>> {
        match &text.step {
            Field::Absent => {
                self.report(
                    Problem::new(
                        "empty-plan",
                        text.span.clone(),
                        "this has no steps inside",
                        "nothing to do",
                    )
                    .hint("add a [[step.step]] below it, one more `.step` for each repeat or group around"),
                );
                None
            }
            field => field.get().and_then(|inner| self.steps(&inner.value, &text.span, depth + 1)),
        }
    }

    fn refuse_too_deep(&mut self, text: &StepText, depth: usize) -> bool {
        if too_deep(depth) {
            self.report(
                Problem::new(
                    "too-deep",
                    text.span.clone(),
                    format!("more than {DEEPEST_REPEAT} repeats and groups stand in each other"),
                    "this one",
                )
                .hint("lay the loops side by side"),
            );
            return true;
        }
        false
    }

    /// Refuses a plan of more steps than [`MOST_STEPS`], at the first loop that makes it so.
    pub(super) fn count(&mut self, texts: &[StepText], steps: &[Step]) {
        let mut total: u64 = 0;
        // Each way that is gone back does at most all of the plan once more.
        let again = self.jump_times.saturating_add(1);
        for (text, step) in texts.iter().zip(steps) {
            total = total.saturating_add(unrolled(step));
            if total.saturating_mul(again) > MOST_STEPS {
                let span = text.repeat.get().map_or(text.span.clone(), |times| times.span.clone());
                self.report(
                    Problem::new(
                        "too-many-steps",
                        span,
                        format!("with all loops unrolled these are more than {MOST_STEPS} steps"),
                        "here the number is passed",
                    )
                    .hint("repeat less often"),
                );
                return;
            }
        }
    }
}

/// How many steps a cell goes through in this one, itself among them; the largest number if there
/// are more.
pub(crate) fn unrolled(step: &Step) -> u64 {
    let inside = |steps: &[Step]| steps.iter().fold(1_u64, |sum, inner| sum.saturating_add(unrolled(inner)));
    match &step.kind {
        Kind::Repeat(Repeat { times, steps, .. }) => inside(steps).saturating_mul(u64::from(*times)),
        kind => kind.steps().map_or(1, inside),
    }
}

/// Whether steps both charge and discharge, and no repeat among them does so itself.
fn counts_cycles(steps: &[Step]) -> bool {
    let (mut charges, mut discharges) = (false, false);
    for step in steps {
        let (charge, discharge) = directions(step);
        if matches!(step.kind, Kind::Repeat(_)) && charge && discharge {
            return false;
        }
        // A repeat deeper inside, within a group, counts as well.
        if let Kind::Group { steps, .. } = &step.kind
            && charge
            && discharge
            && steps.iter().any(has_cycles)
        {
            return false;
        }
        (charges, discharges) = (charges || charge, discharges || discharge);
    }
    charges && discharges
}

/// Whether there is a repeat in a step, or it is one, each time of which is a cycle.
fn has_cycles(step: &Step) -> bool {
    match &step.kind {
        Kind::Repeat(repeat) => repeat.counts_cycles || repeat.steps.iter().any(has_cycles),
        kind => kind.steps().unwrap_or_default().iter().any(has_cycles),
    }
}

/// Whether a step charges, and whether it discharges, by itself or at any depth. What does a little of
/// both for a measurement is no cycle.
fn directions(step: &Step) -> (bool, bool) {
    match &step.kind {
        Kind::Charge(_) => (true, false),
        Kind::Discharge(_) => (false, true),
        kind => kind
            .steps()
            .unwrap_or_default()
            .iter()
            .map(directions)
            .fold((false, false), |(charge, discharge), (c, d)| (charge || c, discharge || d)),
    }
}

impl Proof<'_> {
    /// Refuses conditions on cycles where no repeat of the recipe has any.
    pub(super) fn cycles_are_counted(&mut self, texts: &[StepText], steps: &[Step]) {
        if steps.iter().any(has_cycles) {
            return;
        }
        let mut rest: Vec<&StepText> = texts.iter().rev().collect();
        while let Some(text) = rest.pop() {
            for ending in text.until.get().map_or(&[][..], |list| list.value.items.as_slice()) {
                for (name, at) in ending.when.left.names().into_iter().chain(ending.when.right.names()) {
                    if name.first().is_some_and(|first| first == "cycle") {
                        self.report(
                            Problem::new(
                                "never-known",
                                at.clone(),
                                "this recipe has no cycles",
                                "never known",
                            )
                            .hint("each pass of a repeat that both charges and discharges is a cycle"),
                        );
                    }
                }
            }
            rest.extend(text.step.get().into_iter().flat_map(|inner| inner.value.iter().rev()));
        }
    }
}
