//! The machine's own clock.

use super::uptime::Uptime;
use super::{Clock, Instant, Lapses};
use chrono::{DateTime, Utc};

/// The machine's own time, which never falls and goes on while the machine sleeps, tied to wall time at the moment it was
/// made.
#[derive(Debug)]
pub struct SystemClock {
    start: Uptime,
    origin: DateTime<Utc>,
}

impl SystemClock {
    /// Starts a clock whose origin is now.
    pub fn start() -> Self {
        Self { start: Uptime::now(), origin: Utc::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::ORIGIN + self.start.elapsed()
    }

    fn origin(&self) -> DateTime<Utc> {
        self.origin
    }

    fn lapses(&self) -> Lapses {
        let set_ahead = Utc::now() - self.wall(self.now());
        Lapses { asleep: self.start.asleep(), set_ahead }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_on_and_nobody_has_slept_or_set_it() {
        let clock = SystemClock::start();
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(clock.now().as_micros() >= 20_000);
        let Lapses { asleep, .. } = clock.lapses();
        assert!(asleep.as_millis() < 1000, "{asleep:?}");
    }
}
