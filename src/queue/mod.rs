//! Many cells through a few slots: which cell goes where next, and what the person at the bench does with it.
//!
//! A [`Queue`] is a machine without clock or port: it is told what lies in each slot, which tests have ended and
//! which names were read, and says what is to be asked for, what begins, and what went wrong. It asks for one cell
//! at a time, at one slot: so a cell in another slot is a mistake that can be seen.

mod names;
#[cfg(test)]
mod tests;

pub use names::{BadPattern, Names, pattern};

use crate::event::Holds;
use crate::identity::{CellName, Place, SerialNumber};
use crate::units::Volts;
use crate::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Two voltages at rest that are so near could be of one cell that was put back: a cell moves less within
/// minutes, and different ones are seldom so alike.
const ALIKE: Volts = Volts(0.002);

/// So many of the cells that were taken out last are held against one that is put in.
const REMEMBERED: usize = 16;

/// What is to be done or told.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// This cell is to be put into this slot.
    Ask(CellName, Place),
    /// The name of the next cell is wanted; it will go into this slot.
    AskName(Place),
    /// The test of this cell begins.
    Begin(CellName, Place, Volts),
    /// The test of this cell is over; it is to be taken out.
    TakeOut(CellName, Place, Verdict),
    /// Something at this slot is not as it should be; in words, with what to do.
    Mistake(Place, String),
    /// A name that was read cannot be taken; in words.
    Refused(String),
}

/// What is known of a slot.
#[derive(Clone, Debug, PartialEq)]
enum Slot {
    /// It has not been seen yet.
    Unknown,
    Empty,
    Reversed,
    /// A cell lies in it that was not asked for.
    Stranger,
    /// A cell lies in it that looks like one that was taken out before.
    Suspect,
    Testing(CellName),
    /// The cell was not seen since its test ended so.
    Ended(CellName, Verdict),
    /// The cell lies in it, and its test is over.
    Done(CellName),
}

/// Cells that wait for slots.
#[derive(Clone, Debug)]
pub struct Queue {
    waiting: VecDeque<CellName>,
    /// Whether more names may come.
    open: bool,
    /// Every name there was, in lower case: files do not tell cases apart everywhere.
    known: BTreeSet<String>,
    slots: BTreeMap<Place, Slot>,
    asked: Option<(CellName, Place)>,
    name_asked: Option<Place>,
    /// Voltages of the cells that were taken out last.
    out: VecDeque<(CellName, Volts)>,
    /// The voltage of each cell that is done, as it was seen last.
    last: BTreeMap<Place, Volts>,
    /// A slot whose cell was suspected and taken out again: what comes now is believed.
    believed: Option<Place>,
    orders: VecDeque<Order>,
}

impl Queue {
    /// A queue for these slots, with the names that are left. `done` were tested before, `testing` are.
    pub fn new(names: Names, places: &[Place], done: &[CellName], testing: &[(CellName, Place)]) -> Self {
        let lower = |name: &CellName| name.as_str().to_ascii_lowercase();
        let gone: BTreeSet<String> =
            done.iter().chain(testing.iter().map(|(name, _)| name)).map(lower).collect();
        let waiting: VecDeque<_> =
            names.listed.into_iter().filter(|name| !gone.contains(&lower(name))).collect();
        let known = waiting.iter().map(lower).chain(gone).collect();
        let mut slots: BTreeMap<_, _> = places.iter().map(|place| (*place, Slot::Unknown)).collect();
        slots.extend(testing.iter().map(|(name, place)| (*place, Slot::Testing(name.clone()))));
        Self {
            waiting,
            open: names.open,
            known,
            slots,
            asked: None,
            name_asked: None,
            out: VecDeque::new(),
            last: BTreeMap::new(),
            believed: None,
            orders: VecDeque::new(),
        }
    }

    /// The next thing to do or to tell, the oldest first.
    pub fn next_order(&mut self) -> Option<Order> {
        self.orders.pop_front()
    }

    /// Whether every cell was tested and no more will come, or there is no slot left to test one in.
    pub fn is_over(&self) -> bool {
        let testing = self.slots.values().any(|slot| matches!(slot, Slot::Testing(_)));
        let nothing_left = self.waiting.is_empty() && !self.open && self.asked.is_none();
        !testing && (nothing_left || self.slots.is_empty())
    }

    /// The cells that wait for a slot, as far as their names are known.
    pub fn waiting(&self) -> impl Iterator<Item = &CellName> {
        self.waiting.iter()
    }

    /// How many cells wait, the one that is asked for among them.
    pub fn left(&self) -> usize {
        self.waiting.len() + usize::from(self.asked.is_some())
    }

    /// Takes in a name that was typed or scanned.
    pub fn on_name(&mut self, text: &str) {
        match text.trim().parse::<CellName>() {
            Err(why) => self.orders.push_back(Order::Refused(why)),
            Ok(name) if self.known.insert(name.as_str().to_ascii_lowercase()) => self.waiting.push_back(name),
            Ok(name) => {
                let what = format!("{name} was in this queue before; every cell is tested once");
                self.orders.push_back(Order::Refused(what));
            }
        }
        self.name_asked = None;
        self.ask();
    }

    /// Takes in that no more names will come.
    pub fn on_last_name(&mut self) {
        self.open = false;
    }

    /// Takes in what lies in a slot whose cell is not under test.
    pub fn on_slot(&mut self, place: Place, holds: Holds, voltage: Option<Volts>) {
        let Some(slot) = self.slots.get(&place).cloned() else { return };
        if matches!(slot, Slot::Testing(_)) {
            return;
        }
        let next = match (holds, voltage) {
            (Holds::Empty, _) => self.emptied(place, slot),
            (Holds::Reversed, _) => self.reversed(place, slot),
            (Holds::Cell, Some(voltage)) => self.filled(place, slot, voltage),
            // Nothing is known of it before its voltage is.
            (Holds::Cell, None) => slot,
        };
        self.slots.insert(place, next);
        self.ask();
    }

    /// Takes in that the test of a cell is over, and at which voltage it was seen last.
    pub fn on_ended(&mut self, cell: &CellName, verdict: Verdict, voltage: Option<Volts>) {
        let of = |slot: &Slot| matches!(slot, Slot::Testing(name) if name == cell);
        let Some((place, slot)) = self.slots.iter_mut().find(|(_, slot)| of(slot)) else { return };
        *slot = Slot::Ended(cell.clone(), verdict);
        let order = Order::TakeOut(cell.clone(), *place, verdict);
        if let Some(voltage) = voltage {
            self.last.insert(*place, voltage);
        }
        self.orders.push_back(order);
    }

    /// Takes in that a unit is not to be had any more.
    pub fn on_lost(&mut self, unit: SerialNumber) {
        self.slots.retain(|place, _| place.unit != unit);
        if let Some((cell, _)) = self.asked.take_if(|(_, at)| at.unit == unit) {
            self.waiting.push_front(cell);
        }
        self.name_asked.take_if(|at| at.unit == unit);
        self.believed.take_if(|at| at.unit == unit);
        self.ask();
    }

    fn emptied(&mut self, place: Place, slot: Slot) -> Slot {
        match slot {
            Slot::Ended(cell, Verdict::Error) => {
                let what = format!("{cell} was taken out before its test was over: its result is an error");
                self.orders.push_back(Order::Mistake(place, what));
            }
            Slot::Ended(cell, _) | Slot::Done(cell) => {
                if let Some(voltage) = self.last.remove(&place) {
                    self.out.push_back((cell, voltage));
                    self.out.drain(..self.out.len().saturating_sub(REMEMBERED));
                }
            }
            Slot::Suspect => self.believed = Some(place),
            Slot::Unknown | Slot::Empty | Slot::Reversed | Slot::Stranger | Slot::Testing(_) => {}
        }
        Slot::Empty
    }

    fn reversed(&mut self, place: Place, slot: Slot) -> Slot {
        if slot != Slot::Reversed {
            let what = "the cell is reversed: take it out and turn it round".to_owned();
            self.orders.push_back(Order::Mistake(place, what));
        }
        Slot::Reversed
    }

    fn filled(&mut self, place: Place, slot: Slot, voltage: Volts) -> Slot {
        match slot {
            Slot::Ended(cell, _) | Slot::Done(cell) => {
                self.last.insert(place, voltage);
                return Slot::Done(cell);
            }
            Slot::Stranger | Slot::Suspect | Slot::Testing(_) => return slot,
            Slot::Unknown | Slot::Empty | Slot::Reversed => {}
        }
        let asked = self.asked.take_if(|(_, at)| *at == place);
        let Some((cell, _)) = asked else {
            self.orders.push_back(Order::Mistake(place, self.not_asked(place)));
            return Slot::Stranger;
        };
        let believed = self.believed.take_if(|at| *at == place).is_some();
        let same = self.out.iter().find(|(_, before)| (*before - voltage).abs() <= ALIKE);
        if let (Some((before, _)), false) = (same, believed) {
            let what = format!(
                "this looks like {before}, which was tested already: take it out; if it is {cell} all the same, put it in once more"
            );
            self.orders.push_back(Order::Mistake(place, what));
            self.waiting.push_front(cell);
            return Slot::Suspect;
        }
        self.orders.push_back(Order::Begin(cell.clone(), place, voltage));
        Slot::Testing(cell)
    }

    /// Why a cell in this slot is a mistake, and what to do.
    fn not_asked(&self, place: Place) -> String {
        match &self.asked {
            Some((cell, at)) => {
                format!(
                    "a cell was put into {place}, and {cell} is asked for in {at}: take it out of {place}"
                )
            }
            None => format!("a cell lies in {place} that was not asked for: take it out"),
        }
    }

    /// Asks for the next cell, if one slot is free and nothing is asked for yet.
    fn ask(&mut self) {
        if self.asked.is_some() || self.name_asked.is_some() {
            return;
        }
        // One slot at which something is wrong is seen to first: what is taken out there may go elsewhere.
        let wrong = |slot: &Slot| matches!(slot, Slot::Suspect);
        let empty = |(place, slot): (&Place, &Slot)| (*slot == Slot::Empty).then_some(*place);
        let free = match self.believed {
            Some(place) => Some(place),
            None if self.slots.values().any(wrong) => None,
            None => self.slots.iter().find_map(empty),
        };
        let Some(place) = free else { return };
        match self.waiting.pop_front() {
            Some(cell) => {
                self.orders.push_back(Order::Ask(cell.clone(), place));
                self.asked = Some((cell, place));
            }
            None if self.open => {
                self.name_asked = Some(place);
                self.orders.push_back(Order::AskName(place));
            }
            None => {}
        }
    }
}
