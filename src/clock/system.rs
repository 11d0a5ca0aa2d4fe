//! The machine's own clock.

use super::{Clock, Instant};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// The system's monotonic clock, tied to wall time at the moment it was made.
#[derive(Debug)]
pub struct SystemClock {
    start: std::time::Instant,
    /// The moment of this clock at which it was made.
    already: Instant,
    origin: DateTime<Utc>,
}

impl SystemClock {
    /// Starts a clock whose origin is now.
    pub fn start() -> Self {
        Self { start: std::time::Instant::now(), already: Instant::ORIGIN, origin: Utc::now() }
    }

    /// Goes on with the clock of an earlier process, which had this origin and last told this moment: no moment of
    /// this clock is before that. Between the two stands the system's wall time. Where that was set back behind the last
    /// moment, the clock goes on from there, and by how much it is ahead of the wall is given as well.
    pub fn go_on(origin: DateTime<Utc>, last: DateTime<Utc>) -> (Self, Option<Duration>) {
        Self::go_on_at(origin, last, Utc::now())
    }

    fn go_on_at(origin: DateTime<Utc>, last: DateTime<Utc>, now: DateTime<Utc>) -> (Self, Option<Duration>) {
        let since = |time: DateTime<Utc>| (time - origin).max(TimeDelta::zero()).to_std().unwrap_or_default();
        let already = Instant::ORIGIN + since(now.max(last));
        let set_back = (last - now).to_std().ok().filter(|by| !by.is_zero());
        (Self { start: std::time::Instant::now(), already, origin }, set_back)
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        self.already + self.start.elapsed()
    }

    fn origin(&self) -> DateTime<Utc> {
        self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_goes_on_never_falls_behind_what_was_told() {
        let origin = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let second = |seconds| origin + TimeDelta::seconds(seconds);
        let hour = Duration::from_secs(3600);
        let (clock, set_back) = SystemClock::go_on_at(origin, second(100), second(3600));
        assert!(clock.now() >= Instant::ORIGIN + hour && clock.now() < Instant::ORIGIN + hour * 2);
        assert_eq!((clock.origin(), set_back), (origin, None));
        let (clock, set_back) = SystemClock::go_on_at(origin, second(3600), second(100));
        assert!(clock.now() >= Instant::ORIGIN + hour);
        assert_eq!(set_back, Some(Duration::from_secs(3500)));
        // Set back to before the run began.
        let (clock, set_back) = SystemClock::go_on_at(origin, second(3600), second(-100));
        assert!(clock.wall(clock.now()) >= second(3600));
        assert_eq!(set_back, Some(Duration::from_secs(3700)));
    }
}
