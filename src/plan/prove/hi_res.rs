//! The proof of hi-res steps: the temperature stands still in them, so they have to be short.

use super::Proof;
use crate::diagnostic::Problem;
use crate::plan::Kind;
use crate::recipe::StepText;
use crate::units::format_duration;
use std::time::Duration;

/// So long may current flow without a look at the temperature. At 4 A a cell of 0.1 ohm and 45 J/K warms by
/// 4 degC in this time, if nothing cools it.
const LONGEST_BLIND: Duration = Duration::from_secs(120);

impl Proof<'_> {
    /// Whether a step measures in hi-res. One that may last longer than the temperature may go unseen is
    /// refused, and so is one in which the unit's sine is to flow.
    pub(super) fn hi_res(&mut self, text: &StepText, kind: &Kind) -> Option<bool> {
        let Some(written) = text.hi_res.get().filter(|written| written.value) else {
            return (!matches!(text.hi_res, crate::diagnostic::read::Field::Broken)).then_some(false);
        };
        let time = match kind {
            Kind::Charge(drive) | Kind::Discharge(drive) => drive.at_most.time,
            Kind::Pulse(train) => train.duration(),
            Kind::Resistance(step) => step.duration(),
            // Reported as a misplaced key.
            _ => return Some(false),
        };
        if time > LONGEST_BLIND {
            self.report(
                Problem::new(
                    "hi-res-too-long",
                    written.span.clone(),
                    format!(
                        "in hi-res no temperature is measured, and this step may take {}",
                        format_duration(time)
                    ),
                    "blind for too long",
                )
                .hint(format!(
                    "bound the step to {}, or take hi_res out; several short steps see the temperature in between",
                    format_duration(LONGEST_BLIND)
                )),
            );
            return None;
        }
        if self.record.impedance_every.is_some() && matches!(kind, Kind::Charge(_) | Kind::Discharge(_)) {
            self.report(
                Problem::new(
                    "hi-res-sine",
                    written.span.clone(),
                    "impedance_every measures with the unit's sine, which a hi-res step has no time for",
                    "this step",
                )
                .hint("take hi_res out, or impedance_every where it is written for this step"),
            );
            return None;
        }
        Some(true)
    }
}
