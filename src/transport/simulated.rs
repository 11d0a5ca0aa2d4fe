//! A unit in this process: time passes where the host waits.

use super::plug::Plug;
use super::{Transport, TransportError, Wake, Waker};
use crate::clock::{Clock, Instant, VirtualClock};
use crate::simulator::Unit;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The port of a simulated unit. Waiting moves the unit's own virtual clock on.
#[derive(Debug)]
pub struct SimulatedPort {
    name: String,
    unit: Arc<Mutex<Unit>>,
    clock: Arc<VirtualClock>,
    plug: Plug,
    woken: Arc<AtomicBool>,
}

impl SimulatedPort {
    /// Joins a unit and the clock that it lives by. Others may hold the unit too, to act on it or to
    /// look into its books; they must not wait with it in their hands.
    pub fn new(unit: Arc<Mutex<Unit>>, clock: Arc<VirtualClock>) -> Self {
        let name = format!("simulated {}", lock(&unit).serial());
        let plug = Plug::new(Arc::clone(&unit), Arc::clone(&clock));
        Self { name, unit, clock, plug, woken: Arc::default() }
    }

    /// The unit's plug. While it is out, the port is gone.
    pub fn plug(&self) -> Plug {
        self.plug.clone()
    }

    fn is_there(&self) -> Result<(), TransportError> {
        if self.plug.is_in() {
            return Ok(());
        }
        let source = io::Error::new(io::ErrorKind::NotConnected, "it was pulled out");
        Err(TransportError { port: self.name.clone(), what: "is gone", source })
    }

    /// The unit behind the port.
    pub fn unit(&self) -> Arc<Mutex<Unit>> {
        Arc::clone(&self.unit)
    }
}

/// The unit, even if a thread panicked with it in its hands: its registers hold whatever they hold.
pub(super) fn lock(unit: &Mutex<Unit>) -> MutexGuard<'_, Unit> {
    unit.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transport for SimulatedPort {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.is_there()?;
        lock(&self.unit).receive(self.clock.now(), bytes);
        Ok(())
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        self.is_there()?;
        let mut unit = lock(&self.unit);
        let before = into.len();
        loop {
            let now = self.clock.now();
            unit.take_output(now, into);
            if into.len() > before {
                return Ok(Wake::Bytes);
            }
            if self.woken.load(Ordering::Relaxed) && self.woken.swap(false, Ordering::Relaxed) {
                return Ok(Wake::Woken);
            }
            if now >= until {
                return Ok(Wake::Deadline);
            }
            let next = unit.next_output().map_or(until, |next| next.min(until));
            self.clock.advance_to(next);
        }
    }

    fn waker(&self) -> Waker {
        let woken = Arc::clone(&self.woken);
        Waker::new(move || woken.store(true, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::bench::Bench;
    use std::time::Duration;

    fn port() -> (SimulatedPort, Arc<VirtualClock>) {
        let bench = Bench::small_cells(1);
        let clock = Arc::new(VirtualClock::default());
        let unit = Arc::new(Mutex::new(Unit::new(&bench.units[0], bench.seed)));
        (SimulatedPort::new(unit, Arc::clone(&clock)), clock)
    }

    #[test]
    fn a_reply_ends_the_wait_when_it_comes() {
        let (mut port, clock) = port();
        let mut bytes = Vec::new();
        port.send(&[0xAA, 4, 2, 0, 0]).expect("sent");
        let wake = port.receive(Instant::from_micros(1_000_000), &mut bytes).expect("there");
        assert_eq!((wake, bytes.as_slice()), (Wake::Bytes, [0xAA, 4, 2, 7, 0].as_slice()));
        let took = clock.now() - Instant::ORIGIN;
        assert!((Duration::from_micros(900)..Duration::from_millis(5)).contains(&took), "{took:?}");
        assert_eq!(port.name(), "simulated 100001");
    }

    #[test]
    fn nothing_to_say_waits_until_the_deadline() {
        let (mut port, clock) = port();
        let (mut bytes, until) = (Vec::new(), Instant::from_micros(3_600_000_000));
        assert_eq!(port.receive(until, &mut bytes).expect("there"), Wake::Deadline);
        assert_eq!((clock.now(), bytes.len()), (until, 0));
        // A moment in the past looks without waiting.
        assert_eq!(port.receive(Instant::ORIGIN, &mut bytes).expect("there"), Wake::Deadline);
        assert_eq!(clock.now(), until);
    }

    #[test]
    fn a_waker_ends_the_next_wait_once() {
        let (mut port, clock) = port();
        let (mut bytes, until) = (Vec::new(), Instant::from_micros(5_000_000));
        port.waker().wake();
        assert_eq!(port.receive(until, &mut bytes).expect("there"), Wake::Woken);
        assert_eq!(clock.now(), Instant::ORIGIN);
        assert_eq!(port.receive(until, &mut bytes).expect("there"), Wake::Deadline);
    }
}
