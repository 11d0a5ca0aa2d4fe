//! Makes again what a run leaves behind, from the rest of its directory: the summary in all its forms, and tables
//! that are missing. The manifest, the journal and the time series are what it is made from.
//!
//! Rows and facts go through the same code as in the run, so that a run that came to its end gets the same bytes
//! again. Nothing but the time series is read row by row, and no file is ever held as a whole.

use super::gathered::Gathered;
use super::manifest::{Manifest, ManifestError};
use super::replace::replace;
use super::tables::Tables;
use super::{RecordError, RunDirectory, Summary, rows};
use crate::event::{Entry, Event};
use crate::identity::{CellName, Place};
use crate::journal::{Follower, ReadError};
use crate::units::Volts;
use crate::verdict::Exit;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

/// So many cells' tables are made in one reading of the journal: each has some files open meanwhile.
const AT_ONCE: usize = 32;

/// Why nothing, or not everything, was made again. What is there stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum RemakeError {
    /// There is no manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The journal cannot be read to its end.
    #[error(transparent)]
    Journal(#[from] ReadError),
    /// The manifest tells of an end that the journal does not.
    #[error(
        "journal.jsonl: run.json tells of the end of the run and the journal does not: its end is missing; take it from a backup"
    )]
    EndMissing,
    /// A file cannot be read.
    #[error("{file}: cannot be read: {source}")]
    File {
        /// Its path from the run directory.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A time series is damaged.
    #[error("{file}:{line}: {what}; take it from a backup")]
    Damaged {
        /// Its path from the run directory.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// What was made cannot be written.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// What was made again.
#[derive(Clone, Debug, PartialEq)]
pub struct Remade {
    /// The summary, as it stands in its files.
    pub summary: Summary,
    /// The tables that were missing, by their paths from the run directory.
    pub tables: Vec<String>,
}

/// Makes the summary of a run again in all its forms, and the tables of its cells that are missing though the
/// journal tells of rows in them.
///
/// A run that no file tells the end of was killed: its summary is that of a run that was stopped, made of
/// what is there, and says so.
///
/// # Errors
/// A file that they are made from is missing, damaged, or ends too early; the disk refuses.
pub fn remake(run: &RunDirectory) -> Result<Remade, RemakeError> {
    let manifest = Manifest::read(run.path())?;
    let mut cells: Vec<Cell> = manifest.cells.iter().map(|cell| Cell::new(&manifest, cell)).collect();
    let mut latest = manifest.started;
    for Cell { gathered, .. } in &mut cells {
        let name = format!("cells/{}.bdf.csv", gathered.cell);
        let series =
            rows::read(&run.cell_file(gathered.cell.as_str(), "bdf.csv"), &name, |row| gathered.row(row))?;
        if series.torn && manifest.ended.is_some() {
            let what = "is torn, though the run came to its end; take it from a backup".to_owned();
            return Err(RemakeError::File { file: name, source: io::Error::other(what) });
        }
        latest = series.latest.map_or(latest, |time| latest.max(time));
    }
    let mut told_end = None;
    journal(run, |entry| {
        latest = latest.max(entry.time);
        if let Event::RunEnded { exit } = entry.event {
            told_end = Some((entry.time, exit));
        }
        for cell in &mut cells {
            cell.tables.insert(Tables::ALWAYS);
        }
        if let Some(cell) = cells.iter_mut().find(|cell| cell.gathered.is_meant(entry)) {
            cell.gathered.fact(&entry.event);
            cell.tables.extend(Tables::filled_by(&entry.event));
        }
    })?;
    let summary = summary(&manifest, &cells, told_end, latest)?;
    summary.write(run)?;
    Ok(Remade { summary, tables: missing_tables(run, &cells)? })
}

/// A cell of the run.
struct Cell {
    gathered: Gathered,
    /// The tables that must be there, by the journal.
    tables: BTreeSet<&'static str>,
}

impl Cell {
    fn new(manifest: &Manifest, cell: &super::ManifestCell) -> Self {
        let place = Place { unit: cell.unit, slot: cell.slot };
        let to_be_judged = manifest.is_to_judge(&cell.name);
        let gathered = Gathered::new(cell.name.clone(), place, Volts(cell.voltage_found_volt), to_be_judged);
        Self { gathered, tables: BTreeSet::new() }
    }
}

/// Reads the journal; a last line that was not written whole is left out.
fn journal(run: &RunDirectory, mut each: impl FnMut(&Entry)) -> Result<(), ReadError> {
    Follower::new(run.file("journal.jsonl")).catch_up(|entry| each(&entry))
}

fn summary(
    manifest: &Manifest,
    cells: &[Cell],
    told_end: Option<(DateTime<Utc>, Exit)>,
    latest: DateTime<Utc>,
) -> Result<Summary, RemakeError> {
    let cells: Vec<_> = cells.iter().map(|cell| cell.gathered.summary()).collect();
    let (ended, exit, cut_off) = match (manifest.ended.zip(manifest.outcome), told_end) {
        (Some(_), None) => return Err(RemakeError::EndMissing),
        (Some((ended, exit)), Some(_)) => (ended, exit, false),
        // It was killed between the last fact and the last file.
        (None, Some((ended, exit))) => (ended, exit, false),
        (None, None) => {
            let verdicts = cells.iter().map(|cell| cell.verdict);
            (latest, Exit::Stopped.graver(Exit::of_run(verdicts)), true)
        }
    };
    Ok(Summary {
        recipe: manifest.recipe.name.clone(),
        simulated: manifest.simulated,
        started: manifest.started,
        ended,
        cut_off,
        exit,
        cells,
    })
}

/// Makes the tables that are not there.
fn missing_tables(run: &RunDirectory, cells: &[Cell]) -> Result<Vec<String>, RemakeError> {
    let path = |cell: &CellName, what: &str| run.cell_file(cell.as_str(), what);
    let is_missing = |cell: &Cell, what: &str| !path(&cell.gathered.cell, what).exists();
    let incomplete: Vec<&Cell> =
        cells.iter().filter(|cell| cell.tables.iter().any(|what| is_missing(cell, what))).collect();
    let mut made = Vec::new();
    for cells in incomplete.chunks(AT_ONCE) {
        let fault = || RecordError::file("make a directory in", run.path());
        let aside = tempfile::Builder::new().prefix(".new-").tempdir_in(run.path()).map_err(fault())?;
        let aside_path = |cell: &Cell, what: &str| -> PathBuf {
            aside.path().join(format!("{}.{what}", cell.gathered.cell))
        };
        let create = |cell: &&Cell| Tables::create(cell.gathered.cell.clone(), |what| aside_path(cell, what));
        let mut tables = cells.iter().map(create).collect::<Result<Vec<_>, _>>()?;
        let mut written = Ok(());
        journal(run, |entry| {
            let cell = cells.iter().position(|cell| cell.gathered.is_meant(entry));
            if let (Some(tables), Ok(())) = (cell.and_then(|index| tables.get_mut(index)), &written) {
                written = tables.fact(&entry.event);
            }
        })?;
        written?;
        tables.iter_mut().try_for_each(Tables::flush)?;
        for cell in cells {
            for what in cell.tables.iter().filter(|what| is_missing(cell, what)) {
                let from = aside_path(cell, what);
                let bytes = fs::read(&from).map_err(RecordError::file("read", &from))?;
                replace(&path(&cell.gathered.cell, what), &bytes)?;
                made.push(format!("cells/{}.{what}", cell.gathered.cell));
            }
        }
    }
    Ok(made)
}
