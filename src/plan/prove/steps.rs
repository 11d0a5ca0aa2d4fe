//! The proof of a list of steps: each of one kind, with the keys of that kind, and named once.

use super::header::prove_name;
use super::reach::Direction;
use super::{DEEPEST_REPEAT, LONGEST_STEP, Proof};
use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, Period, Spanned};
use crate::plan::{Kind, Step};
use crate::recipe::StepText;
use std::ops::Range;
use std::time::Duration;

/// The keys that name a kind, and the keys that may go with it.
const KINDS: [(&str, &[&str]); 5] = [
    ("charge", &["hold", "until", "at_most"]),
    ("discharge", &["hold", "until", "at_most"]),
    ("rest", &["until"]),
    ("impedance", &[]),
    ("repeat", &["step"]),
];

impl Proof {
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
                    .hint("add a [[step]] with one of charge, discharge, rest, impedance, repeat"),
            );
            return None;
        }
        // All are proved before any failure counts, so that all problems are told.
        let steps: Vec<Option<Step>> = texts.iter().map(|text| self.step(text, depth)).collect();
        steps.into_iter().collect()
    }

    fn step(&mut self, text: &StepText, depth: usize) -> Option<Step> {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        let name = self.name(text);
        let kind = self.kind(text)?;
        self.misplaced(text, kind);
        let kind = match kind {
            "charge" => Kind::Charge(self.drive(text, text.charge.get(), Direction::Charge)?),
            "discharge" => Kind::Discharge(self.drive(text, text.discharge.get(), Direction::Discharge)?),
            "rest" => self.rest(text)?,
            "impedance" => Kind::Impedance { frequencies: self.impedance(text.impedance.get()?)? },
            _ => self.repeat(text, depth)?,
        };
        Some(Step { id, name, kind })
    }

    fn name(&mut self, text: &StepText) -> Option<String> {
        let name = text.name.get()?;
        if let Err(problem) = prove_name(name) {
            self.report(problem);
            return None;
        }
        if self.names.insert(name.value.clone(), name.span.clone()).is_some() {
            self.report(
                Problem::new(
                    "duplicate-name",
                    name.span.clone(),
                    format!("two steps are called `{}`", name.value),
                    "the second one",
                )
                .hint("a name stands for one step in results and conditions; take another one"),
            );
        }
        Some(name.value.clone())
    }

    /// The key that names the step's kind.
    fn kind(&mut self, text: &StepText) -> Option<&'static str> {
        let given = keys(text);
        let mut kinds = KINDS.iter().filter_map(|(kind, _)| {
            given.iter().find(|(key, _)| key == kind).map(|(_, span)| (*kind, span.clone()))
        });
        let Some((first, _)) = kinds.next() else {
            let names: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
            self.report(
                Problem::new("no-kind", text.span.clone(), "this step does nothing", "no key names its kind")
                    .hint(format!("add one of {}", names.join(", "))),
            );
            return None;
        };
        if let Some((second, span)) = kinds.next() {
            self.report(
                Problem::new(
                    "two-kinds",
                    span.unwrap_or_else(|| text.span.clone()),
                    format!("this step is both `{first}` and `{second}`"),
                    "a second kind",
                )
                .hint("make a step of each, one after the other"),
            );
            return None;
        }
        Some(first)
    }

    /// Refuses keys that do not go with the step's kind.
    fn misplaced(&mut self, text: &StepText, kind: &str) {
        let allowed = KINDS.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, keys)| keys);
        for (key, span) in keys(text) {
            if key == kind || allowed.contains(&key) {
                continue;
            }
            let hint = match (kind, key) {
                ("rest", "at_most") => "a rest ends after its own time; take `at_most` out",
                ("impedance", "at_most") => "an impedance measurement takes its own time; take `at_most` out",
                ("repeat", "until" | "at_most") => {
                    "bound the steps inside; the number of times bounds the loop"
                }
                (_, "step") => "only `repeat` has steps inside",
                (_, "hold") => "only `charge` and `discharge` hold a voltage",
                _ => "take it out",
            };
            self.report(
                Problem::new(
                    "misplaced-key",
                    span.unwrap_or_else(|| text.span.clone()),
                    format!("`{key}` does not go with `{kind}`"),
                    "the value of this key",
                )
                .hint(hint),
            );
        }
    }

    fn rest(&mut self, text: &StepText) -> Option<Kind> {
        let duration = self.bounded(text.rest.get()?)?;
        let until = match &text.until {
            Field::Absent => Some(Vec::new()),
            Field::Broken => None,
            Field::Present(list) => self.until(list, &self.reach_of_rest(duration)?),
        };
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

/// The keys that a step has, in the order of the shape, each with the place of its value if that
/// could be read. The name is left out: it goes with every kind.
fn keys(text: &StepText) -> Vec<(&'static str, Option<Range<usize>>)> {
    fn add<T>(
        out: &mut Vec<(&'static str, Option<Range<usize>>)>,
        key: &'static str,
        field: &Field<Spanned<T>>,
    ) {
        if !field.is_absent() {
            out.push((key, field.get().map(|value| value.span.clone())));
        }
    }
    let mut out = Vec::new();
    add(&mut out, "charge", &text.charge);
    add(&mut out, "discharge", &text.discharge);
    add(&mut out, "rest", &text.rest);
    add(&mut out, "impedance", &text.impedance);
    add(&mut out, "repeat", &text.repeat);
    add(&mut out, "hold", &text.hold);
    add(&mut out, "until", &text.until);
    add(&mut out, "at_most", &text.at_most);
    add(&mut out, "step", &text.step);
    out
}

/// Whether a repeat may hold another list of steps at this depth.
pub(super) fn too_deep(depth: usize) -> bool {
    depth >= DEEPEST_REPEAT
}
