//! The person at a simulated bench: takes the cells out that lie there, and puts in what a queue asks for.

use crate::event::{Entry, Event};
use crate::identity::{CellName, Place, SerialNumber, Slot};
use crate::record::CellTruth;
use crate::simulator::Unit;
use crate::simulator::bench::{Bench, SlotSpec};
use crate::simulator::cell::{Cell, CellSpec};
use crate::units::Celsius;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// A tireless one, without mistakes. A queue has more cells than the bench: those that come after the bench's own
/// are like them, each by a seed of its own.
pub(super) struct Operator {
    units: Vec<(SerialNumber, Arc<Mutex<Unit>>)>,
    /// The bench's own cells.
    basket: VecDeque<Cell>,
    /// What more cells are like.
    kinds: Vec<(CellSpec, Celsius)>,
    seed: u64,
    made: u64,
    /// The books of each cell that was taken out, as they were then.
    pub(super) books: BTreeMap<CellName, CellTruth>,
}

impl Operator {
    /// Takes every cell of the bench out of its slot.
    pub(super) fn new(bench: &Bench, units: Vec<(SerialNumber, Arc<Mutex<Unit>>)>) -> Self {
        let mut kinds = Vec::new();
        for unit in &bench.units {
            for slot in &unit.slots {
                if let SlotSpec::Cell(spec) | SlotSpec::Reversed(spec) = slot {
                    kinds.push((spec.clone(), unit.ambient));
                }
            }
        }
        let (basket, books) = (VecDeque::new(), BTreeMap::new());
        let mut operator = Self { units, basket, kinds, seed: bench.seed, made: 0, books };
        let places: Vec<Place> = operator
            .units
            .iter()
            .flat_map(|(unit, _)| Slot::ALL.map(|slot| Place { unit: *unit, slot }))
            .collect();
        for place in places {
            let cell = operator.at(place, |unit| unit.remove_cell(place.slot)).flatten();
            operator.basket.extend(cell);
        }
        operator
    }

    /// Does what is asked for.
    pub(super) fn hear(&mut self, entry: &Entry) {
        let Some(place) = entry.unit.zip(entry.slot).map(|(unit, slot)| Place { unit, slot }) else { return };
        match &entry.event {
            Event::CellWanted => {
                if let Some(cell) = self.next() {
                    self.at(place, |unit| unit.insert_cell(place.slot, cell, false));
                }
            }
            Event::CellToTakeOut { .. } => {
                let cell = self.at(place, |unit| unit.remove_cell(place.slot)).flatten();
                self.books.extend(entry.cell.clone().zip(cell.map(|cell| cell.books().into())));
            }
            _ => {}
        }
    }

    fn next(&mut self) -> Option<Cell> {
        if let Some(cell) = self.basket.pop_front() {
            return Some(cell);
        }
        let count = u64::try_from(self.kinds.len()).unwrap_or(u64::MAX);
        let index = usize::try_from(self.made.checked_rem(count)?).ok()?;
        let (spec, ambient) = self.kinds.get(index)?;
        self.made += 1;
        // Far from the seeds of the bench's own cells, which count its units and slots.
        Some(Cell::new(spec, *ambient, self.seed.wrapping_add(self.made << 32)))
    }

    fn at<T>(&self, place: Place, act: impl FnOnce(&mut Unit) -> T) -> Option<T> {
        let (_, unit) = self.units.iter().find(|(serial, _)| *serial == place.unit)?;
        Some(act(&mut unit.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}
