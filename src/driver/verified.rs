//! A write: once and acknowledged, or read back until it agrees; and what a missing acknowledgement asks for.

use super::exclusive::{Act, Context, Outcome, setpoint_slot};
use super::{Fault, FaultKind, Note};
use crate::identity::Slot;
use crate::wire::{
    ACCEPTED, Access, Address, Command, Encoding, REFUSED, ReadBack, Setpoint, Space, cell, unit,
};

/// What a write comes to: the next act, or its end (what was read back, or the fault).
pub(super) type Step = Result<Act, Result<u16, Fault>>;

/// Where a write stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is sent.
    Idle,
    /// Written; the acknowledgement is to come.
    Writing,
    /// The read-back is to come.
    Reading,
    /// No acknowledgement came; the line is being flushed.
    Unsure,
    /// No read-back came; the line is being flushed.
    Unread,
}

/// One write of one register.
#[derive(Debug)]
pub(super) struct Write {
    address: Address,
    wrote: u16,
    verify: bool,
    state: State,
    tries: u8,
    reads: u8,
    /// Setpoints to be looked at since an acknowledgement is missing.
    repair: Option<Box<Repair>>,
}

impl Write {
    pub(super) fn once(address: Address, raw: u16) -> Self {
        Self { address, wrote: raw, verify: false, state: State::Idle, tries: 0, reads: 0, repair: None }
    }

    pub(super) fn verified(address: Address, raw: u16) -> Self {
        let verify = address.info().access == Access::ReadWrite;
        Self { verify, ..Self::once(address, raw) }
    }

    pub(super) fn address(&self) -> Address {
        self.address
    }

    pub(super) fn step(&mut self, context: &mut Context<'_>, outcome: Outcome) -> Step {
        if let Some(mut repair) = self.repair.take() {
            match repair.step(context, outcome) {
                Ok(act) => {
                    self.repair = Some(repair);
                    return Ok(act);
                }
                Err(Err(fault)) => return Err(Err(fault)),
                Err(Ok(())) => return self.after_repair(context),
            }
        }
        match (self.state, outcome) {
            (State::Writing, Outcome::Reply(ACCEPTED)) if self.is_proved_by_acknowledgement() => {
                context.remember(self.address, Some(self.wrote));
                Err(Ok(self.wrote))
            }
            (State::Writing, Outcome::Reply(ACCEPTED)) => self.read_back(),
            (State::Writing, Outcome::Reply(REFUSED)) => self.fail(FaultKind::Refused { wrote: self.wrote }),
            // Neither yes nor no: a torn acknowledgement. What the register holds is the answer.
            (State::Writing, Outcome::Reply(_)) if self.is_proved_by_acknowledgement() => {
                self.fail(FaultKind::NoAcknowledgement { wrote: self.wrote })
            }
            (State::Writing, Outcome::Reply(_)) => self.read_back(),
            (State::Reading, Outcome::Reply(read)) => self.compare(context, read),
            (_, Outcome::Lost(Some(timeouts))) => self.fail(FaultKind::Silent { timeouts }),
            // A lost kick is not flushed: see where flights expire.
            (State::Writing, Outcome::Lost(None)) if self.address == unit::WATCHDOG_TIMER.address() => {
                self.look_at_setpoints(context)
            }
            (State::Writing, Outcome::Lost(None)) => {
                self.state = State::Unsure;
                Ok(context.flush())
            }
            (State::Reading, Outcome::Lost(None)) if self.reads < context.tries => {
                self.state = State::Unread;
                Ok(context.flush())
            }
            (State::Reading, Outcome::Lost(None)) => self.fail(FaultKind::NoReply),
            (State::Unsure, Outcome::Quiet) => self.look_at_setpoints(context),
            (State::Unread, Outcome::Quiet) => self.read_back(),
            _ => self.write(context),
        }
    }

    /// After a write of which nothing was heard: a torn frame may have changed a setpoint.
    fn look_at_setpoints(&mut self, context: &mut Context<'_>) -> Step {
        match Repair::after(self.address) {
            Some(mut repair) => {
                let step = repair.step(context, Outcome::Begin);
                self.repair = Some(Box::new(repair));
                step.map_err(|ended| ended.map(|()| self.wrote))
            }
            None => self.after_repair(context),
        }
    }

    fn is_proved_by_acknowledgement(&self) -> bool {
        !self.verify || self.address.info().read_back == ReadBack::Nothing
    }

    fn write(&mut self, context: &mut Context<'_>) -> Step {
        context.remember(self.address, None);
        self.tries += 1;
        self.reads = 0;
        self.state = State::Writing;
        Ok(Act::Send(Command::Write(self.address, self.wrote)))
    }

    fn read_back(&mut self) -> Step {
        self.reads += 1;
        self.state = State::Reading;
        Ok(Act::Send(Command::Read(self.address)))
    }

    fn compare(&mut self, context: &mut Context<'_>, read: u16) -> Step {
        let (address, wrote) = (self.address, self.wrote);
        if address.info().read_back.proves(wrote, read) {
            context.remember(address, Some(read));
            return Err(Ok(read));
        }
        if self.tries >= context.tries {
            return self.fail(FaultKind::Differs { wrote, read });
        }
        context.notes.push(Note::Differs { address, wrote, read });
        self.write(context)
    }

    /// The setpoints are known again. A write that can be read is read first: it may have landed.
    fn after_repair(&mut self, context: &mut Context<'_>) -> Step {
        if !self.verify {
            return self.fail(FaultKind::NoAcknowledgement { wrote: self.wrote });
        }
        if self.address.info().read_back != ReadBack::Nothing {
            return self.read_back();
        }
        if self.tries >= context.tries {
            return self.fail(FaultKind::NoAcknowledgement { wrote: self.wrote });
        }
        self.write(context)
    }

    fn fail(&self, kind: FaultKind) -> Step {
        let tries = if kind == FaultKind::NoReply { self.reads } else { self.tries };
        Err(Err(Fault::new(self.address, kind, tries)))
    }
}

/// Looks at the setpoints that a torn frame may have changed, and puts them back.
#[derive(Debug)]
struct Repair {
    slots: &'static [Slot],
    tries: u8,
    fixing: Option<Write>,
}

impl Repair {
    /// What has to be looked at after a write to this register was not acknowledged: the addressed
    /// cell's setpoint, or all four. `None` when there is nothing to look at: the write is to a setpoint,
    /// which its own read-back shows, or the unit is in its bootloader or on the way there.
    fn after(address: Address) -> Option<Self> {
        let info = address.info();
        if setpoint_slot(address).is_some()
            || info.space == Space::Bootloader
            || info.access == Access::WriteOnly
        {
            return None;
        }
        let slots = match address.slot() {
            Some(slot) => Slot::ALL.get(slot.index()..=slot.index()).unwrap_or_default(),
            None => &Slot::ALL,
        };
        Some(Self { slots, tries: 0, fixing: None })
    }

    fn step(&mut self, context: &mut Context<'_>, outcome: Outcome) -> Result<Act, Result<(), Fault>> {
        if let Some(fixing) = &mut self.fixing {
            match fixing.step(context, outcome) {
                Ok(act) => return Ok(act),
                Err(Err(fault)) => return Err(Err(Self::unknown(fault.address, fault.kind, fault.tries))),
                Err(Ok(_)) => self.fixing = None,
            }
            return self.next(context);
        }
        let Some(slot) = self.slots.first().copied() else { return Err(Ok(())) };
        let address = cell::CURRENT_SETPOINT.at(slot).address();
        match outcome {
            Outcome::Begin | Outcome::Quiet => {
                self.tries += 1;
                Ok(Act::Send(Command::Read(address)))
            }
            Outcome::Lost(Some(timeouts)) => {
                Err(Err(Self::unknown(address, FaultKind::Silent { timeouts }, self.tries)))
            }
            Outcome::Lost(None) if self.tries < context.tries => Ok(context.flush()),
            Outcome::Lost(None) => Err(Err(Self::unknown(address, FaultKind::NoReply, self.tries))),
            Outcome::Reply(found) => {
                let put_back = match context.setpoint(slot) {
                    Some(known) if known == found => return self.next(context),
                    Some(known) => known,
                    // Nothing was ever written here: any value that a host may set is let be.
                    None if found <= Setpoint::MAX.to_raw() => return self.next(context),
                    None => Setpoint::ZERO.to_raw(),
                };
                context.notes.push(Note::Repaired { address, found, put_back });
                let mut write = Write::verified(address, put_back);
                let step = write.step(context, Outcome::Begin);
                self.fixing = Some(write);
                step.map_err(|ended| ended.map(|_| ()))
            }
        }
    }

    fn next(&mut self, context: &mut Context<'_>) -> Result<Act, Result<(), Fault>> {
        self.slots = self.slots.get(1..).unwrap_or_default();
        self.tries = 0;
        self.step(context, Outcome::Begin)
    }

    fn unknown(address: Address, cause: FaultKind, tries: u8) -> Fault {
        Fault::new(address, FaultKind::SetpointUnknown { cause: Box::new(cause) }, tries)
    }
}
