//! The cells of a run as lines of a terminal, from the run's files.

use super::run::{CellData, Run};
use crate::identity::Place;
use crate::terminal::CellView;
use crate::units::{Amperes, Celsius, Coulombs, Volts};

/// The cells as their latest rows have them; of those that lay in one slot one after the other, the last. How long the
/// run still takes is not in its files.
pub(super) fn of(run: &Run) -> Vec<CellView> {
    let place = |cell: &CellData| (cell.bound.unit, cell.bound.slot);
    let is_last = |(index, cell): &(usize, &CellData)| {
        !run.cells.iter().skip(index + 1).any(|later| place(later) == place(cell))
    };
    run.cells.iter().enumerate().filter(is_last).map(|(_, cell)| one(run, cell)).collect()
}

fn one(run: &Run, cell: &CellData) -> CellView {
    let facts = run.facts.cells.get(&cell.bound.name);
    let latest = cell.series.latest.as_ref();
    let verdict = facts.and_then(|facts| facts.standing.told());
    let charge =
        latest.and_then(|latest| latest.step_charge).map_or(0.0, |(charge_in, out)| charge_in.max(out));
    CellView {
        cell: cell.bound.name.clone(),
        place: Place { unit: cell.bound.unit, slot: cell.bound.slot },
        step: facts.and_then(|facts| facts.step.clone()).unwrap_or_default(),
        cycle: latest.and_then(|latest| latest.cycle).and_then(|it| u32::try_from(it).ok()).unwrap_or(1),
        voltage: latest.map(|latest| Volts(latest.voltage)),
        current: latest.map(|latest| Amperes(latest.current)),
        temperature: latest.and_then(|latest| latest.temperature).map(Celsius),
        charge: Coulombs(charge * 3600.0),
        time_left: None,
        state: match (verdict, latest) {
            (Some((verdict, _)), _) => verdict.to_string(),
            (None, None) => "preparing".into(),
            (None, Some(latest)) if latest.current > 0.0 => "charging".into(),
            (None, Some(latest)) if latest.current < 0.0 => "discharging".into(),
            (None, Some(_)) => "resting".into(),
        },
    }
}
