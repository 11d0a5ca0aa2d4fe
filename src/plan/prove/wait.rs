//! The proof of waits: for something that can come, and not for ever.

use super::Proof;
use super::reach::{Reach, Way};
use crate::diagnostic::Problem;
use crate::diagnostic::read::Field;
use crate::plan::{Awaited, Then, Wait};
use crate::recipe::{StepText, WaitText};

impl Proof<'_> {
    pub(super) fn wait(&mut self, text: &StepText) -> Option<Wait> {
        let at_most = match &text.at_most {
            Field::Absent => {
                self.report(
                    Problem::new(
                        "no-time-bound",
                        text.span.clone(),
                        "this wait has no `at_most`",
                        "it may never end",
                    )
                    .hint("every step is bounded in time; add such as at_most = \"2 h\""),
                );
                None
            }
            // What was waited for and did not come is no way to go on in silence.
            field => field.get().and_then(|timeout| self.timeout(&timeout.value, Then::Fail)),
        };
        let time = at_most.as_ref().map(|at_most| at_most.time);
        let awaited = match &text.wait.get()?.value {
            WaitText::Supply => Some(Awaited::Supply),
            WaitText::Conditions(list) => {
                let reach = Reach::idle(self.cell.as_ref()?, self.limits.as_ref()?, Way::Wait, time);
                self.endings(list, &reach).map(Awaited::Conditions)
            }
        };
        Some(Wait { awaited: awaited?, at_most: at_most? })
    }
}
