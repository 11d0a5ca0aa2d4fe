//! The two files of one cell, as they are written.

use super::bdf::{BdfRows, RowFault};
use super::tally::Tally;
use super::{BoundCell, RecordError, RunDirectory, steps};
use crate::event::{Sample, StepResult};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

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
            tally: Tally::new(cell),
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
        let row = steps::row(self.tally.cell(), step)?;
        self.steps
            .write_record(&row)
            .map_err(|error| RecordError::file("write", &self.steps_path)(error.into()))?;
        self.tally.step(step);
        self.flush()
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
