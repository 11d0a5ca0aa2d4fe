//! Voltage, current and temperature over time in a room of fixed size.

use crate::event::Sample;
use crate::units::{Amperes, Celsius, Volts};
use serde::Serialize;
use std::time::Duration;

/// How many stretches of time a series has at most.
const MOST: usize = 512;
/// How long each stretch is in the beginning, in seconds; about a reading of the unit.
const FINEST: f64 = 1.0;

/// The lowest and the highest value in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range<T> {
    /// The lowest.
    pub low: T,
    /// The highest.
    pub high: T,
}

impl<T: Copy + PartialOrd> Range<T> {
    fn of(value: T) -> Self {
        Self { low: value, high: value }
    }

    fn join(&mut self, other: Self) {
        if other.low < self.low {
            self.low = other.low;
        }
        if other.high > self.high {
            self.high = other.high;
        }
    }
}

/// What was measured in one stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bucket {
    /// Seconds from the start of the cell's test to the beginning of the stretch.
    pub second: f64,
    /// Voltage at the unit's terminals.
    pub voltage: Range<Volts>,
    /// Current, positive into the cell.
    pub current: Range<Amperes>,
    /// Temperature of the cell's surface.
    pub temperature: Range<Celsius>,
}

/// A time series in at most 512 stretches. When they are used up, each two become one of double the
/// length, so that its size does not grow with the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    width: f64,
    buckets: Vec<Bucket>,
}

impl Default for Series {
    fn default() -> Self {
        Self { width: FINEST, buckets: Vec::new() }
    }
}

impl Series {
    /// The stretches that hold something, in the order of time.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// How long each stretch is.
    pub fn width(&self) -> Duration {
        Duration::try_from_secs_f64(self.width).unwrap_or_default()
    }

    /// Takes in a row. Rows come in the order of time.
    pub fn push(&mut self, sample: &Sample) {
        let second = sample.at.since(sample.test_start).as_secs_f64();
        self.put(Bucket {
            second,
            voltage: Range::of(sample.voltage),
            current: Range::of(sample.current),
            temperature: Range::of(sample.temperature),
        });
    }

    fn put(&mut self, new: Bucket) {
        while (new.second / self.width).floor() >= MOST as f64 {
            self.double();
        }
        self.lay(new);
    }

    fn lay(&mut self, new: Bucket) {
        let second = (new.second / self.width).floor() * self.width;
        match self.buckets.last_mut().filter(|last| last.second >= second) {
            Some(last) => {
                last.voltage.join(new.voltage);
                last.current.join(new.current);
                last.temperature.join(new.temperature);
            }
            None => self.buckets.push(Bucket { second, ..new }),
        }
    }

    fn double(&mut self) {
        self.width *= 2.0;
        for bucket in std::mem::take(&mut self.buckets) {
            self.lay(bucket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(second: f64, voltage: f64) -> Bucket {
        Bucket {
            second,
            voltage: Range::of(Volts(voltage)),
            current: Range::of(Amperes(-voltage)),
            temperature: Range::of(Celsius(25.0)),
        }
    }

    #[test]
    fn a_long_run_takes_no_more_room_and_loses_no_extreme() {
        let mut series = Series::default();
        for second in 0..1_000_000_u32 {
            series.put(bucket(f64::from(second), if second == 777_777 { 4.3 } else { 3.0 }));
        }
        assert!((MOST / 2..=MOST).contains(&series.buckets().len()), "{}", series.buckets().len());
        assert_eq!(series.width(), Duration::from_secs(2048));
        let high = series.buckets().iter().filter(|it| it.voltage.high == Volts(4.3)).collect::<Vec<_>>();
        assert_eq!(high.len(), 1);
        assert!((high[0].second - 777_777.0).abs() <= 2048.0);
        assert_eq!(high[0].current.low, Amperes(-4.3));
        assert!(series.buckets().is_sorted_by_key(|it| it.second));
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let mut series = Series::default();
        series.put(bucket(0.2, 3.0));
        series.put(bucket(0.9, 3.1));
        series.put(bucket(100.0, 3.2));
        let seconds: Vec<f64> = series.buckets().iter().map(|it| it.second).collect();
        assert_eq!(seconds, [0.0, 100.0]);
    }
}
