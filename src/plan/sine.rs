//! The sine of impedance mode: how large it may be for a cell, and how fast.

use super::Limits;
use crate::units::{Amperes, Hertz};
use crate::wire::{SineFrequency, SineMagnitude};
use std::ops::RangeInclusive;

/// SINE_OFFSET as a part of peak to peak.
const OFFSET: f64 = 0.25;
/// The part of the discharge current limit that the top of the sine may reach.
const PART_OF_LIMIT: f64 = 0.5;

/// A sine that suits a cell. The current swings from the offset to the offset plus peak to peak, and
/// always out of the cell: an impedance measurement discharges it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sine {
    /// SINE_MAGDIV.
    pub magnitude: SineMagnitude,
}

impl Sine {
    /// The lowest current, a quarter of peak to peak, so that it never comes near zero.
    pub fn offset(self) -> Amperes {
        self.magnitude.amperes() * OFFSET
    }

    /// The highest current, five quarters of peak to peak.
    pub fn top(self) -> Amperes {
        self.magnitude.amperes() * (1.0 + OFFSET)
    }

    /// The mean current, three quarters of peak to peak.
    pub fn mean(self) -> Amperes {
        self.magnitude.amperes() * (0.5 + OFFSET)
    }

    /// The smallest discharge current limit with which a cell can have this sine.
    pub fn least_limit(self) -> Amperes {
        self.top() / PART_OF_LIMIT
    }
}

/// All sines that the unit makes, the largest first.
pub fn sines() -> impl Iterator<Item = Sine> {
    SineMagnitude::ALL.into_iter().map(|magnitude| Sine { magnitude })
}

/// From the lowest to the highest frequency that the unit makes.
pub fn frequencies() -> RangeInclusive<Hertz> {
    SineFrequency::LOWEST.hertz()..=SineFrequency::HIGHEST.hertz()
}

/// The sine for these limits: the largest whose top is at most half of the discharge current limit.
/// `None` if the limit is below 0.625 A, where the unit has none.
pub fn sine(limits: &Limits) -> Option<Sine> {
    sines().find(|sine| sine.least_limit() <= limits.current_discharge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Chemistry, envelope};

    #[test]
    fn the_largest_sine_below_half_of_the_limit_is_taken() {
        let at = |limit: f64| {
            sine(&Limits { current_discharge: Amperes(limit), ..envelope(Chemistry::LiIon) })
                .map(|sine| (sine.magnitude.amperes().0, sine.offset().0, sine.mean().0, sine.top().0))
        };
        assert_eq!(at(4.09), Some((1.0, 0.25, 0.75, 1.25)));
        assert_eq!(at(2.5), Some((1.0, 0.25, 0.75, 1.25)));
        assert_eq!(at(2.49), Some((0.5, 0.125, 0.375, 0.625)));
        assert_eq!(at(0.625), Some((0.25, 0.0625, 0.1875, 0.3125)));
        assert_eq!(at(0.62), None);
    }
}
