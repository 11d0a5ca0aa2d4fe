//! The machine's own clock.

use super::{Clock, Instant};
use chrono::{DateTime, Utc};

/// The system's monotonic clock, tied to wall time at the moment it was made.
#[derive(Debug)]
pub struct SystemClock {
    start: std::time::Instant,
    origin: DateTime<Utc>,
}

impl SystemClock {
    /// Starts a clock whose origin is now.
    pub fn start() -> Self {
        Self { start: std::time::Instant::now(), origin: Utc::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::ORIGIN + self.start.elapsed()
    }

    fn origin(&self) -> DateTime<Utc> {
        self.origin
    }
}
