//! One life of the program: from its start until it is killed or has done its work.

use crate::clock::{Clock, Instant, VirtualClock};
use crate::scheduler::StopSwitch;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// When a life ends.
#[derive(Debug)]
pub(super) struct Life {
    dies: Option<Instant>,
    dead: AtomicBool,
    switch: StopSwitch,
}

impl Life {
    /// A life until this moment, or until its work is done. Its end ends all waits by this switch.
    pub(super) fn new(dies: Option<Instant>, switch: &StopSwitch) -> Self {
        Self { dies, dead: AtomicBool::new(false), switch: switch.clone() }
    }

    /// When it ends by force.
    pub(super) fn dies(&self) -> Option<Instant> {
        self.dies
    }

    /// Whether it has ended by now, and makes sure that nothing is done afterwards.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        if self.dies.is_some_and(|dies| now >= dies) && !self.dead.swap(true, Ordering::Relaxed) {
            self.switch.want();
        }
        self.dead.load(Ordering::Relaxed)
    }

    /// The moment at which everything is told that is told after the end.
    fn beyond() -> Instant {
        Instant::from_micros(u64::MAX / 4)
    }

    /// Whether something with this time was told by a program that was dead already. The threads of this
    /// process go on for a moment; those of a killed program do not.
    pub(super) fn was_dead_at(seconds: f64) -> bool {
        seconds >= Self::beyond().since(Instant::ORIGIN).as_secs_f64() / 2.0
    }
}

/// The clock of one life: that of the world, as a run that is resumed goes on with the clock that it had.
pub(super) struct LifeClock {
    pub(super) world: Arc<VirtualClock>,
    pub(super) life: Arc<Life>,
}

impl Clock for LifeClock {
    fn now(&self) -> Instant {
        if self.life.dead.load(Ordering::Relaxed) {
            return Life::beyond();
        }
        self.world.now()
    }

    fn origin(&self) -> DateTime<Utc> {
        self.world.origin()
    }

    fn passes_by_itself(&self) -> bool {
        self.world.passes_by_itself()
    }
}

/// Microseconds of the world's clock at a wall time.
pub(super) fn in_world(time: DateTime<Utc>) -> Instant {
    let since = time.signed_duration_since(VirtualClock::default().origin());
    Instant::ORIGIN + since.to_std().unwrap_or(Duration::ZERO)
}
