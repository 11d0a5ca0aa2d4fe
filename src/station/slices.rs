//! Where on the host's clock the unit's measuring slices lie.
//!
//! The unit says when it sends, not when it has measured. But its registers change when a slice is
//! closed, and the slices come round like a clock: each look between which a register changed
//! narrows down where a slice was closed. Some tightly spaced looks find that place within hundredths of
//! a second, the packets that come by themselves keep it, and each reading can be given the time of
//! its own slice.

use super::others::Others;
use super::pace::Pace;
use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::wire::{SLICE, SamplePeriod, cell};
use std::time::Duration;

/// The places are good for time stamps if they are known within this.
const GOOD: f64 = 0.1e6;

/// What the time of a reply may be off by, beside what is known of it.
const SLACK: f64 = 1_000.0;

/// So many looks on end that contradict what is known are believed; one may be a damaged reply.
const BELIEVED: u32 = 3;

/// Microseconds of a slice and of a rotation of all of them by the unit's own clock.
const fn micros(time: Duration) -> f64 {
    time.as_micros() as f64
}

/// A measuring slice of one slot, by the host's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) begin: Instant,
    pub(super) end: Instant,
}

impl Slice {
    /// One that ended at this moment.
    pub(super) fn ending(end: Instant) -> Self {
        let length = u64::try_from(SLICE.as_micros()).unwrap_or_default();
        Self { begin: Instant::from_micros(end.as_micros().saturating_sub(length)), end }
    }

    /// The moment that its means stand for.
    pub(super) fn middle(self) -> Instant {
        self.begin + (self.end - self.begin) / 2
    }
}

/// The places of the slices, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Slices {
    /// Microseconds between which a slice of slot 0 was closed, and when this was last looked at.
    closed: Option<(f64, f64, Instant)>,
    contradicted: u32,
    /// When it is worth while to look for them again.
    due: Instant,
    /// How long it was not, after the last time.
    pause: Duration,
}

/// Slices that are lost are looked for again after so long at the earliest: it takes the line for most of a second.
const SOON: Duration = Duration::from_secs(5);

/// The pause becomes twice as long each time that they are not found, and so long at most: replies may have come late,
/// or there is no cell whose voltage changes.
const LONGEST: Duration = Duration::from_secs(60);

impl Slices {
    /// Finds the places, where they are not known: looks often for longer than a rotation which slot's
    /// voltage changes when.
    ///
    /// # Errors
    /// The unit does not answer.
    pub(super) fn attend(
        &mut self,
        line: &mut Line,
        others: &mut Others<'_>,
        pace: &Pace,
    ) -> Result<(), LineError> {
        let now = line.clock().now();
        if self.closed.is_some() || now < self.due {
            return Ok(());
        }
        self.pause = (self.pause * 2).clamp(SOON, LONGEST);
        self.due = now + self.pause;
        self.find(line, others, pace)?;
        if self.closed.is_some() {
            self.pause = Duration::ZERO;
        }
        Ok(())
    }

    /// Knows nothing any more: one slot had every slice, and the rotation began anew.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    fn find(&mut self, line: &mut Line, others: &mut Others<'_>, pace: &Pace) -> Result<(), LineError> {
        let registers = Slot::ALL.map(|slot| cell::VOLTAGE.at(slot).address());
        let end = line.clock().now() + SamplePeriod::Rotation.duration() + SLICE;
        let mut before: Option<(Instant, Vec<u16>)> = None;
        loop {
            others.look_after(line)?;
            let sent = line.clock().now();
            let values = line.read_many(registers.to_vec())?;
            let heard = line.clock().now();
            if let Some((from, old)) = before.replace((sent, values.clone())) {
                for (slot, (old, new)) in Slot::ALL.into_iter().zip(old.iter().zip(&values)) {
                    if old != new {
                        self.changed(slot, from, heard, pace);
                    }
                }
            }
            if heard >= end {
                return Ok(());
            }
        }
    }

    /// Takes in that a slot's registers changed between two moments, less than a rotation apart.
    pub(super) fn changed(&mut self, slot: Slot, after: Instant, before: Instant, pace: &Pace) {
        let (ratio, uncertainty) = pace.likely();
        let rotation = micros(SamplePeriod::Rotation.duration()) * ratio;
        let offset = micros(SLICE) * ratio * slot.index() as f64;
        let from = after.as_micros() as f64 - offset - SLACK;
        let to = before.as_micros() as f64 - offset + SLACK;
        if to - from >= rotation {
            return;
        }
        let Some((low, high, at)) = self.closed else {
            // A wide look leaves it open in which turn the slice was closed.
            self.closed = (to - from < rotation / 4.0).then_some((from, to, before));
            return;
        };
        let wider = (before - at).as_micros() as f64 * uncertainty;
        let middle = (low + high) / 2.0;
        let left = if to - from < rotation / 2.0 {
            let turns = ((middle - (from + to) / 2.0) / rotation).round() * rotation;
            intersection((low - wider, high + wider), (from + turns, to + turns))
        } else {
            // A packet tells only of the short rest of the turn in which the slice was not closed.
            let turns = ((middle - (to + from + rotation) / 2.0) / rotation).round() * rotation;
            without((low - wider, high + wider), (to + turns, from + rotation + turns))
        };
        // Brought on to the turn of this look, so that the numbers stay with the clock.
        let on = ((after.as_micros() as f64 - middle) / rotation).round() * rotation;
        match left {
            Some((low, high)) => {
                self.contradicted = 0;
                self.closed = Some((low + on, high + on, before));
            }
            None => {
                self.contradicted += 1;
                let known = (low - wider + on, high + wider + on, before);
                self.closed = (self.contradicted < BELIEVED).then_some(known);
            }
        }
    }

    /// The newest slice of a slot that was closed by a moment, and how far its place may be off; none
    /// where that is too much to be worth anything.
    pub(super) fn newest(&self, slot: Slot, by: Instant, pace: &Pace) -> Option<(Slice, Duration)> {
        let (low, high, at) = self.closed?;
        let (ratio, uncertainty) = pace.likely();
        let wider = by.since(at).as_micros() as f64 * uncertainty;
        let off = (high - low) / 2.0 + wider;
        if off > GOOD {
            return None;
        }
        let rotation = micros(SamplePeriod::Rotation.duration()) * ratio;
        let known = (low + high) / 2.0 + micros(SLICE) * ratio * slot.index() as f64;
        let end = known + ((by.as_micros() as f64 - known) / rotation).floor() * rotation;
        Some((Slice::ending(Instant::from_micros(end as u64)), Duration::from_micros(off as u64)))
    }
}

fn intersection((low, high): (f64, f64), (from, to): (f64, f64)) -> Option<(f64, f64)> {
    let (low, high) = (low.max(from), high.min(to));
    (low < high).then_some((low, high))
}

/// What is left of an interval; all of it where the middle is what is taken away.
fn without((low, high): (f64, f64), (from, to): (f64, f64)) -> Option<(f64, f64)> {
    let (low, high) = match (from <= low, high <= to) {
        (true, true) => return None,
        (true, false) => (low.max(to), high),
        (false, true) => (low, high.min(from)),
        (false, false) => (low, high),
    };
    (low < high).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rotation of a unit whose clock is as slow as is likely.
    const ROTATION: u64 = 615_199;

    fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    /// A unit whose slot 1 closes its slices at `phase` and each rotation.
    struct Unit {
        phase: u64,
        slices: Slices,
    }

    impl Unit {
        /// Tells what is seen of it at such moments.
        fn look(&mut self, from: u64, apart: u64, looks: u64) {
            let newest = |time: u64| (time + ROTATION - self.phase) / ROTATION;
            for look in 0..looks {
                let (before, now) = (from + look * apart, from + (look + 1) * apart);
                if newest(before) != newest(now) {
                    self.slices.changed(Slot::ALL[1], at(before), at(now), &Pace::default());
                }
            }
        }

        /// How far the place told of the newest slice at a moment is from where it is, in microseconds.
        fn error(&self, now: u64) -> Option<(u64, u64)> {
            let (slice, off) = self.slices.newest(Slot::ALL[1], at(now), &Pace::default())?;
            let turn = (slice.end.as_micros() + 2 * ROTATION - self.phase) % ROTATION;
            Some((turn.min(ROTATION - turn), off.as_micros() as u64))
        }
    }

    #[test]
    fn tight_looks_find_the_places_and_packets_keep_them() {
        for phase in [5_000, 200_000, 450_000, 610_000] {
            let mut unit = Unit { phase, slices: Slices::default() };
            unit.look(1_000_000, 600_000, 20);
            assert_eq!(unit.error(20_000_000), None, "packets alone tell too little");
            unit.look(20_000_000, 8_000, 90);
            let (error, off) = unit.error(21_000_000).unwrap();
            assert!(error < 10_000 && off < 20_000, "{error} {off}");
            unit.look(21_000_000, 600_000, 50);
            let (error, off) = unit.error(51_000_000).unwrap();
            assert!(error <= off && off < 60_000, "{error} {off}");
            let (slice, _) = unit.slices.newest(Slot::ALL[1], at(51_000_000), &Pace::default()).unwrap();
            let (next, _) = unit.slices.newest(Slot::ALL[2], at(51_000_000), &Pace::default()).unwrap();
            let apart = next.end.as_micros().abs_diff(slice.end.as_micros());
            assert!(apart.abs_diff(102_533) < 3 || apart.abs_diff(512_666) < 3, "{apart}");
        }
    }

    #[test]
    fn one_damaged_reply_is_not_believed_and_a_disturbed_rotation_is_lost() {
        let mut unit = Unit { phase: 100_000, slices: Slices::default() };
        unit.look(0, 8_000, 90);
        unit.look(1_000_000, 600_000, 30);
        unit.slices.changed(Slot::ALL[1], at(19_300_000), at(19_310_000), &Pace::default());
        assert!(unit.error(19_400_000).is_some_and(|(error, off)| error <= off));
        unit.look(19_400_000, 600_000, 5);
        unit.phase = 400_000;
        unit.look(22_400_000, 8_000, 400);
        assert!(unit.error(25_700_000).is_some_and(|(error, _)| error < 20_000), "lost, and found again");
    }
}
