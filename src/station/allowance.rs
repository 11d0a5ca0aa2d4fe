//! How often something is got over before it counts as a fault that stays.

use crate::clock::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// So many times within a time, and no more.
#[derive(Debug)]
pub(super) struct Allowance {
    most: usize,
    within: Duration,
    taken: VecDeque<Instant>,
}

impl Allowance {
    /// So many times within so long.
    pub(super) fn of(most: usize, within: Duration) -> Self {
        Self { most, within, taken: VecDeque::new() }
    }

    /// Takes one more, if there is one left.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.taken.retain(|at| now - *at <= self.within);
        let left = self.taken.len() < self.most;
        if left {
            self.taken.push_back(now);
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_too_often_is_not_got_over() {
        let at = |seconds| Instant::ORIGIN + Duration::from_secs(seconds);
        let mut five = Allowance::of(5, Duration::from_secs(60));
        assert!((1..=5).all(|seconds| five.take(at(seconds))));
        assert!(!five.take(at(6)) && !five.take(at(61)));
        assert!(five.take(at(62)), "the first is long ago");
        assert!(!five.take(at(62)));
        assert!((2..=20).all(|minutes| five.take(at(minutes * 61))));
    }
}
