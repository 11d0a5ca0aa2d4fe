//! The port of a simulated unit in a campaign: here things go wrong, the program dies, and the witness looks on.

use super::bug::{Bug, KICK, LimitsLater};
use super::fate::Fate;
use super::life::Life;
use super::turns::Turns;
use super::witness::LOOK;
use crate::clock::{Clock, Instant, VirtualClock};
use crate::simulator::Unit;
use crate::transport::faulty::{Faults, Faulty};
use crate::transport::{SimulatedPort, Transport, TransportError, Wake, Waker};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A timer that kicks the watchdog by itself does so this often.
const TIMER: Duration = Duration::from_secs(5);

/// A unit on the bench, which stays what it is while programs come and go.
#[derive(Clone)]
pub(super) struct Standing {
    /// Its number on the bench.
    pub(super) number: usize,
    pub(super) unit: Arc<Mutex<Unit>>,
    /// The clock of the world, as this unit sees it.
    pub(super) clock: Arc<VirtualClock>,
    pub(super) fate: Arc<Mutex<Fate>>,
}

impl Standing {
    pub(super) fn unit(&self) -> MutexGuard<'_, Unit> {
        self.unit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn fate(&self) -> MutexGuard<'_, Fate> {
        self.fate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what is due, and lets the witness look. Gives how long the program is not run.
    fn attend(&self, alive: bool) -> Duration {
        let now = self.clock.now();
        let (mut fate, mut unit) = (self.fate(), self.unit());
        unit.advance_to(now);
        let mut stalled = Duration::ZERO;
        while let Some(for_so_long) = fate.act(&mut unit, now) {
            stalled += for_so_long;
        }
        let whole = alive
            && stalled.is_zero()
            && !fate.is_gone()
            && !fate.is_silent()
            && fate.faults() == Faults::NONE;
        fate.witness.look(&mut unit, now, whole);
        stalled
    }

    /// Lets time pass while no program runs, or none is given its turn. What the unit says is lost, and so is
    /// what was said to it meanwhile; `timer` runs all the same.
    pub(super) fn drift(&self, until: Instant, mut timer: impl FnMut(&mut Unit, Instant)) {
        let mut unheard = Vec::new();
        loop {
            let now = self.clock.now();
            // It sleeps already; a second time does not matter.
            let _ = self.attend(false);
            if now >= until {
                return;
            }
            let next = self.fate().next().unwrap_or(until).max(now);
            let next = next.min(now + LOOK).min(until);
            self.clock.advance_to(next);
            let mut unit = self.unit();
            unit.take_output(next, &mut unheard);
            unheard.clear();
            timer(&mut unit, next);
        }
    }
}

/// The port as one life of the program has it.
pub(super) struct Port {
    standing: Standing,
    line: Faulty,
    life: Arc<Life>,
    turns: Arc<Turns>,
    bug: Option<Bug>,
    limits_later: LimitsLater,
}

impl Port {
    pub(super) fn new(
        standing: &Standing,
        life: &Arc<Life>,
        turns: &Arc<Turns>,
        seed: u64,
        bug: Option<Bug>,
    ) -> Self {
        let port = SimulatedPort::new(Arc::clone(&standing.unit), Arc::clone(&standing.clock));
        let clock: Arc<dyn Clock> = Arc::<VirtualClock>::clone(&standing.clock);
        Self {
            standing: standing.clone(),
            line: Faulty::new(Box::new(port), clock, Faults::NONE, seed),
            life: Arc::clone(life),
            turns: Arc::clone(turns),
            bug,
            limits_later: LimitsLater::default(),
        }
    }

    fn now(&self) -> Instant {
        self.standing.clock.now()
    }

    /// Does what is due; an error where the program is dead or the port is gone.
    fn attend(&mut self) -> Result<(), TransportError> {
        if self.life.is_over(self.now()) {
            return Err(self.gone("the program was killed"));
        }
        let stalled = self.standing.attend(true);
        if !stalled.is_zero() {
            self.stall(stalled);
        }
        if self.life.is_over(self.now()) {
            return Err(self.gone("the program was killed"));
        }
        let fate = self.standing.fate();
        let (gone, faults) = (fate.is_gone(), fate.faults());
        drop(fate);
        self.line.set(faults);
        if gone { Err(self.gone("the port is gone")) } else { Ok(()) }
    }

    /// The program is not run for so long.
    fn stall(&mut self, lasts: Duration) {
        let until = self.now() + lasts;
        let until = self.life.dies().map_or(until, |dies| dies.min(until));
        let timer = self.bug == Some(Bug::KickedByTimer);
        let mut due = self.now() + TIMER;
        self.standing.drift(until, |unit, now| {
            if timer && now >= due {
                due = now + TIMER;
                unit.receive(now, &KICK);
            }
        });
    }

    fn gone(&self, what: &'static str) -> TransportError {
        let source = io::Error::from(io::ErrorKind::NotConnected);
        TransportError { port: self.line.name().to_owned(), what, source }
    }

    fn is_silent(&self) -> bool {
        self.standing.fate().is_silent()
    }
}

impl Transport for Port {
    fn name(&self) -> &str {
        self.line.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.turns.wait(self.standing.number, self.now());
        self.attend()?;
        self.standing.fate().witness.sent(bytes);
        if self.is_silent() {
            return Ok(());
        }
        if self.bug == Some(Bug::LimitsAfterMode) {
            let bytes = self.limits_later.pass(bytes);
            return self.line.send(&bytes);
        }
        self.line.send(bytes)
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        let until = self.life.in_world(until);
        let before = into.len();
        loop {
            self.attend()?;
            if !self.limits_later.forged.is_empty() {
                into.append(&mut self.limits_later.forged);
                return Ok(Wake::Bytes);
            }
            let now = self.now();
            let ends = [Some(until), self.standing.fate().next(), self.life.dies(), Some(now + LOOK)];
            let next = ends.into_iter().flatten().min().unwrap_or(until);
            let mut wake = self.line.receive(next, into)?;
            if self.is_silent() {
                into.truncate(before);
                if wake == Wake::Bytes {
                    wake = Wake::Deadline;
                }
            }
            self.turns.wait(self.standing.number, self.now());
            if wake != Wake::Deadline || self.now() >= until {
                return Ok(wake);
            }
        }
    }

    fn waker(&self) -> Waker {
        self.line.waker()
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.turns.leave(self.standing.number);
    }
}
