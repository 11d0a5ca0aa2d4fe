//! What a rest tells of its cell: the open-circuit voltage that it has come to, and how fast that still
//! moves.

use super::fit::Line;
use super::reading::{Activity, Reading};
use crate::clock::Instant;
use crate::event::OpenCircuit;
use crate::units::{Volts, VoltsPerSecond};
use std::collections::VecDeque;
use std::time::Duration;

/// The line is laid through the last half of a rest, but no more than this. With 0.2 mV of noise on each
/// reading, ten minutes of them tell a slope to 0.13 mV/h; the half leaves out what relaxes fastest.
const LONGEST: Duration = Duration::from_secs(600);

/// A shorter part of a rest tells nothing of a slope: in half a minute the noise alone makes 12 mV/h. So a
/// rest has to last one minute.
const SHORTEST: Duration = Duration::from_secs(30);

/// Fewer means than this are no line: the unit was silent for most of the time.
const FEWEST: usize = 4;

/// Readings are averaged over so long, so that what is kept is bounded.
const SHARE: Duration = Duration::from_secs(5);

/// Follows the voltage of a cell without current.
#[derive(Clone, Debug, Default)]
pub(super) struct Relaxation {
    /// When the rest began, or the last sine in it ended, and the newest reading.
    span: Option<(Instant, Instant)>,
    /// Means of the newest readings, the oldest first.
    shares: VecDeque<Share>,
}

/// The mean of some readings.
#[derive(Clone, Copy, Debug)]
struct Share {
    began: Instant,
    count: f64,
    /// Seconds after `began`.
    seconds: f64,
    voltage: f64,
}

impl Relaxation {
    /// Takes in a reading of a step without current. A sine in between moves the cell: all begins anew.
    pub(super) fn take(&mut self, reading: &Reading) {
        if reading.activity != Activity::Settled {
            *self = Self::default();
            return;
        }
        let began = self.span.map_or(reading.at, |(began, _)| began);
        self.span = Some((began, reading.at));
        match self.shares.back_mut() {
            Some(share) if reading.at - share.began < SHARE => {
                share.count += 1.0;
                share.seconds += ((reading.at - share.began).as_secs_f64() - share.seconds) / share.count;
                share.voltage += (reading.voltage.0 - share.voltage) / share.count;
            }
            _ => self.shares.push_back(Share {
                began: reading.at,
                count: 1.0,
                seconds: 0.0,
                voltage: reading.voltage.0,
            }),
        }
        while self.shares.front().is_some_and(|share| reading.at - share.began > LONGEST) {
            self.shares.pop_front();
        }
    }

    /// What the rest came to; none where it was too short.
    pub(super) fn open_circuit(&self) -> Option<OpenCircuit> {
        let (began, last) = self.span?;
        let over = ((last - began) / 2).min(LONGEST);
        if over < SHORTEST {
            return None;
        }
        let shares = self.shares.iter().filter(|share| last - share.began <= over);
        if shares.clone().count() < FEWEST {
            return None;
        }
        let line = Line::through(shares.map(|share| {
            let age = (last - share.began).as_secs_f64() - share.seconds;
            (-age, share.voltage)
        }))?;
        Some(OpenCircuit { voltage: Volts(line.at_zero), drift: VoltsPerSecond(line.slope), over })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Amperes, Celsius, Coulombs};

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

    /// A rest of so many seconds whose voltage is a function of time.
    fn rest(seconds: u64, voltage: impl Fn(f64) -> f64) -> Relaxation {
        let mut relaxation = Relaxation::default();
        for millis in (0..=seconds * 1000).step_by(600) {
            let value = voltage(millis as f64 / 1000.0);
            relaxation.take(&reading(millis, Activity::Settled, value));
        }
        relaxation
    }

    #[test]
    fn a_straight_line_is_found_exactly_over_half_of_the_rest() {
        for (seconds, over) in [(60, 30), (300, 150), (7200, 600)] {
            let found = rest(seconds, |at| 3.6 - 1e-6 * at).open_circuit().unwrap();
            assert_eq!(found.over, Duration::from_secs(over), "a rest of {seconds} s");
            assert!((found.drift.0 + 1e-6).abs() < 1e-12, "{found:?}");
            assert!((found.voltage.0 - (3.6 - 1e-6 * seconds as f64)).abs() < 1e-9, "{found:?}");
        }
    }

    #[test]
    fn what_relaxed_before_the_last_part_counts_for_nothing() {
        let found = rest(1200, |at| 3.6 + 0.05 * (-at / 30.0).exp()).open_circuit().unwrap();
        assert!((found.voltage.0 - 3.6).abs() < 1e-6, "{found:?}");
        assert!(found.drift.per_hour().0.abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_short_rest_tells_nothing_and_a_sine_begins_another() {
        assert_eq!(rest(59, |_| 3.6).open_circuit(), None);
        assert_eq!(Relaxation::default().open_circuit(), None);
        let mut silent = rest(10, |_| 3.6);
        silent.take(&reading(120_000, Activity::Settled, 3.7));
        assert_eq!(silent.open_circuit(), None, "two moments are no line");
        let mut relaxation = rest(600, |_| 3.6);
        relaxation.take(&reading(600_600, Activity::Sine, 3.5));
        relaxation.take(&reading(606_000, Activity::Settled, 3.59));
        assert_eq!(relaxation.open_circuit(), None);
    }

    #[test]
    fn a_long_rest_needs_no_more_memory_than_a_short_one() {
        let relaxation = rest(100_000, |_| 3.6);
        assert!(relaxation.shares.len() <= 122, "{}", relaxation.shares.len());
    }
}
