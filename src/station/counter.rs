//! The unit's charge counter of one slot, as increments.

use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::units::Coulombs;
use crate::wire::{ChargeSum, SamplePeriod};
use std::time::Duration;

/// The most that the counter can add in a second: full scale.
const MOST_AMPERES: f64 = 4.096;

/// An increment may cover this much more than the time between two looks: one sample closed just
/// after the first look, and the unit's clock.
const SLACK: Duration = Duration::from_millis(1500);

/// Follows one slot's counter.
#[derive(Debug)]
pub(super) struct Counter {
    slot: Slot,
    last: ChargeSum,
    at: Instant,
}

/// What the counter says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Count {
    /// It has added so much.
    Passed(Coulombs),
    /// It is not where it can have come to by itself: cleared, or damaged. What passed is not known.
    Jumped { from: u32, to: u32 },
}

impl Counter {
    /// Begins at what the counter shows now.
    pub(super) fn begin(line: &mut Line, slot: Slot) -> Result<Self, LineError> {
        let last = line.read_charge(slot)?;
        Ok(Self { slot, last, at: line.clock().now() })
    }

    /// Looks what it has added since the last look, across the roll-over of its 32 bits. A jump is
    /// looked at twice before it is believed.
    pub(super) fn look(&mut self, line: &mut Line) -> Result<Count, LineError> {
        let mut sum = line.read_charge(self.slot)?;
        if !self.is_plausible(sum, line.clock().now()) {
            sum = line.read_charge(self.slot)?;
        }
        let now = line.clock().now();
        let count = if self.is_plausible(sum, now) {
            Count::Passed(sum.since(self.last).coulombs(SamplePeriod::Rotation))
        } else {
            Count::Jumped { from: self.last.0, to: sum.0 }
        };
        self.last = sum;
        self.at = now;
        Ok(count)
    }

    fn is_plausible(&self, sum: ChargeSum, now: Instant) -> bool {
        let most = MOST_AMPERES * (now - self.at + SLACK).as_secs_f64();
        sum.since(self.last).coulombs(SamplePeriod::Rotation).0 <= most
    }
}
