//! The hand on a simulated unit: it pulls cells and plugs at their moments, and ends the run in time.
//!
//! It lies between the driver and the port and acts in the thread of the unit's station, so that
//! everything happens at the same moment of the unit's clock in each run.

use super::fault::{Fault, When};
use crate::clock::{Clock, Instant};
use crate::recipe::FaultKind;
use crate::scheduler::StopSwitch;
use crate::simulator::{Unit, befall};
use crate::station::Live;
use crate::transport::faulty::{Faults, Faulty};
use crate::transport::{Plug, Pulled, Transport, TransportError, Wake, Waker};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// A line so bad that some frames in a hundred are torn.
const NOISE: Faults = Faults { drop: 0.001, double: 0.001, flip: 0.001, ..Faults::NONE };
/// A line over which nothing passes any more.
const SILENCE: Faults = Faults { silence: 1.0, silence_for: Duration::from_secs(3600), ..Faults::NONE };

type Shared = Arc<Mutex<Unit>>;

/// What the hand is told after it has been laid on the line.
#[derive(Clone, Debug, Default)]
pub(super) struct Strings {
    unit: Arc<OnceLock<(Shared, Plug)>>,
    watched: Arc<OnceLock<(Vec<Live>, StopSwitch)>>,
    cut: Arc<AtomicBool>,
}

impl Strings {
    /// The unit at the end of the line, and its plug. It is told once.
    pub(super) fn tie(&self, unit: &Shared, plug: &Plug) {
        // There is one unit at a line, and it is the one that was told first.
        let _ = self.unit.set((Arc::clone(unit), plug.clone()));
    }

    /// The cells whose steps are waited for, and the switch that ends their test. Told once.
    pub(super) fn watch(&self, cells: Vec<Live>, switch: StopSwitch) {
        let _ = self.watched.set((cells, switch));
    }

    /// Whether the time was up before the cells were done.
    pub(super) fn was_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }
}

/// A line over which a hand lies.
pub(super) struct Hand {
    line: Line,
    clock: Arc<dyn Clock>,
    strings: Strings,
    faults: Vec<Fault>,
    end: Instant,
    seed: u64,
}

/// The line, which can be spoilt once.
enum Line {
    Whole(Box<dyn Transport>),
    Spoilt(Faulty),
    /// While it is changed.
    Gone,
}

impl Line {
    fn port(&mut self) -> Option<&mut dyn Transport> {
        match self {
            Self::Whole(port) => Some(port.as_mut()),
            Self::Spoilt(port) => Some(port),
            Self::Gone => None,
        }
    }

    fn spoil(&mut self, clock: &Arc<dyn Clock>, faults: Faults, seed: u64) {
        let inner: Box<dyn Transport> = match std::mem::replace(self, Self::Gone) {
            Self::Whole(port) => port,
            Self::Spoilt(port) => Box::new(port),
            Self::Gone => return,
        };
        *self = Self::Spoilt(Faulty::new(inner, Arc::clone(clock), faults, seed));
    }
}

impl Hand {
    pub(super) fn new(
        port: Box<dyn Transport>,
        clock: Arc<dyn Clock>,
        faults: Vec<Fault>,
        end: Instant,
        seed: u64,
    ) -> (Self, Strings) {
        let strings = Strings::default();
        (Self { line: Line::Whole(port), clock, strings: strings.clone(), faults, end, seed }, strings)
    }

    /// When a fault happens, if that is known yet.
    fn moment(&self, fault: &Fault) -> Option<Instant> {
        match &fault.when {
            When::At(after) => Some(Instant::ORIGIN + *after),
            When::InStep(name, after) => {
                let (cells, _) = self.strings.watched.get()?;
                let seen = cells.iter().find(|live| live.place.slot == fault.slot)?.look();
                let inside = seen.step_id > 0 && seen.step == *name;
                let in_step = u64::try_from(seen.step_time.as_micros()).unwrap_or(u64::MAX);
                inside.then(|| Instant::from_micros(seen.at.as_micros().saturating_sub(in_step)) + *after)
            }
        }
    }

    /// Settles the moments that have become known, does what is due, and gives when the next is.
    fn act(&mut self) -> Option<Instant> {
        let now = self.clock.now();
        let mut faults = std::mem::take(&mut self.faults);
        faults.retain_mut(|fault| {
            let Some(at) = self.moment(fault) else { return true };
            // Fixed as soon as it is known: the step may be over when it is due.
            fault.when = When::At(at.since(Instant::ORIGIN));
            if at <= now {
                self.happen(fault, now);
            }
            at > now
        });
        // Those that have begun in between, to end the ones before them.
        faults.append(&mut self.faults);
        self.faults = faults;
        let mut next = self.faults.iter().filter_map(|fault| self.moment(fault)).min();
        if let Some((cells, switch)) = self.strings.watched.get() {
            if now < self.end {
                next = Some(next.map_or(self.end, |next| next.min(self.end)));
            } else if !switch.is_wanted() && cells.iter().any(|live| !live.look().done) {
                self.strings.cut.store(true, Ordering::Relaxed);
                switch.want();
            }
        }
        next
    }

    fn happen(&mut self, fault: &Fault, now: Instant) {
        let line = match fault.kind {
            FaultKind::LineNoise => Some(NOISE),
            FaultKind::LineSilent => Some(SILENCE),
            _ => None,
        };
        if let Some(faults) = line {
            self.line.spoil(&self.clock, faults, self.seed);
            return;
        }
        let Some((unit, plug)) = self.strings.unit.get() else { return };
        let over = fault.lasts.map(|lasts| now + lasts);
        if let FaultKind::LinkLost = fault.kind {
            return plug.pull(Pulled::Network, over);
        }
        if let FaultKind::UnitUnplugged = fault.kind {
            return plug.pull(Pulled::Cable, over);
        }
        let end = match fault.kind {
            FaultKind::SupplyLost => Some(FaultKind::SupplyBack),
            FaultKind::LowVcc => Some(FaultKind::VccBack),
            FaultKind::UnitBootloader => Some(FaultKind::UnitReset),
            _ => None,
        };
        if let (Some(kind), Some(over)) = (end, over) {
            let when = When::At(over.since(Instant::ORIGIN));
            self.faults.push(Fault { kind, slot: fault.slot, when, lasts: None });
        }
        let mut unit = unit.lock().unwrap_or_else(PoisonError::into_inner);
        unit.advance_to(now);
        befall(&mut unit, fault.kind, fault.slot);
    }
}

impl Transport for Hand {
    fn name(&self) -> &str {
        match &self.line {
            Line::Whole(port) => port.name(),
            Line::Spoilt(port) => port.name(),
            Line::Gone => "",
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.act();
        self.line.port().map_or(Ok(()), |port| port.send(bytes))
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        loop {
            let next = self.act().map_or(until, |next| next.min(until));
            let Some(port) = self.line.port() else { return Ok(Wake::Deadline) };
            let wake = port.receive(next, into)?;
            if wake != Wake::Deadline || next >= until {
                return Ok(wake);
            }
        }
    }

    fn waker(&self) -> Waker {
        match &self.line {
            Line::Whole(port) => port.waker(),
            Line::Spoilt(port) => port.waker(),
            Line::Gone => Waker::new(|| {}),
        }
    }
}
