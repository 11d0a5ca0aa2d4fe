//! One life of the program: from its start until it is killed or has done its work.

use crate::clock::{Clock, Instant, VirtualClock};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// When a life began, on the clock of the world, and when it ends.
#[derive(Debug)]
pub(super) struct Life {
    born: Instant,
    dies: Option<Instant>,
    dead: AtomicBool,
}

impl Life {
    /// A life from this moment on, until another one or until its work is done.
    pub(super) fn new(born: Instant, dies: Option<Instant>) -> Self {
        Self { born, dies, dead: AtomicBool::new(false) }
    }

    /// The moment of the world's clock at which the program's clock shows this.
    pub(super) fn in_world(&self, own: Instant) -> Instant {
        self.born + own.since(Instant::ORIGIN)
    }

    /// When it ends by force.
    pub(super) fn dies(&self) -> Option<Instant> {
        self.dies
    }

    /// Whether it has ended by now, and makes sure that nothing is done afterwards.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        if self.dies.is_some_and(|dies| now >= dies) {
            self.dead.store(true, Ordering::Relaxed);
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

/// The clock of one life: like that of a process it begins at zero, and the wall time goes on.
pub(super) struct LifeClock {
    pub(super) world: Arc<VirtualClock>,
    pub(super) life: Arc<Life>,
}

impl Clock for LifeClock {
    fn now(&self) -> Instant {
        if self.life.dead.load(Ordering::Relaxed) {
            return Life::beyond();
        }
        Instant::ORIGIN + self.world.now().since(self.life.born)
    }

    fn origin(&self) -> DateTime<Utc> {
        self.world.wall(self.life.born)
    }
}

/// Microseconds of the world's clock at a wall time.
pub(super) fn in_world(time: DateTime<Utc>) -> Instant {
    let since = time.signed_duration_since(VirtualClock::default().origin());
    Instant::ORIGIN + since.to_std().unwrap_or(Duration::ZERO)
}
