//! The proof of loops: not empty, not too deep, not too many times.

use super::steps::too_deep;
use super::{DEEPEST_REPEAT, MOST_STEPS, Proof};
use crate::diagnostic::Problem;
use crate::plan::{Kind, Step};
use crate::recipe::StepText;

impl Proof {
    pub(super) fn repeat(&mut self, text: &StepText, depth: usize) -> Option<Kind> {
        if too_deep(depth) {
            self.report(
                Problem::new(
                    "too-deep",
                    text.span.clone(),
                    format!("more than {DEEPEST_REPEAT} repeats stand in each other"),
                    "this one",
                )
                .hint("lay the loops side by side"),
            );
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
        let steps = match &text.step {
            crate::diagnostic::read::Field::Absent => {
                self.report(
                    Problem::new(
                        "empty-plan",
                        text.span.clone(),
                        "this repeat has no steps inside",
                        "nothing to do",
                    )
                    .hint("add a [[step.step]] below it, one more `.step` for each repeat around"),
                );
                None
            }
            field => field.get().and_then(|inner| self.steps(&inner.value, &text.span, depth + 1)),
        };
        let (times, steps) = (times?, steps?);
        Some(Kind::Repeat { times, counts_cycles: counts_cycles(&steps), steps })
    }

    /// Refuses a plan of more steps than [`MOST_STEPS`], at the first loop that makes it so.
    pub(super) fn count(&mut self, texts: &[StepText], steps: &[Step]) {
        let mut total: u64 = 0;
        for (text, step) in texts.iter().zip(steps) {
            total = total.saturating_add(unrolled(step));
            if total > MOST_STEPS {
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
    match &step.kind {
        Kind::Repeat { times, steps, .. } => steps
            .iter()
            .fold(1_u64, |sum, inner| sum.saturating_add(unrolled(inner)))
            .saturating_mul(u64::from(*times)),
        _ => 1,
    }
}

/// Whether steps both charge and discharge, and no repeat among them does so itself.
fn counts_cycles(steps: &[Step]) -> bool {
    let (mut charges, mut discharges) = (false, false);
    for step in steps {
        match &step.kind {
            Kind::Charge(_) => charges = true,
            Kind::Discharge(_) => discharges = true,
            Kind::Rest { .. } | Kind::Impedance { .. } => {}
            Kind::Repeat { steps: inner, .. } => {
                let (charge, discharge) = directions(inner);
                if charge && discharge {
                    return false;
                }
                charges |= charge;
                discharges |= discharge;
            }
        }
    }
    charges && discharges
}

/// Whether there is a charge, and whether there is a discharge, at any depth.
fn directions(steps: &[Step]) -> (bool, bool) {
    steps.iter().fold((false, false), |(charge, discharge), step| match &step.kind {
        Kind::Charge(_) => (true, discharge),
        Kind::Discharge(_) => (charge, true),
        Kind::Rest { .. } | Kind::Impedance { .. } => (charge, discharge),
        Kind::Repeat { steps: inner, .. } => {
            let (c, d) = directions(inner);
            (charge || c, discharge || d)
        }
    })
}
