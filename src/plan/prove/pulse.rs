//! The proof of pulse trains and of steps of current for the DC resistance.

use super::Proof;
use super::reach::{Reach, Way};
use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, Period, Spanned};
use crate::plan::{DcResistance, Direction, Lead, PulseTrain};
use crate::recipe::{PulseText, ResistanceText, StepText};
use crate::units::{Amperes, CurrentSpec};
use std::ops::Range;
use std::time::Duration;

/// The shortest time of one level: switching takes up to 0.9 s, and the unit reads each 0.6144 s.
pub(super) const SHORTEST_LEVEL: Duration = Duration::from_secs(1);
/// In hi-res it is read each 0.1024 s, and the driver needs up to 0.32 s to come to a current.
const SHORTEST_IN_HI_RES: Duration = Duration::from_millis(400);

impl Proof<'_> {
    pub(super) fn pulse(&mut self, text: &StepText) -> Option<PulseTrain> {
        let given = text.pulse.get()?;
        let PulseText { charge, discharge, low, on, off, count, .. } = &given.value;
        let high = self.one_way(charge, discharge, &given.span);
        let low = self.lower(low, high);
        let (on, off) = (self.level(on), self.level(off));
        let count = match count.get() {
            Some(count) if count.value == 0 => {
                self.report(
                    Problem::new("bad-repeat", count.span.clone(), "no pulses do nothing", "this number")
                        .hint("write how many, at least 1, or take the step out"),
                );
                None
            }
            count => count.map(|count| count.value),
        };
        let (cell, limits) = (self.cell.clone()?, self.limits?);
        let duration = match (on, off, count) {
            (Some(on), Some(off), Some(count)) => self.fits(&given.span, (on + off).saturating_mul(count)),
            _ => None,
        };
        let until = self.until(&text.until, Some(&Reach::idle(&cell, &limits, Way::Varied, duration)));
        let (direction, high) = high?;
        duration?;
        Some(PulseTrain { direction, high, low: low?, on: on?, off: off?, count: count?, until: until? })
    }

    pub(super) fn resistance(&mut self, text: &StepText) -> Option<DcResistance> {
        let given = text.resistance.get()?;
        let ResistanceText { charge, discharge, after, from, lead, .. } = &given.value;
        let high = self.one_way(charge, discharge, &given.span);
        let from = match (from, lead) {
            (Field::Absent, Field::Absent) => Some(None),
            (Field::Absent, lead) => {
                let span = lead.get().map_or(given.span.clone(), |lead| lead.span.clone());
                self.report(
                    Problem::new("missing-key", span, "a lead without a current", "no `from`")
                        .hint("add the current before the step, such as from = \"C/5\""),
                );
                None
            }
            (from, Field::Absent) => {
                let span = from.get().map_or(given.span.clone(), |from| from.span.clone());
                self.report(
                    Problem::new(
                        "missing-key",
                        span,
                        "a current before the step needs its time",
                        "no `lead`",
                    )
                    .hint("add how long it flows, such as lead = \"10 s\""),
                );
                None
            }
            (from, lead) => match (self.lower(from, high), self.level(lead)) {
                (Some(current), Some(time)) => Some(Some(Lead { current, time })),
                _ => None,
            },
        };
        let times = after.get()?;
        let hi_res = text.hi_res.get().is_some_and(|written| written.value);
        let mut after = Vec::new();
        for time in &times.value.items {
            after.push(match self.bounded(time)? {
                time if hi_res && time >= SHORTEST_IN_HI_RES => time,
                _ => self.at_least_a_level(time)?,
            });
        }
        if let Some(second) = after.windows(2).position(|pair| pair.first() >= pair.last()) {
            let span = times.value.items.get(second + 1).map_or(times.span.clone(), |time| time.span.clone());
            self.report(
                Problem::new(
                    "bad-order",
                    span,
                    "the times after the step rise from one to the next",
                    "not later than the one before",
                )
                .hint("put them in order, each once"),
            );
            return None;
        }
        let (direction, current) = high?;
        let step = DcResistance { direction, current, from: from?, after };
        self.fits(&given.span, step.duration())?;
        times.value.complete.then_some(step)
    }

    /// The current of exactly one direction.
    fn one_way(
        &mut self,
        charge: &Field<Spanned<CurrentSpec>>,
        discharge: &Field<Spanned<CurrentSpec>>,
        span: &Range<usize>,
    ) -> Option<(Direction, Amperes)> {
        let (cell, limits) = (self.cell.clone()?, self.limits?);
        let (direction, field) = match (charge.is_absent(), discharge.is_absent()) {
            (false, true) => (Direction::Charge, charge),
            (true, false) => (Direction::Discharge, discharge),
            (none, _) => {
                let message = if none {
                    "nothing says which way the current flows"
                } else {
                    "the current flows one way only"
                };
                self.report(
                    Problem::new("no-direction", span.clone(), message, "in here")
                        .hint("write exactly one of charge and discharge, such as discharge = \"2 A\""),
                );
                return None;
            }
        };
        self.setpoint(field.get()?, direction, &cell, &limits).map(|current| (direction, current))
    }

    /// A level below another one in the same direction; none written is no current.
    fn lower(
        &mut self,
        field: &Field<Spanned<CurrentSpec>>,
        high: Option<(Direction, Amperes)>,
    ) -> Option<Amperes> {
        let (cell, limits) = (self.cell.clone()?, self.limits?);
        let given = match field {
            Field::Absent => return Some(Amperes(0.0)),
            field => field.get()?,
        };
        let (direction, high) = high?;
        let low = self.setpoint(given, direction, &cell, &limits)?;
        if low < high {
            return Some(low);
        }
        self.report(
            Problem::new(
                "bad-current",
                given.span.clone(),
                format!("{low} is not below {high}"),
                "the lower level",
            )
            .hint("write less than the higher level, or leave it out for no current"),
        );
        None
    }

    fn level(&mut self, field: &Field<Spanned<Period>>) -> Option<Duration> {
        self.at_least_a_level(field.get()?)
    }

    fn at_least_a_level(&mut self, given: &Spanned<Period>) -> Option<Duration> {
        let time = self.bounded(given)?;
        if time >= SHORTEST_LEVEL {
            return Some(time);
        }
        self.report(
            Problem::new("too-short", given.span.clone(), "this time is too short", "this time")
                .hint("switching takes up to 0.9 s, and the unit reads each 0.6144 s; write \"1 s\" or more (for a resistance with hi_res, \"0.4 s\")"),
        );
        None
    }

    /// Refuses a step that takes longer than any may.
    pub(super) fn fits(&mut self, span: &Range<usize>, duration: Duration) -> Option<Duration> {
        if duration <= super::LONGEST_STEP {
            return Some(duration);
        }
        self.report(
            Problem::new("too-long", span.clone(), "this step takes longer than 400 days", "in all")
                .hint("do it fewer times, or check the units"),
        );
        None
    }
}
