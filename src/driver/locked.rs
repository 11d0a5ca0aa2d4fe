//! Reads of one moment: LOCK, the reads, and unlock, whatever happened in between.

use super::exclusive::{Act, Context, Outcome};
use super::reads::looks_torn;
use super::verified::{Step, Write};
use super::{Answer, Fault, FaultKind};
use crate::wire::{Address, Command, Encoding, Lock, unit};

#[derive(Debug)]
enum Stage {
    Locking(Write),
    Reading { tries: u8, doubted: bool },
    Unlocking(Write),
}

#[derive(Debug)]
pub(super) struct Locked {
    addresses: Vec<Address>,
    values: Vec<u16>,
    /// Why locking or reading failed.
    fault: Option<Fault>,
    stage: Stage,
}

impl Locked {
    pub(super) fn new(addresses: Vec<Address>) -> Self {
        let values = Vec::with_capacity(addresses.len());
        Self { addresses, values, fault: None, stage: Stage::Locking(Self::write(Lock::FROZEN)) }
    }

    fn write(lock: Lock) -> Write {
        Write::verified(unit::LOCK.address(), lock.to_raw())
    }

    pub(super) fn step(&mut self, context: &mut Context<'_>, outcome: Outcome) -> Act {
        match &mut self.stage {
            Stage::Locking(write) => match write.step(context, outcome) {
                Ok(act) => act,
                Err(Ok(_)) => self.read(context),
                Err(Err(fault)) => self.unlock(context, Some(fault)),
            },
            Stage::Reading { tries, doubted } => {
                let Some(address) = self.addresses.get(self.values.len()).copied() else {
                    return self.unlock(context, None);
                };
                match outcome {
                    Outcome::Reply(raw) if looks_torn(raw) && !*doubted => {
                        *doubted = true;
                        Act::Send(Command::Read(address))
                    }
                    Outcome::Reply(raw) => {
                        self.values.push(raw);
                        self.read(context)
                    }
                    Outcome::Lost(None) if *tries < context.tries => context.flush(),
                    Outcome::Lost(silent) => {
                        let kind =
                            silent.map_or(FaultKind::NoReply, |timeouts| FaultKind::Silent { timeouts });
                        let fault = Fault::new(address, kind, *tries);
                        self.unlock(context, Some(fault))
                    }
                    Outcome::Begin | Outcome::Quiet => {
                        *tries += 1;
                        Act::Send(Command::Read(address))
                    }
                }
            }
            Stage::Unlocking(write) => {
                let step = write.step(context, outcome);
                self.unlocked(step)
            }
        }
    }

    /// Reads the next register, or unlocks after the last.
    fn read(&mut self, context: &mut Context<'_>) -> Act {
        match self.addresses.get(self.values.len()) {
            Some(address) => {
                self.stage = Stage::Reading { tries: 1, doubted: false };
                Act::Send(Command::Read(*address))
            }
            None => self.unlock(context, None),
        }
    }

    fn unlock(&mut self, context: &mut Context<'_>, fault: Option<Fault>) -> Act {
        self.fault = fault;
        let mut write = Self::write(Lock::OPEN);
        let step = write.step(context, Outcome::Begin);
        self.stage = Stage::Unlocking(write);
        self.unlocked(step)
    }

    fn unlocked(&mut self, step: Step) -> Act {
        let result = match step {
            Ok(act) => return act,
            Err(Ok(_)) => match self.fault.take() {
                None => Ok(Answer::Values(std::mem::take(&mut self.values))),
                Some(fault) => Err(fault),
            },
            Err(Err(Fault { address, kind, tries })) => {
                let (unlock, reads) = (Box::new(kind), self.fault.take().map(Box::new));
                Err(Fault::new(address, FaultKind::StillLocked { unlock, reads }, tries))
            }
        };
        Act::Done(result)
    }
}
