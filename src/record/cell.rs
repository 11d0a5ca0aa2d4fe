//! The two files of one cell, as they are written.

use super::bdf::{BdfRows, RowFault};
use super::{BoundCell, CellSummary, RecordError, RunDirectory, steps};
use crate::event::{CycleResult, Event, Sample, StepResult};
use crate::results::{Standing, Tally};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

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
    steps: csv::Writer<File>,
    steps_path: PathBuf,
}

impl CellFiles {
    pub(super) fn create(directory: &RunDirectory, cell: &BoundCell) -> Result<Self, RecordError> {
        let series_path = directory.cell_file(cell.name.as_str(), "bdf.csv");
        let mut series = BufWriter::with_capacity(BUFFER, make(&series_path)?);
        let mut row = Vec::with_capacity(512);
        BdfRows::header(&mut row);
        series.write_all(&row).map_err(RecordError::file("write", &series_path))?;
        let steps_path = directory.cell_file(cell.name.as_str(), "steps.csv");
        let mut steps = csv::Writer::from_writer(make(&steps_path)?);
        steps
            .write_record(steps::COLUMNS)
            .map_err(|error| RecordError::file("write", &steps_path)(error.into()))?;
        let mut files = Self {
            bound: cell.clone(),
            tally: Tally::new(cell.voltage_found),
            standing: Standing::default(),
            rows: BdfRows::new(cell.clock_origin),
            row,
            series,
            series_path,
            steps,
            steps_path,
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
        let row = steps::row(&self.bound.name, step)?;
        self.steps
            .write_record(&row)
            .map_err(|error| RecordError::file("write", &self.steps_path)(error.into()))?;
        self.tally.step(step);
        self.flush()
    }

    pub(super) fn cycle(&mut self, cycle: &CycleResult) {
        self.tally.cycle(cycle);
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
        self.steps.flush().map_err(RecordError::file("write", &self.steps_path))
    }

    /// Waits until everything is on the disk.
    pub(super) fn sync(&mut self) -> Result<(), RecordError> {
        self.flush()?;
        let series = self.series.get_ref().sync_data();
        series.map_err(RecordError::file("sync", &self.series_path))?;
        self.steps.get_ref().sync_data().map_err(RecordError::file("sync", &self.steps_path))
    }
}

fn make(path: &Path) -> Result<File, RecordError> {
    OpenOptions::new().write(true).create_new(true).open(path).map_err(RecordError::file("make", path))
}
