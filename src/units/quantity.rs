//! Physical quantities as types: a voltage cannot be passed where a current is wanted.

use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

/// Defines one quantity: a finite-or-not `f64` in its base unit, printed with that unit.
macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $symbol:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
        pub struct $name(pub f64);

        impl $name {
            /// The symbol of the base unit.
            pub const SYMBOL: &'static str = $symbol;

            /// The magnitude without its sign.
            pub fn abs(self) -> Self {
                Self(self.0.abs())
            }

            /// The smaller of two.
            pub fn min(self, other: Self) -> Self {
                Self(self.0.min(other.0))
            }

            /// The larger of two.
            pub fn max(self, other: Self) -> Self {
                Self(self.0.max(other.0))
            }
        }

        impl fmt::Display for $name {
            /// Prints the number and the base unit; a precision in the format string rounds.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match f.precision() {
                    Some(digits) => write!(f, "{:.*} {}", digits, self.0, $symbol),
                    None => write!(f, "{} {}", self.0, $symbol),
                }
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }

        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl Mul<f64> for $name {
            type Output = Self;
            fn mul(self, factor: f64) -> Self {
                Self(self.0 * factor)
            }
        }

        impl Div<f64> for $name {
            type Output = Self;
            fn div(self, divisor: f64) -> Self {
                Self(self.0 / divisor)
            }
        }

        /// The ratio of two of a kind is a bare number.
        impl Div for $name {
            type Output = f64;
            fn div(self, other: Self) -> f64 {
                self.0 / other.0
            }
        }
    };
}

quantity!(
    /// Electric potential, in volts.
    Volts,
    "V"
);
quantity!(
    /// Electric current, in amperes. Where a sign is meant, positive charges the cell.
    Amperes,
    "A"
);
quantity!(
    /// Resistance or the magnitude of an impedance, in ohms.
    Ohms,
    "ohm"
);
quantity!(
    /// Power, in watts.
    Watts,
    "W"
);
quantity!(
    /// Charge, in coulombs.
    Coulombs,
    "C"
);
quantity!(
    /// Energy, in joules.
    Joules,
    "J"
);
quantity!(
    /// Temperature, in degrees Celsius.
    Celsius,
    "degC"
);
quantity!(
    /// Frequency, in hertz.
    Hertz,
    "Hz"
);

quantity!(
    /// How fast a voltage changes, in volts per second; above zero where it rises.
    VoltsPerSecond,
    "V/s"
);

impl VoltsPerSecond {
    /// The change in an hour, in volts.
    pub fn per_hour(self) -> Volts {
        Volts(self.0 * 3600.0)
    }
}

impl Celsius {
    /// The temperature of so many degrees Fahrenheit.
    pub fn from_fahrenheit(degrees: f64) -> Self {
        Self((degrees - 32.0) / 1.8)
    }

    /// The temperature in degrees Fahrenheit.
    pub fn fahrenheit(self) -> f64 {
        self.0 * 1.8 + 32.0
    }
}

impl Coulombs {
    /// The charge of so many ampere-hours (1 Ah = 3600 C).
    pub fn from_ampere_hours(hours: f64) -> Self {
        Self(hours * 3600.0)
    }

    /// The charge in ampere-hours.
    pub fn ampere_hours(self) -> f64 {
        self.0 / 3600.0
    }
}

impl Joules {
    /// The energy in watt-hours (1 Wh = 3600 J).
    pub fn watt_hours(self) -> f64 {
        self.0 / 3600.0
    }
}

impl Mul<Amperes> for Volts {
    type Output = Watts;
    fn mul(self, current: Amperes) -> Watts {
        Watts(self.0 * current.0)
    }
}

impl Mul<Coulombs> for Volts {
    type Output = Joules;
    fn mul(self, charge: Coulombs) -> Joules {
        Joules(self.0 * charge.0)
    }
}

impl Mul<std::time::Duration> for Amperes {
    type Output = Coulombs;
    fn mul(self, time: std::time::Duration) -> Coulombs {
        Coulombs(self.0 * time.as_secs_f64())
    }
}

impl Mul<Ohms> for Amperes {
    type Output = Volts;
    fn mul(self, resistance: Ohms) -> Volts {
        Volts(self.0 * resistance.0)
    }
}

/// The mean voltage at which a charge passed.
impl Div<Coulombs> for Joules {
    type Output = Volts;
    fn div(self, charge: Coulombs) -> Volts {
        Volts(self.0 / charge.0)
    }
}

impl Div<Amperes> for Volts {
    type Output = Ohms;
    fn div(self, current: Amperes) -> Ohms {
        Ohms(self.0 / current.0)
    }
}

impl Div<Ohms> for Volts {
    type Output = Amperes;
    fn div(self, resistance: Ohms) -> Amperes {
        Amperes(self.0 / resistance.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temperatures_go_both_ways() {
        for (celsius, fahrenheit) in [(0.0, 32.0), (100.0, 212.0), (-40.0, -40.0)] {
            assert_eq!(Celsius(celsius).fahrenheit(), fahrenheit);
            assert_eq!(Celsius::from_fahrenheit(fahrenheit), Celsius(celsius));
        }
    }
}
