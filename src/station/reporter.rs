//! The way of facts and rows from a station to the scheduler.

use super::live::Live;
use crate::clock::Clock;
use crate::event::Sample;
use crate::event::{Entry, Event, Note};
use crate::identity::{CellName, Place, SerialNumber, Slot};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

/// Stamps what a station reports and sends it on.
pub struct Reporter {
    sender: SyncSender<Note>,
    clock: Arc<dyn Clock>,
    unit: SerialNumber,
    heard: bool,
}

impl Reporter {
    /// Reports of one unit, by its clock.
    pub fn new(sender: SyncSender<Note>, clock: Arc<dyn Clock>, unit: SerialNumber) -> Self {
        Self { sender, clock, unit, heard: true }
    }

    /// The unit.
    pub fn unit(&self) -> SerialNumber {
        self.unit
    }

    /// Whether somebody still listens. If not, nothing can be recorded any more.
    pub fn is_heard(&self) -> bool {
        self.heard
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

    fn fact(&mut self, slot: Option<Slot>, cell: Option<CellName>, event: Event) {
        let now = self.clock.now();
        self.send(Note::Fact(Box::new(Entry {
            time: self.clock.wall(now),
            test_time_second: now.since(crate::clock::Instant::ORIGIN).as_secs_f64(),
            unit: Some(self.unit),
            slot,
            cell,
            event,
        })));
    }

    fn send(&mut self, note: Note) {
        self.heard &= self.sender.send(note).is_ok();
    }
}
