//! Why a value cannot go into a register, or out of one.

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
