//! Makes again what a run leaves behind, from the rest of its directory: the summary in all its forms, and tables
//! that are missing or torn. The manifest, the journal and the time series are what it is made from.
//!
//! Rows and facts go through the same code as in the run, so that a run that came to its end gets the same bytes
//! again.

use super::manifest::ManifestError;
use super::past::{Past, PastCell};
use super::replace::replace;
use super::tables::Tables;
use super::{RecordError, RunDirectory, Summary};
use crate::journal::{self, ReadError, Reserve};
use crate::verdict::Exit;
use std::fs;
use std::io;
use std::path::Path;

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
    /// The tables that were missing or wrong, by their paths from the run directory.
    pub tables: Vec<String>,
}

/// Makes the summary of a run again in all its forms, and the tables of its cells that are missing though the
/// journal tells of rows in them; in a run that has no end, those, too, that hold anything else than the journal tells.
///
/// A run that no file tells the end of was killed: its summary is that of a run that was stopped, made of
/// what is there, and says so.
///
/// # Errors
/// A file that they are made from is missing, damaged, or ends too early; the disk refuses.
pub fn remake(run: &RunDirectory) -> Result<Remade, RemakeError> {
    let past = Past::read(run, |_| {})?;
    let summary = summary(&past)?;
    summary.write(run)?;
    // Where the program was killed, or the power was cut, one may be torn.
    let is_wanted = |cell: &PastCell, what: &str| {
        past.ended.is_none() || !run.cell_file(cell.name().as_str(), what).exists()
    };
    Ok(Remade { summary, tables: tables(run, &past, is_wanted)? })
}

fn summary(past: &Past) -> Result<Summary, RemakeError> {
    let manifest = &past.manifest;
    if manifest.ended.is_some()
        && let Some(torn) = past.cells.iter().find(|cell| cell.series.torn > 0)
    {
        let what = "is torn, though the run came to its end; take it from a backup";
        return Err(RemakeError::File { file: torn.series_name(), source: io::Error::other(what) });
    }
    let cells: Vec<_> = past.cells.iter().map(|cell| cell.gathered.summary()).collect();
    let (ended, exit, cut_off) = match (manifest.ended.zip(manifest.outcome), past.ended) {
        (Some(_), None) => return Err(RemakeError::EndMissing),
        (Some((ended, exit)), Some(_)) => (ended, exit, false),
        // It was killed between the last fact and the last file.
        (None, Some((ended, exit))) => (ended, exit, false),
        (None, None) => {
            let verdicts = cells.iter().map(|cell| cell.verdict);
            (past.latest, Exit::Stopped.graver(Exit::of_run(verdicts)), true)
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

/// Makes tables again that are wanted, each as a whole: whoever reads sees the old one or the new one. One that no fact of
/// the journal has a row in is deleted: what it held was written just before the program died. Gives those that were other before.
pub(super) fn tables(
    run: &RunDirectory,
    past: &Past,
    is_wanted: impl Fn(&PastCell, &str) -> bool,
) -> Result<Vec<String>, RemakeError> {
    let wanted: Vec<&PastCell> =
        past.cells.iter().filter(|cell| cell.tables.iter().any(|what| is_wanted(cell, what))).collect();
    for cell in &past.cells {
        for what in
            Tables::ALL.into_iter().filter(|what| !cell.tables.contains(what) && is_wanted(cell, what))
        {
            remove(&run.cell_file(cell.name().as_str(), what))?;
        }
    }
    let mut made = Vec::new();
    for cells in wanted.chunks(AT_ONCE) {
        let fault = || RecordError::file("make a directory in", run.path());
        let aside = tempfile::Builder::new().prefix(".new-").tempdir_in(run.path()).map_err(fault())?;
        let aside_path = |cell: &PastCell, what: &str| aside.path().join(format!("{}.{what}", cell.name()));
        let create = |cell: &&PastCell| {
            Tables::create(cell.name().clone(), |what| aside_path(cell, what), &Reserve::default())
        };
        let mut tables = cells.iter().map(create).collect::<Result<Vec<_>, _>>()?;
        let mut written = Ok(());
        journal::scan(&run.file("journal.jsonl"), |entry| {
            let cell = cells.iter().position(|cell| cell.gathered.is_meant(&entry));
            if let (Some(tables), Ok(())) = (cell.and_then(|index| tables.get_mut(index)), &written) {
                written = tables.fact(&entry.event);
            }
        })?;
        written?;
        tables.iter_mut().try_for_each(Tables::flush)?;
        for cell in cells {
            for what in cell.tables.iter().filter(|what| is_wanted(cell, what)) {
                let from = aside_path(cell, what);
                let bytes = fs::read(&from).map_err(RecordError::file("read", &from))?;
                let path = run.cell_file(cell.name().as_str(), what);
                if fs::read(&path).is_ok_and(|there| there == bytes) {
                    continue;
                }
                replace(&path, &bytes)?;
                made.push(format!("cells/{}.{what}", cell.name()));
            }
        }
    }
    Ok(made)
}

/// Deletes a file that need not be there.
pub(super) fn remove(path: &Path) -> Result<(), RecordError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(RecordError::file("delete", path)(error))
        }
        _ => Ok(()),
    }
}
