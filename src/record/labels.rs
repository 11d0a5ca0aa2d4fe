//! `labels.csv`: a row a cell, in words that fit on a label, for programs that print them.

use super::{CellSummary, RecordError, Summary};
use crate::units::Coulombs;

const HEADER: [&str; 8] = ["cell", "verdict", "grade", "label", "capacity", "resistance", "tested", "recipe"];

impl Summary {
    /// The content of `labels.csv`.
    ///
    /// # Errors
    /// None that is known; text can always be written.
    pub(super) fn to_labels(&self) -> Result<Vec<u8>, RecordError> {
        let fault = |error: csv::Error| RecordError::file("write", "labels.csv")(error.into());
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(HEADER).map_err(fault)?;
        let tested = self.ended.format("%Y-%m-%d").to_string();
        for cell in &self.cells {
            let CellSummary { cell: name, verdict, grade, results, .. } = cell;
            let capacity = results.capacity.map(Coulombs::ampere_hours).map(|it| format!("{it:.3} Ah"));
            // The 1 kHz resistance is what cells are sorted by; where there is none, that by a step of current.
            let ac = results.impedance.map(|it| it.magnitude);
            let resistance = ac.or(results.resistance.map(|it| it.resistance));
            let resistance = resistance.map(|it| format!("{:.1} mohm", it.0 * 1e3));
            let grade = grade.as_ref().map(|it| it.grade.clone());
            let or_empty = Option::unwrap_or_default;
            table
                .write_record([
                    name.as_str(),
                    verdict.word(),
                    &or_empty(grade),
                    &or_empty(results.label.clone()),
                    &or_empty(capacity),
                    &or_empty(resistance),
                    &tested,
                    &self.recipe,
                ])
                .map_err(fault)?;
        }
        table.into_inner().map_err(|error| RecordError::file("write", "labels.csv")(error.into_error()))
    }
}
