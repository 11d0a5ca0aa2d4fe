//! The unit's charge counter of one slot, as increments.

use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::units::{Amperes, Coulombs};
use crate::wire::{ChargeSum, SamplePeriod};
use std::time::Duration;

/// The most that the counter can add in a second: full scale.
const MOST: Amperes = Amperes(4.096);

/// What a current may be more than it was measured to be, as a part of it and as such.
const MARGIN: (f64, Amperes) = (1.25, Amperes(0.05));

/// An increment may cover this much more than the time between two looks: one sample closed just
/// after the first look, and the unit's clock.
const SLACK: Duration = Duration::from_millis(1500);

/// Follows one slot's counter.
#[derive(Debug)]
pub(super) struct Counter {
    slot: Slot,
    last: ChargeSum,
    at: Instant,
    /// The current at the last look.
    current: Amperes,
}

/// What the counter says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Count {
    /// It has added so much to its sum.
    Added(ChargeSum),
    /// It is not where it can have come to by itself: cleared, or damaged. What passed is not known.
    Jumped { from: u32, to: u32 },
}

impl Counter {
    /// Begins at what the counter shows now.
    pub(super) fn begin(line: &mut Line, slot: Slot) -> Result<Self, LineError> {
        let last = line.read_charge(slot)?;
        Ok(Self::of(slot, last, line.clock().now()))
    }

    /// Begins at what it showed at a moment in which nothing flowed.
    pub(super) fn of(slot: Slot, last: ChargeSum, at: Instant) -> Self {
        Self { slot, last, at, current: Amperes(0.0) }
    }

    /// What it held at the last look.
    pub(super) fn sum(&self) -> u32 {
        self.last.0
    }

    /// Looks what it has added since the last look, across the roll-over of its 32 bits. Replies carry
    /// no checksum: more than the measured `current` can have added is read twice before it is believed.
    pub(super) fn look(&mut self, line: &mut Line, current: Amperes) -> Result<Count, LineError> {
        let mut sum = line.read_charge(self.slot)?;
        if !self.is_expected(sum, current, line.clock().now()) {
            sum = line.read_charge(self.slot)?;
        }
        Ok(self.judge(sum, current, line.clock().now()))
    }

    /// Says that nothing can have been added until now, because no current flowed.
    pub(super) fn rested_until(&mut self, now: Instant) {
        self.at = now;
        self.current = Amperes(0.0);
    }

    fn judge(&mut self, sum: ChargeSum, current: Amperes, now: Instant) -> Count {
        let largest = current.max(self.current);
        let ahead = self.last.since(sum).coulombs(SamplePeriod::Rotation);
        if sum != self.last && ahead <= self.most(largest * MARGIN.0 + MARGIN.1, now) {
            // It never falls: the look before was damaged and came out too high. Waiting until the
            // counter has passed that value makes up for it.
            return Count::Added(ChargeSum(0));
        }
        let added = sum.since(self.last);
        let count = if added.coulombs(SamplePeriod::Rotation) <= self.most(MOST, now) {
            Count::Added(added)
        } else {
            Count::Jumped { from: self.last.0, to: sum.0 }
        };
        *self = Self { slot: self.slot, last: sum, at: now, current };
        count
    }

    /// Whether the current explains it.
    fn is_expected(&self, sum: ChargeSum, current: Amperes, now: Instant) -> bool {
        let largest = current.max(self.current) * MARGIN.0 + MARGIN.1;
        sum.since(self.last).coulombs(SamplePeriod::Rotation) <= self.most(largest, now)
    }

    /// What a current can have added since the last look.
    fn most(&self, current: Amperes, now: Instant) -> Coulombs {
        current * (now - self.at + SLACK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter() -> Counter {
        Counter { slot: Slot::ALL[0], last: ChargeSum(100_000), at: Instant::ORIGIN, current: Amperes(1.0) }
    }

    fn judge(counter: &mut Counter, millis: u64, sum: u32) -> Count {
        counter.judge(ChargeSum(sum), Amperes(1.0), Instant::from_micros(millis * 1000))
    }

    #[test]
    fn a_look_that_was_too_high_is_made_up_for() {
        // One ampere adds 8000 in a rotation.
        let mut counter = counter();
        let mut all = 0;
        for (rotation, sum) in [(1, 108_000), (2, 118_500), (3, 117_600), (4, 132_000)] {
            match judge(&mut counter, rotation * 615, sum) {
                Count::Added(added) => all += added.0,
                jumped @ Count::Jumped { .. } => panic!("{jumped:?}"),
            }
        }
        assert_eq!(all, 4 * 8000);
    }

    #[test]
    fn a_cleared_counter_is_a_jump() {
        let mut counter = counter();
        counter.last = ChargeSum(1_000_000);
        assert_eq!(judge(&mut counter, 615, 500), Count::Jumped { from: 1_000_000, to: 500 });
        assert_eq!(judge(&mut counter, 1230, 8500), Count::Added(ChargeSum(8000)));
    }

    #[test]
    fn it_rolls_over() {
        let mut counter = counter();
        counter.last = ChargeSum(u32::MAX - 3999);
        assert_eq!(judge(&mut counter, 615, 4000), Count::Added(ChargeSum(8000)));
    }
}
