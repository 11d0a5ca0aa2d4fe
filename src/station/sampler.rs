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

    /// The slice that a snapshot shows; none if it has been seen before.
    pub(super) fn take(&mut self, snapshot: Snapshot, slices: &mut Slices, pace: &Pace) -> Option<Slice> {
        let period = SamplePeriod::Rotation.duration().mul_f64(pace.ratio());
        let before = self.seen.as_ref();
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
            // It was closed at some moment of the last rotation; which, only another value tells.
            (None, before) => {
                let slice = Slice { begin: earlier(snapshot.heard, period + SLICE), end: snapshot.heard };
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
