//! A current between two steps of the driver's register, as the mean of both.

use crate::clock::Instant;
use crate::units::{Amperes, Coulombs};
use std::time::Duration;

/// For so long the present step may be off by one whole step before the neighbour takes over. Longer
/// needs fewer writes, each of which is read back; the charge is never off by more than a step for so long.
const PATIENCE: Duration = Duration::from_millis(1000);

/// What a step may be off by, as a part of what is wanted, and stay: a write would bring nothing.
const NEAR_ENOUGH: f64 = 2e-4;

/// The longest stretch that is counted between two readings.
const LONGEST: Duration = Duration::from_secs(2);

/// The step that the register is set to, and the charge that it owes: error feedback of the first
/// order (a delta-sigma modulator) with a threshold.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dither {
    steps: u16,
    owed: Coulombs,
    last: Option<Instant>,
}

/// A current in terms of the register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    /// What is wanted.
    pub(super) current: Amperes,
    /// What one step of the register gives.
    pub(super) step: Amperes,
    /// The highest step that may be set for it.
    pub(super) most: u16,
}

impl Aim {
    fn nearest(self) -> u16 {
        // From 0 to `most`, so it fits.
        (self.current / self.step).round().clamp(0.0, f64::from(self.most)) as u16
    }

    fn short(self, steps: u16) -> Amperes {
        self.current - self.step * f64::from(steps)
    }
}

impl Dither {
    /// The step that is set.
    pub(super) fn steps(self) -> u16 {
        self.steps
    }

    /// How much more is wanted than this step gives.
    pub(super) fn short(self, aim: Aim) -> Amperes {
        aim.short(self.steps)
    }

    /// Follows what is wanted: to the nearest step, where the present one is no neighbour of it.
    pub(super) fn follow(&mut self, aim: Aim) {
        if self.short(aim).abs() >= aim.step || self.steps > aim.most {
            self.steps = aim.nearest();
            self.owed = Coulombs(0.0);
        }
    }

    /// Counts what the present step has left owing until now, and goes over to the other neighbour when
    /// that is due.
    pub(super) fn pass(&mut self, aim: Aim, now: Instant) {
        let time = self.last.map_or(Duration::ZERO, |last| (now - last).min(LONGEST));
        self.last = Some(now);
        let short = self.short(aim);
        if short.abs() <= aim.current * NEAR_ENOUGH {
            self.owed = Coulombs(0.0);
            return;
        }
        self.owed += short * time;
        let due = aim.step * PATIENCE;
        // Only to the other side of what is wanted: a debt of the step before is paid back by this one.
        if self.owed > due && short.0 > 0.0 && self.steps < aim.most {
            self.steps += 1;
        } else if self.owed < -due && short.0 < 0.0 {
            self.steps = self.steps.saturating_sub(1);
        }
        // What cannot be paid back is not hoarded.
        self.owed = self.owed.min(due * 2.0).max(-due * 2.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: f64 = 1.0 / 128.0;

    fn run(wanted: f64) -> (f64, usize, Vec<u16>) {
        let aim = Aim { current: Amperes(wanted), step: Amperes(STEP), most: 575 };
        let mut dither = Dither::default();
        let (mut sum, mut writes, mut seen) = (0.0, 0, Vec::new());
        dither.follow(aim);
        for reading in 0..1000_u64 {
            let before = dither.steps();
            dither.pass(aim, Instant::from_micros(reading * 614_400));
            writes += usize::from(before != dither.steps());
            sum += f64::from(dither.steps()) * STEP;
            seen.push(dither.steps());
        }
        seen.sort_unstable();
        seen.dedup();
        (sum / 1000.0, writes, seen)
    }

    #[test]
    fn the_mean_comes_out_between_two_steps() {
        for wanted in [0.003, 0.02, 0.1, 0.5037, 0.7757, 1.0011, 1.25, 3.0053, 3.9999] {
            let (mean, writes, steps) = run(wanted);
            assert!((mean - wanted).abs() < 0.02 * STEP + NEAR_ENOUGH * wanted, "{wanted}: {mean}");
            let highest = f64::from(*steps.last().unwrap()) * STEP;
            assert!(highest < wanted + STEP, "{wanted}: {highest}");
            assert!(steps.len() <= 2 && writes < 300, "{wanted}: {writes} writes, {steps:?}");
        }
    }

    #[test]
    fn a_current_on_a_step_needs_no_writes() {
        assert_eq!(run(1.25).1, 0);
        assert_eq!(run(2.5002).1, 0);
    }

    #[test]
    fn another_current_is_followed_at_once_and_owes_nothing() {
        let aim = |current| Aim { current: Amperes(current), step: Amperes(STEP), most: 575 };
        let mut dither = Dither::default();
        dither.follow(aim(1.0));
        assert_eq!(dither.steps(), 128);
        dither.follow(aim(1.0039));
        assert_eq!(dither.steps(), 128, "still a neighbour");
        dither.follow(aim(0.25));
        assert_eq!(dither.steps(), 32);
    }
}
