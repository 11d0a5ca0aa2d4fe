//! What a slot's driver makes of its setting: found from readings, kept from step to step.

use crate::units::Amperes;

/// How far a driver's calibration may be off before anything is known of it: one standard deviation.
/// Three of them are the 5 % that such drivers keep to.
const UNKNOWN: f64 = 0.05 / 3.0;

/// The noise of one measured current, with its resolution of 0.125 mA: one standard deviation.
const NOISE: Amperes = Amperes(0.0006);

/// What driver and measurement may give beside the proportion, so that the proportion at one current
/// is not quite that at another.
const OFFSET: Amperes = Amperes(0.002);

/// How much it wanders from reading to reading (temperature, the supply).
const DRIFT: f64 = 2e-5;

/// Below this the noise of a reading says more of itself than of the driver.
const TELLING: Amperes = Amperes(0.05);

/// A driver that gives less or more than this of its setting is not off by its calibration.
const PLAUSIBLE: (f64, f64) = (1.0 / MOST, MOST);

/// The driver is never set to more than this, as a part of what is wanted.
pub(super) const MOST: f64 = 1.1;

/// So many standard deviations away, a reading says that the driver is not what it was.
const SURPRISE: f64 = 5.0;

/// So many readings on end that no calibration explains are worth a word.
const ODD: u32 = 8;

/// Amperes that flow for each ampere that the driver is set to, in one direction, by a Kalman filter of
/// one state. It is a parameter and no state of the loop: a reading and the setting that it saw tell it,
/// however long ago that was, so that no dead time can make its finding unstable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gain {
    value: f64,
    variance: f64,
    /// Where it was seen last.
    seen_at: Option<Amperes>,
    odd: u32,
}

impl Default for Gain {
    fn default() -> Self {
        Self { value: 1.0, variance: UNKNOWN * UNKNOWN, seen_at: None, odd: 0 }
    }
}

impl Gain {
    pub(super) fn value(&self) -> f64 {
        self.value
    }

    /// How far beyond its value it may lie: three standard deviations.
    pub(super) fn uncertainty(&self) -> f64 {
        3.0 * self.variance.sqrt()
    }

    /// Takes in what was measured while the driver was set to `set`; says whether it is the last of so
    /// many readings that no calibration explains.
    pub(super) fn take(&mut self, set: Amperes, measured: Amperes) -> bool {
        if set < TELLING {
            return false;
        }
        let observed = measured / set;
        if !(PLAUSIBLE.0..=PLAUSIBLE.1).contains(&observed) {
            self.odd = self.odd.saturating_add(1);
            return self.odd == ODD;
        }
        self.odd = 0;
        let moved = self.seen_at.map_or(0.0, |seen| OFFSET / set - OFFSET / seen);
        let (noise, away) = ((NOISE / set).powi(2), observed - self.value);
        self.variance += DRIFT * DRIFT + moved * moved;
        if away * away > SURPRISE * SURPRISE * (self.variance + noise) {
            self.variance = away * away;
        }
        let share = self.variance / (self.variance + noise);
        self.value += share * away;
        self.variance *= 1.0 - share;
        self.seen_at = Some(set);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reading_tells_nearly_all_and_the_next_ones_take_the_noise_away() {
        let mut gain = Gain::default();
        assert!((gain.uncertainty() - 0.05).abs() < 1e-12);
        gain.take(Amperes(1.0), Amperes(0.9505));
        assert!((gain.value() - 0.95).abs() < 0.001 && gain.uncertainty() < 0.002);
        for count in 0..200 {
            gain.take(Amperes(1.0), Amperes(if count % 2 == 0 { 0.9512 } else { 0.9488 }));
        }
        assert!((gain.value() - 0.95).abs() < 1e-4, "{}", gain.value());
    }

    #[test]
    fn what_no_calibration_explains_is_told_once_and_not_learnt() {
        let mut gain = Gain::default();
        let told = (0..50).filter(|_| gain.take(Amperes(2.0), Amperes(1.2))).count();
        assert_eq!((told, gain.value()), (1, 1.0));
        assert!(!gain.take(Amperes(0.02), Amperes(0.0)), "so little tells nothing");
    }

    #[test]
    fn a_driver_that_changes_is_followed_at_once() {
        let mut gain = Gain::default();
        for _ in 0..100 {
            gain.take(Amperes(2.0), Amperes(2.0));
        }
        gain.take(Amperes(2.0), Amperes(1.96));
        assert!((gain.value() - 0.98).abs() < 0.001, "{}", gain.value());
    }
}
