//! One slot while it has every slice of its unit: which slices were seen, and what passed in them.

use super::charge::Passed;
use super::slices::Slice;
use super::snapshot::Snapshot;
use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::units::Amperes;
use crate::wire::{ChargeSum, SLICE, SamplePeriod};
use std::time::Duration;

/// Looks are so far apart: several in each slice of 0.1024 s, so that its end is known within as much.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// No current adds more to the counter in this time and what passed since the look before.
const SLACK: Duration = Duration::from_millis(500);
const MOST: Amperes = Amperes(4.096);

/// The slices that lie one behind the other, and the counter that adds each with 0.1024 s.
#[derive(Debug)]
pub(super) struct HiRes {
    slot: Slot,
    sum: ChargeSum,
    /// The current at the last look.
    current: Amperes,
    /// When the counter was looked at last, and when it was last seen to move or no current flowed.
    counted: Instant,
    moved: Instant,
    seen: Option<(Snapshot, Instant)>,
}

impl HiRes {
    /// Begins with a slot in which nothing flows.
    pub(super) fn begin(line: &mut Line, slot: Slot) -> Result<Self, LineError> {
        let sum = line.read_charge(slot)?;
        let now = line.clock().now();
        Ok(Self { slot, sum, current: Amperes(0.0), counted: now, moved: now, seen: None })
    }

    /// The slice that a snapshot shows; none if it has been seen before.
    pub(super) fn slice(&mut self, snapshot: &Snapshot) -> Option<Slice> {
        if let Some((before, end)) = &self.seen
            && before.shows_the_same_as(snapshot)
            && snapshot.heard - *end < SLICE * 2
        {
            return None;
        }
        self.seen = Some((*snapshot, snapshot.sent));
        Some(Slice::ending(snapshot.sent))
    }

    /// What the counter has added since it was looked at last. The slices leave no gaps, so it is the
    /// integral of the current, but for the last slice, which is lost where the current ends within it.
    ///
    /// # Errors
    /// The unit does not answer.
    pub(super) fn passed(
        &mut self,
        line: &mut Line,
        current: Amperes,
        ratio: f64,
    ) -> Result<Passed, LineError> {
        let mut sum = line.read_charge(self.slot)?;
        if !self.is_possible(sum, line.clock().now()) {
            sum = line.read_charge(self.slot)?;
        }
        let now = line.clock().now();
        let passed = if self.is_possible(sum, now) {
            let charge = sum.since(self.sum).coulombs(SamplePeriod::HiRes) * ratio;
            Passed { charge, facts: Vec::new() }
        } else {
            let (time, most) = (now - self.counted, self.current.max(current));
            Passed::jumped(self.sum.0, sum.0, time, most, (self.current + current) * 0.5 * time)
        };
        if sum != self.sum || current.0 <= 0.0 {
            self.moved = now;
        }
        (self.sum, self.current, self.counted) = (sum, current, now);
        Ok(passed)
    }

    /// When the counter was looked at last.
    pub(super) fn looked_at(&self) -> Instant {
        self.counted
    }

    /// How long the counter has not moved under a current.
    pub(super) fn stands_for(&self, now: Instant) -> Duration {
        now - self.moved
    }

    /// How far into a slice a moment lies.
    pub(super) fn time_in_slice(&self, at: Instant) -> Duration {
        let since = self.seen.as_ref().map_or(Duration::ZERO, |(_, end)| at - *end);
        Duration::from_micros((since.as_micros() % SLICE.as_micros()) as u64)
    }

    fn is_possible(&self, sum: ChargeSum, now: Instant) -> bool {
        sum.since(self.sum).coulombs(SamplePeriod::HiRes) <= MOST * (now - self.counted + SLACK)
    }
}

#[cfg(test)]
mod tests;
