//! How fast what is measured changes: the slope of a straight line through the newest readings.

use super::conditions;
use super::fit::Line;
use super::reading::{Activity, Reading};
use crate::clock::Instant;
use crate::event::Totals;
use crate::plan::{EndCondition, Fact, Measure, RATE_WINDOW};
use std::collections::VecDeque;

/// Readings nearer to each other than this share of the window tell nothing more, and a flood of them
/// must not fill the memory.
const FINEST: u32 = 200;

/// The newest readings of one activity, as far as some condition asks how fast they change.
#[derive(Debug, Default)]
pub(super) struct Rates {
    series: Vec<Series>,
    /// What the slot does, and since when; another activity begins anew.
    activity: Option<(Activity, Instant)>,
    began: Instant,
}

#[derive(Debug)]
struct Series {
    measure: Measure,
    points: VecDeque<(Instant, f64)>,
}

impl Rates {
    /// What these conditions ask for.
    pub(super) fn of(until: &[EndCondition]) -> Self {
        let mut rates = Self::default();
        for fact in until.iter().flat_map(EndCondition::facts) {
            if let Fact::Rate(measure) | Fact::Slope(measure) = fact
                && rates.series.iter().all(|series| series.measure != *measure)
            {
                rates.series.push(Series { measure: *measure, points: VecDeque::new() });
            }
        }
        rates
    }

    /// Takes in a reading of the step.
    pub(super) fn take(&mut self, reading: &Reading, step_start: Instant, passed: Totals) {
        let activity = Some((reading.activity, reading.since));
        if self.activity != activity {
            self.activity = activity;
            self.began = reading.at;
            self.series.iter_mut().for_each(|series| series.points.clear());
        }
        for Series { measure, points } in &mut self.series {
            if points.back().is_some_and(|(last, _)| reading.at - *last < RATE_WINDOW / FINEST) {
                continue;
            }
            while points.front().is_some_and(|(first, _)| reading.at - *first > RATE_WINDOW) {
                points.pop_front();
            }
            points.push_back((reading.at, conditions::now(*measure, reading, step_start, passed)));
        }
    }

    /// The change of a measure per second; none until readings of a whole window have come.
    pub(super) fn slope(&self, measure: Measure) -> Option<f64> {
        let points = &self.series.iter().find(|series| series.measure == measure)?.points;
        let last = points.back()?.0;
        if last - self.began < RATE_WINDOW {
            return None;
        }
        let ages = points.iter().map(|(at, value)| (-(last - *at).as_secs_f64(), *value));
        Line::through(ages).map(|line| line.slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Comparison, Formula, Then};
    use crate::units::{Amperes, Celsius, Coulombs, Dimension, Scalar, Volts};
    use std::time::Duration;

    fn rates() -> Rates {
        let scalar = Scalar { value: 1e-5, dimension: Dimension::VOLTAGE.per_second() };
        let condition = EndCondition::new(
            Formula::fact(Fact::Rate(Measure::Voltage)),
            Comparison::Less,
            Formula::number(scalar),
            Then::Next,
        );
        Rates::of(condition.as_slice())
    }

    fn reading(millis: u64, activity: Activity, voltage: f64) -> Reading {
        Reading {
            at: Instant::from_micros(millis * 1000),
            heard: Instant::from_micros(millis * 1000),
            activity,
            since: Instant::ORIGIN,
            steady: true,
            voltage: Volts(voltage),
            current: Amperes(0.0),
            temperature: Celsius(25.0),
            passed: Coulombs(0.0),
        }
    }

    #[test]
    fn a_slope_is_known_when_the_window_is_full_and_told_exactly() {
        let mut rates = rates();
        for step in 0..300_u64 {
            let millis = step * 600;
            // The first minute falls, then it rises.
            let seconds = millis as f64 / 1000.0;
            let voltage = if seconds < 60.0 { 4.0 - seconds * 1e-3 } else { 3.94 + (seconds - 60.0) * 2e-3 };
            rates.take(&reading(millis, Activity::Settled, voltage), Instant::ORIGIN, Totals::default());
            let slope = rates.slope(Measure::Voltage);
            assert_eq!(slope.is_some(), seconds >= RATE_WINDOW.as_secs_f64(), "{seconds}");
            if seconds == RATE_WINDOW.as_secs_f64() {
                assert!((slope.unwrap() + 1e-3).abs() < 1e-9, "{slope:?}");
            }
            if seconds > 121.0 {
                assert!((slope.unwrap() - 2e-3).abs() < 1e-9, "{slope:?}");
            }
        }
        assert_eq!(rates.slope(Measure::Current), None, "nobody asked for it");
    }

    #[test]
    fn another_activity_begins_anew_and_a_flood_fills_no_memory() {
        let mut rates = rates();
        for millis in 0..70_000_u64 {
            rates.take(&reading(millis, Activity::Settled, 4.0), Instant::ORIGIN, Totals::default());
        }
        assert!(rates.series[0].points.len() <= FINEST as usize + 1);
        assert_eq!(rates.slope(Measure::Voltage), Some(0.0));
        rates.take(&reading(70_000, Activity::Sine, 4.0), Instant::ORIGIN, Totals::default());
        assert_eq!(rates.slope(Measure::Voltage), None);
        assert!(RATE_WINDOW > Duration::from_secs(1));
    }
}
