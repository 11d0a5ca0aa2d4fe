//! The files of one cell, as they are written.

use super::bdf::{BdfRows, RowFault};
use super::table::{Table, make};
use super::tally::Tally;
use super::{BoundCell, RecordError, RunDirectory, cycles, resistance, spectrum, steps};
use crate::event::{Circumstances, CycleResult, ImpedancePoint, Sample, StepResult};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Rows that may wait in memory, in bytes, before they are written without being asked for.
const BUFFER: usize = 32 * 1024;

/// The files of one cell.
#[derive(Debug)]
pub(super) struct CellFiles {
    pub(super) tally: Tally,
    rows: BdfRows,
    row: Vec<u8>,
    series: BufWriter<File>,
    series_path: PathBuf,
    steps: Table<StepResult>,
    cycles: Table<CycleResult>,
    spectrum: Table<spectrum::Measured>,
    resistance: Table<resistance::Measured>,
}

impl CellFiles {
    pub(super) fn create(directory: &RunDirectory, cell: &BoundCell) -> Result<Self, RecordError> {
        let path = |what| directory.cell_file(cell.name.as_str(), what);
        let series_path = path("bdf.csv");
        let mut series = BufWriter::with_capacity(BUFFER, make(&series_path)?);
        let mut row = Vec::with_capacity(512);
        BdfRows::header(&mut row);
        series.write_all(&row).map_err(RecordError::file("write", &series_path))?;
        let mut files = Self {
            tally: Tally::new(cell),
            rows: BdfRows::new(cell.clock_origin),
            row,
            series,
            series_path,
            steps: Table::create(path("steps.csv"), steps::COLUMNS)?,
            cycles: Table::at_first_row(path("cycles.csv"), cycles::COLUMNS),
            spectrum: Table::at_first_row(path("spectrum.csv"), spectrum::COLUMNS),
            resistance: Table::at_first_row(path("resistance.csv"), resistance::COLUMNS),
        };
        files.flush()?;
        Ok(files)
    }

    pub(super) fn sample(&mut self, sample: &Sample) -> Result<(), RecordError> {
        self.row.clear();
        let cell = || self.tally.cell().clone();
        self.rows.push(sample, &mut self.row).map_err(|fault| match fault {
            RowFault::Number(column, source) => RecordError::Number { cell: cell(), column, source },
            RowFault::TimeFell(last) => {
                RecordError::TimeFell { cell: cell(), at: sample.at.as_micros(), last: last.as_micros() }
            }
        })?;
        self.series.write_all(&self.row).map_err(RecordError::file("write", &self.series_path))?;
        self.tally.sample(sample);
        Ok(())
    }

    pub(super) fn step(&mut self, step: &StepResult) -> Result<(), RecordError> {
        self.steps.push(step, self.tally.cell())?;
        for measured in resistance::Measured::of(step) {
            self.resistance.push(&measured, self.tally.cell())?;
        }
        self.tally.step(step);
        self.flush()
    }

    pub(super) fn cycle(&mut self, cycle: &CycleResult) -> Result<(), RecordError> {
        self.cycles.push(cycle, self.tally.cell())?;
        self.cycles.flush()
    }

    pub(super) fn impedance(
        &mut self,
        point: &ImpedancePoint,
        at: Option<&Circumstances>,
    ) -> Result<(), RecordError> {
        let measured = spectrum::Measured { point: *point, at: at.copied() };
        self.spectrum.push(&measured, self.tally.cell())
    }

    /// Hands everything to the system.
    pub(super) fn flush(&mut self) -> Result<(), RecordError> {
        self.series.flush().map_err(RecordError::file("write", &self.series_path))?;
        self.steps.flush()?;
        self.cycles.flush()?;
        self.spectrum.flush()?;
        self.resistance.flush()
    }

    /// Waits until everything is on the disk.
    pub(super) fn sync(&mut self) -> Result<(), RecordError> {
        self.flush()?;
        let series = self.series.get_ref().sync_data();
        series.map_err(RecordError::file("sync", &self.series_path))?;
        self.steps.sync()?;
        self.cycles.sync()?;
        self.spectrum.sync()?;
        self.resistance.sync()
    }
}
