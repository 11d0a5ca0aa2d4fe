//! The current of a hold without the driver's steps and the voltage's noise in it.

use crate::clock::Instant;
use crate::units::Amperes;

/// The share of a new reading in the mean, at least and at most: ten readings (6 s) count, or two.
const SHARE: (f64, f64) = (0.1, 0.5);

/// So many times what fades until a reading is its share: the faster a current fades, the fewer readings
/// tell of the same one.
const FADED: f64 = 4.0;

/// The share of what is seen of the fading in what is known of it.
const LEARNT: f64 = 0.1;

/// Seconds for which the mean is told ahead of its newest slice: half of a rotation until it is heard of, in the
/// mean, half of one to the middle between two readings, the time that switching off takes, and what the mean
/// itself lags by while it learns how fast the current fades. What ends by it then ends as often before its
/// moment as after it.
const AHEAD: f64 = 1.0;

/// A running mean of a current that fades. It fades with the current between readings, as fast as it is
/// seen to, so that it does not lag behind: an alpha-beta filter of the current's logarithm.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean(Option<State>);

#[derive(Clone, Copy, Debug)]
struct State {
    at: Instant,
    current: Amperes,
    /// The part of it that goes in a second.
    fading: f64,
}

impl Mean {
    /// Takes in a current. By what is known of the cell, `most` is the part of it that can go in a second.
    pub(super) fn take(&mut self, at: Instant, current: Amperes, most: f64) {
        let begun = State { at, current, fading: most };
        self.0 = Some(self.0.map_or(begun, |state| state.with(at, current, most)));
    }

    /// The mean in a moment, if any reading has come.
    pub(super) fn current(self) -> Option<Amperes> {
        self.0.map(|state| state.current * (-state.fading * AHEAD).exp())
    }
}

impl State {
    fn with(self, at: Instant, current: Amperes, most: f64) -> Self {
        let seconds = (at - self.at).as_secs_f64();
        let fades = self.fading * seconds;
        let faded = self.current * (-fades).exp();
        let mean = faded + (current - faded) * (FADED * fades).clamp(SHARE.0, SHARE.1);
        let seen = (self.current / mean).ln() / seconds;
        // Near to nothing the logarithm tells nothing.
        let learnt = if seen.is_finite() { (seen - self.fading) * LEARNT } else { 0.0 };
        Self { at, current: mean, fading: (self.fading + learnt).clamp(0.0, most.max(0.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worst error in a fading of so many seconds, once it is half-way down, with steps of the driver in it.
    fn worst(tau: f64, most: f64) -> f64 {
        let (mut mean, mut worst) = (Mean::default(), 0.0_f64);
        for reading in 0..400_u32 {
            let seconds = f64::from(reading) * 0.6144;
            let truth = (-seconds / tau).exp();
            let step = if reading % 2 == 0 { 0.0039 } else { -0.0039 };
            mean.take(Instant::from_micros(u64::from(reading) * 614_400), Amperes(truth + step), most);
            if (0.02..0.5).contains(&truth) {
                let ahead = (-(seconds + AHEAD) / tau).exp();
                worst = worst.max((mean.current().unwrap_or_default().0 - ahead).abs());
            }
        }
        worst
    }

    #[test]
    fn steps_and_noise_go_and_nothing_lags() {
        for (tau, most) in
            [(6.0, 0.17), (20.0, 0.05), (40.0, 0.17), (40.0, 0.05), (200.0, 0.03), (200.0, 0.005)]
        {
            let worst = worst(tau, most);
            assert!(worst < 0.01, "{tau} s, at most {most}: {worst}");
        }
    }
}
