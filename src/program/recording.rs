//! Which samples become rows.

use super::reading::Reading;
use crate::clock::Instant;
use crate::plan::Recording;
use crate::units::{Amperes, Celsius, Volts};

/// Picks the samples to write: the first of a step, then one in each interval, and one after each
/// change.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RowFilter {
    last: Option<Written>,
}

#[derive(Clone, Copy, Debug)]
struct Written {
    /// The interval that begins next. Counted from the first row, not from the last one, so that
    /// the mean distance of rows is the one asked for, whatever the distance of readings is.
    due: Instant,
    voltage: Volts,
    current: Amperes,
    temperature: Celsius,
}

impl RowFilter {
    /// Makes the next sample a row, whatever it is.
    pub(super) fn restart(&mut self) {
        self.last = None;
    }

    /// Whether this sample is to be written.
    pub(super) fn wants(&self, rule: &Recording, reading: &Reading) -> bool {
        let Some(last) = self.last else { return true };
        reading.at >= last.due
            || rule.voltage_change.is_some_and(|change| (reading.voltage - last.voltage).abs() >= change)
            || rule.current_change.is_some_and(|change| (reading.current - last.current).abs() >= change)
            || rule
                .temperature_change
                .is_some_and(|change| (reading.temperature - last.temperature).abs() >= change)
    }

    /// Notes that a sample was written.
    pub(super) fn wrote(&mut self, rule: &Recording, reading: &Reading) {
        let mut due = self.last.map_or(reading.at + rule.every, |last| last.due);
        if due <= reading.at {
            let late = (reading.at - due).as_micros() / rule.every.as_micros().max(1);
            due = due + rule.every * u32::try_from(late + 1).unwrap_or(u32::MAX);
        }
        self.last = Some(Written {
            due,
            voltage: reading.voltage,
            current: reading.current,
            temperature: reading.temperature,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::reading::Activity;
    use super::*;
    use crate::units::Coulombs;
    use std::time::Duration;

    fn reading(millis: u64, voltage: f64) -> Reading {
        Reading {
            at: Instant::from_micros(millis * 1000),
            heard: Instant::from_micros(millis * 1000),
            activity: Activity::Settled,
            since: Instant::ORIGIN,
            steady: true,
            voltage: Volts(voltage),
            current: Amperes(0.0),
            temperature: Celsius(25.0),
            passed: Coulombs(0.0),
        }
    }

    #[test]
    fn rows_come_at_the_interval_and_on_change() {
        let rule = Recording {
            every: Duration::from_secs(1),
            voltage_change: Some(Volts(0.005)),
            current_change: None,
            temperature_change: None,
            impedance_every: None,
        };
        let mut filter = RowFilter::default();
        let mut rows = Vec::new();
        for step in 0..11 {
            let reading = reading(step * 600, if step == 6 { 4.01 } else { 4.0 });
            if filter.wants(&rule, &reading) {
                filter.wrote(&rule, &reading);
                rows.push(step * 600);
            }
        }
        assert_eq!(rows, [0, 1200, 2400, 3000, 3600, 4200, 5400, 6000]);
    }
}
