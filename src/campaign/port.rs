//! The port of a simulated unit in a campaign: here things go wrong, the program dies, and the witness looks on.

use super::bug::{Bug, KICK, LimitsLater};
use super::fate::{Effect, Fate};
use super::life::Life;
use super::turns::Turns;
use super::witness::LOOK;
use crate::clock::{Clock, Instant, VirtualClock};
use crate::simulator::Unit;
use crate::transport::faulty::{Faults, Faulty};
use crate::transport::{Plug, Pulled, SimulatedPort, Transport, TransportError, Wake, Waker};
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
    /// Of the program that has the port now.
    pub(super) plug: Arc<Mutex<Option<Plug>>>,
}

impl Standing {
    pub(super) fn unit(&self) -> MutexGuard<'_, Unit> {
        self.unit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn fate(&self) -> MutexGuard<'_, Fate> {
        self.fate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what has become due, each thing at its moment, and lets the witness look. Gives how long the program is
    /// not run.
    fn attend(&self, alive: bool) -> Duration {
        let now = self.clock.now();
        let (mut stalled, mut gone) = (Duration::ZERO, None);
        let (mut fate, mut unit) = (self.fate(), self.unit());
        loop {
            let next = fate.next().map_or(now, |next| next.min(now)).min(fate.witness.looks_at());
            unit.advance_to(next);
            while let Some(effect) = fate.act(&mut unit, next) {
                match effect {
                    Effect::Done => {}
                    Effect::Stall(lasts) => stalled += lasts,
                    Effect::Gone(until) => gone = gone.max(Some(until)),
                }
            }
            let spoilt = fate.is_silent() || fate.gone_until().is_some() || fate.faults() != Faults::NONE;
            fate.witness.look(&mut unit, next, alive && stalled.is_zero() && !spoilt);
            if next >= now {
                break;
            }
        }
        drop((fate, unit));
        if let Some(until) = gone {
            self.pull(until);
        }
        stalled
    }

    /// The port is gone until a moment, for the program that has it now.
    fn pull(&self, until: Instant) {
        let plug = self.plug.lock().unwrap_or_else(PoisonError::into_inner);
        plug.iter().for_each(|plug| plug.pull(Pulled::Network, Some(until)));
    }

    /// The plug of the port as the program has it now.
    pub(super) fn plug(&self) -> Option<Plug> {
        self.plug.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
        *standing.plug.lock().unwrap_or_else(PoisonError::into_inner) = Some(port.plug());
        let gone = standing.fate().gone_until();
        gone.into_iter().for_each(|until| standing.pull(until));
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

    /// Does what is due; an error where the program is dead.
    fn attend(&mut self) -> Result<(), TransportError> {
        if self.life.is_over(self.now()) {
            return Err(self.killed());
        }
        let stalled = self.standing.attend(true);
        if !stalled.is_zero() {
            self.stall(stalled);
        }
        if self.life.is_over(self.now()) {
            return Err(self.killed());
        }
        let faults = self.standing.fate().faults();
        self.line.set(faults);
        Ok(())
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

    /// What a dead program's port says, so that its threads come to their end.
    fn killed(&self) -> TransportError {
        let source = io::Error::from(io::ErrorKind::Interrupted);
        TransportError { port: self.line.name().to_owned(), what: "the program was killed", source }
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
