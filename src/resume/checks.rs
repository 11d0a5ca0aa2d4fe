//! Whether the units, slots and cells of an interrupted run are as it left them.

use super::{Interrupted, LeftOff};
use crate::event::Event;
use crate::pool::FoundUnit;
use crate::record::{Manifest, ManifestUnit};
use crate::units::Volts;
use crate::verdict::Verdict;

/// What can be done with a cell of an interrupted run.
pub struct Prospect<'i> {
    /// The cell.
    pub cell: &'i LeftOff,
    /// What is to become of it.
    pub state: State,
    /// Changes of its unit that are accepted.
    pub accepted: Vec<String>,
}

/// What is to become of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Its test is over, with this verdict.
    Done(Verdict),
    /// Its test goes on.
    GoesOn {
        /// Its voltage as it was found.
        voltage: Volts,
        /// The voltages that it could have.
        window: (Volts, Volts),
    },
    /// It is not as it was left: what was expected, and what was found. It can be gone on with another time.
    Refused(String),
}

impl Prospect<'_> {
    /// The fact that tells what becomes of it now; none where its test is over.
    pub fn told(&self) -> Option<Event> {
        match &self.state {
            State::Done(_) => None,
            State::GoesOn { voltage, window: (at_least, at_most) } => {
                Some(Event::CellResumed { voltage: *voltage, at_least: *at_least, at_most: *at_most })
            }
            State::Refused(why) => Some(Event::CellEnded {
                verdict: Verdict::Incomplete,
                why: format!("not gone on with: {why}"),
                resumable: true,
            }),
        }
    }
}

/// Looks at every cell of a run, with the units that were found. Where `accept_changes` is not set, a unit that has another
/// firmware or calibration than before is refused.
pub fn prospects<'i>(run: &'i Interrupted, found: &[FoundUnit], accept_changes: bool) -> Vec<Prospect<'i>> {
    let prospect = |cell: &'i LeftOff| {
        let mut accepted = Vec::new();
        let state = if cell.past.is_done() {
            State::Done(run.verdict(cell))
        } else {
            match look(&run.past.manifest, cell, found, accept_changes, &mut accepted) {
                Ok(voltage) => State::GoesOn { voltage, window: cell.mark().window() },
                Err(why) => State::Refused(why),
            }
        };
        Prospect { cell, state, accepted }
    };
    run.cells.iter().map(prospect).collect()
}

fn look(
    manifest: &Manifest,
    cell: &LeftOff,
    found: &[FoundUnit],
    accept_changes: bool,
    accepted: &mut Vec<String>,
) -> Result<Volts, String> {
    let serial = cell.place.unit;
    let Some(unit) = found.iter().find(|unit| unit.serial == serial) else {
        let serials: Vec<String> = found.iter().map(|unit| unit.serial.to_string()).collect();
        let there = if serials.is_empty() { "none".to_owned() } else { serials.join(", ") };
        return Err(format!("expected unit {serial}; found: {there}"));
    };
    if let Some(before) = manifest.units.iter().find(|unit| unit.serial == serial) {
        let changes = changes(before, unit);
        if !changes.is_empty() && !accept_changes {
            let hint = "--accept-changes goes on all the same";
            return Err(format!("unit {serial} is not as it was: {}; {hint}", changes.join("; ")));
        }
        accepted.extend(changes);
    }
    let slot = unit.slots.get(cell.place.slot.index());
    let slot =
        slot.ok_or_else(|| format!("expected a cell in slot {}; there is no such slot", cell.place))?;
    cell.mark().recognise(slot.mode, slot.voltage).map_err(|error| error.to_string())
}

/// What is other at a unit than it was, register by register.
fn changes(before: &ManifestUnit, now: &FoundUnit) -> Vec<String> {
    let mut changes = Vec::new();
    if before.firmware != now.firmware.0 {
        changes.push(format!("expected firmware {}, found {}", before.firmware, now.firmware.0));
    }
    for (register, expected) in &before.calibration {
        match now.calibration.get(register) {
            Some(value) if value == expected => {}
            Some(value) => changes.push(format!("{register}: expected {expected}, found {value}")),
            None => changes.push(format!("{register}: expected {expected}, found nothing")),
        }
    }
    changes
}
