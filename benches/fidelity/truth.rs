//! What truly flows into and out of the cells of a unit, written down while a run goes on.

use batlab_run::clock::{Clock, Instant};
use batlab_run::identity::Slot;
use batlab_run::simulator::Unit;
use batlab_run::simulator::cell::Cell;
use batlab_run::transport::{Transport, TransportError, Wake, Waker};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// The books are looked into as often as this.
const EVERY: Duration = Duration::from_millis(300);

/// One look into a cell's books: what has gone in, less what has come out.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Seconds of the host's clock.
    pub at: f64,
    pub coulombs: f64,
    pub joules: f64,
}

/// A stretch in which current was commanded, by the writes of MODE.
#[derive(Clone, Debug)]
pub struct Drive {
    pub mode: u16,
    /// The cell as it was before.
    pub cell: Cell,
    pub from: Look,
    pub to: Option<Look>,
}

/// The books of one cell over a run.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    pub looks: Vec<Look>,
    pub drives: Vec<Drive>,
}

impl Truth {
    /// The looks between two moments.
    pub fn between(&self, from: f64, to: f64) -> &[Look] {
        let first = self.looks.partition_point(|look| look.at < from);
        let end = self.looks.partition_point(|look| look.at <= to);
        self.looks.get(first..end).unwrap_or_default()
    }
}

pub type Shared = Arc<Mutex<Unit>>;

/// A mutex's contents, whoever panicked with them.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The books of a unit's four cells.
pub type Books = Arc<Mutex<[Truth; 4]>>;

/// A transport that looks into the books of the unit behind it.
pub struct Watched {
    pub inner: Box<dyn Transport>,
    pub clock: Arc<dyn Clock>,
    pub unit: Arc<OnceLock<Shared>>,
    pub books: Books,
    pub due: Instant,
}

impl Watched {
    fn look(&self, slot: Slot) -> Option<(Look, Cell)> {
        let at = self.clock.now();
        let mut unit = lock(self.unit.get()?);
        unit.advance_to(at);
        let cell = unit.cell(slot)?;
        let books = cell.books();
        let look = Look {
            at: (at - Instant::ORIGIN).as_secs_f64(),
            coulombs: (books.charged - books.discharged).0,
            joules: (books.energy_in - books.energy_out).0,
        };
        Some((look, cell))
    }

    fn look_around(&mut self) {
        let now = self.clock.now();
        if now < self.due {
            return;
        }
        self.due = now + EVERY;
        for slot in Slot::ALL {
            if let Some((look, _)) = self.look(slot) {
                lock(&self.books)[slot.index()].looks.push(look);
            }
        }
    }

    fn on_mode(&self, slot: Slot, mode: u16) {
        let Some((look, cell)) = self.look(slot) else { return };
        let truth = &mut lock(&self.books)[slot.index()];
        truth.looks.push(look);
        if let Some(open) = truth.drives.last_mut() {
            open.to.get_or_insert(look);
        }
        if (3..=5).contains(&mode) {
            truth.drives.push(Drive { mode, cell, from: look, to: None });
        }
    }
}

impl Transport for Watched {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let mut rest = bytes;
        while let Some(start) = rest.iter().position(|byte| *byte == 0xAA) {
            let Some([_, namespace, address, low, high]) = rest[start..].first_chunk::<5>() else { break };
            // A write of MODE.
            if *address == 0x80
                && let Some(slot) = Slot::new(*namespace)
            {
                self.on_mode(slot, u16::from_le_bytes([*low, *high]));
            }
            rest = &rest[start + 5..];
        }
        self.inner.send(bytes)
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        let wake = self.inner.receive(until, into);
        self.look_around();
        wake
    }

    fn waker(&self) -> Waker {
        self.inner.waker()
    }
}
