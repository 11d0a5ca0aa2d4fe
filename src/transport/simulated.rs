//! A unit in this process: time passes where the host waits.

use super::{Transport, TransportError, Wake, Waker};
use crate::clock::{Clock, Instant, VirtualClock};
use crate::simulator::Unit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The port of a simulated unit. Waiting moves the unit's own virtual clock on.
#[derive(Debug)]
pub struct SimulatedPort {
    name: String,
    unit: Arc<Mutex<Unit>>,
    clock: Arc<VirtualClock>,
    woken: Arc<AtomicBool>,
}

impl SimulatedPort {
    /// Joins a unit and the clock that it lives by. Others may hold the unit too, to act on it or to
    /// look into its books; they must not wait with it in their hands.
    pub fn new(unit: Arc<Mutex<Unit>>, clock: Arc<VirtualClock>) -> Self {
        let name = format!("simulated {}", lock(&unit).serial());
        Self { name, unit, clock, woken: Arc::default() }
    }

    /// The unit behind the port.
    pub fn unit(&self) -> Arc<Mutex<Unit>> {
        Arc::clone(&self.unit)
    }
}

/// The unit, even if a thread panicked with it in its hands: its registers hold whatever they hold.
fn lock(unit: &Mutex<Unit>) -> MutexGuard<'_, Unit> {
    unit.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transport for SimulatedPort {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        lock(&self.unit).receive(self.clock.now(), bytes);
        Ok(())
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        let mut unit = lock(&self.unit);
        let before = into.len();
        loop {
            let now = self.clock.now();
            unit.take_output(now, into);
            if into.len() > before {
                return Ok(Wake::Bytes);
            }
            if self.woken.swap(false, Ordering::Relaxed) {
                return Ok(Wake::Woken);
            }
            if now >= until {
                return Ok(Wake::Deadline);
            }
            let next = unit.next_output().map_or(until, |next| next.min(until));
            self.clock.advance_to(next);
            unit.advance_to(next);
        }
    }

    fn waker(&self) -> Waker {
        let woken = Arc::clone(&self.woken);
        Waker::new(move || woken.store(true, Ordering::Relaxed))
    }
}
