//! Forty cells through the eight slots of two units, and a person who makes mistakes.

use crate::rig::{Shared, lock, plan};
use batlab_run::clock::Clock;
use batlab_run::event::{Event, Holds, Note};
use batlab_run::identity::{CellName, Place, SerialNumber, Slot};
use batlab_run::plan::Plan;
use batlab_run::pool;
use batlab_run::queue::{Names, Order, Queue, pattern};
use batlab_run::recipe::Chemistry;
use batlab_run::scheduler::{self, Observer, StopSwitch, Waiting};
use batlab_run::simulator::bench::{Bench, SlotSpec};
use batlab_run::simulator::cell::{Cell, CellSpec};
use batlab_run::station::{BoundCell, Live};
use batlab_run::units::{Celsius, Coulombs};
use batlab_run::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const RECIPE: &str = r#"
[recipe]
name = "through"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[limits]
voltage = ["2.8 V", "4.25 V"]
current = "4 A"
[[step]]
discharge = "1 A"
until = "charge > 5 mAh"
at_most = "1 min"
[[step]]
rest = "1 h"
"#;

/// The cell that is taken out as soon as its test has begun.
const PULLED_EARLY: &str = "S-12";

/// What the person at the bench does wrong, by the number of the cell that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clumsy {
    WrongSlot,
    Reversed,
    SameCell,
}

/// The person at the bench, and the files of the run as far as this test needs them.
struct Person {
    queue: Queue,
    plan: Arc<Plan>,
    units: BTreeMap<SerialNumber, Shared>,
    come: Vec<BoundCell>,
    lives: BTreeMap<CellName, Live>,
    asked: u32,
    mistakes: BTreeMap<u32, Clumsy>,
    /// Cells that go into a slot once what is wrong there was told.
    mended: BTreeMap<Place, (Place, Cell)>,
    /// The cell that is put in next, where one was taken out again.
    in_hand: Option<Cell>,
    /// Cells that were taken out, and the last of them whose slot was seen empty since.
    on_the_way: BTreeMap<Place, Cell>,
    taken_out: Option<Cell>,
    told: Vec<String>,
    verdicts: BTreeMap<CellName, Verdict>,
    early: BTreeSet<CellName>,
}

impl Person {
    fn unit(&self, place: Place) -> std::sync::MutexGuard<'_, batlab_run::simulator::Unit> {
        lock(&self.units[&place.unit])
    }

    fn put(&self, place: Place, cell: Cell, reversed: bool) {
        assert!(self.unit(place).insert_cell(place.slot, cell, reversed).is_none(), "{place} is taken");
    }

    fn obey(&mut self) {
        while let Some(order) = self.queue.next_order() {
            match order {
                Order::Ask(_, place) => self.bring(place),
                Order::Begin(cell, place, voltage) => {
                    let live = Live::new(cell.clone(), place);
                    self.lives.insert(cell, live.clone());
                    let plan = Arc::clone(&self.plan);
                    self.come.push(BoundCell { live, voltage, plan, uncalibrated: false, earlier: None });
                }
                Order::TakeOut(_, place, _) => {
                    let out = self.unit(place).remove_cell(place.slot);
                    self.on_the_way.extend(out.map(|cell| (place, cell)));
                }
                Order::Mistake(place, what) => {
                    let reversed = what.contains("reversed");
                    self.told.push(what);
                    let out = self.unit(place).remove_cell(place.slot);
                    match self.mended.remove(&place) {
                        // What is put where it was asked for is seen there; where the slot has to be seen empty
                        // first, it is asked for anew.
                        Some((there, cell)) if there != place || reversed => self.put(there, cell, false),
                        Some((_, cell)) => self.in_hand = Some(cell),
                        // It is the right one all the same, and is put in once more.
                        None => self.in_hand = out,
                    }
                }
                Order::AskName(place) => panic!("a name is asked for at {place}"),
                Order::Refused(what) => panic!("{what}"),
            }
        }
    }

    /// Puts the next cell into a slot, or does something wrong.
    fn bring(&mut self, place: Place) {
        if let Some(cell) = self.in_hand.take() {
            return self.put(place, cell, false);
        }
        self.asked += 1;
        let spec = CellSpec::typical(Chemistry::LiIon, Coulombs::from_ampere_hours(2.5));
        let soc = 0.3 + 0.01 * f64::from(self.asked);
        let cell =
            Cell::new(&CellSpec { state_of_charge: soc, ..spec }, Celsius(25.0), u64::from(self.asked));
        match self.mistakes.get(&self.asked) {
            Some(Clumsy::WrongSlot) => {
                let other = Slot::ALL.map(|slot| Place { slot, ..place });
                let free =
                    other.into_iter().find(|at| *at != place && self.unit(*at).cell(at.slot).is_none());
                let Some(other) = free else { return self.put(place, cell, false) };
                self.put(other, cell.clone(), false);
                self.mended.insert(other, (place, cell));
            }
            Some(Clumsy::Reversed) => {
                self.put(place, cell.clone(), true);
                self.mended.insert(place, (place, cell));
            }
            Some(Clumsy::SameCell) => {
                let same = self.taken_out.take().expect("one was tested before");
                self.put(place, same, false);
                self.mended.insert(place, (place, cell));
            }
            None => self.put(place, cell, false),
        }
    }
}

impl Observer for Person {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        let Note::Fact(entry) = note else { return Ok(()) };
        let place = entry.unit.zip(entry.slot).map(|(unit, slot)| Place { unit, slot });
        match (&entry.event, &entry.cell, place) {
            (Event::SlotFound { holds, voltage }, _, Some(place)) => {
                if *holds == Holds::Empty {
                    self.taken_out = self.on_the_way.remove(&place).or(self.taken_out.take());
                }
                self.queue.on_slot(place, *holds, *voltage);
            }
            (Event::StepStarted { step_id: 1, .. }, Some(cell), Some(place))
                if cell.as_str() == PULLED_EARLY && self.early.is_empty() =>
            {
                self.early.insert(cell.clone());
                let _ = self.unit(place).remove_cell(place.slot);
            }
            (Event::CellEnded { verdict, .. }, Some(cell), _) => {
                self.verdicts.insert(cell.clone(), *verdict);
                let voltage = self.lives.get(cell).map(|live| live.look().voltage);
                self.queue.on_ended(cell, *verdict, voltage);
            }
            _ => {}
        }
        self.obey();
        Ok(())
    }

    fn tick(&mut self) -> Result<(), String> {
        Ok(())
    }

    fn more_cells(&mut self) -> Vec<BoundCell> {
        std::mem::take(&mut self.come)
    }

    fn has_all_cells(&self) -> bool {
        self.queue.is_over()
    }
}

#[test]
fn forty_cells_go_through_two_units_whatever_is_done_wrong() {
    let plan = plan(RECIPE);
    let mut bench = Bench::matching(Chemistry::LiIon, plan.cell().capacity, 5);
    let mut second = bench.units[0].clone();
    second.serial = SerialNumber(second.serial.0 + 1);
    bench.units.push(second);
    for unit in &mut bench.units {
        unit.slots = std::array::from_fn(|_| SlotSpec::Empty);
        // A cell is known again by its voltage, as far as two units agree on it.
        unit.gain_error = 0.0;
    }
    let (mut found, mut units) = (Vec::new(), BTreeMap::new());
    for simulated in pool::simulate(&bench, |port, _: &Arc<dyn Clock>| port) {
        units.insert(simulated.serial, Arc::clone(&simulated.unit));
        found.push(pool::identify(simulated.line).unwrap_or_else(|error| panic!("{error}")));
    }
    let places: Vec<_> =
        units.keys().flat_map(|unit| Slot::ALL.map(|slot| Place { unit: *unit, slot })).collect();
    let names = Names { listed: pattern("S-{01..40}").unwrap(), open: false };
    let mut person = Person {
        queue: Queue::new(names, &places, &[], &[]),
        plan,
        units,
        come: Vec::new(),
        lives: BTreeMap::new(),
        asked: 0,
        mistakes: [(2, Clumsy::WrongSlot), (5, Clumsy::Reversed), (20, Clumsy::SameCell)].into(),
        mended: BTreeMap::new(),
        in_hand: None,
        on_the_way: BTreeMap::new(),
        taken_out: None,
        told: Vec::new(),
        verdicts: BTreeMap::new(),
        early: BTreeSet::new(),
    };
    let end = scheduler::start_with_queue(found, &[], &StopSwitch::default(), &Waiting::default())
        .finish(&mut person);
    assert!(end.safe && end.lost.is_none());
    assert_eq!(person.verdicts.len(), 40);
    for (cell, verdict) in &person.verdicts {
        let wanted = if person.early.contains(cell) { Verdict::Error } else { Verdict::Pass };
        assert_eq!(*verdict, wanted, "{cell}: {:#?}", person.told);
    }
    assert_eq!(person.early.len(), 1);
    for kind in ["is asked for in", "reversed", "before its test was over", "looks like"] {
        assert!(person.told.iter().any(|what| what.contains(kind)), "{kind}: {:#?}", person.told);
    }
}
