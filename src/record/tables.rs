//! The tables of one cell that are made of facts alone: steps, cycles, impedances, resistances.

use super::table::Table;
use super::{RecordError, cycles, resistance, spectrum, steps};
use crate::event::{CycleResult, Event, StepResult};
use crate::identity::CellName;
use std::path::PathBuf;

const CYCLES: &str = "cycles.csv";
const SPECTRUM: &str = "spectrum.csv";
const RESISTANCE: &str = "resistance.csv";

/// The tables of one cell.
#[derive(Debug)]
pub(super) struct Tables {
    cell: CellName,
    steps: Table<StepResult>,
    cycles: Table<CycleResult>,
    spectrum: Table<spectrum::Measured>,
    resistance: Table<resistance::Measured>,
}

impl Tables {
    /// The one that is there from the start, empty or not, by the end of its file's name.
    pub(super) const ALWAYS: &str = "steps.csv";

    /// All of them.
    pub(super) const ALL: [&str; 4] = [Self::ALWAYS, CYCLES, SPECTRUM, RESISTANCE];

    /// Makes the table of steps, which is there from the start; the others come with their first rows. `path` says
    /// where a file lies.
    ///
    /// # Errors
    /// There is such a file already, or the system refuses.
    pub(super) fn create(cell: CellName, path: impl Fn(&str) -> PathBuf) -> Result<Self, RecordError> {
        Ok(Self {
            cell,
            steps: Table::create(path(Self::ALWAYS), steps::COLUMNS)?,
            cycles: Table::at_first_row(path(CYCLES), cycles::COLUMNS),
            spectrum: Table::at_first_row(path(SPECTRUM), spectrum::COLUMNS),
            resistance: Table::at_first_row(path(RESISTANCE), resistance::COLUMNS),
        })
    }

    /// Goes on with the tables that are there; the others come with their first rows.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn go_on(cell: CellName, path: impl Fn(&str) -> PathBuf) -> Result<Self, RecordError> {
        Ok(Self {
            cell,
            steps: Table::go_on(path(Self::ALWAYS), steps::COLUMNS)?,
            cycles: Table::go_on(path(CYCLES), cycles::COLUMNS)?,
            spectrum: Table::go_on(path(SPECTRUM), spectrum::COLUMNS)?,
            resistance: Table::go_on(path(RESISTANCE), resistance::COLUMNS)?,
        })
    }

    /// The tables that get a row by a fact about the cell, by the ends of their files' names.
    pub(super) fn filled_by(event: &Event) -> Vec<&'static str> {
        match event {
            Event::StepEnded { result, .. } if result.resistance.is_empty() => vec![Self::ALWAYS],
            Event::StepEnded { .. } => vec![Self::ALWAYS, RESISTANCE],
            Event::CycleEnded { .. } => vec![CYCLES],
            Event::ImpedanceMeasured { .. } => vec![SPECTRUM],
            _ => Vec::new(),
        }
    }

    /// Writes the rows that a fact about the cell makes, if it makes any.
    ///
    /// # Errors
    /// A number is not finite, and no row was written; the system refuses.
    pub(super) fn fact(&mut self, event: &Event) -> Result<(), RecordError> {
        match event {
            Event::StepEnded { result, .. } => {
                self.steps.push(result, &self.cell)?;
                for measured in resistance::Measured::of(result) {
                    self.resistance.push(&measured, &self.cell)?;
                }
                Ok(())
            }
            Event::CycleEnded { result } => self.cycles.push(result, &self.cell),
            Event::ImpedanceMeasured { point, at } => {
                self.spectrum.push(&spectrum::Measured { point: *point, at: *at }, &self.cell)
            }
            _ => Ok(()),
        }
    }

    /// Hands everything to the system.
    pub(super) fn flush(&mut self) -> Result<(), RecordError> {
        self.steps.flush()?;
        self.cycles.flush()?;
        self.spectrum.flush()?;
        self.resistance.flush()
    }

    /// Waits until everything is on the disk.
    pub(super) fn sync(&mut self) -> Result<(), RecordError> {
        self.steps.sync()?;
        self.cycles.sync()?;
        self.spectrum.sync()?;
        self.resistance.sync()
    }
}
