//! The current of a hold without the driver's steps and the voltage's noise in it.

use crate::clock::Instant;
use crate::units::Amperes;

/// The share of a new reading in the mean, at least and at most: ten readings (6 s) count, or two.
const SHARE: (f64, f64) = (0.1, 0.5);

/// So many times what fades until a reading is its share: how fast a current fades is known to within a
/// fourth of itself, and the mean lags by no more than that part of the current.
const FADED: f64 = 4.0;

/// A running mean of a current that fades. It fades with the current between readings, so that it does
/// not lag behind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean(Option<(Instant, Amperes)>);

impl Mean {
    /// Takes in a current that fades by this part of itself in a second.
    pub(super) fn take(&mut self, at: Instant, current: Amperes, fading: f64) {
        let mean = self.0.map_or(current, |(last, mean)| {
            let fades = fading * (at - last).as_secs_f64();
            let faded = mean * (-fades).exp();
            faded + (current - faded) * (FADED * fades).clamp(SHARE.0, SHARE.1)
        });
        self.0 = Some((at, mean));
    }

    /// The mean, if any reading has come.
    pub(super) fn current(self) -> Option<Amperes> {
        self.0.map(|(_, mean)| mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_noise_go_and_nothing_lags() {
        let mut mean = Mean::default();
        for reading in 0..200_u32 {
            let seconds = f64::from(reading) * 0.6144;
            let truth = (-seconds / 20.0).exp();
            let step = if reading % 2 == 0 { 0.0039 } else { -0.0039 };
            let at = Instant::from_micros(u64::from(reading) * 614_400);
            mean.take(at, Amperes(truth + step), 1.0 / 20.0);
            let found = mean.current().unwrap_or_default().0;
            assert!(reading < 30 || (found - truth).abs() < 0.001, "{seconds} s: {found}, not {truth}");
        }
    }
}
