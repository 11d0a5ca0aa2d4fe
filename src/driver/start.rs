//! The first words with a unit: drain what it still has to say, then ask what runs in it.

use super::exclusive::{Act, Context, Outcome};
use super::{Answer, Fault, FaultKind};
use crate::clock::Instant;
use crate::wire::bootloader::{ADDR, DATA, Running};
use crate::wire::{Address, Command};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Start {
    until: Instant,
    drain: Duration,
    tries: u8,
    running: Option<Running>,
    draining: bool,
}

impl Start {
    pub(super) fn new(until: Instant, drain: Duration) -> Self {
        Self { until, drain, tries: 0, running: None, draining: true }
    }

    /// Whether what comes in is to be ignored.
    pub(super) fn is_draining(&self) -> bool {
        self.draining
    }

    /// ADDR of the bootloader is answered by the firmware (with a refusal) and by the bootloader. A unit
    /// that was starting up answers late, and then all that it was asked: so once it answers, another
    /// register is asked, and its reply shows that no more of the earlier ones will come.
    fn question(&self) -> Address {
        if self.running.is_some() { DATA.address() } else { ADDR.address() }
    }

    pub(super) fn step(&mut self, context: &mut Context<'_>, outcome: Outcome) -> Act {
        match (outcome, self.running) {
            (Outcome::Begin, _) => Act::Flush(self.drain),
            (Outcome::Reply(_), Some(running)) => Act::Done(Ok(Answer::Started(running))),
            (Outcome::Reply(raw), None) => {
                self.running = Some(Running::from_addr(raw));
                self.ask()
            }
            (Outcome::Quiet, _) => {
                self.draining = false;
                self.ask()
            }
            (Outcome::Lost(_), _) if context.now < self.until => context.flush(),
            (Outcome::Lost(_), _) => {
                let kind = FaultKind::Silent { timeouts: u32::from(self.tries) };
                Act::Done(Err(Fault::new(self.question(), kind, self.tries)))
            }
        }
    }

    fn ask(&mut self) -> Act {
        self.tries = self.tries.saturating_add(1);
        Act::Send(Command::Read(self.question()))
    }
}
