//! How long the machine has run, the time that it slept among it.

use std::time::Duration;

/// A moment of the machine's own, to measure from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uptime {
    /// Stands still while the machine sleeps on Linux and macOS, and goes on on Windows.
    awake: std::time::Instant,
    #[cfg(unix)]
    all: Duration,
}

impl Uptime {
    /// This moment.
    pub(super) fn now() -> Self {
        Self {
            awake: std::time::Instant::now(),
            #[cfg(unix)]
            all: all(),
        }
    }

    /// The time since then, that in which the machine slept among it.
    #[cfg(unix)]
    pub(super) fn elapsed(self) -> Duration {
        all().saturating_sub(self.all)
    }

    /// The time since then, that in which the machine slept among it.
    #[cfg(not(unix))]
    pub(super) fn elapsed(self) -> Duration {
        self.awake.elapsed()
    }

    /// How long the machine has slept since then, as far as the system tells.
    pub(super) fn asleep(self) -> Duration {
        self.elapsed().saturating_sub(self.awake.elapsed())
    }
}

/// What goes on while the machine sleeps: on Linux CLOCK_BOOTTIME, on macOS CLOCK_MONOTONIC, as its manual says.
#[cfg(unix)]
fn all() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const WHICH: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const WHICH: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    Duration::try_from(rustix::time::clock_gettime(WHICH)).unwrap_or_default()
}
