//! A driver and the port it talks through, for callers that wait.

use super::{Answer, Config, Driver, Fault, FaultKind, Output, Request, Ticket};
use crate::clock::{Clock, Instant};
use crate::identity::Slot;
use crate::transport::{Nowhere, Transport, TransportError, Wake, Waker};
use crate::wire::bootloader::Running;
use crate::wire::{Address, ChargeSum, Encoding, ReadWrite, Register, StreamPacket};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Why a call over a line failed.
#[derive(Debug)]
pub enum LineError {
    /// The unit did not do what it was asked.
    Fault(Fault),
    /// The port is gone.
    Transport(TransportError),
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Transport(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::Transport(error) => std::error::Error::source(error),
        }
    }
}

impl From<Fault> for LineError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<TransportError> for LineError {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

/// One unit's driver joined to its port and its clock. Each round of pumping sends at most once.
pub struct Line {
    driver: Driver,
    transport: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    /// Outputs that came while a call waited for another one.
    waiting: VecDeque<Output>,
    sending: Vec<u8>,
    received: Vec<u8>,
    /// When the line was looked at last.
    looked: Instant,
    unattended: Duration,
    /// How often the program was kept from the line for more than a moment.
    absences: u64,
}

/// Kept from the line for longer than this, nobody knows how old the bytes are that wait there.
const LATE: Duration = Duration::from_secs(2);

/// So often old bytes are fetched to be thrown away, at most. A system keeps some kilobytes.
const FETCHES: u32 = 64;

impl Line {
    /// A line through this port, by this clock.
    pub fn new(transport: Box<dyn Transport>, clock: Arc<dyn Clock>, config: Config) -> Self {
        Self {
            driver: Driver::new(config),
            transport,
            looked: clock.now(),
            clock,
            waiting: VecDeque::new(),
            sending: Vec::new(),
            received: Vec::new(),
            unattended: Duration::ZERO,
            absences: 0,
        }
    }

    /// Takes the line, and leaves one of the same clock that leads nowhere.
    pub fn hang_up(&mut self) -> Self {
        let config = *self.driver.config();
        let left = Self::new(Box::new(Nowhere::was(self.name())), Arc::clone(&self.clock), config);
        std::mem::replace(self, left)
    }

    /// The same port and clock with a new driver, which knows nothing of what was before.
    pub fn afresh(self) -> Self {
        let config = *self.driver.config();
        Self::new(self.transport, self.clock, config)
    }

    /// The port's name.
    pub fn name(&self) -> &str {
        self.transport.name()
    }

    /// The clock that the line goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// A handle that ends a wait in [`Line::pump`] from another thread.
    pub fn waker(&self) -> Waker {
        self.transport.waker()
    }

    /// The driver, to look at.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// Hands in a request; its reply comes from [`Line::next_output`].
    pub fn submit(&mut self, request: Request) -> Ticket {
        self.driver.submit(self.clock.now(), request)
    }

    /// Hands in a request that overtakes all that are queued, such as a stop.
    pub fn submit_urgent(&mut self, request: Request) -> Ticket {
        self.driver.submit_urgent(self.clock.now(), request)
    }

    /// The next output, in the order they came; `None` when more pumping is needed.
    pub fn next_output(&mut self) -> Option<Output> {
        self.waiting.pop_front().or_else(|| self.driver.poll())
    }

    /// What slots have told and nobody has taken yet, the oldest first.
    pub fn told(&mut self) -> impl Iterator<Item = (Instant, &StreamPacket)> {
        self.waiting.extend(std::iter::from_fn(|| self.driver.poll()));
        self.waiting.iter().filter_map(|output| match output {
            Output::Stream(at, packet) => Some((*at, packet)),
            Output::Reply { .. } | Output::Note(_) => None,
        })
    }

    /// Sends what may go now, and waits for bytes until a moment, or until the driver has something to do.
    /// Returns `Bytes` as soon as there may be outputs to take.
    ///
    /// # Errors
    /// The port is gone.
    pub fn pump(&mut self, until: Instant) -> Result<Wake, TransportError> {
        self.pump_at_most(Some(until))
    }

    /// The same; where no moment is given, until the driver has something to do, which it has while a request is under way.
    fn pump_at_most(&mut self, until: Option<Instant>) -> Result<Wake, TransportError> {
        let now = self.clock.now();
        self.look_whether_late(self.looked, now)?;
        let now = self.clock.now();
        self.looked = now;
        if self.driver.deadline().is_some_and(|deadline| deadline <= now) {
            self.driver.on_deadline(now);
        }
        self.sending.clear();
        self.driver.transmit(now, &mut self.sending);
        if !self.sending.is_empty() {
            self.transport.send(&self.sending)?;
        }
        if !self.waiting.is_empty() || self.driver.has_output() {
            return Ok(Wake::Bytes);
        }
        let wait = self.driver.deadline().into_iter().chain(until).min().unwrap_or(now);
        self.received.clear();
        let wake = self.transport.receive(wait, &mut self.received)?;
        self.look_whether_late(wait.max(now), self.clock.now())?;
        let now = self.clock.now();
        self.looked = now;
        if !self.received.is_empty() {
            self.driver.receive(now, &self.received);
            return Ok(Wake::Bytes);
        }
        if self.driver.deadline().is_some_and(|deadline| deadline <= now) {
            self.driver.on_deadline(now);
            if wake == Wake::Deadline && until.is_some_and(|until| now < until) {
                return Ok(Wake::Bytes);
            }
        }
        Ok(wake)
    }

    /// Throws away what waits on the line, where the program was kept from it for long.
    fn look_whether_late(&mut self, due: Instant, now: Instant) -> Result<(), TransportError> {
        let late = now - due;
        if late < LATE {
            return Ok(());
        }
        self.unattended += late;
        self.absences += 1;
        for _ in 0..FETCHES {
            self.received.clear();
            if self.transport.receive(now, &mut self.received)? != Wake::Bytes {
                break;
            }
        }
        self.received.clear();
        Ok(())
    }

    /// How long the program was kept from the line for more than a moment, since this was asked for last: the machine slept, or
    /// had too much to do. What came meanwhile was thrown away.
    pub fn take_unattended(&mut self) -> Duration {
        std::mem::take(&mut self.unattended)
    }

    /// How often the program was kept from the line so, since the line is there.
    pub fn absences(&self) -> u64 {
        self.absences
    }

    /// Lets time pass until a moment. What comes meanwhile is kept for [`Line::next_output`].
    ///
    /// # Errors
    /// The port is gone.
    pub fn pause(&mut self, until: Instant) -> Result<(), TransportError> {
        while self.clock.now() < until {
            while let Some(output) = self.driver.poll() {
                self.waiting.push_back(output);
            }
            let waiting = std::mem::take(&mut self.waiting);
            let result = self.pump(until);
            self.waiting = waiting;
            result?;
        }
        Ok(())
    }

    /// Does one request and waits for its reply. What else comes meanwhile is kept for [`Line::next_output`].
    ///
    /// # Errors
    /// The unit did not do it, or the port is gone.
    pub fn call(&mut self, request: Request) -> Result<Answer, LineError> {
        let ticket = self.submit(request);
        self.wait_for(ticket)
    }

    /// Does one request before all that are queued, and waits for its reply.
    ///
    /// # Errors
    /// The unit did not do it, or the port is gone.
    pub fn call_urgent(&mut self, request: Request) -> Result<Answer, LineError> {
        let ticket = self.submit_urgent(request);
        self.wait_for(ticket)
    }

    /// Does several requests, as many of them at the same time as may be in flight, and gives their answers in the
    /// same order. What else comes meanwhile is kept for [`Line::next_output`].
    ///
    /// # Errors
    /// The unit did not do one of them, or the port is gone; all the same the others were waited for.
    pub fn call_all(&mut self, requests: Vec<Request>) -> Result<Vec<Answer>, LineError> {
        let tickets: Vec<Ticket> = requests.into_iter().map(|request| self.submit(request)).collect();
        let answers: Vec<_> = tickets.into_iter().map(|ticket| self.wait_for(ticket)).collect();
        answers.into_iter().collect()
    }

    /// Drains what a unit may still have to say, and finds out what runs in it. To be called first, and
    /// after a reset.
    ///
    /// # Errors
    /// Nothing answers, or the port is gone.
    pub fn start(&mut self) -> Result<Running, LineError> {
        let ticket = self.driver.start(self.clock.now());
        match self.wait_for(ticket)? {
            Answer::Started(running) => Ok(running),
            _ => Err(Self::odd(crate::wire::bootloader::ADDR.address())),
        }
    }

    /// Reads one register.
    ///
    /// # Errors
    /// No reply, or the port is gone.
    pub fn read<V: Encoding, A>(&mut self, register: Register<V, A>) -> Result<V, LineError> {
        match self.call(Request::Read(register.address()))? {
            Answer::Value(raw) => Ok(V::from_raw(raw)),
            _ => Err(Self::odd(register.address())),
        }
    }

    /// Reads a register until two readings agree, at most four times. Replies carry no checksum: this
    /// is for what much hangs on, or what will be written again.
    ///
    /// # Errors
    /// No reply, or the port is gone.
    pub fn read_twice<V: Encoding, A>(&mut self, register: Register<V, A>) -> Result<V, LineError> {
        let mut last = None;
        for _ in 0..2 {
            // Both in one go: what a second reading guards against befalls frames, one by one.
            for raw in self.read_many(vec![register.address(); 2])? {
                if last.replace(raw) == Some(raw) {
                    return Ok(V::from_raw(raw));
                }
            }
        }
        Ok(V::from_raw(last.unwrap_or_default()))
    }

    /// Writes a value, reads it back and compares, until it agrees. Gives what was read back: for most
    /// registers the value written, for MODE perhaps the one it went on to.
    ///
    /// # Errors
    /// Refused, never agreed, no reply, or the port is gone.
    pub fn write<V: Encoding>(&mut self, register: Register<V, ReadWrite>, value: V) -> Result<V, LineError> {
        match self.call(Request::write(register, value))? {
            Answer::Written(raw) => Ok(V::from_raw(raw)),
            _ => Err(Self::odd(register.address())),
        }
    }

    /// Reads several registers, in one go.
    ///
    /// # Errors
    /// No reply to one of them, or the port is gone.
    pub fn read_many(&mut self, addresses: Vec<Address>) -> Result<Vec<u16>, LineError> {
        match self.call(Request::ReadMany(addresses))? {
            Answer::Values(values) => Ok(values),
            _ => Err(Self::odd(crate::wire::unit::SERIAL_NUM.address())),
        }
    }

    /// Reads several registers, in one go, until two readings agree, at most four times: as [`Line::read_twice`].
    ///
    /// # Errors
    /// No reply to one of them, or the port is gone.
    pub fn read_many_twice(&mut self, addresses: &[Address]) -> Result<Vec<u16>, LineError> {
        let mut values = self.read_many(addresses.to_vec())?;
        for _ in 0..3 {
            let again = self.read_many(addresses.to_vec())?;
            if again == values {
                break;
            }
            values = again;
        }
        Ok(values)
    }

    /// Reads several registers of one moment: locked, read, unlocked.
    ///
    /// # Errors
    /// A lock, read or unlock failed, or the port is gone.
    pub fn read_locked(&mut self, addresses: Vec<Address>) -> Result<Vec<u16>, LineError> {
        match self.call(Request::ReadLocked(addresses))? {
            Answer::Values(values) => Ok(values),
            _ => Err(Self::odd(crate::wire::unit::LOCK.address())),
        }
    }

    /// Reads a cell's charge sum.
    ///
    /// # Errors
    /// No reply, or the port is gone.
    pub fn read_charge(&mut self, slot: Slot) -> Result<ChargeSum, LineError> {
        match self.call(Request::ReadCharge(slot))? {
            Answer::Charge(sum, _) => Ok(sum),
            _ => Err(Self::odd(crate::wire::cell::CHARGEH.at(slot).address())),
        }
    }

    /// An answer of a kind that its request does not have; the driver gives none such.
    pub(crate) fn odd(address: Address) -> LineError {
        LineError::Fault(Fault::new(address, FaultKind::NoReply, 0))
    }

    fn wait_for(&mut self, wanted: Ticket) -> Result<Answer, LineError> {
        let is_wanted = |output: &Output| matches!(output, Output::Reply { ticket, .. } if *ticket == wanted);
        if let Some(place) = self.waiting.iter().position(is_wanted)
            && let Some(Output::Reply { result, .. }) = self.waiting.remove(place)
        {
            return Ok(result?);
        }
        loop {
            while let Some(output) = self.driver.poll() {
                match output {
                    Output::Reply { ticket, result } if ticket == wanted => return Ok(result?),
                    other => self.waiting.push_back(other),
                }
            }
            self.pump_driver()?;
        }
    }

    /// One round for a call: outputs that wait for somebody else do not hold it up.
    fn pump_driver(&mut self) -> Result<(), TransportError> {
        let waiting = std::mem::take(&mut self.waiting);
        let result = self.pump_at_most(None);
        self.waiting = waiting;
        result.map(|_| ())
    }
}
