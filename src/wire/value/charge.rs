//! The unit's own count of charge.

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

    /// What was added since an earlier reading, across one roll-over.
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.wrapping_sub(earlier.0))
    }

    /// The charge: sum x 4.096 A / 32768 x period.
    pub fn coulombs(self, period: SamplePeriod) -> Coulombs {
        Coulombs(f64::from(self.0) * (4.096 / 32768.0) * period.duration().as_secs_f64())
    }
}
