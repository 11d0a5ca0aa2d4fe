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

    fn flying(&self) -> usize {
        self.sent - self.replies.len() - self.missing
    }

    /// What may be sent now.
    pub(super) fn next(&self) -> Option<Command> {
        let may = self.lost.is_none() && self.flying() < self.in_flight;
        self.commands.get(self.sent).copied().filter(|_| may)
    }

    /// It was sent.
    pub(super) fn is_sent(&mut self) {
        self.sent += 1;
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
        if self.flying() > 0 || self.next().is_some() {
            return Act::Wait;
        }
        Act::Done(match self.lost.take() {
            Some(fault) => Err(fault),
            None => Ok(Answer::Values(std::mem::take(&mut self.replies))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;
    use crate::driver::{Driver, Output, Request};
    use crate::wire::bootloader::{ADDR, DATA};
    use crate::wire::{COMMAND_LENGTH, Response};
    use std::time::Duration;

    /// Twenty commands in turn, and a driver that sends so many of them at once.
    fn begun(in_flight: usize) -> (Driver, Vec<Command>) {
        let pair = |n: u16| [Command::Write(ADDR.address(), n), Command::Read(DATA.address())];
        let commands: Vec<Command> = (0..10).flat_map(pair).collect();
        let mut driver = Driver::new(Config::default());
        driver.submit(Instant::ORIGIN, Request::Burst { commands: commands.clone(), in_flight });
        (driver, commands)
    }

    fn sent(driver: &mut Driver, now: Instant) -> usize {
        let mut bytes = Vec::new();
        driver.transmit(now, &mut bytes);
        bytes.len() / COMMAND_LENGTH
    }

    fn reply(command: Command, data: u16) -> [u8; COMMAND_LENGTH] {
        Response { address: command.address(), is_write: command.is_write(), data }.encode()
    }

    #[test]
    fn no_more_are_in_flight_than_allowed_however_many_replies_come_at_once() {
        for in_flight in [1, 5, 12] {
            let (mut driver, commands) = begun(in_flight);
            let now = Instant::ORIGIN;
            let mut answered = 0;
            while answered < commands.len() {
                let count = sent(&mut driver, now);
                assert!(count > 0 && count <= in_flight, "{count}");
                assert_eq!(sent(&mut driver, now), 0);
                let all = commands[answered..answered + count].iter().zip(answered..);
                let bytes: Vec<u8> = all.flat_map(|(command, n)| reply(*command, n as u16)).collect();
                driver.receive(now, &bytes);
                answered += count;
            }
            let Some(Output::Reply { result: Ok(Answer::Values(values)), .. }) = driver.poll() else {
                panic!("it is not done")
            };
            assert_eq!(values, (0..20).collect::<Vec<u16>>());
        }
    }

    #[test]
    fn after_a_loss_nothing_more_is_sent() {
        // The second reply is missing: the third overtakes it, the rest of those in flight are awaited.
        let (mut driver, commands) = begun(4);
        let now = Instant::ORIGIN;
        assert_eq!(sent(&mut driver, now), 4);
        driver.receive(now, &[reply(commands[0], 0), reply(commands[2], 2)].concat());
        assert_eq!(sent(&mut driver, now), 0);
        driver.receive(now, &reply(commands[3], 3));
        let outputs: Vec<Output> = std::iter::from_fn(|| driver.poll()).collect();
        let Some(Output::Reply { result: Err(fault), .. }) = outputs.last() else { panic!("{outputs:?}") };
        assert_eq!((fault.address, &fault.kind), (DATA.address(), &FaultKind::NoReply));
    }

    #[test]
    fn a_unit_that_says_nothing_ends_it() {
        let (mut driver, _) = begun(12);
        let mut now = Instant::ORIGIN;
        assert_eq!(sent(&mut driver, now), 12);
        while let Some(deadline) = driver.deadline().filter(|_| !driver.is_idle()) {
            assert!(deadline < now + Duration::from_secs(5));
            now = deadline;
            driver.on_deadline(now);
            sent(&mut driver, now);
        }
        assert!(driver.is_idle());
    }
}
