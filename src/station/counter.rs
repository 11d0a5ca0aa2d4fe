//! The unit's charge counter of one slot, as increments.

use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::units::{Amperes, Coulombs};
use crate::wire::{ChargeSum, SamplePeriod, cell};
use std::time::Duration;

/// The most that the counter can add in a second: full scale.
const MOST: Amperes = Amperes(4.096);

/// What a current may be more than it was measured to be, as a part of it and as such.
const MARGIN: (f64, Amperes) = (1.25, Amperes(0.05));

/// An increment may cover this much more than the time between two looks: one sample closed just
/// after the first look, and the unit's clock.
const SLACK: Duration = Duration::from_millis(1500);

/// What the lower half of the counter holds.
const LOWER_HALF: ChargeSum = ChargeSum(0xFFFF);

/// Within two rotations at most two slices are closed, which add less than that, whatever flowed.
const SOON: Duration = Duration::from_millis(1200);

/// So often both halves are read in any case.
const WHOLE: Duration = Duration::from_secs(10);

/// Follows one slot's counter.
#[derive(Debug)]
pub(super) struct Counter {
    slot: Slot,
    last: ChargeSum,
    at: Instant,
    /// The current at the last look.
    current: Amperes,
    /// When both halves were read last.
    whole: Instant,
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
        Self { slot, last, at, current: Amperes(0.0), whole: at }
    }

    /// What it held at the last look.
    pub(super) fn sum(&self) -> u32 {
        self.last.0
    }

    /// How long ago the last look was.
    pub(super) fn age(&self, now: Instant) -> Duration {
        now - self.at
    }

    /// Looks what it has added since the last look, across the roll-over of its 32 bits. Replies carry
    /// no checksum: more than the measured `current` can have added is read twice before it is believed. `steady`: every slice since
    /// the last look was told, and the current was about the same in all of them.
    pub(super) fn look(
        &mut self,
        line: &mut Line,
        current: Amperes,
        steady: bool,
    ) -> Result<Count, LineError> {
        if let Some(sum) = self.by_lower_half(line, current, steady)? {
            return Ok(self.judge(sum, current, line.clock().now()));
        }
        let mut sum = line.read_charge(self.slot)?;
        if !self.is_expected(sum, current, line.clock().now()) {
            sum = line.read_charge(self.slot)?;
        }
        self.whole = line.clock().now();
        Ok(self.judge(sum, current, line.clock().now()))
    }

    /// The sum, where its lower half tells it alone: it has risen by no more than the current explains, and it cannot have come
    /// round since. So most looks are one read and not three, up to some 1.2 A.
    fn by_lower_half(
        &self,
        line: &mut Line,
        current: Amperes,
        steady: bool,
    ) -> Result<Option<ChargeSum>, LineError> {
        let comes_round = |now| {
            let explained = self.explained(current, now);
            now - self.at >= SOON && !(steady && explained < LOWER_HALF.coulombs(SamplePeriod::Rotation))
        };
        let now = line.clock().now();
        if comes_round(now) || now - self.whole >= WHOLE {
            return Ok(None);
        }
        let low = line.read(cell::CHARGEL.at(self.slot))?;
        let now = line.clock().now();
        let is_sure = |sum: &ChargeSum| !comes_round(now) && self.is_expected(*sum, current, now);
        Ok(self.with_lower_half(low).filter(is_sure))
    }

    /// The sum with this lower half, unless that has fallen: the upper one is another then.
    fn with_lower_half(&self, low: u16) -> Option<ChargeSum> {
        let [before_low, before_high] = [self.last.0 & 0xFFFF, self.last.0 >> 16];
        (u32::from(low) >= before_low).then_some(ChargeSum(before_high << 16 | u32::from(low)))
    }

    /// Says that nothing can have been added until now, because no current flowed.
    pub(super) fn rested_until(&mut self, now: Instant) {
        self.at = now;
        self.current = Amperes(0.0);
    }

    fn judge(&mut self, sum: ChargeSum, current: Amperes, now: Instant) -> Count {
        let ahead = self.last.since(sum).coulombs(SamplePeriod::Rotation);
        if sum != self.last && ahead <= self.explained(current, now) {
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
        (self.last, self.at, self.current) = (sum, now, current);
        count
    }

    /// Whether the current explains it.
    fn is_expected(&self, sum: ChargeSum, current: Amperes, now: Instant) -> bool {
        sum.since(self.last).coulombs(SamplePeriod::Rotation) <= self.explained(current, now)
    }

    /// What the current explains.
    fn explained(&self, current: Amperes, now: Instant) -> Coulombs {
        self.most(current.max(self.current) * MARGIN.0 + MARGIN.1, now)
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
        let counter = Counter::of(Slot::ALL[0], ChargeSum(100_000), Instant::ORIGIN);
        Counter { current: Amperes(1.0), ..counter }
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
    fn the_lower_half_tells_the_sum_until_it_rolls_over() {
        let mut counter = counter();
        counter.last = ChargeSum(0x0003_FF00);
        assert_eq!(counter.with_lower_half(0xFF80), Some(ChargeSum(0x0003_FF80)));
        assert_eq!(counter.with_lower_half(0xFF00), Some(ChargeSum(0x0003_FF00)));
        assert_eq!(counter.with_lower_half(0x0010), None);
    }

    #[test]
    fn it_rolls_over() {
        let mut counter = counter();
        counter.last = ChargeSum(u32::MAX - 3999);
        assert_eq!(judge(&mut counter, 615, 4000), Count::Added(ChargeSum(8000)));
    }
}
