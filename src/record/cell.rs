//! The files of one cell, as they are written.

use super::bdf::{BdfRows, RowFault};
use super::table::{Table, make};
use super::{BoundCell, CellSummary, RecordError, RunDirectory, cycles, resistance, spectrum, steps};
use crate::event::{Circumstances, CycleResult, Event, ImpedancePoint, Sample, StepResult};
use crate::results::{Standing, Tally};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Rows that may wait in memory, in bytes, before they are written without being asked for.
const BUFFER: usize = 32 * 1024;

/// The files of one cell.
#[derive(Debug)]
pub(super) struct CellFiles {
    pub(super) bound: BoundCell,
    tally: Tally,
    standing: Standing,
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
            bound: cell.clone(),
            tally: Tally::new(cell.voltage_found),
            standing: Standing::default(),
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
        let cell = || self.bound.name.clone();
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
        self.steps.push(step, &self.bound.name)?;
        for measured in resistance::Measured::of(step) {
            self.resistance.push(&measured, &self.bound.name)?;
        }
        self.tally.step(step);
        self.flush()
    }

    pub(super) fn cycle(&mut self, cycle: &CycleResult) -> Result<(), RecordError> {
        self.cycles.push(cycle, &self.bound.name)?;
        self.cycles.flush()
    }

    pub(super) fn impedance(
        &mut self,
        point: &ImpedancePoint,
        at: Option<&Circumstances>,
    ) -> Result<(), RecordError> {
        let measured = spectrum::Measured { point: *point, at: at.copied() };
        self.spectrum.push(&measured, &self.bound.name)
    }

    pub(super) fn labelled(&mut self, label: &str) {
        self.tally.labelled(label);
    }

    pub(super) fn ruling(&mut self, event: &Event) {
        self.standing.fact(event);
    }

    pub(super) fn summary(&self) -> CellSummary {
        let begun = self.tally.has_begun();
        let ((verdict, why), test) = (self.standing.verdict(begun), self.standing.test(begun));
        CellSummary {
            cell: self.bound.name.clone(),
            unit: self.bound.place.unit,
            slot: self.bound.place.slot,
            verdict,
            why,
            test,
            grade: self.standing.grade.clone(),
            criteria: self.standing.criteria.clone(),
            results: self.tally.results(),
        }
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
