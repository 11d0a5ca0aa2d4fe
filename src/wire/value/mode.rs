//! What a cell is doing.

use super::error::{ConversionError, TextError, same_word};
use crate::wire::Encoding;
use std::fmt;

/// A mode number that the map does not know; it can come from the unit only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnknownMode(u16);

/// MODE: what a cell is doing. The firmware keeps an unknown number as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// No cell in the slot.
    NoCell,
    /// The cell is reversed.
    Backwards,
    /// A cell, and no current.
    Idle,
    /// Charging.
    Charge,
    /// Discharging.
    Discharge,
    /// Discharging with a sine.
    Impedance,
    /// Stopped by the host, a limit or the watchdog; ERROR may say which.
    Stopped,
    /// Something else.
    Unknown(UnknownMode),
}

impl Mode {
    /// Whether current may flow; an unknown mode is not trusted to be quiet.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Charge | Self::Discharge | Self::Impedance | Self::Unknown(_))
    }
}

impl Encoding for Mode {
    fn from_raw(raw: u16) -> Self {
        match raw {
            0 => Self::NoCell,
            1 => Self::Backwards,
            2 => Self::Idle,
            3 => Self::Charge,
            4 => Self::Discharge,
            5 => Self::Impedance,
            6 => Self::Stopped,
            other => Self::Unknown(UnknownMode(other)),
        }
    }

    fn to_raw(self) -> u16 {
        match self {
            Self::NoCell => 0,
            Self::Backwards => 1,
            Self::Idle => 2,
            Self::Charge => 3,
            Self::Discharge => 4,
            Self::Impedance => 5,
            Self::Stopped => 6,
            Self::Unknown(UnknownMode(raw)) => raw,
        }
    }

    fn check(raw: u16) -> Result<(), ConversionError> {
        if (2..=6).contains(&raw) {
            return Ok(());
        }
        Err(ConversionError::raw(
            "mode",
            raw,
            "2 (IDLE) to 6 (STOPPED); the unit sets NO_CELL and BACKWARDS itself",
        ))
    }

    fn from_text(text: &str) -> Result<Self, TextError> {
        let modes = [Self::Idle, Self::Charge, Self::Discharge, Self::Impedance, Self::Stopped];
        modes
            .into_iter()
            .find(|mode| same_word(&mode.to_string(), text))
            .ok_or_else(|| TextError::Word(text.to_owned(), modes.map(|mode| mode.to_string()).join(", ")))
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCell => "NO_CELL",
            Self::Backwards => "BACKWARDS",
            Self::Idle => "IDLE",
            Self::Charge => "CHARGE",
            Self::Discharge => "DISCHARGE",
            Self::Impedance => "IMPEDANCE",
            Self::Stopped => "STOPPED",
            Self::Unknown(UnknownMode(raw)) => return write!(f, "unknown mode {raw}"),
        })
    }
}
