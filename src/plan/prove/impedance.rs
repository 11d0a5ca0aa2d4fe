//! The proof of impedances: frequencies that the unit's sine generator can make, and a sine that is
//! small enough for the cell.

use super::Proof;
use crate::diagnostic::Problem;
use crate::diagnostic::read::Spanned;
use crate::plan::{sine, sines};
use crate::recipe::{Frequencies, FrequencyRange};
use crate::units::Hertz;
use crate::wire::SineFrequency;
use std::ops::Range;

/// How far a frequency may be from one that the unit can make. 1 kHz, which everybody writes, is
/// 1.6 % from 1015.625 Hz.
const TOLERANCE: f64 = 0.02;

/// The frequency that the unit makes for one that was asked for, if it is near enough.
pub(super) fn made(asked: Hertz) -> Option<SineFrequency> {
    let made = SineFrequency::nearest(asked).ok()?;
    ((made.hertz().0 / asked.0 - 1.0).abs() <= TOLERANCE).then_some(made)
}

/// All that the unit makes within a range.
fn within(from: Hertz, to: Hertz) -> Vec<SineFrequency> {
    let inside = |frequency: &SineFrequency| {
        let hertz = frequency.hertz().0;
        hertz >= from.0 * (1.0 - TOLERANCE) && hertz <= to.0 * (1.0 + TOLERANCE)
    };
    SineFrequency::all().filter(inside).collect()
}

/// What the unit makes for what a step asks for, as far as it can.
pub(super) fn frequencies(asked: &Frequencies) -> Vec<SineFrequency> {
    match asked {
        Frequencies::These(list) => list.items.iter().filter_map(|given| made(given.value)).collect(),
        Frequencies::Range(range) => match (range.from.get(), range.to.get()) {
            (Some(from), Some(to)) => within(from.value, to.value),
            _ => Vec::new(),
        },
    }
}

impl Proof<'_> {
    /// Refuses an impedance, asked for here, of a cell for which the unit's smallest sine is too large.
    pub(super) fn has_sine(&mut self, span: &Range<usize>) {
        let Some(limits) = self.limits else { return };
        let smallest = sines().last();
        if let (None, Some(smallest)) = (sine(&limits), smallest) {
            self.report(
                Problem::new(
                    "no-sine",
                    span.clone(),
                    format!(
                        "the unit's smallest sine, up to {}, is too large for a discharge current limit of {}",
                        smallest.top(),
                        limits.current_discharge
                    ),
                    "no impedance can be measured",
                )
                .hint(format!(
                    "the top of the sine stays within half of the limit: raise [limits] current of the discharge to \"{}\" or more, or take the impedance out",
                    smallest.least_limit()
                )),
            );
        }
    }

    pub(super) fn impedance(&mut self, text: &Spanned<Frequencies>) -> Option<Vec<Hertz>> {
        self.has_sine(&text.span);
        match &text.value {
            Frequencies::These(list) => {
                let found: Vec<Option<Hertz>> =
                    list.items.iter().map(|given| self.frequency(given)).collect();
                let made: Vec<Hertz> = found.into_iter().collect::<Option<_>>()?;
                let repeated = made
                    .iter()
                    .enumerate()
                    .find(|(at, one)| made.iter().take(*at).any(|earlier| earlier == *one));
                if let Some((at, one)) = repeated {
                    let span = list.items.get(at).map_or(text.span.clone(), |given| given.span.clone());
                    self.report(
                        Problem::new(
                            "same-frequency",
                            span,
                            format!("{} is measured already", one),
                            "the same frequency of the unit",
                        )
                        .hint("the unit makes multiples of 39.0625 Hz; take this one out"),
                    );
                    return None;
                }
                list.complete.then_some(made)
            }
            Frequencies::Range(range) => self.range(range, &text.span),
        }
    }

    fn range(&mut self, range: &FrequencyRange, span: &Range<usize>) -> Option<Vec<Hertz>> {
        let (from, to) = (range.from.get(), range.to.get());
        let ends = (from.map(|f| self.in_reach(f)), to.map(|f| self.in_reach(f)));
        let ((Some(true), Some(true)), Some(from), Some(to)) = (ends, from, to) else {
            return None;
        };
        let all: Vec<Hertz> = within(from.value, to.value).into_iter().map(SineFrequency::hertz).collect();
        if from.value > to.value || all.is_empty() {
            self.report(
                Problem::new("bad-range", span.clone(), "there is no frequency in this range", "this range")
                    .hint("the unit makes multiples of 39.0625 Hz; write `from` below `to`"),
            );
            return None;
        }
        Some(all)
    }

    /// The frequency that the unit makes for one that was asked for.
    fn frequency(&mut self, given: &Spanned<Hertz>) -> Option<Hertz> {
        if !self.in_reach(given) {
            return None;
        }
        if let Some(made) = made(given.value) {
            return Some(made.hertz());
        }
        let all = || SineFrequency::all().map(SineFrequency::hertz);
        let near: Vec<String> = all()
            .rfind(|one| *one < given.value)
            .into_iter()
            .chain(all().find(|one| *one > given.value))
            .map(|one| format!("\"{one}\""))
            .collect();
        self.report(
            Problem::new(
                "register-step",
                given.span.clone(),
                format!("the unit cannot make {}", given.value),
                "more than 2 % from what it can make",
            )
            .hint(format!("it makes multiples of 39.0625 Hz; the nearest: {}", near.join(" or "))),
        );
        None
    }

    /// Whether a frequency lies between the unit's lowest and highest one.
    fn in_reach(&mut self, given: &Spanned<Hertz>) -> bool {
        let mut all = SineFrequency::all().map(SineFrequency::hertz);
        let (Some(lowest), Some(highest)) = (all.next(), all.next_back()) else { return false };
        let reachable =
            given.value.0 >= lowest.0 * (1.0 - TOLERANCE) && given.value.0 <= highest.0 * (1.0 + TOLERANCE);
        if !reachable {
            self.report(
                Problem::new(
                    "out-of-range",
                    given.span.clone(),
                    format!("the unit cannot make {}", given.value),
                    format!("possible: {lowest} to {highest}"),
                )
                .hint("it makes the multiples 1 to 27 of 39.0625 Hz"),
            );
        }
        reachable
    }
}
