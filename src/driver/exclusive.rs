//! The requests that have the line alone, each a script: told how the last act went, it says the next.

use super::burst::Burst;
use super::locked::Locked;
use super::start::Start;
use super::verified::Write;
use super::{Answer, Fault, FaultKind, Note, Ticket};
use crate::clock::Instant;
use crate::identity::Slot;
use crate::wire::{Address, Command, cell};
use std::time::Duration;

/// How the last act of a script went.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    /// There was none: begin.
    Begin,
    /// The reply's data.
    Reply(u16),
    /// No reply came; so many timeouts in a row, if that is too many.
    Lost(Option<u32>),
    /// The line was flushed and has been quiet.
    Quiet,
}

/// What a script wants done next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// Sends this; a reply or its loss is the outcome.
    Send(Command),
    /// Nothing for now: more outcomes are to come, or there is more to send.
    Wait,
    /// Sends zero bytes and then nothing for so long.
    Flush(Duration),
    /// It is over.
    Done(Result<Answer, Fault>),
}

/// What scripts know and remember beyond themselves.
pub(super) struct Context<'a> {
    pub(super) now: Instant,
    pub(super) tries: u8,
    pub(super) pause: Duration,
    /// What each CURRENT_SETPOINT was last proved to hold.
    pub(super) setpoints: &'a mut [Option<u16>; 4],
    pub(super) notes: &'a mut Vec<Note>,
}

impl Context<'_> {
    pub(super) fn flush(&self) -> Act {
        Act::Flush(self.pause)
    }

    /// Keeps in mind what a setpoint holds, `None` when that is uncertain.
    pub(super) fn remember(&mut self, address: Address, raw: Option<u16>) {
        if let Some(slot) = setpoint_slot(address)
            && let Some(place) = self.setpoints.get_mut(slot.index())
        {
            *place = raw;
        }
    }

    pub(super) fn setpoint(&self, slot: Slot) -> Option<u16> {
        self.setpoints.get(slot.index()).copied().flatten()
    }
}

/// The slot whose CURRENT_SETPOINT an address is.
pub(super) fn setpoint_slot(address: Address) -> Option<Slot> {
    address.slot().filter(|_| address.register() == cell::CURRENT_SETPOINT.register())
}

/// One of the requests that have the line alone.
#[derive(Debug)]
pub(super) enum Script {
    Write(Write),
    Locked(Locked),
    Burst(Burst),
    Start(Start),
}

/// A script under way.
#[derive(Debug)]
pub(super) struct Alone {
    pub(super) ticket: Ticket,
    pub(super) script: Script,
    /// A command that waits to be sent.
    pub(super) next: Option<Command>,
}

impl Alone {
    /// What may be sent now.
    pub(super) fn next(&self) -> Option<Command> {
        match &self.script {
            Script::Burst(burst) => burst.next(),
            _ => self.next,
        }
    }

    /// It was sent.
    pub(super) fn is_sent(&mut self) {
        match &mut self.script {
            Script::Burst(burst) => burst.is_sent(),
            _ => self.next = None,
        }
    }
}

impl Script {
    pub(super) fn step(&mut self, context: &mut Context<'_>, outcome: Outcome) -> Act {
        match self {
            Self::Write(write) => match write.step(context, outcome) {
                Ok(act) => act,
                Err(ended) => Act::Done(ended.map(Answer::Written)),
            },
            Self::Locked(locked) => locked.step(context, outcome),
            Self::Burst(burst) => burst.step(outcome),
            Self::Start(start) => start.step(context, outcome),
        }
    }

    /// What it is about, for a fault from outside.
    pub(super) fn abandoned(&self) -> Fault {
        let address = match self {
            Self::Write(write) => write.address(),
            Self::Locked(_) => crate::wire::unit::LOCK.address(),
            Self::Burst(burst) => burst.address(),
            Self::Start(_) => crate::wire::bootloader::ADDR.address(),
        };
        Fault::new(address, FaultKind::Abandoned, 0)
    }
}
