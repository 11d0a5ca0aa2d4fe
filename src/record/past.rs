//! What the files of a run tell of it: read for its reports, and to go on with it.
//!
//! Facts and rows go through the same code as in the run. Nothing but the time series is read row by row, and no file is
//! ever held as a whole.

use super::gathered::Gathered;
use super::manifest::Manifest;
use super::remake::RemakeError;
use super::rows::{self, RecordedRow, Series};
use super::tables::Tables;
use super::{ManifestCell, RunDirectory};
use crate::clock::Instant;
use crate::event::{Entry, Event};
use crate::identity::{CellName, Place};
use crate::journal::{self, Extent};
use crate::units::Volts;
use crate::verdict::{Exit, Verdict};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// What is read, one after the other: all facts, then the rows of each cell.
#[derive(Clone, Copy, Debug)]
pub enum Told<'t> {
    /// A fact of the journal.
    Fact(&'t Entry),
    /// A row of a cell, and its moment on the clock of the run.
    Row(&'t CellName, &'t RecordedRow, Instant),
}

/// What the files of a run tell of it.
#[derive(Debug)]
pub struct Past {
    /// The manifest, with what the journal tells of the units meanwhile.
    pub manifest: Manifest,
    /// How the run ended, if it did and was not gone on with.
    pub ended: Option<(DateTime<Utc>, Exit)>,
    /// The wall time at the origin of the run's clock; none where the journal is empty.
    pub origin: Option<DateTime<Utc>>,
    /// The last moment that is told of.
    pub latest: DateTime<Utc>,
    pub(super) journal: Extent,
    /// The cells, in the order in which they were bound.
    pub cells: Vec<PastCell>,
}

/// What the files of a run tell of one cell.
#[derive(Debug)]
pub struct PastCell {
    pub(super) gathered: Gathered,
    /// The tables that must be there, by the journal.
    pub(super) tables: BTreeSet<&'static str>,
    pub(super) series: Series,
}

impl PastCell {
    fn new(manifest: &Manifest, cell: &ManifestCell) -> Self {
        let place = Place { unit: cell.unit, slot: cell.slot };
        let to_be_judged = manifest.is_to_judge(&cell.name);
        let gathered = Gathered::new(cell.name.clone(), place, Volts(cell.voltage_found_volt), to_be_judged);
        Self { gathered, tables: BTreeSet::from([Tables::ALWAYS]), series: Series::default() }
    }

    /// The cell.
    pub fn name(&self) -> &CellName {
        &self.gathered.cell
    }

    /// Where it lay.
    pub fn place(&self) -> Place {
        self.gathered.place
    }

    /// Its voltage as it was found when the run began.
    pub fn voltage_found(&self) -> Volts {
        self.gathered.voltage_found()
    }

    /// What became of it by now.
    pub fn verdict(&self) -> Verdict {
        self.gathered.summary().verdict
    }

    /// The last row of its time series.
    pub fn last(&self) -> Option<&RecordedRow> {
        self.series.last.as_ref()
    }

    /// What its time series is called in what is told of it.
    pub(super) fn series_name(&self) -> String {
        format!("cells/{}.bdf.csv", self.gathered.cell)
    }
}

impl Past {
    /// Reads the files of a run, and hands over what stands in them.
    ///
    /// # Errors
    /// A file is missing or damaged.
    pub fn read(run: &RunDirectory, mut each: impl FnMut(Told<'_>)) -> Result<Self, RemakeError> {
        let manifest = Manifest::read(run.path())?;
        let cells = manifest.cells.iter().map(|cell| PastCell::new(&manifest, cell)).collect();
        let mut past = Self {
            latest: manifest.started,
            manifest: manifest.before_its_journal(),
            ended: None,
            origin: None,
            journal: Extent::default(),
            cells,
        };
        past.journal = journal::scan(&run.file("journal.jsonl"), |entry| {
            past.fact(&entry);
            each(Told::Fact(&entry));
        })?;
        let origin = past.origin.unwrap_or(past.manifest.started);
        for cell in &mut past.cells {
            let path = run.cell_file(cell.gathered.cell.as_str(), "bdf.csv");
            cell.series = rows::read(&path, &cell.series_name(), |row| {
                cell.gathered.row(&row.kept());
                let at = (row.wall - origin).to_std().unwrap_or_default();
                each(Told::Row(&cell.gathered.cell, row, Instant::ORIGIN + at));
            })?;
            past.latest = cell.series.last.map_or(past.latest, |row| past.latest.max(row.wall));
        }
        Ok(past)
    }

    fn fact(&mut self, entry: &Entry) {
        self.latest = self.latest.max(entry.time);
        self.origin.get_or_insert_with(|| origin(entry));
        self.manifest.hear(entry);
        match entry.event {
            Event::RunEnded { exit } => self.ended = Some((entry.time, exit)),
            Event::RunResumed { .. } => self.ended = None,
            _ => {}
        }
        if let Some(cell) = self.cells.iter_mut().find(|cell| cell.gathered.is_meant(entry)) {
            cell.gathered.fact(&entry.event);
            cell.tables.extend(Tables::filled_by(&entry.event));
        }
    }

    /// What stands at the ends of files and was not written whole, in words.
    pub fn torn(&self) -> Vec<String> {
        let journal = ("journal.jsonl".to_owned(), self.journal.torn);
        let series = self.cells.iter().map(|cell| (cell.series_name(), cell.series.torn));
        let torn = std::iter::once(journal).chain(series).filter(|(_, bytes)| *bytes > 0);
        torn.map(|(file, bytes)| format!("{bytes} bytes at the end of {file} were no whole line")).collect()
    }
}

/// The wall time at the origin of the clock that an entry tells the time by.
fn origin(entry: &Entry) -> DateTime<Utc> {
    let micros = (entry.test_time_second * 1e6).round() as i64;
    entry.time.checked_sub_signed(TimeDelta::microseconds(micros)).unwrap_or(entry.time)
}
