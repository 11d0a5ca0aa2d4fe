//! The driver itself: what goes out, what came in, and what is overdue.

use super::burst::Burst;
use super::chase::Chase;
use super::exclusive::{Act, Alone, Context, Outcome, Script};
use super::flights::{Flight, Flights, Match, Owner};
use super::locked::Locked;
use super::reads::Reads;
use super::start::Start;
use super::verified::Write;
use super::{Config, Fault, FaultKind, Note, Output, Request, Ticket};
use crate::clock::Instant;
use crate::wire::{Access, Address, Command, Decoder, Frame, Response};
use crate::wire::{bootloader, unit};
use std::collections::VecDeque;

/// Zero bytes that end a torn frame; never the mark of a frame, which would begin another.
const FLUSH: [u8; 8] = [0; 8];

/// What is read before all else after a write was lost, and whose value nobody wants. If the write lost a
/// byte inside the unit, the next frame completes it, and is itself lost with what it asked: a setpoint may
/// run away meanwhile, so the frame that is spent on it must not be the one that looks for that.
const SPENT: Command = Command::Read(crate::wire::unit::LED_MESSAGE.address());

/// Talks with one unit, without input or output: it is handed requests, bytes and the time, and gives
/// bytes, outputs, and the moment at which it wants to be called again.
///
/// After any of [`submit`](Self::submit), [`receive`](Self::receive) and [`on_deadline`](Self::on_deadline)
/// there may be bytes to [`transmit`](Self::transmit) and outputs to [`poll`](Self::poll).
#[derive(Debug)]
pub struct Driver {
    config: Config,
    decoder: Decoder,
    garbage: u64,
    tickets: u64,
    urgent: VecDeque<(Ticket, Request)>,
    queue: VecDeque<(Ticket, Request)>,
    reads: Reads,
    alone: Option<Alone>,
    flights: Flights,
    chase: Chase,
    /// Zero bytes are to be sent.
    flush: bool,
    /// A frame is to be spent, since a write was lost.
    spend: bool,
    /// Nothing is sent before this moment.
    quiet_until: Option<Instant>,
    /// Timeouts in a row.
    timeouts: u32,
    /// The newest command in flight when the last timeout was counted.
    silence: u64,
    setpoints: [Option<u16>; 4],
    eeprom_writes: u64,
    notes: Vec<Note>,
    outputs: VecDeque<Output>,
}

impl Driver {
    /// A driver that has not said anything yet. More than twelve in flight are never allowed.
    pub fn new(config: Config) -> Self {
        let in_flight = config.in_flight.clamp(1, Config::MOST_IN_FLIGHT);
        let config = Config { in_flight, tries: config.tries.max(1), ..config };
        Self {
            config,
            decoder: Decoder::new(),
            garbage: 0,
            tickets: 0,
            urgent: VecDeque::new(),
            queue: VecDeque::new(),
            reads: Reads::default(),
            alone: None,
            flights: Flights::default(),
            chase: Chase::default(),
            flush: false,
            spend: false,
            quiet_until: None,
            timeouts: 0,
            silence: 0,
            setpoints: [None; 4],
            eeprom_writes: 0,
            notes: Vec::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Its bounds and times.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How often it has sent a write to a register that is kept in EEPROM, which wears.
    pub fn eeprom_writes(&self) -> u64 {
        self.eeprom_writes
    }

    /// Whether every request has been answered.
    pub fn is_idle(&self) -> bool {
        self.alone.is_none() && self.reads.is_idle() && self.queue.is_empty() && self.urgent.is_empty()
    }

    /// Whether the unit has not answered for so long that nothing is tried twice.
    pub fn is_silent(&self) -> bool {
        self.timeouts >= self.config.silent_after
    }

    /// Starts, or starts anew: gives up all that is under way, forgets what was written, drains what the
    /// unit still has to say, and asks what runs in it.
    pub fn start(&mut self, now: Instant) -> Ticket {
        if let Some(alone) = self.alone.take() {
            self.reply(alone.ticket, Err(alone.script.abandoned()));
        }
        self.reads.abandon(&mut self.outputs);
        for (ticket, request) in self.urgent.drain(..).chain(self.queue.drain(..)) {
            let result = Err(Fault::new(about(&request), FaultKind::Abandoned, 0));
            self.outputs.push_back(Output::Reply { ticket, result });
        }
        self.flights.clear();
        self.setpoints = [None; 4];
        self.timeouts = 0;
        let ticket = self.ticket();
        let script = Script::Start(Start::new(now + self.config.start, self.config.drain));
        self.begin(now, ticket, script);
        ticket
    }

    /// Hands in a request. Requests begin in the order in which they came.
    pub fn submit(&mut self, now: Instant, request: Request) -> Ticket {
        self.enqueue(now, request, false)
    }

    /// Hands in a request that begins before all that wait, such as a stop; one that has the line alone
    /// at the moment is finished first.
    pub fn submit_urgent(&mut self, now: Instant, request: Request) -> Ticket {
        self.enqueue(now, request, true)
    }

    fn enqueue(&mut self, _now: Instant, request: Request, urgent: bool) -> Ticket {
        let ticket = self.ticket();
        match permitted(&request) {
            Err(fault) => self.reply(ticket, Err(fault)),
            Ok(()) if urgent => self.urgent.push_back((ticket, request)),
            Ok(()) => self.queue.push_back((ticket, request)),
        }
        ticket
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    fn reply(&mut self, ticket: Ticket, result: Result<super::Answer, Fault>) {
        self.outputs.push_back(Output::Reply { ticket, result });
    }

    /// The next output; `None` when there is no more for now.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether [`poll`](Self::poll) has something to give.
    pub fn has_output(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// Appends all bytes that may go now, to be sent as they are and at once.
    pub fn transmit(&mut self, now: Instant, into: &mut Vec<u8>) {
        if std::mem::take(&mut self.flush) {
            into.extend_from_slice(&FLUSH);
        }
        if self.quiet_until.is_some() {
            return;
        }
        self.send_what_may_go(now, into);
        if self.chase_at().is_some_and(|due| due <= now) {
            let address = self.chase.next();
            if self.flights.permits(Command::Read(address)) {
                self.launch(now, Command::Read(address), Owner::Nobody, into);
            }
        }
    }

    fn send_what_may_go(&mut self, now: Instant, into: &mut Vec<u8>) {
        loop {
            if let Some(alone) = &mut self.alone {
                let Some(command) = alone.next().filter(|command| self.flights.permits(*command)) else {
                    return;
                };
                alone.is_sent();
                self.launch(now, command, Owner::Alone, into);
                continue;
            }
            if !self.admit(now) {
                return;
            }
            if self.alone.is_some() {
                continue;
            }
            while self.flights.in_unit() < self.config.in_flight
                && let Some(item) = self.reads.next()
                && self.flights.permits(Command::Read(item.address))
                && let Some(mut item) = self.reads.take_next()
            {
                item.tries += 1;
                self.launch(now, Command::Read(item.address), Owner::Read(item), into);
            }
            if self.flights.in_unit() >= self.config.in_flight || !self.reads.is_drained() {
                return;
            }
        }
    }

    fn launch(&mut self, now: Instant, command: Command, owner: Owner, into: &mut Vec<u8>) {
        let (is_write, address) = (command.is_write(), command.address());
        let time = match (is_write, address.info().eeprom) {
            (true, true) => {
                self.eeprom_writes += 1;
                self.config.eeprom_deadline
            }
            (true, false) if address == bootloader::DATA.address() => self.config.erase_deadline,
            _ => self.config.deadline,
        };
        let is_first = self.flights.in_unit() == 0;
        self.flights.launch(command, owner, now + time);
        self.chase.launched(now, self.flights.sent(), is_first);
        if std::mem::take(&mut self.spend) {
            into.extend_from_slice(&SPENT.encode());
        }
        into.extend_from_slice(&command.encode());
    }

    /// Begins the request whose turn it is. Whether there is something to send, or may be.
    fn admit(&mut self, now: Instant) -> bool {
        if let Some((_, request)) = self.urgent.front() {
            if !is_read(request) && !self.flights.is_empty() {
                return false;
            }
            if let Some((ticket, request)) = self.urgent.pop_front() {
                self.take_up(now, ticket, request, true);
            }
            return true;
        }
        if !self.reads.is_drained() {
            return true;
        }
        match self.queue.front() {
            Some((_, request)) if is_read(request) || self.reads.is_idle() => {
                if let Some((ticket, request)) = self.queue.pop_front() {
                    self.take_up(now, ticket, request, false);
                }
                true
            }
            _ => false,
        }
    }

    fn take_up(&mut self, now: Instant, ticket: Ticket, request: Request, first: bool) {
        match request {
            Request::Read(address) => self.reads.read(ticket, address, first),
            Request::ReadMany(addresses) if addresses.is_empty() => {
                self.reply(ticket, Ok(super::Answer::Values(Vec::new())));
            }
            Request::ReadMany(addresses) => self.reads.read_many(ticket, &addresses, first),
            Request::ReadCharge(slot) => self.reads.read_charge(ticket, slot, first),
            Request::Write(address, raw) => self.begin(now, ticket, Script::Write(Write::once(address, raw))),
            Request::WriteVerified(address, raw) => {
                self.begin(now, ticket, Script::Write(Write::verified(address, raw)));
            }
            Request::Burst { commands, in_flight } => {
                self.begin(now, ticket, Script::Burst(Burst::new(commands, in_flight)));
            }
            Request::ReadLocked(addresses) => {
                self.begin(now, ticket, Script::Locked(Locked::new(addresses)));
            }
        }
    }

    fn begin(&mut self, now: Instant, ticket: Ticket, script: Script) {
        self.alone = Some(Alone { ticket, script, next: None });
        self.go_on(now, Outcome::Begin);
    }

    /// Tells the request that has the line alone how its last act went, and sees to its next.
    fn go_on(&mut self, now: Instant, outcome: Outcome) {
        let Some(mut alone) = self.alone.take() else { return };
        let mut context = Context {
            now,
            tries: self.config.tries,
            pause: self.config.pause,
            setpoints: &mut self.setpoints,
            notes: &mut self.notes,
        };
        let act = alone.script.step(&mut context, outcome);
        self.outputs.extend(self.notes.drain(..).map(Output::Note));
        match act {
            Act::Done(result) => {
                self.reply(alone.ticket, result);
                return;
            }
            Act::Send(command) => alone.next = Some(command),
            Act::Wait => {}
            Act::Flush(pause) => {
                self.flush = true;
                self.quiet_until = Some(now + pause);
            }
        }
        self.alone = Some(alone);
    }

    /// Takes bytes that came from the unit, in slices of any size.
    pub fn receive(&mut self, now: Instant, bytes: &[u8]) {
        if let Some(Alone { script: Script::Start(start), .. }) = &self.alone
            && start.is_draining()
        {
            return;
        }
        let mut decoder = std::mem::take(&mut self.decoder);
        decoder.feed(bytes, |frame| match frame {
            Frame::Response(response) => self.land(now, response),
            Frame::Stream(packet) => self.outputs.push_back(Output::Stream(now, packet)),
        });
        self.decoder = decoder;
        self.count_garbage();
    }

    fn count_garbage(&mut self) {
        let garbage = self.decoder.garbage();
        if garbage != self.garbage {
            self.outputs.push_back(Output::Note(Note::Garbage(garbage - self.garbage)));
            self.garbage = garbage;
        }
    }

    fn land(&mut self, now: Instant, response: Response) {
        let mut overtaken: [Option<Flight>; Config::MOST_IN_FLIGHT] = [None; Config::MOST_IN_FLIGHT];
        let mut places = overtaken.iter_mut();
        let found = self.flights.land(response, |flight| {
            if let Some(place) = places.next() {
                *place = Some(flight);
            }
        });
        let flight = match found {
            Match::Flight(flight) => flight,
            Match::Late => {
                // Slow is not silent.
                self.timeouts = 0;
                return self.outputs.push_back(Output::Note(Note::Late(response.address)));
            }
            Match::Unasked if response.address == SPENT.address() && !response.is_write => return,
            Match::Unasked if response.is_write => {
                return self.outputs.push_back(Output::Note(Note::Strayed(response.address)));
            }
            Match::Unasked => return self.outputs.push_back(Output::Note(Note::Unasked(response.address))),
        };
        self.timeouts = 0;
        self.chase.landed(now, flight.order());
        // The last first, so that they are asked again in their old order.
        overtaken.into_iter().flatten().rev().for_each(|flight| self.lost(now, flight));
        match flight.owner {
            Owner::Read(item) => self.reads.value(item, response.data, self.config.tries, &mut self.outputs),
            Owner::Alone => self.go_on(now, Outcome::Reply(response.data)),
            Owner::Nobody => {}
        }
    }

    fn lost(&mut self, now: Instant, flight: Flight) {
        let tries = match flight.owner {
            Owner::Read(item) => item.tries,
            Owner::Alone => 1,
            Owner::Nobody => return,
        };
        let (address, is_write) = (flight.address, flight.is_write);
        self.spend |= is_write;
        self.outputs.push_back(Output::Note(Note::Lost { address, is_write, tries }));
        let silent = self.is_silent().then_some(self.timeouts);
        match flight.owner {
            Owner::Read(item) => {
                let fault = match silent {
                    Some(timeouts) => Some(FaultKind::Silent { timeouts }),
                    None => (item.tries >= self.config.tries).then_some(FaultKind::NoReply),
                };
                self.reads.lost(item, fault, &mut self.outputs);
            }
            Owner::Alone => self.go_on(now, Outcome::Lost(silent)),
            Owner::Nobody => {}
        }
    }

    /// When a read is to be sent behind those that are not answered.
    fn chase_at(&self) -> Option<Instant> {
        let may = self.quiet_until.is_none()
            && !self.is_silent()
            && self.flights.in_unit() < self.config.in_flight
            && self.flights.can_be_chased();
        self.chase.due().filter(|_| may)
    }

    /// The moment at which [`on_deadline`](Self::on_deadline) is to be called, if nothing comes before.
    /// There is one as long as a request is under way, once its bytes were transmitted.
    pub fn deadline(&self) -> Option<Instant> {
        let waits_for_ghost =
            || self.alone.as_ref().map_or(!self.reads.is_drained(), |alone| alone.next().is_some());
        // Asked last: there is hardly ever a ghost, and this is asked before each wait.
        let ghost = self.flights.ghost_deadline().filter(|_| waits_for_ghost());
        [self.flights.deadline(), self.quiet_until, ghost, self.chase_at()].into_iter().flatten().min()
    }

    /// Sees to all that is overdue. Called too early it does nothing.
    pub fn on_deadline(&mut self, now: Instant) {
        self.flights.lay_ghosts(now);
        if self.quiet_until.is_some_and(|until| until <= now) {
            self.quiet_until = None;
            if self.flights.is_empty() {
                // What has not become a frame by now never will.
                self.decoder.reset();
                self.count_garbage();
            }
            if self.alone.as_ref().is_some_and(|alone| alone.next().is_none()) && self.flights.is_empty() {
                self.go_on(now, Outcome::Quiet);
            }
        }
        let mut overdue = false;
        let late = now + self.config.late;
        while let Some(flight) = self.flights.expire(now, late) {
            if matches!(flight.owner, Owner::Nobody) {
                continue;
            }
            overdue = true;
            if flight.order() > self.silence {
                // However many were in flight when it fell silent: the unit was silent once.
                self.timeouts = self.timeouts.saturating_add(1);
                self.silence = self.flights.sent();
            }
            // The zeros of a flush would make a torn kick a count of 0, which stops every cell. The next
            // frame's first byte makes it a count that is too long, and that is seen and written again.
            let kick = flight.is_write && flight.address == unit::WATCHDOG_TIMER.address();
            self.flush |= !kick;
            self.quiet_until = Some(now + self.config.pause);
            self.lost(now, flight);
        }
        // A start asks on for longer than that, and an unlock still has to be tried.
        if overdue && self.is_silent() && self.alone.is_none() {
            self.fall_silent();
        }
    }

    /// Fails all that waits, rather than letting each wait for its own timeout.
    fn fall_silent(&mut self) {
        let kind = FaultKind::Silent { timeouts: self.timeouts };
        self.reads.fail_all(&kind, &mut self.outputs);
        for (ticket, request) in self.urgent.drain(..).chain(self.queue.drain(..)) {
            let result = Err(Fault::new(about(&request), kind.clone(), 0));
            self.outputs.push_back(Output::Reply { ticket, result });
        }
    }
}

fn is_read(request: &Request) -> bool {
    matches!(request, Request::Read(_) | Request::ReadMany(_) | Request::ReadCharge(_))
}

/// The register that a request is about, for a fault that has no better place.
fn about(request: &Request) -> Address {
    match request {
        Request::Read(address) | Request::Write(address, _) | Request::WriteVerified(address, _) => *address,
        Request::ReadMany(addresses) => {
            addresses.first().copied().unwrap_or(crate::wire::unit::SERIAL_NUM.address())
        }
        Request::ReadCharge(slot) => crate::wire::cell::CHARGEH.at(*slot).address(),
        Request::ReadLocked(_) => crate::wire::unit::LOCK.address(),
        Request::Burst { commands, .. } => {
            commands.first().map_or(bootloader::ADDR.address(), |command| command.address())
        }
    }
}

/// Refuses what must not be sent at all.
fn permitted(request: &Request) -> Result<(), Fault> {
    let may_send = |command: Command| {
        let address = command.address();
        let info = address.info();
        match (command, info.access) {
            (Command::Read(_), Access::WriteOnly) | (Command::Write(..), Access::ReadOnly) => {
                Err(Fault::new(address, FaultKind::NoAccess, 0))
            }
            (Command::Read(_), _) => Ok(()),
            (Command::Write(_, raw), _) => {
                (info.check)(raw).map_err(|error| Fault::new(address, FaultKind::NotWritable(error), 0))
            }
        }
    };
    match request {
        Request::Read(address) => may_send(Command::Read(*address)),
        Request::ReadMany(addresses) | Request::ReadLocked(addresses) => {
            addresses.iter().try_for_each(|address| may_send(Command::Read(*address)))
        }
        Request::Write(address, raw) | Request::WriteVerified(address, raw) => {
            may_send(Command::Write(*address, *raw))
        }
        Request::Burst { commands, .. } => commands.iter().try_for_each(|command| may_send(*command)),
        Request::ReadCharge(_) => Ok(()),
    }
}
