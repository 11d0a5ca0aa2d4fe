//! Reading quantities from text, and writing them back: a number and its unit, always both.

use super::{Amperes, Celsius, Coulombs, Hertz, Joules, Ohms, Volts, VoltsPerSecond, Watts};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Why a text is not the quantity that was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// Nothing was written.
    Empty,
    /// The text does not start with a decimal number.
    NoNumber,
    /// A number without a unit; the units that would do are named.
    NoUnit(&'static [&'static str]),
    /// A unit of something else, or of nothing; the units that would do are named.
    WrongUnit(String, &'static [&'static str]),
    /// The number is too large to hold.
    NotFinite,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "nothing is written here"),
            Self::NoNumber => write!(f, "this does not start with a number"),
            Self::NoUnit(units) => {
                write!(f, "a unit is missing, one of {}", units.join(", "))
            }
            Self::WrongUnit(unit, units) => {
                write!(f, "`{unit}` is not one of {}", units.join(", "))?;
                match meant_time(unit) {
                    Some(meant) if *units == TIME_UNITS => write!(f, "; did you mean `{meant}`?"),
                    _ => Ok(()),
                }
            }
            Self::NotFinite => write!(f, "the number is too large"),
        }
    }
}

impl std::error::Error for QuantityError {}

/// Splits a text into its leading decimal number and the rest, which is the unit.
///
/// # Errors
/// `Empty`, `NoNumber` or `NotFinite`.
pub fn split_number(text: &str) -> Result<(f64, &str), QuantityError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(QuantityError::Empty);
    }
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes[0], b'+' | b'-'));
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return Err(QuantityError::NoNumber);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let mark = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = bytes.get(mark..).map_or(0, |_| digits(mark));
        if exponent > 0 {
            end = mark + exponent;
        }
    }
    let number: f64 = text[..end].parse().map_err(|_| QuantityError::NoNumber)?;
    if !number.is_finite() {
        return Err(QuantityError::NotFinite);
    }
    Ok((number, text[end..].trim_start()))
}

/// A unit as it is written, and how a number in it becomes the base unit: `number * factor + offset`.
type Scale = (&'static str, f64, f64);

fn parse_scaled(text: &str, scales: &[Scale], names: &'static [&'static str]) -> Result<f64, QuantityError> {
    let (number, unit) = split_number(text)?;
    if unit.is_empty() {
        return Err(QuantityError::NoUnit(names));
    }
    let (_, factor, offset) = scales
        .iter()
        .find(|(name, ..)| *name == unit)
        .ok_or_else(|| QuantityError::WrongUnit(unit.to_owned(), names))?;
    let value = number * factor + offset;
    if value.is_finite() { Ok(value) } else { Err(QuantityError::NotFinite) }
}

/// Gives a quantity `FromStr` and serde as text with a unit, so that no file holds a bare number.
macro_rules! textual {
    ($name:ident, $schema:literal, [$(($unit:literal, $factor:expr, $offset:expr)),+ $(,)?]) => {
        impl $name {
            /// The units that text may be written in, the commonest first.
            pub const UNITS: &'static [&'static str] = &[$($unit),+];
        }

        impl FromStr for $name {
            type Err = QuantityError;
            fn from_str(text: &str) -> Result<Self, QuantityError> {
                parse_scaled(text, &[$(($unit, $factor, $offset)),+], Self::UNITS).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "description": $schema,
                    "pattern": concat!(
                        "^\\s*[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?\\s*(",
                        $("|", $unit),+ , ")\\s*$"
                    ).replacen("(|", "(", 1)
                })
            }
        }
    };
}

textual!(
    Volts,
    "a voltage with its unit, such as \"4.2 V\"",
    [("V", 1.0, 0.0), ("mV", 1e-3, 0.0), ("uV", 1e-6, 0.0)]
);
textual!(
    VoltsPerSecond,
    "a rate of a voltage with its unit, such as \"1 mV/h\"",
    [("V/s", 1.0, 0.0), ("mV/min", 1e-3 / 60.0, 0.0), ("mV/h", 1e-3 / 3600.0, 0.0)]
);
textual!(
    Amperes,
    "a current with its unit, such as \"1.25 A\"",
    [("A", 1.0, 0.0), ("mA", 1e-3, 0.0), ("uA", 1e-6, 0.0)]
);
textual!(
    Ohms,
    "a resistance with its unit, such as \"80 mohm\"",
    [
        ("mohm", 1e-3, 0.0),
        ("ohm", 1.0, 0.0),
        ("uohm", 1e-6, 0.0),
        ("m\u{3a9}", 1e-3, 0.0),
        ("\u{3a9}", 1.0, 0.0),
        ("m\u{2126}", 1e-3, 0.0),
        ("\u{2126}", 1.0, 0.0),
    ]
);
textual!(Watts, "a power with its unit, such as \"5 W\"", [("W", 1.0, 0.0), ("mW", 1e-3, 0.0)]);
textual!(
    Coulombs,
    "a charge with its unit, such as \"2.5 Ah\"",
    [("Ah", 3600.0, 0.0), ("mAh", 3.6, 0.0), ("C", 1.0, 0.0), ("As", 1.0, 0.0)]
);
textual!(
    Joules,
    "an energy with its unit, such as \"9 Wh\"",
    [("Wh", 3600.0, 0.0), ("mWh", 3.6, 0.0), ("J", 1.0, 0.0), ("kJ", 1e3, 0.0)]
);
textual!(
    Celsius,
    "a temperature with its unit, such as \"45 degC\"",
    [
        ("degC", 1.0, 0.0),
        ("\u{b0}C", 1.0, 0.0),
        ("degF", 5.0 / 9.0, -32.0 * 5.0 / 9.0),
        ("\u{b0}F", 5.0 / 9.0, -32.0 * 5.0 / 9.0),
        ("K", 1.0, -273.15),
    ]
);
textual!(Hertz, "a frequency with its unit, such as \"1 kHz\"", [("Hz", 1.0, 0.0), ("kHz", 1e3, 0.0)]);

/// The units of time that text may be written in.
pub const TIME_UNITS: &[&str] = &["s", "min", "h", "d", "ms"];

/// The unit of time that another spelling means.
fn meant_time(unit: &str) -> Option<&'static str> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" | "s" => "s",
        "m" | "mins" | "minute" | "minutes" | "min" => "min",
        "hr" | "hrs" | "hour" | "hours" | "h" => "h",
        "day" | "days" | "d" => "d",
        "msec" | "millisecond" | "milliseconds" => "ms",
        _ => return None,
    })
}

/// Reads a duration: one or more numbers with units, such as `90 s`, `5 h`, `1 h 30 min`.
///
/// # Errors
/// As for every quantity; a negative or unrepresentable time is `NotFinite`.
pub fn parse_duration(text: &str) -> Result<Duration, QuantityError> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    loop {
        let (number, tail) = split_number(rest)?;
        let length = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
        let (unit, after) = tail.split_at(length);
        let seconds = match unit {
            "" => return Err(QuantityError::NoUnit(TIME_UNITS)),
            "ms" => number / 1e3,
            "s" => number,
            "min" => number * 60.0,
            "h" => number * 3600.0,
            "d" => number * 86400.0,
            other => return Err(QuantityError::WrongUnit(other.to_owned(), TIME_UNITS)),
        };
        let part = Duration::try_from_secs_f64(seconds).map_err(|_| QuantityError::NotFinite)?;
        total = total.checked_add(part).ok_or(QuantityError::NotFinite)?;
        rest = after;
        if rest.trim().is_empty() {
            return Ok(total);
        }
    }
}

/// Writes a duration so that `parse_duration` reads the same one: `5 h`, `1 h 30 min`, `0.5 s`.
pub fn format_duration(duration: Duration) -> String {
    let whole = duration.as_secs();
    let (hours, minutes) = (whole / 3600, whole % 3600 / 60);
    let seconds = (duration - Duration::from_secs(hours * 3600 + minutes * 60)).as_secs_f64();
    let mut parts = Vec::new();
    if hours > 0 {
        parts.push(format!("{hours} h"));
    }
    if minutes > 0 {
        parts.push(format!("{minutes} min"));
    }
    if seconds > 0.0 || parts.is_empty() {
        parts.push(format!("{seconds} s"));
    }
    parts.join(" ")
}

/// Serde of a [`Duration`] as text with a unit: `#[serde(with = "units::duration_text")]`.
pub mod duration_text {
    use super::{Duration, format_duration, parse_duration};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes `5 h`.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format_duration(*value))
    }

    /// Reads `5 h`.
    ///
    /// # Errors
    /// A text that is not a duration.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        parse_duration(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_units() {
        assert_eq!("4.2 V".parse(), Ok(Volts(4.2)));
        assert_eq!("500mA".parse(), Ok(Amperes(0.5)));
        assert_eq!("2.5 Ah".parse(), Ok(Coulombs(9000.0)));
        assert_eq!("113 degF".parse::<Celsius>().map(|c| (c.0 * 1e6).round() / 1e6), Ok(45.0));
        assert_eq!("4.2".parse::<Volts>(), Err(QuantityError::NoUnit(Volts::UNITS)));
        assert_eq!("inf V".parse::<Volts>(), Err(QuantityError::NoNumber));
        assert_eq!("1e999 V".parse::<Volts>(), Err(QuantityError::NotFinite));
        assert!(matches!("4 A".parse::<Volts>(), Err(QuantityError::WrongUnit(u, _)) if u == "A"));
    }

    #[test]
    fn durations_add_up() {
        assert_eq!(parse_duration("1 h 30 min"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse_duration("0.5 s"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("-1 s"), Err(QuantityError::NotFinite));
        assert_eq!(parse_duration("5"), Err(QuantityError::NoUnit(TIME_UNITS)));
        assert!(parse_duration("5 h x").is_err());
        let told = |text: &str| parse_duration(text).map_err(|error| error.to_string()).unwrap_err();
        assert_eq!(told("5 hours"), "`hours` is not one of s, min, h, d, ms; did you mean `h`?");
        assert_eq!(told("5 m"), "`m` is not one of s, min, h, d, ms; did you mean `min`?");
        assert_eq!(told("5 weeks"), "`weeks` is not one of s, min, h, d, ms");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".*") {
            let _ = text.parse::<Volts>();
            let _ = parse_duration(&text);
        }

        #[test]
        fn what_is_written_is_read_back(value in -1e6..1e6f64, millis in 0u64..1u64 << 40) {
            proptest::prop_assert_eq!(Volts(value).to_string().parse(), Ok(Volts(value)));
            let duration = Duration::from_millis(millis);
            proptest::prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }
    }
}
