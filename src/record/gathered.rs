//! What is gathered of one cell for the summary, by the same code while the run goes on and when its files
//! are read again.

use super::CellSummary;
use crate::event::{Entry, Event};
use crate::identity::{CellName, Place};
use crate::results::{Row, Standing, Tally};
use crate::units::Volts;
use crate::verdict::Verdict;

/// What is gathered of one cell.
#[derive(Clone, Debug)]
pub(super) struct Gathered {
    pub(super) cell: CellName,
    pub(super) place: Place,
    /// Whether its plan has criteria or grades, so that the end of its test is no verdict yet.
    to_be_judged: bool,
    tally: Tally,
    standing: Standing,
}

impl Gathered {
    /// Of a cell that was found with this voltage; nothing is told of it yet.
    pub(super) fn new(cell: CellName, place: Place, voltage_found: Volts, to_be_judged: bool) -> Self {
        let (tally, standing) = (Tally::new(voltage_found), Standing::default());
        Self { cell, place, to_be_judged, tally, standing }
    }

    /// Its voltage as it was found.
    pub(super) fn voltage_found(&self) -> Volts {
        self.tally.results().voltage_start
    }

    /// Whether a fact is about this cell.
    pub(super) fn is_meant(&self, entry: &Entry) -> bool {
        match &entry.cell {
            Some(name) => *name == self.cell,
            None => entry.unit == Some(self.place.unit) && entry.slot == Some(self.place.slot),
        }
    }

    /// Takes in a row with the digits that it has in its file.
    pub(super) fn row(&mut self, row: &Row) {
        self.tally.row(row);
    }

    /// Takes in a fact about the cell.
    pub(super) fn fact(&mut self, event: &Event) {
        match event {
            Event::StepEnded { result, .. } => self.tally.step(result),
            Event::ImpedanceMeasured { point, .. } => self.tally.impedance(point),
            Event::Labelled { label } => self.tally.labelled(label),
            event => self.standing.fact(event),
        }
    }

    /// What all of it comes to.
    pub(super) fn summary(&self) -> CellSummary {
        let begun = self.tally.has_begun();
        let (mut verdict, mut why) = self.standing.verdict(begun);
        if self.to_be_judged && verdict == Verdict::Pass && !self.standing.is_judged() {
            verdict = Verdict::Incomplete;
            why.push_str(", but the run ended before all its criteria were ruled");
        }
        CellSummary {
            cell: self.cell.clone(),
            unit: self.place.unit,
            slot: self.place.slot,
            verdict,
            why,
            test: self.standing.test(begun),
            grade: self.standing.grade.clone(),
            criteria: self.standing.criteria.clone(),
            results: self.tally.results(),
        }
    }
}
