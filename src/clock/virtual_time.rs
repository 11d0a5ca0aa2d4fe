//! A clock that moves only when it is told to, so that a night passes in seconds.

use super::{Clock, Instant};
use chrono::{DateTime, Utc};
use std::sync::atomic::{AtomicU64, Ordering};

/// Simulated time. Its wall time starts at 2000-01-01 00:00 UTC, so that no simulated file depends
/// on the day it was made.
#[derive(Debug, Default)]
pub struct VirtualClock {
    micros: AtomicU64,
}

impl VirtualClock {
    /// Seconds from the Unix epoch to 2000-01-01 00:00 UTC.
    const EPOCH: i64 = 946_684_800;

    /// Moves on to a later moment; an earlier one changes nothing.
    pub fn advance_to(&self, at: Instant) {
        self.micros.fetch_max(at.as_micros(), Ordering::Relaxed);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.micros.load(Ordering::Relaxed))
    }

    fn origin(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(Self::EPOCH, 0).unwrap_or_default()
    }

    fn passes_by_itself(&self) -> bool {
        false
    }
}
