//! Commands that follow each other without waiting for each reply, until one is lost.

use super::exclusive::{Act, Outcome};
use super::{Answer, Config, Fault, FaultKind};
use crate::wire::{Address, Command};

/// A burst under way. Nothing in it is sent twice.
#[derive(Debug)]
pub(super) struct Burst {
    commands: Vec<Command>,
    in_flight: usize,
    sent: usize,
    replies: Vec<u16>,
    missing: usize,
    /// The first that was lost, after which no more are sent.
    lost: Option<Fault>,
}

impl Burst {
    pub(super) fn new(commands: Vec<Command>, in_flight: usize) -> Self {
        let in_flight = in_flight.clamp(1, Config::MOST_IN_FLIGHT);
        Self { commands, in_flight, sent: 0, replies: Vec::new(), missing: 0, lost: None }
    }

    /// The first register, for a fault from outside.
    pub(super) fn address(&self) -> Address {
        let first = self.commands.first().map(|command| command.address());
        first.unwrap_or(crate::wire::bootloader::ADDR.address())
    }

    pub(super) fn step(&mut self, outcome: Outcome) -> Act {
        match outcome {
            Outcome::Begin | Outcome::Quiet => {}
            Outcome::Reply(data) => self.replies.push(data),
            Outcome::Lost(silent) => {
                let lost = self.commands.get(self.replies.len() + self.missing);
                let address = lost.map_or(self.address(), |command| command.address());
                let kind = silent.map_or(FaultKind::NoReply, |timeouts| FaultKind::Silent { timeouts });
                self.lost.get_or_insert(Fault::new(address, kind, 1));
                self.missing += 1;
            }
        }
        let in_flight = self.sent - self.replies.len() - self.missing;
        let end = if self.lost.is_some() { self.sent } else { self.commands.len() };
        if in_flight == 0 && self.sent == end {
            return Act::Done(match self.lost.take() {
                Some(fault) => Err(fault),
                None => Ok(Answer::Values(std::mem::take(&mut self.replies))),
            });
        }
        let first = self.sent;
        self.sent = end.min(first + self.in_flight - in_flight);
        Act::SendAll(self.commands.get(first..self.sent).unwrap_or_default().to_vec())
    }
}
