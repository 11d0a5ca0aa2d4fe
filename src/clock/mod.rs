//! Instants and wall time: the only place that asks the system what time it is.

mod lapse;
mod system;
mod uptime;
mod virtual_time;

pub use lapse::{Lapse, LapseWatch, Lapses};
pub use system::SystemClock;
pub use virtual_time::VirtualClock;

use chrono::{DateTime, TimeDelta, Utc};
use std::ops::{Add, Sub};
use std::time::Duration;

/// A moment on one clock: microseconds since that clock's origin. It never runs backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The clock's origin.
    pub const ORIGIN: Self = Self(0);

    /// The moment so many microseconds after the origin.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the origin.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The time since an earlier moment; zero if that moment is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// A later moment; the far end of time stands for any beyond it.
    fn add(self, duration: Duration) -> Self {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(micros))
    }
}

impl Sub for Instant {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

/// Tells the time. Everything that needs time is handed one of these, or an [`Instant`] from it.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Instant;

    /// The wall time at the clock's origin.
    fn origin(&self) -> DateTime<Utc>;

    /// Whether time passes whatever the program does. Otherwise it stands still while a thread waits for another one,
    /// and nothing is late by that.
    fn passes_by_itself(&self) -> bool {
        true
    }

    /// What happened to the machine's time since the origin that the moments of this clock do not show. A clock that is not the
    /// machine's knows of nothing.
    fn lapses(&self) -> Lapses {
        Lapses::default()
    }

    /// The wall time at a moment of this clock. It goes on from the wall time at the origin, whatever the system's is set to
    /// meanwhile, and so never falls.
    fn wall(&self, at: Instant) -> DateTime<Utc> {
        let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
        self.origin().checked_add_signed(TimeDelta::microseconds(micros)).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}
