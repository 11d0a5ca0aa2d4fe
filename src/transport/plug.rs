//! The plug of a simulated unit: pulled out at one moment of its clock, back in at another.

use super::simulated::lock;
use crate::clock::{Clock, Instant, VirtualClock};
use crate::simulator::Unit;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The plug of a simulated unit, for whoever pulls it or waits until it is back.
#[derive(Clone, Debug)]
pub struct Plug {
    unit: Arc<Mutex<Unit>>,
    clock: Arc<VirtualClock>,
    out: Arc<Mutex<Option<Out>>>,
}

/// What was pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// The USB cable: the unit is without power, and comes back as after a reset.
    Cable,
    /// The network to the host that it is plugged into: the unit goes on, under its watchdog.
    Network,
}

/// A plug that is out.
#[derive(Clone, Copy, Debug)]
struct Out {
    pulled: Pulled,
    back: Option<Instant>,
}

impl Plug {
    pub(super) fn new(unit: Arc<Mutex<Unit>>, clock: Arc<VirtualClock>) -> Self {
        Self { unit, clock, out: Arc::default() }
    }

    /// Pulls it now; it is back in at a moment of the unit's clock, or never.
    pub fn pull(&self, pulled: Pulled, back: Option<Instant>) {
        *self.lock_out() = Some(Out { pulled, back });
        self.cut_power(pulled);
    }

    /// Whether it is in.
    pub fn is_in(&self) -> bool {
        let mut out = self.lock_out();
        let Some(Out { pulled, back }) = *out else { return true };
        let is_back = back.is_some_and(|back| back <= self.clock.now());
        if is_back {
            *out = None;
            // It was off until now, and starts now.
            self.cut_power(pulled);
        }
        is_back
    }

    /// Lets the unit's time pass until it is in, at most until a moment; says whether it is.
    pub fn wait(&self, until: Instant) -> bool {
        if self.is_in() {
            return true;
        }
        let back = self.lock_out().and_then(|out| out.back);
        self.clock.advance_to(back.map_or(until, |back| back.min(until)));
        self.is_in()
    }

    fn cut_power(&self, pulled: Pulled) {
        let mut unit = lock(&self.unit);
        unit.advance_to(self.clock.now());
        match pulled {
            Pulled::Cable => unit.power_cycle(),
            Pulled::Network => {}
        }
    }

    fn lock_out(&self) -> MutexGuard<'_, Option<Out>> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
