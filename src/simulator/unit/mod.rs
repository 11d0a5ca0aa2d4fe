//! A Batlab as its host sees it: two processors, four slots, and the lines between them.
//!
//! This is a second reading of the protocol, on its own: it shares no code with the side that drives
//! a unit, so that a mistake on either side shows.

mod application;
mod bay;
mod board;
mod bootloader;
mod calibration;
mod chance;
mod chatter;
mod communications;
mod diary;
mod drive;
mod frame;
mod line;
mod measuring;
mod modes;
mod outbox;
mod registers;
mod sensors;
#[cfg(test)]
mod tests;
mod times;
mod traffic;
mod usb;
mod version;

use super::bench::{LineKind, UnitSpec};
use super::cell::{Books, Cell};
use crate::clock::Instant;
use crate::identity::{SerialNumber, Slot};
use crate::units::{Amperes, Volts};
use application::Application;
use bay::Contents;
use board::Board;
use bootloader::Bootloader;
use diary::Diary;
use frame::Command;
use line::InnerLine;
use outbox::Outbox;
use std::collections::VecDeque;
use times::Times;
use version::Version;

pub use bootloader::image;
pub use diary::{Answered, Deed};
pub use sensors::SensorFault;

/// Microseconds that a unit has been plugged in for at its clock's origin.
const PLUGGED_IN_BEFORE: u64 = 10_000_000;
/// Microseconds from power to the start of the bootloader's or the application's own code. What
/// arrives meanwhile is lost.
const POWER_UP: u64 = 600_000;
/// Microseconds from power until the host's side listens.
const USB_UP: u64 = 300_000;

/// One simulated unit. Time passes only when it is told to; what is done to it physically is done at
/// the moment that it was last told of.
#[derive(Clone, Debug)]
pub struct Unit {
    serial: SerialNumber,
    board: Board,
    program: Program,
    times: Times,
    /// What the host has written, where the cable is modelled.
    cable: usb::Inwards,
    line: InnerLine,
    /// What the measurement processor says to the communications processor, and when it is heard.
    to_comms: VecDeque<(u64, Command)>,
    /// When the main loop may take the next command.
    pass_at: u64,
    out: Outbox,
    usb_up_at: u64,
    interrupts_lose_bytes: bool,
    bootloader_has_buffer: bool,
    now: u64,
    version: Version,
    diary: Diary,
}

/// What the measurement processor runs.
#[derive(Clone, Debug)]
enum Program {
    /// Nothing yet.
    Starting {
        /// When its own code begins.
        until: u64,
    },
    Application(Box<Application>),
    Bootloader(Bootloader),
}

/// What happens next inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Started,
    Awake,
    SliceEnd,
    Tick,
    Pass,
    Sense,
    Packet,
    Heard,
}

impl Unit {
    /// A unit of a bench with this seed. It has been plugged in for ten seconds at its clock's origin.
    pub fn new(spec: &UnitSpec, bench_seed: u64) -> Self {
        let mut unit = Self {
            serial: spec.serial,
            board: Board::new(spec, bench_seed),
            program: Program::Starting { until: POWER_UP },
            times: Times::of(spec.line),
            cable: usb::Inwards::default(),
            line: InnerLine::default(),
            to_comms: VecDeque::new(),
            pass_at: 0,
            out: Outbox::new(spec.line),
            usb_up_at: 0,
            interrupts_lose_bytes: spec.line == LineKind::Modelled,
            bootloader_has_buffer: false,
            now: 0,
            version: Version(spec.firmware),
            diary: Diary::default(),
        };
        unit.run_to(PLUGGED_IN_BEFORE);
        unit
    }

    /// Its serial number.
    pub fn serial(&self) -> SerialNumber {
        self.serial
    }

    /// Lets time pass up to a moment. An earlier one changes nothing.
    pub fn advance_to(&mut self, at: Instant) {
        self.run_to(inside(at));
    }

    /// Takes bytes from the host, which come at this moment.
    pub fn receive(&mut self, at: Instant, bytes: &[u8]) {
        self.run_to(inside(at));
        if self.now < self.usb_up_at {
            return;
        }
        match self.board.line {
            LineKind::Simple => self.hear(bytes),
            LineKind::Modelled => self.cable.write(bytes, self.now),
        }
    }

    /// The next moment, given no further input, at which bytes can be taken, or at which something
    /// happens inside that may lead to bytes.
    pub fn next_output(&self) -> Option<Instant> {
        if let Some(ready) = self.out.ready_at() {
            return Some(outside(ready));
        }
        let next = match (self.next_event(self.line.is_asked())?, self.board.line) {
            // What comes of these is with the host at the end of a frame, and not before the communications
            // processor has seen to it.
            ((at, Event::Pass | Event::Packet | Event::Heard), LineKind::Modelled) => {
                usb::frame_end(at + self.times.own_answer.0)
            }
            ((at, _), _) => at,
        };
        Some(outside(next))
    }

    /// Appends to `into` the bytes that can be read at this moment.
    pub fn take_output(&mut self, at: Instant, into: &mut Vec<u8>) {
        self.run_to(inside(at));
        self.out.take(self.now, into);
    }

    /// The truth about the cell in a slot now; `None` where there is none.
    pub fn books(&mut self, slot: Slot) -> Option<Books> {
        let now = self.now;
        self.board.bays[slot.index()].books(now)
    }

    /// The cell in a slot as it is now; `None` where there is none.
    pub fn cell(&mut self, slot: Slot) -> Option<Cell> {
        let now = self.now;
        self.board.bays[slot.index()].cell(now).cloned()
    }

    /// The current that truly flows through the cell in a slot now, positive into it; of a sine, its mean.
    pub fn current(&mut self, slot: Slot) -> Amperes {
        let now = self.now;
        self.board.bays[slot.index()].current(now)
    }

    /// Keeps from now on what commands do, for [`Unit::take_deeds`].
    pub fn keep_diary(&mut self) {
        self.diary.open();
    }

    /// What commands did since this was asked last, in order. Nothing before [`Unit::keep_diary`].
    pub fn take_deeds(&mut self) -> Vec<Deed> {
        self.diary.take()
    }

    /// Makes a slot's driver give so much of what it is set to, whatever chance had made of it: 1.05 is
    /// 5 % too much.
    pub fn set_driver(&mut self, slot: Slot, gain: f64) {
        let now = self.now;
        self.board.bays[slot.index()].set_driver(gain, now);
    }

    /// What a register holds, without asking over the line; `None` where a read would be refused or
    /// not answered. Namespaces as on the wire.
    pub fn register(&self, namespace: u8, address: u8) -> Option<u16> {
        match &self.program {
            Program::Application(application) => application.read(namespace, address, &self.board, self.now),
            Program::Starting { .. } | Program::Bootloader(_) => None,
        }
    }

    /// Puts a cell into a slot, the right way round or not, and gives the one that was there.
    pub fn insert_cell(&mut self, slot: Slot, mut cell: Cell, reversed: bool) -> Option<Cell> {
        cell.set_ambient(self.board.ambient);
        let contents = if reversed { Contents::Reversed(cell) } else { Contents::Cell(cell) };
        self.put(slot, contents)
    }

    /// Takes the cell out of a slot.
    pub fn remove_cell(&mut self, slot: Slot) -> Option<Cell> {
        self.put(slot, Contents::Empty)
    }

    /// Plugs the external supply in or out.
    pub fn set_supply(&mut self, plugged: bool) {
        let Board { comms, timing, bays, .. } = &mut self.board;
        comms.plug(plugged, self.now, timing);
        for bay in bays {
            bay.set_supplied(plugged, self.now);
        }
    }

    /// Breaks one of a slot's sensors for good. A unit that is starting has nothing to break yet.
    pub fn break_sensor(&mut self, slot: Slot, fault: SensorFault) {
        if let Program::Application(application) = &mut self.program {
            let registers = &application.cells[slot.index()].registers;
            self.board.bays[slot.index()].stuck.add(fault, registers);
        }
    }

    /// Sets the voltage that the unit's own parts run on.
    pub fn set_vcc(&mut self, volts: Volts) {
        self.board.set_vcc(volts.0, self.now);
    }

    /// Takes the power away and gives it again at once.
    pub fn power_cycle(&mut self) {
        let now = self.now;
        self.board.drives_off(now);
        self.board.comms.reset();
        self.line.clear();
        self.cable = usb::Inwards::default();
        self.to_comms.clear();
        self.out = Outbox::new(self.board.line);
        self.usb_up_at = now + USB_UP;
        self.restart();
    }

    /// Turns the cell in a slot round.
    pub fn turn_cell(&mut self, slot: Slot) {
        let now = self.now;
        let bay = &mut self.board.bays[slot.index()];
        let turned = match bay.put(Contents::Empty, now) {
            Contents::Empty => Contents::Empty,
            Contents::Cell(cell) => Contents::Reversed(cell),
            Contents::Reversed(cell) => Contents::Cell(cell),
        };
        bay.put(turned, now);
    }

    /// Lets the time of the watchdog be over, as if nobody had kicked it, if it is on.
    pub fn expire_watchdog(&mut self) {
        if let Program::Application(application) = &mut self.program {
            application.unit[registers::unit::WATCHDOG_TIMER] = 0;
        }
    }

    /// Resets the unit, and lets it stay in its bootloader until its power is taken away for a moment, or it
    /// is told to leave.
    pub fn reset_into_bootloader(&mut self) {
        self.board.eeprom.start_bootloader = true;
        self.power_cycle();
    }

    /// Loses one byte on the line between the processors: of those that the host's commands put on it
    /// from now on, the one after so many.
    pub fn lose_inner_byte(&mut self, after: u32) {
        self.line.lose_after(after);
    }

    /// How often a buffer of the line between the processors was full when the host, or an answer that the
    /// processors gave each other, put more into it; since the power came.
    pub fn overruns(&self) -> u64 {
        self.line.overruns()
    }

    /// Whether the interrupt that closes a slice loses bytes, as it does in about one of a thousand
    /// requests on a real unit. Off in a new unit, but for one whose line is modelled.
    pub fn set_interrupts_lose_bytes(&mut self, lose: bool) {
        self.interrupts_lose_bytes = lose;
    }

    /// Gives the bootloader the application's receive buffer, so that it takes several requests in flight.
    /// The published one has none.
    pub fn set_bootloader_has_buffer(&mut self, has: bool) {
        self.bootloader_has_buffer = has;
    }

    fn put(&mut self, slot: Slot, contents: Contents) -> Option<Cell> {
        match self.board.bays[slot.index()].put(contents, self.now) {
            Contents::Empty => None,
            Contents::Cell(cell) | Contents::Reversed(cell) => Some(cell),
        }
    }

    /// Resets the measurement processor.
    fn restart(&mut self) {
        self.board.drives_off(self.now);
        self.diary.push(|| Deed::Restarted(outside(self.now)));
        let until = self.now + POWER_UP;
        self.line.deafen(until);
        self.program = Program::Starting { until };
    }

    fn run_to(&mut self, to: u64) {
        while let Some((at, event)) = self.next_event(true) {
            if at > to {
                break;
            }
            self.now = self.now.max(at);
            self.handle(event);
            self.talk();
        }
        self.now = self.now.max(to);
    }

    /// What happens next; on request without what the processors say to each other.
    fn next_event(&self, with_talk: bool) -> Option<(u64, Event)> {
        let mut next = self.board.comms.senses_at().map(|at| (at, Event::Sense));
        let mut earlier = |at: u64, event: Event| {
            if next.is_none_or(|(first, _)| at < first) {
                next = Some((at, event));
            }
        };
        let pass = if with_talk { self.line.ready_at() } else { None };
        match &self.program {
            Program::Starting { until } => earlier(*until, Event::Started),
            Program::Application(application) => {
                earlier(application.rotation.ends_at, Event::SliceEnd);
                earlier(application.tick_at, Event::Tick);
                if self.now < application.awake_at {
                    earlier(application.awake_at, Event::Awake);
                } else if let Some(ready) = pass {
                    earlier(ready.max(self.pass_at), Event::Pass);
                }
            }
            Program::Bootloader(_) => {
                if let Some(ready) = pass {
                    earlier(ready.max(self.pass_at), Event::Pass);
                }
            }
        }
        if let Some(there) = self.cable.packet_at() {
            earlier(there, Event::Packet);
        }
        if let Some((heard, _)) = self.to_comms.front().filter(|_| with_talk) {
            earlier(*heard, Event::Heard);
        }
        next
    }

    fn handle(&mut self, event: Event) {
        let now = self.now;
        match (event, &mut self.program) {
            (Event::Sense, _) => self.board.comms.sense(),
            (Event::Started, _) => self.start_program(),
            (Event::Awake, Program::Application(application)) => application.serve_all(&mut self.board, now),
            (Event::SliceEnd, Program::Application(application)) => {
                application.end_slice(&mut self.board, now)
            }
            (Event::Tick, Program::Application(application)) => {
                let out = &mut self.out;
                application
                    .tick(&mut self.board, now, |board, packet| out.send(packet, now, 0, &mut board.timing));
                self.wait_for_room();
            }
            (Event::Pass, _) => self.pass(),
            (Event::Packet, _) => {
                let packet = self.cable.take();
                self.hear(&packet);
            }
            (Event::Heard, _) => self.answer_inwards(),
            _ => {}
        }
    }

    /// The bootloader looks whether it is wanted; otherwise the application starts.
    fn start_program(&mut self) {
        let wanted = std::mem::take(&mut self.board.eeprom.start_bootloader);
        if wanted || !self.board.flash.is_valid() {
            self.program = Program::Bootloader(Bootloader::new());
        } else {
            self.start_application();
        }
    }

    fn start_application(&mut self) {
        self.version = self.board.flash.version().map_or(self.version, Version);
        let application = Application::start(self.version, &mut self.board, self.now);
        self.program = Program::Application(Box::new(application));
    }
}

/// A moment of the unit's own time.
fn inside(at: Instant) -> u64 {
    at.as_micros().saturating_add(PLUGGED_IN_BEFORE)
}

/// A moment of the host's clock.
fn outside(at: u64) -> Instant {
    Instant::from_micros(at.saturating_sub(PLUGGED_IN_BEFORE))
}
