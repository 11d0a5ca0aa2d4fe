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
        let mut digits = Digits::of(self.units.unsigned_abs());
        for _ in 0..self.decimals.0 {
            digits.next();
        }
        digits.put(b'.');
        digits.whole();
        if self.units < 0 {
            digits.put(b'-');
        }
        digits.push(into);
    }

    /// The same as text.
    pub fn text(self) -> String {
        let mut bytes = Vec::with_capacity(16);
        self.push(&mut bytes);
        bytes.into_iter().map(char::from).collect()
    }
}

/// Appends a whole number.
pub(super) fn push_integer(value: u64, into: &mut Vec<u8>) {
    let mut digits = Digits::of(value);
    digits.whole();
    digits.push(into);
}

/// A number being written from its last digit to its first. Rows have some thirty numbers, so this
/// is where the time of a row goes: division by a constant, one copy.
struct Digits {
    rest: u64,
    text: [u8; Self::LENGTH],
    start: usize,
}

impl Digits {
    /// Twenty digits of the largest number, or a zero and nine decimals; a point and a sign.
    const LENGTH: usize = 24;

    fn of(value: u64) -> Self {
        Self { rest: value, text: [b'0'; Self::LENGTH], start: Self::LENGTH }
    }

    fn put(&mut self, byte: u8) {
        self.start = self.start.saturating_sub(1);
        if let Some(place) = self.text.get_mut(self.start) {
            *place = byte;
        }
    }

    fn next(&mut self) {
        self.put(b'0' + (self.rest % 10) as u8);
        self.rest /= 10;
    }

    /// What is left, at least one digit.
    fn whole(&mut self) {
        self.next();
        while self.rest > 0 {
            self.next();
        }
    }

    fn push(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(self.text.get(self.start..).unwrap_or_default());
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
