//! Numbers as files carry them: a fixed count of decimals, always a decimal point, never `NaN`.

/// How many digits stand after the decimal point, 1 to 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimals(u8);

const POWERS: [i64; 10] =
    [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

impl Decimals {
    /// So many digits, if they are 1 to 9.
    pub const fn new(digits: u8) -> Option<Self> {
        if digits >= 1 && digits <= 9 { Some(Self(digits)) } else { None }
    }

    pub(super) const ONE: Self = Self(1);
    pub(super) const THREE: Self = Self(3);
    pub(super) const FOUR: Self = Self(4);
    pub(super) const FIVE: Self = Self(5);
    pub(super) const SIX: Self = Self(6);
    pub(super) const SEVEN: Self = Self(7);
    pub(super) const EIGHT: Self = Self(8);

    fn power(self) -> i64 {
        POWERS.get(usize::from(self.0)).copied().unwrap_or(1)
    }
}

/// A number that no file can hold.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("is {value}, which cannot be written as a decimal number")]
pub struct NotWritable {
    /// The number.
    pub value: f64,
}

/// A number rounded to its decimals. Sums of these are exact, so printed columns add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    units: i64,
    decimals: Decimals,
}

impl Fixed {
    /// Rounds to the nearest, halves away from zero.
    ///
    /// # Errors
    /// The number is not finite, or so large that its last decimals would be noise (2^52 units of
    /// the last place or more).
    pub fn round(value: f64, decimals: Decimals) -> Result<Self, NotWritable> {
        let scaled = (value * decimals.power() as f64).round();
        if scaled.abs() < 4_503_599_627_370_496.0 {
            Ok(Self { units: scaled as i64, decimals })
        } else {
            Err(NotWritable { value })
        }
    }

    /// A number of units of the last place.
    pub const fn from_units(units: i64, decimals: Decimals) -> Self {
        Self { units, decimals }
    }

    /// The units of the last place.
    pub const fn units(self) -> i64 {
        self.units
    }

    /// The nearest floating-point number; its shortest text has no more decimals than this has.
    pub fn value(self) -> f64 {
        self.units as f64 / self.decimals.power() as f64
    }

    /// Appends the number with its decimal point and all its decimals; zero has no sign.
    pub fn push(self, into: &mut Vec<u8>) {
        if self.units < 0 {
            into.push(b'-');
        }
        let power = self.decimals.power().unsigned_abs();
        let units = self.units.unsigned_abs();
        push_integer(units / power, into);
        into.push(b'.');
        let mut rest = units % power;
        let mut place = power / 10;
        while place > 0 {
            into.push(b'0' + (rest / place) as u8);
            rest %= place;
            place /= 10;
        }
    }

    /// The same as text.
    pub fn text(self) -> String {
        let mut bytes = Vec::with_capacity(16);
        self.push(&mut bytes);
        bytes.into_iter().map(char::from).collect()
    }
}

/// Appends a whole number.
pub(super) fn push_integer(mut value: u64, into: &mut Vec<u8>) {
    let start = into.len();
    loop {
        into.push(b'0' + (value % 10) as u8);
        value /= 10;
        if value == 0 {
            break;
        }
    }
    if let Some(digits) = into.get_mut(start..) {
        digits.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_negative_zero_and_no_lost_zeros() {
        let text = |value| Fixed::round(value, Decimals::THREE).map(Fixed::text);
        assert_eq!(text(-0.0001), Ok("0.000".into()));
        assert_eq!(text(1.0005), Ok("1.001".into()));
        assert_eq!(text(-12.04), Ok("-12.040".into()));
        assert!(text(f64::NAN).is_err());
        assert!(text(f64::INFINITY).is_err());
        assert!(text(1e300).is_err());
        assert_eq!(Decimals::new(0), None);
        assert_eq!(Decimals::new(10), None);
    }

    proptest! {
        #[test]
        fn text_parses_back_within_half_a_unit(value in -1e6..1e6f64, digits in 1u8..10) {
            let decimals = Decimals::new(digits).expect("1 to 9");
            let fixed = Fixed::round(value, decimals).expect("finite");
            let text = fixed.text();
            let point = text.find('.').expect("a decimal point");
            prop_assert_eq!(text.len() - point - 1, usize::from(digits));
            let back: f64 = text.parse().expect("a number");
            let half = 0.5 / 10f64.powi(i32::from(digits));
            prop_assert!((back - value).abs() <= half + value.abs() * 4.0 * f64::EPSILON, "{value} as {text}");
            prop_assert_eq!(back, fixed.value());
            prop_assert!(text != "-0.0" && !text.starts_with("-0.0000000000"));
        }

        #[test]
        fn any_bits_are_written_as_a_decimal_or_refused(bits: u64) {
            if let Ok(fixed) = Fixed::round(f64::from_bits(bits), Decimals::SIX) {
                let text = fixed.text();
                prop_assert!(text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-'));
                prop_assert!(text.parse::<f64>().is_ok_and(f64::is_finite));
            }
        }
    }
}
