//! Why a value cannot go into a register, or out of one.

use crate::units::QuantityError;

/// A value that a register does not hold, or raw bits that no quantity stands behind.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{quantity} of {value} {unit}: {expected}")]
pub struct ConversionError {
    /// What was to be converted.
    pub quantity: &'static str,
    /// The value given, in `unit`.
    pub value: f64,
    /// The unit of `value`; `raw` for register bits.
    pub unit: &'static str,
    /// What would have done.
    pub expected: &'static str,
}

impl ConversionError {
    pub(super) const fn new(
        quantity: &'static str,
        value: f64,
        unit: &'static str,
        expected: &'static str,
    ) -> Self {
        Self { quantity, value, unit, expected }
    }

    pub(super) fn raw(quantity: &'static str, raw: u16, expected: &'static str) -> Self {
        Self::new(quantity, f64::from(raw), "raw", expected)
    }
}

/// Why a text is no value of a register.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TextError {
    /// It is not the quantity that the register holds.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
    /// The register does not hold this quantity.
    #[error(transparent)]
    Value(#[from] ConversionError),
    /// It is no whole number.
    #[error("`{0}` is no whole number from 0 to 65535")]
    Number(String),
    /// It is none of the words that the register holds.
    #[error("`{0}` is not one of: {1}")]
    Word(String, String),
    /// What the value means is not known from the register alone.
    #[error("`{0}` cannot be read as a value of this register; only its raw number can be written")]
    RawOnly(String),
}

/// Whether two words are the same, however they are written: `FLASH_SLOW`, `flash-slow`, `Flash Slow`.
pub(super) fn same_word(one: &str, other: &str) -> bool {
    let letters = |word: &str| -> String {
        word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    letters(one) == letters(other)
}

/// The whole number nearest to a value, if it lies between two bounds, both included.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn nearest(steps: f64, least: u16, most: u16) -> Option<u16> {
    let whole = steps.round();
    // NaN is in no range.
    (f64::from(least)..=f64::from(most)).contains(&whole).then_some(whole as u16)
}

/// A register step is not split finer than this: a quotient that close to a whole number is meant to
/// be that number, and differs only by the rounding of floating point.
const SPLIT: f64 = 1e-6;

/// The largest whole number at or below a value, if it lies between two bounds, both included.
pub(super) fn at_or_below(steps: f64, least: u16, most: u16) -> Option<u16> {
    nearest((steps + SPLIT).floor(), least, most)
}

/// The smallest whole number at or above a value, if it lies between two bounds, both included.
pub(super) fn at_or_above(steps: f64, least: u16, most: u16) -> Option<u16> {
    nearest((steps - SPLIT).ceil(), least, most)
}
