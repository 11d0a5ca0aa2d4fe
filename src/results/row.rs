//! What of a row counts for what a run came to.

use crate::event::Sample;
use crate::units::{Celsius, Volts};
use std::time::Duration;

/// What of a row of a time series counts for what a run came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// From the start of the cell's test.
    pub time: Duration,
    /// The cycle, from 1.
    pub cycle: u32,
    /// Voltage at the unit's terminals.
    pub voltage: Volts,
    /// Temperature of the cell's surface.
    pub temperature: Celsius,
}

impl Row {
    /// Of a sample, as finely as it was measured. What stands in files is rounded.
    pub fn of(sample: &Sample) -> Self {
        Self {
            time: sample.at.since(sample.test_start),
            cycle: sample.cycle,
            voltage: sample.voltage,
            temperature: sample.temperature,
        }
    }
}
