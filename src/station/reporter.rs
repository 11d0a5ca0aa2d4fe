//! The way of facts and rows from a station to the scheduler.

use super::backlog::Backlog;
use super::live::Live;
use super::outbox::Outbox;
use crate::clock::{Clock, Instant};
use crate::event::Sample;
use crate::event::{Entry, Event, Note};
use crate::identity::{CellName, Place, SerialNumber, Slot};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

/// Rows are gathered for so long before somebody is woken to take them.
const GATHER: Duration = Duration::from_millis(750);

/// Stamps what a station reports and sends it on. Where time passes by itself it never waits for whoever takes it: what is not
/// taken at once is held back, in order, until it is.
pub struct Reporter {
    outbox: Outbox,
    backlog: Backlog,
    clock: Arc<dyn Clock>,
    unit: SerialNumber,
    /// Rows that are gathered where time stands still, before somebody is woken to take them.
    lot: usize,
    /// Up to when rows are gathered, where nothing else waits.
    gathers: Option<Instant>,
}

impl Reporter {
    /// Reports of one unit, by its clock. When so many are held back, the tests of its cells end.
    pub fn new(
        sender: SyncSender<Vec<Note>>,
        held_back: usize,
        clock: Arc<dyn Clock>,
        unit: SerialNumber,
    ) -> Self {
        Self {
            outbox: Outbox::new(sender),
            backlog: Backlog::bounded(held_back),
            clock,
            unit,
            lot: 1,
            gathers: None,
        }
    }

    /// Rows in one lot, where it does not matter that whoever takes them is behind.
    pub const LOT: usize = 64;

    /// The same, and where time stands still rows are handed on in lots of so many. No fact waits.
    #[must_use]
    pub fn in_lots_of(self, lot: usize) -> Self {
        Self { lot, ..self }
    }

    /// The unit.
    pub fn unit(&self) -> SerialNumber {
        self.unit
    }

    /// Whether somebody still listens. If not, nothing can be recorded any more.
    pub fn is_heard(&self) -> bool {
        self.outbox.is_heard()
    }

    /// Reports a fact about the unit.
    pub fn unit_fact(&mut self, event: Event) {
        self.fact(None, None, event);
    }

    /// Reports a fact about a slot without a cell under test.
    pub fn slot_fact(&mut self, slot: Slot, event: Event) {
        self.fact(Some(slot), None, event);
    }

    /// Reports a fact about a cell.
    pub fn cell_fact(&mut self, live: &Live, event: Event) {
        self.fact(Some(live.place.slot), Some(live.cell.clone()), event);
    }

    /// Reports a row of a cell's time series.
    pub fn row(&mut self, place: Place, sample: Sample) {
        self.send(Note::Row(place, Box::new(sample)));
    }

    /// Hands on what was held back or gathered for long enough, as far as it is taken at once. Where time stands still nothing is
    /// held back, and rows are gathered by their number.
    pub fn hand_on(&mut self) {
        let gathers = self.gathers.is_some_and(|until| self.clock.now() < until);
        if !gathers && self.clock.passes_by_itself() {
            self.hand_on_now();
        }
    }

    fn hand_on_now(&mut self) {
        self.gathers = None;
        self.outbox.hand_on();
        self.tell_backlog();
    }

    /// Hands on everything that was held back, and waits until it is taken. Not to be called while currents are controlled.
    pub fn deliver(&mut self) {
        self.outbox.deliver();
        self.tell_backlog();
        self.outbox.deliver();
    }

    /// Why the tests of the unit's cells must end, where more is held back than may be.
    pub fn too_much(&self) -> Option<String> {
        self.backlog.too_much(self.outbox.held(), self.clock.now())
    }

    fn fact(&mut self, slot: Option<Slot>, cell: Option<CellName>, event: Event) {
        let now = self.clock.now();
        self.send(Note::Fact(Box::new(Entry {
            time: self.clock.wall(now),
            test_time_second: now.since(Instant::ORIGIN).as_secs_f64(),
            unit: Some(self.unit),
            slot,
            cell,
            event,
        })));
    }

    fn send(&mut self, note: Note) {
        let is_row = matches!(note, Note::Row(..));
        let is_first = self.outbox.held() == 0;
        self.outbox.put(note);
        if self.clock.passes_by_itself() {
            match is_row {
                true if is_first => self.gathers = Some(self.clock.now() + GATHER),
                true => self.hand_on(),
                false => self.hand_on_now(),
            }
        } else if !is_row || self.outbox.held() >= self.lot {
            self.outbox.deliver();
        }
    }

    fn tell_backlog(&mut self) {
        let held = self.outbox.held();
        if let Some(what) = self.backlog.look(held, self.clock.now()) {
            self.unit_fact(Event::Notice { what });
        }
    }
}
