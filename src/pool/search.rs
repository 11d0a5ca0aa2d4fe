//! The search of several stations for their units among the ports: one tries a port, all hear of it.

use super::Missing;
use super::census::Census;
use super::discover::{FoundUnit, PoolError, meet, ready};
use super::ports::Ports;
use crate::clock::{Clock, Instant};
use crate::driver::Line;
use crate::identity::SerialNumber;
use crate::transport::{PortAddress, TransportError};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often the ports are listed.
const EVERY: Duration = Duration::from_secs(1);

/// Opens a port as it was opened at the start.
pub type Opener = Box<dyn Fn(&PortAddress) -> Result<Line, TransportError> + Send + Sync>;

/// What the stations share.
pub(super) struct Search {
    ports: Ports,
    open: Opener,
    clock: Arc<dyn Clock>,
    stop: Arc<AtomicBool>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    census: Census,
    /// The units that are waited for, and what was found on the ports instead.
    wanted: BTreeMap<SerialNumber, BTreeMap<PortAddress, String>>,
    found: BTreeMap<SerialNumber, FoundUnit>,
    /// Whether one of the stations lists or tries ports; the others wait for what it finds.
    busy: bool,
    list_at: Instant,
}

/// What was met on a port.
enum Met {
    Wanted(Box<FoundUnit>),
    /// A unit that is not waited for; one without a serial number never is.
    Other(Option<SerialNumber>, String),
    Bootloader(String),
    Nothing(String),
}

impl Search {
    pub(super) fn new(
        ports: Ports,
        in_use: &[(String, SerialNumber)],
        open: Opener,
        clock: Arc<dyn Clock>,
        stop: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let census = Census::new(ports.list()?, in_use);
        let state = Mutex::new(State { census, ..State::default() });
        Ok(Self { ports, open, clock, stop, state, changed: Condvar::new() })
    }

    /// Lets every station look whether it is to stop.
    pub(super) fn wake(&self) {
        // With the lock, or a station that has just looked would sleep on.
        let _state = self.lock();
        self.changed.notify_all();
    }

    pub(super) fn wait_for(&self, serial: SerialNumber, at_most: Duration) -> Result<FoundUnit, Missing> {
        let until = self.clock.now() + at_most;
        let mut state = self.lock();
        state.census.set_free(self.clock.now(), serial);
        state.wanted.insert(serial, BTreeMap::new());
        loop {
            let now = self.clock.now();
            if let Some(result) = self.settled(&mut state, serial, now >= until, at_most) {
                state.wanted.remove(&serial);
                return result;
            }
            state = if state.busy {
                self.sleep(state, until - now)
            } else if state.list_at <= now {
                self.list(state)
            } else if let Some(port) = state.census.due(now) {
                self.try_port(state, port)
            } else {
                let next = state.census.next_due().map_or(until, |due| due.min(until)).min(state.list_at);
                self.sleep(state, next - now)
            };
        }
    }

    /// How the wait for a unit ends, if it does.
    fn settled(
        &self,
        state: &mut State,
        serial: SerialNumber,
        late: bool,
        at_most: Duration,
    ) -> Option<Result<FoundUnit, Missing>> {
        if let Some(unit) = state.found.remove(&serial) {
            return Some(Ok(unit));
        }
        if self.stop.load(Ordering::Relaxed) {
            return Some(Err(Missing::Stopped(serial)));
        }
        if state.wanted.len() == 1
            && !state.busy
            && let Some(port) = state.census.sole_bootloader()
        {
            return Some(Err(Missing::Bootloader { serial, port: port.to_string() }));
        }
        late.then(|| {
            let instead = state.wanted.remove(&serial).unwrap_or_default().into_values().collect();
            Err(Missing::TimedOut { serial, after: at_most, instead })
        })
    }

    fn list<'s>(&'s self, mut state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        state.busy = true;
        drop(state);
        let listing = self.ports.list();
        let mut state = self.lock();
        let now = self.clock.now();
        // Where the system does not tell for once, the next look will show.
        if let Ok(listing) = listing {
            state.census.take_in(now, &listing);
        }
        state.list_at = now + EVERY;
        self.is_free(state)
    }

    fn try_port<'s>(&'s self, mut state: MutexGuard<'s, State>, port: PortAddress) -> MutexGuard<'s, State> {
        let wanted: Vec<_> = state.wanted.keys().copied().collect();
        state.busy = true;
        drop(state);
        let met = self.meet(&port, &wanted);
        let mut state = self.lock();
        let now = self.clock.now();
        // Meanwhile a station may have given up, or begun to wait.
        let is_wanted = match &met {
            Met::Wanted(unit) => state.wanted.contains_key(&unit.serial),
            Met::Other(Some(serial), _) => state.wanted.contains_key(serial),
            _ => false,
        };
        let instead = match met {
            Met::Wanted(unit) if is_wanted => {
                state.census.put_to_use(&port, unit.serial);
                state.found.insert(unit.serial, *unit);
                None
            }
            Met::Wanted(unit) => {
                state.census.settle(&port, Some(unit.serial));
                None
            }
            Met::Other(serial, what) => {
                state.census.settle(&port, serial);
                if let Some(serial) = serial.filter(|_| is_wanted) {
                    state.census.set_free(now, serial);
                }
                Some(what)
            }
            Met::Bootloader(what) => {
                state.census.put_off(&port, now, true);
                Some(what)
            }
            Met::Nothing(what) => {
                state.census.put_off(&port, now, false);
                Some(what)
            }
        };
        for told in state.wanted.values_mut() {
            match &instead {
                Some(what) => told.insert(port.clone(), what.clone()),
                None => told.remove(&port),
            };
        }
        self.is_free(state)
    }

    /// Talks to what is on a port. Of a unit that nobody waits for nothing is changed.
    fn meet(&self, port: &PortAddress, wanted: &[SerialNumber]) -> Met {
        let line = match (self.open)(port) {
            Ok(line) => line,
            Err(error) => return Met::Nothing(format!("{error} ({})", error.source)),
        };
        let met = meet(line).and_then(|unit| match unit.serial {
            Some(serial) if !wanted.contains(&serial) => {
                Ok(Met::Other(Some(serial), format!("unit {serial} is on {port}")))
            }
            _ => ready(unit).map(|unit| Met::Wanted(Box::new(unit))),
        });
        match met {
            Ok(met) => met,
            Err(error) => match &error {
                PoolError::Silent { .. } => Met::Nothing(error.to_string()),
                PoolError::Bootloader { .. } => Met::Bootloader(error.to_string()),
                PoolError::Firmware { .. } | PoolError::Blank { .. } => Met::Other(None, error.to_string()),
            },
        }
    }

    fn is_free<'s>(&'s self, mut state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        state.busy = false;
        self.changed.notify_all();
        state
    }

    fn sleep<'s>(&'s self, state: MutexGuard<'s, State>, time: Duration) -> MutexGuard<'s, State> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
