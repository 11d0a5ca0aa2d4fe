//! The unit's own count of charge.

use super::ConversionError;
use crate::units::Coulombs;
use std::time::Duration;

/// One measuring slice of the unit: 1024 samples at 10 kHz, by the unit's own clock.
pub const SLICE: Duration = Duration::from_micros(102_400);

/// The time between two samples that the charge sum adds up, by the unit's own slice clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamplePeriod {
    /// Six slices: 0.6144 s.
    Rotation,
    /// One slice, in the cell's own hi-res mode: 0.1024 s.
    HiRes,
}

impl SamplePeriod {
    /// The period.
    pub const fn duration(self) -> Duration {
        match self {
            Self::Rotation => Duration::from_micros(614_400),
            Self::HiRes => SLICE,
        }
    }
}

/// CHARGEH and CHARGEL together: an unsigned sum of CURRENT samples that rolls over at 2^32. It counts
/// charge, discharge and impedance current alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ChargeSum(pub u32);

impl ChargeSum {
    /// The sum of these halves.
    pub const fn from_halves(high: u16, low: u16) -> Self {
        Self((high as u32) << 16 | low as u32)
    }

    /// The sum that is nearest to a charge.
    ///
    /// # Errors
    /// Below zero, more than the sum holds (330 kC where one sample comes with each rotation), or not a number.
    pub fn nearest(charge: Coulombs, period: SamplePeriod) -> Result<Self, ConversionError> {
        let sum = (charge.0 / Self(1).coulombs(period).0).round();
        if (0.0..=f64::from(u32::MAX)).contains(&sum) {
            Ok(Self(sum as u32))
        } else {
            Err(ConversionError::new("charge", charge.0, "C", "0 C to what 32 bits of the sum hold"))
        }
    }

    /// CHARGEH and CHARGEL.
    pub const fn halves(self) -> (u16, u16) {
        ((self.0 >> 16) as u16, self.0 as u16)
    }

    /// What was added since an earlier reading, across one roll-over.
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.wrapping_sub(earlier.0))
    }

    /// The charge: sum x 4.096 A / 32768 x period.
    pub fn coulombs(self, period: SamplePeriod) -> Coulombs {
        Coulombs(f64::from(self.0) * (4.096 / 32768.0) * period.duration().as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_go_both_ways() {
        for period in [SamplePeriod::Rotation, SamplePeriod::HiRes] {
            for sum in [0, 1, 65_535, 65_536, u32::MAX].map(ChargeSum) {
                assert_eq!(ChargeSum::nearest(sum.coulombs(period), period), Ok(sum));
                let (high, low) = sum.halves();
                assert_eq!(ChargeSum::from_halves(high, low), sum);
            }
            for none in [f64::NAN, -1.0, 1e9] {
                assert!(ChargeSum::nearest(Coulombs(none), period).is_err());
            }
        }
    }
}
