//! Which slices of one slot have been seen: each counts once, and has its own time.

use super::pace::Pace;
use super::slices::{Slice, Slices};
use super::snapshot::Snapshot;
use crate::clock::Instant;
use crate::identity::Slot;
use crate::wire::{SLICE, SamplePeriod};
use std::time::Duration;

/// Tells new slices of a slot from those that were seen already.
#[derive(Debug)]
pub(super) struct Sampler {
    slot: Slot,
    seen: Option<Seen>,
}

#[derive(Debug)]
struct Seen {
    snapshot: Snapshot,
    slice: Slice,
}

impl Sampler {
    /// One that has seen nothing.
    pub(super) fn new(slot: Slot) -> Self {
        Self { slot, seen: None }
    }

    /// The slice that a snapshot shows; none if it has been seen before. A packet that lay waiting while the slot was
    /// asked about is older than what is known already, and tells nothing of where slices are.
    pub(super) fn take(&mut self, snapshot: Snapshot, slices: &mut Slices, pace: &Pace) -> Option<Slice> {
        let period = SamplePeriod::Rotation.duration().mul_f64(pace.ratio());
        let before = self.seen.as_ref();
        if before.is_some_and(|seen| snapshot.heard < seen.snapshot.sent) {
            return None;
        }
        let is_other = before.is_none_or(|seen| !seen.snapshot.shows_the_same_as(&snapshot));
        if let Some(seen) = before
            && is_other
        {
            slices.changed(self.slot, seen.snapshot.sent, snapshot.heard, pace);
        }
        let (slice, is_new) = match (slices.newest(self.slot, snapshot.heard, pace), before) {
            (Some((slice, off)), before) => {
                let slice = resolve(slice, off, before, is_other, &snapshot, period);
                (slice, before.is_none_or(|seen| slice.end - seen.slice.end > period / 2))
            }
            // It was closed at some moment of the last rotation; which, only another value tells. It lies behind the one
            // that was seen before.
            (None, before) => {
                let begin = earlier(snapshot.heard, period + SLICE);
                let slice = Slice {
                    begin: before.map_or(begin, |seen| begin.max(seen.slice.begin)),
                    end: before.map_or(snapshot.heard, |seen| snapshot.heard.max(seen.slice.end)),
                };
                (slice, before.is_none_or(|seen| is_other || snapshot.heard - seen.slice.end > period))
            }
        };
        let slice = match before {
            Some(seen) if !is_new => seen.slice,
            _ => slice,
        };
        self.seen = Some(Seen { snapshot, slice });
        is_new.then_some(slice)
    }

    /// Whether a snapshot shows other values than the newest one that was taken. It is not taken by that.
    pub(super) fn is_other(&self, snapshot: &Snapshot) -> bool {
        self.seen.as_ref().is_none_or(|seen| !seen.snapshot.shows_the_same_as(snapshot))
    }

    /// The slice of what the slot said when it was asked again about the newest one: that, or the next, if
    /// it was closed in between. It counts as seen then, and no second time.
    pub(super) fn again(&mut self, asked: Snapshot, slices: &Slices, pace: &Pace) -> Option<Slice> {
        let seen = self.seen.as_ref()?;
        let period = SamplePeriod::Rotation.duration().mul_f64(pace.ratio());
        let slice = match slices.newest(self.slot, asked.heard, pace) {
            Some((newest, off)) if !seen.snapshot.shows_the_same_as(&asked) => {
                let slice = resolve(newest, off, Some(seen), true, &asked, period);
                if slice.end - seen.slice.end > period / 2 { slice } else { seen.slice }
            }
            _ => seen.slice,
        };
        self.seen = Some(Seen { snapshot: asked, slice });
        Some(slice)
    }
}

/// Close to the end of a slice it is the values that tell whether it had been closed.
fn resolve(
    newest: Slice,
    off: Duration,
    before: Option<&Seen>,
    is_other: bool,
    snapshot: &Snapshot,
    period: Duration,
) -> Slice {
    let off = off + (snapshot.heard - snapshot.sent);
    let is_seen = before.is_some_and(|seen| newest.end < seen.slice.end + period / 2);
    if !is_other && snapshot.heard - newest.end < off {
        Slice::ending(earlier(newest.end, period))
    } else if is_other && is_seen && snapshot.heard + off > newest.end + period {
        Slice::ending(newest.end + period)
    } else {
        newest
    }
}

fn earlier(at: Instant, by: Duration) -> Instant {
    let by = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
    Instant::from_micros(at.as_micros().saturating_sub(by))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Encoding, Mode, RawCurrent, RawTemperature, RawVoltage, StatusFlags, StreamPacket};

    /// What a slot shows at a moment in milliseconds.
    fn shows(millis: u64, voltage: u16) -> Snapshot {
        let packet = StreamPacket {
            slot: Slot::ALL[0],
            mode: Mode::Charge,
            status: StatusFlags::from_raw(0),
            temperature: RawTemperature::from_raw(20_000),
            current: RawCurrent::from_raw(8_000),
            voltage: RawVoltage::from_raw(voltage),
        };
        Snapshot::told(Instant::from_micros(millis * 1000), &packet)
    }

    #[test]
    fn a_slice_that_was_seen_when_asked_again_is_seen_once() {
        // Slices of slot 0 are closed near 1.004, 1.619, 2.234 and 2.850 s.
        let (mut slices, pace) = (Slices::default(), Pace::default());
        slices.changed(Slot::ALL[0], Instant::from_micros(1_000_000), Instant::from_micros(1_008_000), &pace);
        let mut sampler = Sampler::new(Slot::ALL[0]);
        let first = sampler.take(shows(1_700, 20_000), &mut slices, &pace).unwrap();
        assert_eq!(sampler.again(shows(1_710, 20_000), &slices, &pace), Some(first), "the same");
        assert_eq!(
            sampler.again(shows(1_720, 20_001), &slices, &pace),
            Some(first),
            "the packet was damaged"
        );
        let next = sampler.again(shows(2_300, 20_002), &slices, &pace).unwrap();
        let apart = next.end - first.end;
        assert!(apart > Duration::from_millis(600) && apart < Duration::from_millis(630), "{apart:?}");
        assert_eq!(sampler.take(shows(2_500, 20_002), &mut slices, &pace), None, "no new data");
        assert!(sampler.take(shows(3_000, 20_003), &mut slices, &pace).is_some());
    }

    #[test]
    fn packets_that_lay_waiting_do_not_lose_the_places_of_slices() {
        let (mut slices, pace) = (Slices::default(), Pace::default());
        slices.changed(Slot::ALL[0], Instant::from_micros(1_000_000), Instant::from_micros(1_008_000), &pace);
        let places = |slices: &Slices| slices.newest(Slot::ALL[0], Instant::from_micros(3_000_000), &pace);
        let known = places(&slices);
        assert!(known.is_some());
        for _slot in 0..4 {
            let mut sampler = Sampler::new(Slot::ALL[0]);
            assert!(sampler.take(shows(2_400, 20_000), &mut slices, &pace).is_some(), "what was asked for");
            assert_eq!(sampler.take(shows(1_500, 20_001), &mut slices, &pace), None, "what came before");
        }
        assert_eq!(places(&slices), known);
    }
}
