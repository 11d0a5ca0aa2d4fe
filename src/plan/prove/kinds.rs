//! Which keys name a kind of step, and which may go with it.

use super::Proof;
use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, Spanned};
use crate::recipe::StepText;
use std::ops::Range;

/// The keys that name a kind, and the keys that may go with it beside name and record. `hold` names one
/// only where there is no charge or discharge, so it comes last.
const KINDS: [(&str, &[&str]); 12] = [
    ("charge", &["hold", "until", "at_most", "hi_res"]),
    ("discharge", &["hold", "until", "at_most", "hi_res"]),
    ("rest", &["until"]),
    ("pulse", &["until", "hi_res"]),
    ("profile", &["until"]),
    ("resistance", &["hi_res"]),
    ("impedance", &[]),
    ("wait", &["at_most"]),
    ("goto", &["times"]),
    ("group", &["step"]),
    ("repeat", &["until", "step"]),
    ("hold", &["current", "until", "at_most"]),
];

/// The kinds that the keys of a step name.
pub(super) fn kinds(text: &StepText) -> Vec<&'static str> {
    let given = keys(text);
    let mut kinds: Vec<&'static str> =
        KINDS.iter().map(|(kind, _)| *kind).filter(|kind| given.iter().any(|(key, _)| key == kind)).collect();
    if kinds.iter().any(|kind| matches!(*kind, "charge" | "discharge")) {
        kinds.retain(|kind| *kind != "hold");
    }
    kinds
}

impl Proof<'_> {
    /// The key that names the step's kind.
    pub(super) fn kind(&mut self, text: &StepText) -> Option<&'static str> {
        let kinds = kinds(text);
        let Some(first) = kinds.first() else {
            let names: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
            self.report(
                Problem::new("no-kind", text.span.clone(), "this step does nothing", "no key names its kind")
                    .hint(format!("add one of {}", names.join(", "))),
            );
            return None;
        };
        if let Some(second) = kinds.get(1) {
            let span = keys(text).into_iter().find(|(key, _)| key == second).and_then(|(_, span)| span);
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
    pub(super) fn misplaced(&mut self, text: &StepText, kind: &str) {
        let allowed = KINDS.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, keys)| keys);
        for (key, span) in keys(text) {
            if key == kind || allowed.contains(&key) {
                continue;
            }
            let hint = match (kind, key) {
                ("rest", "at_most") => "a rest ends after its own time; take `at_most` out",
                ("impedance", "at_most") => "an impedance measurement takes its own time; take `at_most` out",
                ("pulse" | "profile" | "resistance", "at_most") => {
                    "it ends after its own time; take `at_most` out"
                }
                ("repeat" | "group", "at_most") => {
                    "bound the steps inside; the number of times bounds the loop"
                }
                ("wait", "until") => "write what is waited for after `wait` itself",
                (_, "step") => "only `repeat` and `group` have steps inside",
                (_, "hold") => "only `charge` and `discharge` hold a voltage, or a step of its own",
                (_, "current") => "`current` bounds a `hold` that stands by itself",
                (_, "hi_res") => "hi-res is for short currents: charge, discharge, pulse and resistance",
                (_, "times") => "`times` bounds a `goto`",
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
}

/// The keys that a step has, in the order of the shape, each with the place of its value if that
/// could be read. Those that go with every kind are left out.
fn keys(text: &StepText) -> Vec<(&'static str, Option<Range<usize>>)> {
    let mut out = Vec::new();
    macro_rules! add {
        ($($key:ident)+) => { $(add(&mut out, stringify!($key), &text.$key);)+ };
    }
    add!(charge discharge hold rest pulse profile resistance impedance wait goto group repeat);
    add!(current times until at_most hi_res step);
    out
}

fn add<T>(out: &mut Vec<(&'static str, Option<Range<usize>>)>, key: &'static str, field: &Field<Spanned<T>>) {
    if !field.is_absent() {
        out.push((key, field.get().map(|value| value.span.clone())));
    }
}
