//! From where to where a value can lie, for the proof that a comparison can hold at all.

use crate::expression::{Comparison, Operator};

/// All numbers from the lower to the upper end, both included; either may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Every number.
    pub const ALL: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };
    /// Zero and everything above.
    pub const POSITIVE: Self = Self { low: 0.0, high: f64::INFINITY };

    /// One number.
    pub const fn only(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// The numbers on the other side of zero.
    #[must_use]
    pub fn negative(self) -> Self {
        Self { low: -self.high, high: -self.low }
    }

    /// Their magnitudes.
    #[must_use]
    pub fn magnitude(self) -> Self {
        let (one, other) = (self.low.abs(), self.high.abs());
        let low = if self.low <= 0.0 && self.high >= 0.0 { 0.0 } else { one.min(other) };
        Self { low, high: one.max(other) }
    }

    /// Every number that comes of joining one of each.
    #[must_use]
    pub fn joined(operator: Operator, left: Self, right: Self) -> Self {
        if operator == Operator::Divide && right.low <= 0.0 && right.high >= 0.0 {
            return Self::ALL;
        }
        let ends =
            [(left.low, right.low), (left.low, right.high), (left.high, right.low), (left.high, right.high)];
        let values = ends.map(|(left, right)| operator.apply(left, right));
        // Infinity less infinity, or zero times it: nothing is known.
        if values.iter().any(|value| value.is_nan()) {
            return Self::ALL;
        }
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { low, high }
    }

    /// Whether some number of this one stands so to some number of the other.
    pub fn can_be(self, comparison: Comparison, other: Self) -> bool {
        match comparison {
            Comparison::Less => self.low < other.high,
            Comparison::LessOrEqual => self.low <= other.high,
            Comparison::Greater => self.high > other.low,
            Comparison::GreaterOrEqual => self.high >= other.low,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_can_come_is_inside(
            left in (-1e3..1e3f64, 0.0..1e3f64, 0.0..1.0f64),
            right in (-1e3..1e3f64, 0.0..1e3f64, 0.0..1.0f64),
        ) {
            let of = |(low, width, share): (f64, f64, f64)| {
                (Interval { low, high: low + width }, low + width * share)
            };
            let ((left, one), (right, other)) = (of(left), of(right));
            for operator in [Operator::Add, Operator::Subtract, Operator::Multiply, Operator::Divide] {
                let (joined, value) = (Interval::joined(operator, left, right), operator.apply(one, other));
                let slack = 1e-6 * (1.0 + value.abs());
                proptest::prop_assert!(!value.is_finite() || (joined.low - slack..=joined.high + slack).contains(&value));
            }
            let (magnitude, value) = (left.magnitude(), one.abs());
            proptest::prop_assert!(magnitude.low <= value + 1e-9 && value <= magnitude.high + 1e-9);
            if one < other {
                proptest::prop_assert!(left.can_be(Comparison::Less, right) && right.can_be(Comparison::Greater, left));
            }
        }
    }

    #[test]
    fn infinity_gives_no_false_bounds() {
        let all = Interval::joined(Operator::Subtract, Interval::POSITIVE, Interval::POSITIVE);
        assert_eq!(all, Interval::ALL);
        assert_eq!(
            Interval::joined(Operator::Divide, Interval::only(1.0), Interval { low: -1.0, high: 1.0 }),
            Interval::ALL
        );
        assert!(!Interval::POSITIVE.can_be(Comparison::Less, Interval::only(0.0)));
        assert!(Interval::POSITIVE.can_be(Comparison::LessOrEqual, Interval::only(0.0)));
    }
}
