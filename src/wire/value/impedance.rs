//! The sine of impedance mode.

use super::error::{ConversionError, nearest};
use super::raw_value;
use crate::units::{Amperes, Hertz};
use std::fmt;

/// SINE_FREQ: steps of 10000/256 = 39.0625 Hz, 1 to 27 (1054.6875 Hz).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SineFrequency(u16);

raw_value!(
    SineFrequency,
    check = SineFrequency::check_raw,
    "Hz" = |it| Some(it.hertz().0),
    text = |text| Ok(Self::nearest(text.parse()?)?)
);

impl SineFrequency {
    const STEP: f64 = 10000.0 / 256.0;
    const MAX: u16 = 27;

    fn check_raw(raw: u16) -> Result<(), ConversionError> {
        if (1..=Self::MAX).contains(&raw) {
            return Ok(());
        }
        Err(ConversionError::raw("sine frequency", raw, "1 to 27 steps of 39.0625 Hz"))
    }

    /// The lowest frequency that the unit makes.
    pub const LOWEST: Self = Self(1);
    /// The highest frequency that the unit makes.
    pub const HIGHEST: Self = Self(Self::MAX);

    /// All frequencies that the unit makes, lowest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (1..=Self::MAX).map(Self)
    }

    /// The nearest frequency that the unit makes.
    ///
    /// # Errors
    /// More than half a step outside 39.0625 Hz to 1054.6875 Hz, or not a number.
    pub fn nearest(frequency: Hertz) -> Result<Self, ConversionError> {
        nearest(frequency.0 / Self::STEP, 1, Self::MAX).map(Self).ok_or(ConversionError::new(
            "sine frequency",
            frequency.0,
            "Hz",
            "39.0625 Hz to 1054.6875 Hz",
        ))
    }

    /// The frequency.
    pub fn hertz(self) -> Hertz {
        Hertz(f64::from(self.0) * Self::STEP)
    }
}

impl fmt::Display for SineFrequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.hertz(), f)
    }
}

/// SINE_MAGDIV: peak to peak amplitude of 2 A / 2^raw, raw 0 to 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SineMagnitude(u16);

raw_value!(
    SineMagnitude,
    check = SineMagnitude::check_raw,
    "A" = |it| Some(it.amperes().0),
    text = |text| Ok(Self::exactly(text.trim_end_matches("peak to peak").parse()?)?)
);

impl SineMagnitude {
    /// All that a host may set, the largest first: 2 A, 1 A, 0.5 A, 0.25 A.
    pub const ALL: [Self; 4] = [Self(0), Self(1), Self(2), Self(3)];

    fn check_raw(raw: u16) -> Result<(), ConversionError> {
        if raw <= 3 { Ok(()) } else { Err(ConversionError::raw("sine magnitude", raw, "0 to 3")) }
    }

    /// The setting of exactly this peak to peak amplitude.
    ///
    /// # Errors
    /// Anything but 2 A, 1 A, 0.5 A or 0.25 A.
    pub fn exactly(peak_to_peak: Amperes) -> Result<Self, ConversionError> {
        Self::ALL.into_iter().find(|magnitude| magnitude.amperes() == peak_to_peak).ok_or(
            ConversionError::new(
                "sine magnitude",
                peak_to_peak.0,
                "A",
                "2 A, 1 A, 0.5 A or 0.25 A, peak to peak",
            ),
        )
    }

    /// The amplitude, peak to peak.
    pub fn amperes(self) -> Amperes {
        Amperes(2.0 / f64::from(self.0).exp2())
    }
}

impl fmt::Display for SineMagnitude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} peak to peak", self.amperes())
    }
}
