//! What becomes of a unit, whatever the program does: what goes wrong with it and its line, each at its moment.

use super::scenario::{Incident, What};
use super::witness::Witness;
use crate::clock::Instant;
use crate::identity::Slot;
use crate::recipe::FaultKind;
use crate::simulator::cell::{Books, Cell};
use crate::simulator::{Unit, befall};
use crate::transport::faulty::Faults;
use std::time::Duration;

/// What of an act has to be done by whoever holds the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing more.
    Done,
    /// The program is not run for so long.
    Stall(Duration),
    /// The port is gone until this moment.
    Gone(Instant),
}

/// Something that is to be done to the unit.
#[derive(Clone, Copy, Debug)]
struct Act {
    at: Instant,
    /// Its number among the incidents of the scenario.
    incident: usize,
    begins: bool,
}

/// What becomes of one unit.
pub(super) struct Fate {
    incidents: Vec<Incident>,
    /// Those that are to come, the next one last.
    acts: Vec<Act>,
    /// Those that are in force now.
    in_force: Vec<usize>,
    /// Those that have happened.
    happened: Vec<usize>,
    removed: [Option<Cell>; 4],
    /// What is seen of the unit itself.
    pub(super) witness: Witness,
}

impl Fate {
    /// Of the unit with this number on the bench.
    pub(super) fn new(unit: usize, incidents: &[Incident], witness: Witness) -> Self {
        let mine = incidents.iter().enumerate().filter(|(_, incident)| incident.unit == unit);
        let mut acts: Vec<Act> = mine
            .flat_map(|(number, incident)| {
                let begin = Instant::ORIGIN + incident.at;
                let end = incident.what.lasts().map(|lasts| Act {
                    at: begin + lasts,
                    incident: number,
                    begins: false,
                });
                [Some(Act { at: begin, incident: number, begins: true }), end].into_iter().flatten()
            })
            .collect();
        acts.sort_by_key(|act| std::cmp::Reverse((act.at, act.incident, !act.begins)));
        Self {
            incidents: incidents.to_vec(),
            acts,
            in_force: Vec::new(),
            happened: Vec::new(),
            removed: [const { None }; 4],
            witness,
        }
    }

    /// When something happens next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.acts.last().map(|act| act.at)
    }

    /// Until when the port is gone, if it is.
    pub(super) fn gone_until(&self) -> Option<Instant> {
        let gone = self.in_force.iter().filter_map(|number| self.incidents.get(*number));
        let until = gone.filter_map(|it| match it.what {
            What::LinkLost(lasts) | What::Unplugged(lasts) => Some(Instant::ORIGIN + it.at + lasts),
            _ => None,
        });
        until.max()
    }

    /// Whether nothing passes.
    pub(super) fn is_silent(&self) -> bool {
        self.whats().any(|what| matches!(what, What::Silence(_)))
    }

    fn whats(&self) -> impl Iterator<Item = &What> {
        self.in_force.iter().filter_map(|number| self.incidents.get(*number)).map(|it| &it.what)
    }

    /// What the line does to bytes.
    pub(super) fn faults(&self) -> Faults {
        let mut faults = Faults::NONE;
        for what in self.whats() {
            match what {
                What::Noise { drop, double, flip, .. } => {
                    faults.drop += drop;
                    faults.double += double;
                    faults.flip += flip;
                }
                What::Late { chance, by, .. } => {
                    faults.delay += chance;
                    faults.delay_by = *by;
                }
                _ => {}
            }
        }
        faults
    }

    /// The numbers of the incidents that have happened.
    pub(super) fn happened(&self) -> &[usize] {
        &self.happened
    }

    /// Does one thing that is due by this moment; `None` where nothing is.
    pub(super) fn act(&mut self, unit: &mut Unit, now: Instant) -> Option<Effect> {
        let act = self.acts.pop_if(|act| act.at <= now)?;
        let incident = self.incidents.get(act.incident)?;
        if act.begins {
            self.happened.push(act.incident);
            if incident.what.lasts().is_some() {
                self.in_force.push(act.incident);
            }
        } else {
            self.in_force.retain(|number| *number != act.incident);
        }
        match (&incident.what, act.begins) {
            (What::Stalled(lasts), _) => return Some(Effect::Stall(*lasts)),
            // Its books are looked at in the end.
            (What::CellPulled(slot), _) => {
                if let Some(cell) = unit.remove_cell(*slot) {
                    self.removed[slot.index()] = Some(cell);
                }
            }
            (What::Sensor { slot, is }, _) => unit.break_sensor(*slot, *is),
            (What::InnerByteLost(after), _) => unit.lose_inner_byte(*after),
            (what, begins) => {
                if let Some(fault) = fault(what, begins) {
                    befall(unit, fault, what.slot().unwrap_or(Slot::ALL[0]));
                }
            }
        }
        Some(self.gone_until().filter(|_| act.begins).map_or(Effect::Done, Effect::Gone))
    }

    /// The truth about the cell that lay in a slot when all began, wherever it is now.
    pub(super) fn books(&mut self, unit: &mut Unit, slot: Slot) -> Option<Books> {
        self.removed[slot.index()].as_ref().map(Cell::books).or_else(|| unit.books(slot))
    }
}

/// What becomes of the unit, or of the cell in the slot, where that is a fault which rehearsals know, too.
const fn fault(what: &What, begins: bool) -> Option<FaultKind> {
    match (what, begins) {
        // Without its power nothing is kept, and when it comes back everything begins anew.
        (What::Unplugged(_) | What::UnitReset, _) => Some(FaultKind::UnitReset),
        (What::Bootloader, _) => Some(FaultKind::UnitBootloader),
        (What::SupplyLost(_), true) => Some(FaultKind::SupplyLost),
        (What::SupplyLost(_), false) => Some(FaultKind::SupplyBack),
        (What::LowVcc(_), true) => Some(FaultKind::LowVcc),
        (What::LowVcc(_), false) => Some(FaultKind::VccBack),
        (What::CellReversed(_), _) => Some(FaultKind::TurnCell),
        _ => None,
    }
}
