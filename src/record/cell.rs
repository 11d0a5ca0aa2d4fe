//! The files of one cell, as they are written.

use super::bdf::{BdfRows, RowFault};
use super::gathered::Gathered;
use super::past::PastCell;
use super::rows::Series;
use super::table::make;
use super::tables::Tables;
use super::{BoundCell, RecordError, RunDirectory};
use crate::event::{Event, Sample};
use crate::journal::{Kept, Reserve, append_after};
use chrono::{DateTime, Utc};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Rows that may wait in memory, in bytes, before they are written without being asked for.
const BUFFER: usize = 32 * 1024;

/// The files of one cell.
#[derive(Debug)]
pub(super) struct CellFiles {
    pub(super) gathered: Gathered,
    rows: BdfRows,
    row: Vec<u8>,
    series: BufWriter<Kept>,
    series_path: PathBuf,
    tables: Tables,
    /// Whether its rows have to be on the disk before the facts that were told after them.
    due: bool,
}

impl CellFiles {
    pub(super) fn create(
        directory: &RunDirectory,
        reserve: &Reserve,
        cell: &BoundCell,
        to_be_judged: bool,
    ) -> Result<Self, RecordError> {
        let path = |what: &str| directory.cell_file(cell.name.as_str(), what);
        let series_path = path("bdf.csv");
        let mut series = BufWriter::with_capacity(BUFFER, make(&series_path, reserve)?);
        let mut row = Vec::with_capacity(512);
        BdfRows::header(&mut row);
        series.write_all(&row).map_err(RecordError::file("write", &series_path))?;
        let mut files = Self {
            gathered: Gathered::new(cell.name.clone(), cell.place, cell.voltage_found, to_be_judged),
            rows: BdfRows::new(cell.clock_origin),
            row,
            series,
            series_path,
            tables: Tables::create(cell.name.clone(), path, reserve)?,
            due: false,
        };
        files.flush()?;
        Ok(files)
    }

    /// Goes on behind what is whole of a cell's files; its tables are whole.
    pub(super) fn go_on(
        directory: &RunDirectory,
        reserve: &Reserve,
        cell: PastCell,
        clock_origin: DateTime<Utc>,
    ) -> Result<Self, RecordError> {
        let PastCell { gathered, series: Series { last, whole, .. }, .. } = cell;
        let path = |what: &str| directory.cell_file(gathered.cell.as_str(), what);
        let series_path = path("bdf.csv");
        let file =
            append_after(&series_path, whole).map_err(RecordError::file("go on with", &series_path))?;
        let file = Kept::new(file, reserve.clone());
        let tables = Tables::go_on(gathered.cell.clone(), path, reserve)?;
        let mut files = Self {
            gathered,
            rows: BdfRows::go_on(clock_origin, last.as_ref()),
            row: Vec::with_capacity(512),
            series: BufWriter::with_capacity(BUFFER, file),
            series_path,
            tables,
            due: false,
        };
        if whole == 0 {
            BdfRows::header(&mut files.row);
            files.series.write_all(&files.row).map_err(RecordError::file("write", &files.series_path))?;
        }
        files.flush()?;
        Ok(files)
    }

    pub(super) fn sample(&mut self, sample: &Sample) -> Result<(), RecordError> {
        self.row.clear();
        let cell = || self.gathered.cell.clone();
        let row = self.rows.push(sample, &mut self.row).map_err(|fault| match fault {
            RowFault::Number(column, source) => RecordError::Number { cell: cell(), column, source },
            RowFault::TimeFell(last) => {
                RecordError::TimeFell { cell: cell(), at: sample.at.as_micros(), last: last.as_micros() }
            }
        })?;
        self.series.write_all(&self.row).map_err(RecordError::file("write", &self.series_path))?;
        self.gathered.row(&row);
        Ok(())
    }

    pub(super) fn fact(&mut self, event: &Event) -> Result<(), RecordError> {
        self.gathered.fact(event);
        let kept = self.tables.fact(event);
        kept.and(match event {
            Event::StepEnded { .. } => self.flush(),
            Event::CycleEnded { .. } => self.tables.flush(),
            _ => Ok(()),
        })
    }

    /// Hands everything to the system; a file that is refused does not hinder the others.
    pub(super) fn flush(&mut self) -> Result<(), RecordError> {
        let series = self.series.flush().map_err(RecordError::file("write", &self.series_path));
        series.and(self.tables.flush())
    }

    /// Has the rows that have come by now waited for at the next [`CellFiles::commit`].
    pub(super) fn make_due(&mut self) {
        self.due = true;
    }

    /// Waits until the rows are on the disk, if a fact hangs on them. The tables are made of facts, and can be made again.
    pub(super) fn commit(&mut self) -> Result<(), RecordError> {
        if std::mem::take(&mut self.due) { self.sync_rows() } else { Ok(()) }
    }

    fn sync_rows(&mut self) -> Result<(), RecordError> {
        let flushed = self.series.flush().map_err(RecordError::file("write", &self.series_path));
        let synced = self.series.get_ref().sync().map_err(RecordError::file("sync", &self.series_path));
        flushed.and(synced)
    }

    /// Waits until everything is on the disk; a file that fails does not hinder the others.
    pub(super) fn sync(&mut self) -> Result<(), RecordError> {
        let rows = self.sync_rows();
        rows.and(self.tables.sync())
    }
}
