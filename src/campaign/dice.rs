//! Chance that one seed gives.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64;
use std::time::Duration;

/// A stream of chance.
pub(super) struct Dice(Pcg64);

impl Dice {
    /// The stream of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(Pcg64::seed_from_u64(seed))
    }

    /// A number from 0 to below `bound`, which is at least 1.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound.max(1)
    }

    /// Whether something of this chance happens.
    pub(super) fn happens(&mut self, chance: f64) -> bool {
        self.part() < chance
    }

    /// A number from 0 to below 1.
    fn part(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of these.
    pub(super) fn one_of<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let index = self.below(of.len() as u64);
        of.get(usize::try_from(index).unwrap_or(0))
    }

    /// A time between two, in whole milliseconds.
    pub(super) fn time(&mut self, from: Duration, to: Duration) -> Duration {
        let span = u64::try_from(to.saturating_sub(from).as_millis()).unwrap_or(u64::MAX);
        from + Duration::from_millis(self.below(span))
    }

    /// A chance whose order of magnitude lies evenly between ten to the power of two numbers.
    pub(super) fn rare(&mut self, from: f64, to: f64) -> f64 {
        let exponent = from + (to - from) * self.part();
        // Few digits, so that the text of a scenario gives the same number again.
        let value = 10_f64.powf(exponent);
        let scale = 10_f64.powf(exponent.floor() - 2.0);
        (value / scale).round() * scale
    }
}
