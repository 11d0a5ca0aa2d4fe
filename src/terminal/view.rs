//! What is shown of one cell while it runs.

use crate::identity::{CellName, Place};
use crate::units::{Amperes, Celsius, Coulombs, Volts};
use std::fmt;
use std::time::Duration;

/// One cell at one moment, as a person wants to see it.
#[derive(Clone, Debug, PartialEq)]
pub struct CellView {
    /// The cell.
    pub cell: CellName,
    /// Where it lies.
    pub place: Place,
    /// The step's name or what it does.
    pub step: String,
    /// The cycle, from 1.
    pub cycle: u32,
    /// Voltage, once there was a reading.
    pub voltage: Option<Volts>,
    /// Current, positive into the cell.
    pub current: Option<Amperes>,
    /// Temperature of the cell's surface.
    pub temperature: Option<Celsius>,
    /// Charge that passed in this step, a magnitude.
    pub charge: Coulombs,
    /// What is left of the time that the whole plan is expected to take, from nominal numbers.
    pub time_left: Option<Duration>,
    /// The cell's state in a word or two: `charging`, `done: pass`.
    pub state: String,
}

impl fmt::Display for CellView {
    /// The line of the cell, its numbers in columns; `-` where there is no reading.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value: Option<f64>, width: usize, decimals: usize| match value {
            Some(value) => format!("{value:width$.decimals$}"),
            None => format!("{:>width$}", "-"),
        };
        write!(
            f,
            "{:<14} {:<16} c{:<3} {} V {} A {} degC {:8.4} Ah {:>9}  {}",
            self.cell.as_str(),
            shortened(&self.step, 16),
            self.cycle,
            number(self.voltage.map(|it| it.0), 6, 4),
            number(self.current.map(|it| it.0), 7, 4),
            number(self.temperature.map(|it| it.0), 5, 1),
            self.charge.ampere_hours(),
            self.time_left.map_or_else(|| "-".to_owned(), |left| format!("-{}", clock(left))),
            printable(&self.state)
        )
    }
}

/// Hours, minutes and seconds: `1:02:03`.
pub(super) fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// At most so many characters, the last a dot-dot-dot where some are left out; nothing in it can
/// move the cursor.
pub(super) fn shortened(text: &str, length: usize) -> String {
    let clean = printable(text);
    if clean.chars().count() <= length {
        return clean;
    }
    clean.chars().take(length.saturating_sub(1)).chain(['\u{2026}']).collect()
}

/// The text without control characters: what a device or a file says must not steer a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
