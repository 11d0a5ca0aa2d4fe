//! Quantities whose kind is known only when a text is read: a number with its dimension.

use super::parse::{QuantityError, split_number};
use std::fmt;
use std::ops::{Div, Mul};

/// What a number measures, as powers of base units. Temperatures are in degrees Celsius: a sum with
/// a difference is good, a product of them is not meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimension {
    second: i8,
    ampere: i8,
    volt: i8,
    celsius: i8,
    /// C-rates: currents that wait for the cell's nominal capacity.
    rate: i8,
}

impl Dimension {
    /// A bare number.
    pub const NUMBER: Self = Self { second: 0, ampere: 0, volt: 0, celsius: 0, rate: 0 };
    /// Seconds.
    pub const TIME: Self = Self { second: 1, ..Self::NUMBER };
    /// Amperes.
    pub const CURRENT: Self = Self { ampere: 1, ..Self::NUMBER };
    /// Volts.
    pub const VOLTAGE: Self = Self { volt: 1, ..Self::NUMBER };
    /// Degrees Celsius.
    pub const TEMPERATURE: Self = Self { celsius: 1, ..Self::NUMBER };
    /// C-rates.
    pub const C_RATE: Self = Self { rate: 1, ..Self::NUMBER };
    /// Coulombs.
    pub const CHARGE: Self = Self { second: 1, ampere: 1, ..Self::NUMBER };
    /// Watts.
    pub const POWER: Self = Self { ampere: 1, volt: 1, ..Self::NUMBER };
    /// Joules.
    pub const ENERGY: Self = Self { second: 1, ampere: 1, volt: 1, ..Self::NUMBER };
    /// Ohms.
    pub const RESISTANCE: Self = Self { volt: 1, ampere: -1, ..Self::NUMBER };
    /// Hertz.
    pub const FREQUENCY: Self = Self { second: -1, ..Self::NUMBER };

    /// The dimension of the change of a quantity per second.
    pub fn per_second(self) -> Self {
        self / Self::TIME
    }

    fn combined(self, other: Self, combine: fn(i8, i8) -> i8) -> Self {
        Self {
            second: combine(self.second, other.second),
            ampere: combine(self.ampere, other.ampere),
            volt: combine(self.volt, other.volt),
            celsius: combine(self.celsius, other.celsius),
            rate: combine(self.rate, other.rate),
        }
    }

    /// What it is, in words.
    fn word(self) -> Option<&'static str> {
        const WORDS: [(Dimension, &str); 11] = [
            (Dimension::NUMBER, "a bare number"),
            (Dimension::TIME, "a time"),
            (Dimension::CURRENT, "a current"),
            (Dimension::VOLTAGE, "a voltage"),
            (Dimension::TEMPERATURE, "a temperature"),
            (Dimension::C_RATE, "a C-rate"),
            (Dimension::CHARGE, "a charge"),
            (Dimension::POWER, "a power"),
            (Dimension::ENERGY, "an energy"),
            (Dimension::RESISTANCE, "a resistance"),
            (Dimension::FREQUENCY, "a frequency"),
        ];
        WORDS.iter().find(|(dimension, _)| *dimension == self).map(|(_, word)| *word)
    }
}

impl Mul for Dimension {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.combined(other, i8::saturating_add)
    }
}

impl Div for Dimension {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        self.combined(other, i8::saturating_sub)
    }
}

impl fmt::Display for Dimension {
    /// Prints it in words: `a voltage`, `a voltage over time`, `something in A V^2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(word) = self.word() {
            return f.write_str(word);
        }
        if let Some(word) = (*self * Self::TIME).word() {
            return write!(f, "{word} over time");
        }
        write!(f, "something in")?;
        let powers = [self.ampere, self.volt, self.second, self.celsius, self.rate];
        for (power, unit) in powers.into_iter().zip(["A", "V", "s", "degC", "C"]) {
            match power {
                0 => {}
                1 => write!(f, " {unit}")?,
                power => write!(f, " {unit}^{power}")?,
            }
        }
        Ok(())
    }
}

/// A number with what it measures, in base units: volts, amperes, seconds, coulombs, degrees Celsius.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scalar {
    /// The number.
    pub value: f64,
    /// What it measures.
    pub dimension: Dimension,
}

/// A unit, its dimension, and how a number in it becomes the base unit: `number * factor + offset`.
type Unit = (&'static str, Dimension, f64, f64);

const UNITS: &[Unit] = &[
    ("V", Dimension::VOLTAGE, 1.0, 0.0),
    ("mV", Dimension::VOLTAGE, 1e-3, 0.0),
    ("uV", Dimension::VOLTAGE, 1e-6, 0.0),
    ("A", Dimension::CURRENT, 1.0, 0.0),
    ("mA", Dimension::CURRENT, 1e-3, 0.0),
    ("uA", Dimension::CURRENT, 1e-6, 0.0),
    ("C", Dimension::C_RATE, 1.0, 0.0),
    ("W", Dimension::POWER, 1.0, 0.0),
    ("mW", Dimension::POWER, 1e-3, 0.0),
    ("Ah", Dimension::CHARGE, 3600.0, 0.0),
    ("mAh", Dimension::CHARGE, 3.6, 0.0),
    ("As", Dimension::CHARGE, 1.0, 0.0),
    ("Wh", Dimension::ENERGY, 3600.0, 0.0),
    ("mWh", Dimension::ENERGY, 3.6, 0.0),
    ("J", Dimension::ENERGY, 1.0, 0.0),
    ("kJ", Dimension::ENERGY, 1e3, 0.0),
    ("ohm", Dimension::RESISTANCE, 1.0, 0.0),
    ("mohm", Dimension::RESISTANCE, 1e-3, 0.0),
    ("uohm", Dimension::RESISTANCE, 1e-6, 0.0),
    ("\u{3a9}", Dimension::RESISTANCE, 1.0, 0.0),
    ("m\u{3a9}", Dimension::RESISTANCE, 1e-3, 0.0),
    ("\u{2126}", Dimension::RESISTANCE, 1.0, 0.0),
    ("m\u{2126}", Dimension::RESISTANCE, 1e-3, 0.0),
    ("degC", Dimension::TEMPERATURE, 1.0, 0.0),
    ("\u{b0}C", Dimension::TEMPERATURE, 1.0, 0.0),
    ("degF", Dimension::TEMPERATURE, 5.0 / 9.0, -32.0 * 5.0 / 9.0),
    ("\u{b0}F", Dimension::TEMPERATURE, 5.0 / 9.0, -32.0 * 5.0 / 9.0),
    // In sums a kelvin is a difference; where a temperature stands alone it is absolute, which
    // `Celsius` reads.
    ("K", Dimension::TEMPERATURE, 1.0, 0.0),
    ("Hz", Dimension::FREQUENCY, 1.0, 0.0),
    ("kHz", Dimension::FREQUENCY, 1e3, 0.0),
    ("ms", Dimension::TIME, 1e-3, 0.0),
    ("s", Dimension::TIME, 1.0, 0.0),
    ("min", Dimension::TIME, 60.0, 0.0),
    ("h", Dimension::TIME, 3600.0, 0.0),
    ("d", Dimension::TIME, 86400.0, 0.0),
    ("%", Dimension::NUMBER, 0.01, 0.0),
];

impl Scalar {
    /// Whether it is a bare number.
    pub fn is_number(self) -> bool {
        self.dimension == Dimension::NUMBER
    }

    /// The names of all units that a number may be written in.
    pub fn units() -> impl Iterator<Item = &'static str> {
        UNITS.iter().map(|(name, ..)| *name)
    }

    /// So many of a unit, or of a unit over another: `mV/min`. `None` if there is no such unit, or the
    /// number is too large to hold.
    pub fn in_unit(number: f64, unit: &str) -> Option<Self> {
        let find = |name: &str| UNITS.iter().find(|(unit, ..)| *unit == name);
        let (value, dimension) = match unit.split_once('/') {
            _ if unit.is_empty() => (number, Dimension::NUMBER),
            None => {
                let (_, dimension, factor, offset) = find(unit)?;
                (number * factor + offset, *dimension)
            }
            Some((above, below)) => {
                // Over something, a degree is a difference.
                let (_, over, factor, _) = find(above.trim())?;
                let (_, under, divisor, _) = find(below.trim())?;
                (number * factor / divisor, *over / *under)
            }
        };
        value.is_finite().then_some(Self { value, dimension })
    }
}

/// The unit in which a measured value is shown, how many of it one base unit is, and how many decimals tell
/// apart what the hardware resolves.
const SHOWN: [(Dimension, &str, f64, usize); 10] = [
    (Dimension::NUMBER, "", 1.0, 4),
    (Dimension::VOLTAGE, " V", 1.0, 4),
    (Dimension::CURRENT, " A", 1.0, 4),
    (Dimension::CHARGE, " Ah", 1.0 / 3600.0, 4),
    (Dimension::ENERGY, " Wh", 1.0 / 3600.0, 4),
    (Dimension::POWER, " W", 1.0, 4),
    (Dimension::RESISTANCE, " mohm", 1e3, 2),
    (Dimension::TEMPERATURE, " degC", 1.0, 1),
    (Dimension::TIME, " s", 1.0, 1),
    (Dimension::FREQUENCY, " Hz", 1.0, 1),
];

/// Voltages below this, in volts, are differences of voltages and are shown in millivolts.
const MILLIVOLTS: f64 = 0.1;

impl Scalar {
    /// How it is shown: the unit, how many of it one base unit is, and the decimals.
    fn shown_in(self) -> Option<(&'static str, f64, usize)> {
        if self.dimension == Dimension::VOLTAGE && self.value.abs() < MILLIVOLTS {
            return Some((" mV", 1e3, 1));
        }
        let known = SHOWN.iter().find(|(dimension, ..)| *dimension == self.dimension);
        known.map(|(_, unit, factor, decimals)| (*unit, *factor, *decimals))
    }

    /// A measured value as people read it, such as `2.4920 Ah` or `31.61 mohm`, with so many decimals more.
    pub fn rounded(self, more: usize) -> String {
        match self.shown_in() {
            // A rank or a share: no more digits than there are.
            Some((_, _, decimals)) if self.is_number() => {
                let text = with_decimals(self.value, decimals + more);
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            Some((unit, factor, decimals)) => with_decimals(self.value * factor, decimals + more) + unit,
            None => self.to_string(),
        }
    }

    /// The value that [`rounded`](Self::rounded) shows, in base units.
    pub fn rounded_value(self, more: usize) -> f64 {
        match self.shown_in() {
            Some((_, factor, decimals)) => {
                let power = 10_f64.powi(i32::try_from(decimals + more).unwrap_or(0));
                (self.value * factor * power).round() / power / factor
            }
            None => self.value,
        }
    }
}

/// A number with so many decimals. A little below zero is zero, once it is rounded.
pub fn with_decimals(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    match text.strip_prefix('-') {
        Some(size) if size.bytes().all(|digit| matches!(digit, b'0' | b'.')) => size.to_owned(),
        _ => text,
    }
}

impl std::str::FromStr for Scalar {
    type Err = QuantityError;

    /// Reads a number with or without a unit: `2.8 V`, `1 mV/min`, `80 %`, `3`.
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (number, unit) = split_number(text)?;
        Self::in_unit(number, unit)
            .ok_or_else(|| QuantityError::WrongUnit(unit.to_owned(), &["V", "A", "Ah", "s"]))
    }
}

/// A number without the last bits of having been converted to the base unit and back.
fn tidy(number: f64) -> f64 {
    let tidy = (number * 1e9).round() / 1e9;
    if tidy != 0.0 && tidy.is_finite() { tidy } else { number }
}

impl fmt::Display for Scalar {
    /// Prints it in the unit that people use for it, so that it is read back as the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.value;
        match self.dimension {
            Dimension::NUMBER => write!(f, "{number}"),
            Dimension::TIME if (0.0..1e15).contains(&number) => {
                f.write_str(&super::format_duration(std::time::Duration::from_secs_f64(number)))
            }
            Dimension::TIME => write!(f, "{number} s"),
            Dimension::CURRENT => write!(f, "{number} A"),
            Dimension::VOLTAGE if number.abs() < MILLIVOLTS && number != 0.0 => {
                write!(f, "{} mV", tidy(number * 1e3))
            }
            Dimension::VOLTAGE => write!(f, "{number} V"),
            Dimension::TEMPERATURE => write!(f, "{number} degC"),
            Dimension::C_RATE => write!(f, "{number}C"),
            Dimension::CHARGE => write!(f, "{} Ah", tidy(number / 3600.0)),
            Dimension::POWER => write!(f, "{number} W"),
            Dimension::ENERGY => write!(f, "{} Wh", tidy(number / 3600.0)),
            Dimension::RESISTANCE if number.abs() < 1.0 && number != 0.0 => {
                write!(f, "{} mohm", tidy(number * 1e3))
            }
            Dimension::RESISTANCE => write!(f, "{number} ohm"),
            Dimension::FREQUENCY => write!(f, "{number} Hz"),
            other if other == Dimension::VOLTAGE.per_second() => {
                write!(f, "{} mV/min", tidy(number * 60e3))
            }
            other if other == Dimension::CURRENT.per_second() => {
                write!(f, "{} mA/min", tidy(number * 60e3))
            }
            other if other == Dimension::TEMPERATURE.per_second() => {
                write!(f, "{} degC/min", tidy(number * 60.0))
            }
            other => write!(f, "{number} ({other})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_values_are_shown_with_the_digits_that_mean_something() {
        let shown = |value, dimension, more| Scalar { value, dimension }.rounded(more);
        assert_eq!(shown(2.492 * 3600.0, Dimension::CHARGE, 0), "2.4920 Ah");
        assert_eq!(shown(0.031_607, Dimension::RESISTANCE, 0), "31.61 mohm");
        assert_eq!(shown(0.031_607, Dimension::RESISTANCE, 1), "31.607 mohm");
        assert_eq!(shown(0.0486, Dimension::VOLTAGE, 0), "48.6 mV");
        assert_eq!(shown(4.2, Dimension::VOLTAGE, 0), "4.2000 V");
        assert_eq!(shown(0.021, Dimension::NUMBER, 0), "0.021");
        assert_eq!(shown(-0.000_003, Dimension::NUMBER, 0), "0");
        assert_eq!(shown(-0.000_003, Dimension::NUMBER, 2), "-0.000003");
        assert_eq!(shown(-0.000_003, Dimension::VOLTAGE, 0), "0.0 mV");
        assert!(
            (Scalar { value: 0.031_607, dimension: Dimension::RESISTANCE }.rounded_value(0) - 0.031_61).abs()
                < 1e-12
        );
    }

    #[test]
    fn numbers_know_what_they_measure() {
        let read = |text: &str| text.parse::<Scalar>().map(|it| (it.to_string(), it.dimension));
        assert_eq!(read("2.8 V"), Ok(("2.8 V".into(), Dimension::VOLTAGE)));
        assert_eq!(read("1 mV/min"), Ok(("1 mV/min".into(), Dimension::VOLTAGE.per_second())));
        assert_eq!(read("80 %"), Ok(("0.8".into(), Dimension::NUMBER)));
        assert_eq!(read("90 min"), Ok(("1 h 30 min".into(), Dimension::TIME)));
        assert_eq!(read("2.4 Ah"), Ok(("2.4 Ah".into(), Dimension::CHARGE)));
        assert_eq!(read("5 mV"), Ok(("5 mV".into(), Dimension::VOLTAGE)));
        assert_eq!(read("0.08 ohm"), Ok(("80 mohm".into(), Dimension::RESISTANCE)));
        assert!(read("3 apples").is_err());
        assert_eq!(Dimension::VOLTAGE / Dimension::CURRENT, Dimension::RESISTANCE);
        assert_eq!(Dimension::VOLTAGE.per_second().to_string(), "a voltage over time");
        assert_eq!((Dimension::POWER * Dimension::VOLTAGE).to_string(), "something in A V^2");
    }
}
