//! A current as a recipe may state it: in amperes, or as a C-rate of the nominal capacity.

use super::parse::{QuantityError, split_number};
use super::{Amperes, Coulombs};
use std::str::FromStr;

/// A current that may depend on the cell's nominal capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CurrentSpec {
    /// So many amperes.
    Absolute(Amperes),
    /// So many times the current that would pass the nominal capacity in one hour.
    Rate(f64),
}

impl CurrentSpec {
    /// The current for a cell of this nominal capacity: 1C passes the capacity in one hour. What
    /// comes of a C-rate is rounded to 0.1 mA.
    pub fn resolve(self, capacity: Coulombs) -> Amperes {
        match self {
            Self::Absolute(current) => current,
            Self::Rate(rate) => tidy(Amperes(rate * capacity.ampere_hours())),
        }
    }
}

/// A quotient without the last bits of the division, which nobody wrote: to 0.1 mA, finer than what
/// the unit resolves. What rounding would change altogether is left as it is.
fn tidy(current: Amperes) -> Amperes {
    let tidy = Amperes((current.0 * 1e4).round() / 1e4);
    if tidy.0 != 0.0 && tidy.0.is_finite() { tidy } else { current }
}

impl FromStr for CurrentSpec {
    type Err = QuantityError;

    /// Reads `1.25 A`, `500 mA`, `C/2`, `0.5C`, `2 C`.
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let text = text.trim();
        if let Some(divisor) = text.strip_prefix("C/") {
            let (divisor, rest) = split_number(divisor)?;
            if !rest.is_empty() {
                return Err(QuantityError::WrongUnit(text.to_owned(), &["C/2", "0.5C"]));
            }
            let rate = divisor.recip();
            return if rate.is_finite() { Ok(Self::Rate(rate)) } else { Err(QuantityError::NotFinite) };
        }
        if text == "c" || text.starts_with("c/") {
            return Err(QuantityError::WrongUnit(text.to_owned(), &["C/2", "0.5C"]));
        }
        if text == "C" {
            return Ok(Self::Rate(1.0));
        }
        match split_number(text)? {
            (rate, "C") => Ok(Self::Rate(rate)),
            _ => text.parse().map(Self::Absolute),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_come_from_the_capacity() {
        let capacity = Coulombs::from_ampere_hours(2.5);
        for (text, amperes) in [("C/2", 1.25), ("0.5C", 1.25), ("2C", 5.0), ("C", 2.5), ("300 mA", 0.3)] {
            assert_eq!(text.parse::<CurrentSpec>().map(|c| c.resolve(capacity)), Ok(Amperes(amperes)));
        }
        let small = Coulombs::from_ampere_hours(1.5);
        let shown = |text: &str| text.parse::<CurrentSpec>().map(|c| c.resolve(small).to_string());
        assert_eq!(shown("C/20"), Ok("0.075 A".to_owned()));
        assert_eq!(shown("C/7"), Ok("0.2143 A".to_owned()));
        assert_eq!("C/0".parse::<CurrentSpec>(), Err(QuantityError::NotFinite));
        assert!("C/2 A".parse::<CurrentSpec>().is_err());
        assert!("3".parse::<CurrentSpec>().is_err());
    }
}
