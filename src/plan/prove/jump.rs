//! The proof of what follows a step: named steps exist, can be reached from there, and no ring is endless.

use super::Proof;
use crate::diagnostic::read::{Field, Spanned};
use crate::diagnostic::{Problem, nearest};
use crate::plan::{Awaited, Jump, Step, Then, Timeout, Wait};
use crate::recipe::{Action, StepText, TimeoutText};
use std::collections::BTreeSet;
use std::ops::Range;

impl Proof<'_> {
    /// What follows by an action that stands at the step under proof.
    pub(super) fn then(
        &mut self,
        action: &Field<Spanned<Action>>,
        times: &Field<Spanned<u32>>,
        otherwise: Then,
    ) -> Option<Then> {
        let given = match action {
            Field::Absent => return Some(otherwise),
            Field::Broken => return None,
            Field::Present(given) => given,
        };
        let then = match &given.value {
            Action::Next => Then::Next,
            Action::Pass => Then::Pass,
            Action::Fail => Then::Fail,
            Action::Goto(name) => return self.jump(name, &given.span, times).map(Then::Goto),
        };
        if let Some(times) = times.get() {
            self.report(
                Problem::new(
                    "misplaced-key",
                    times.span.clone(),
                    "only a goto is done so many times",
                    "this number",
                )
                .hint("take `times` out"),
            );
            return None;
        }
        Some(then)
    }

    /// A way from the step under proof to a named one.
    pub(super) fn jump(
        &mut self,
        name: &str,
        span: &Range<usize>,
        times: &Field<Spanned<u32>>,
    ) -> Option<Jump> {
        let Some(target) = self.names.get(name).cloned() else {
            if self.has_told_enough() {
                return None;
            }
            let hint = match nearest(name, self.names.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if self.names.is_empty() => "give the step that is meant a name".to_owned(),
                None => {
                    let names: Vec<&str> = self.names.keys().map(String::as_str).take(8).collect();
                    let more = if self.names.len() > names.len() { ", ..." } else { "" };
                    format!("the names of steps are {}{more}", names.join(", "))
                }
            };
            self.report(
                Problem::new(
                    "unknown-step",
                    span.clone(),
                    format!("no step is called `{name}`"),
                    "this name",
                )
                .hint(hint),
            );
            return None;
        };
        let around = target.path.len() - 1;
        if self.path.len() <= around || self.path.get(..around) != target.path.get(..around) {
            self.report(
                Problem::new(
                    "goto-inside",
                    span.clone(),
                    format!("`{name}` is inside a repeat or a group that this step is not in"),
                    "not to be reached from here",
                )
                .hint("go to the repeat or group itself, or to a step beside it"),
            );
            return None;
        }
        let back = target.path.last() <= self.path.get(around);
        let times = match times {
            Field::Absent if back => {
                self.report(
                    Problem::new(
                        "endless-ring",
                        span.clone(),
                        format!("from `{name}` the way leads here again, and nothing bounds how often"),
                        "goes back",
                    )
                    .hint("add such as times = 3: how often a cell may go this way in all of its test"),
                );
                return None;
            }
            Field::Absent => None,
            Field::Broken => return None,
            Field::Present(times) if times.value == 0 => {
                self.report(
                    Problem::new(
                        "bad-repeat",
                        times.span.clone(),
                        "a way of no times is none",
                        "this number",
                    )
                    .hint("write how often it may be gone, at least 1, or take it out"),
                );
                return None;
            }
            Field::Present(times) => Some(times.value),
        };
        let number = self.jumps;
        self.jumps = self.jumps.saturating_add(1);
        self.jump_times = self.jump_times.saturating_add(u64::from(times.unwrap_or(1)));
        self.backward |= back;
        Some(Jump { number, name: name.to_owned(), target: target.id, path: target.path, times })
    }

    /// The time bound of a step, with what follows.
    pub(super) fn timeout(&mut self, text: &TimeoutText, otherwise: Then) -> Option<Timeout> {
        let time = self.bounded(&text.time);
        let then = self.then(&text.then, &text.times, otherwise);
        Some(Timeout { time: time?, then: then? })
    }

    /// Refuses steps that nothing leads to.
    pub(super) fn unreachable_steps(&mut self, texts: &[StepText], steps: &[Step]) {
        let mut targets = self.hook_targets.clone();
        collect_targets(steps, &mut targets);
        self.ends_reachable(texts, steps, &targets);
    }

    /// Whether the end of a list is reached from its beginning.
    fn ends_reachable(&mut self, texts: &[StepText], steps: &[Step], targets: &BTreeSet<u32>) -> bool {
        let mut reachable = true;
        for (text, step) in texts.iter().zip(steps) {
            if !reachable && !targets.contains(&step.id) {
                self.report(
                    Problem::new(
                        "unreachable-step",
                        text.span.clone(),
                        "nothing leads to this step",
                        "never done",
                    )
                    .hint("the step before it goes elsewhere in every case; take this one out, or go to it by name"),
                );
                // One problem for all that follow it.
                return true;
            }
            let inner = match (text.step.get(), step.kind.steps()) {
                (Some(texts), Some(steps)) => self.ends_reachable(&texts.value, steps, targets),
                _ => true,
            };
            reachable = inner && goes_on(step);
        }
        reachable
    }
}

/// Whether the next step can follow this one.
fn goes_on(step: &Step) -> bool {
    let may = |then: &Then| match then {
        Then::Next => true,
        Then::Pass | Then::Fail => false,
        Then::Goto(jump) => jump.times.is_some(),
    };
    match &step.kind {
        crate::plan::Kind::Goto(jump) => jump.times.is_some(),
        // What is waited for comes.
        crate::plan::Kind::Wait(Wait { awaited: Awaited::Supply, .. }) => true,
        kind if kind.at_most().is_some() => kind.ways_out().any(may),
        // Its own time, its own work or its number of times ends it in the common way.
        _ => true,
    }
}

fn collect_targets(steps: &[Step], targets: &mut BTreeSet<u32>) {
    for step in steps {
        if let crate::plan::Kind::Goto(jump) = &step.kind {
            targets.insert(jump.target);
        }
        for then in step.kind.ways_out() {
            if let Then::Goto(jump) = then {
                targets.insert(jump.target);
            }
        }
        collect_targets(step.kind.steps().unwrap_or_default(), targets);
    }
}
