//! One run, gathered from its directory; it may still go on.

use super::detail::Detail;
use super::facts::Facts;
use super::series::Series;
use super::trouble::Trouble;
use crate::event::Entry;
use crate::journal::{Follower, ReadError};
use crate::record::{Manifest, ManifestCell};
use serde_json::Value;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// For fewer cells it is not worth it to start a thread.
const WORTH_A_THREAD: usize = 16;

/// A run directory, and what was read of it so far.
#[derive(Clone, Debug)]
pub(super) struct Run {
    directory: PathBuf,
    pub(super) manifest: Manifest,
    /// `summary.json`; none while the run goes on, and for ever if it was killed.
    pub(super) summary: Option<Value>,
    detail: Detail,
    journal: Follower,
    pub(super) facts: Facts,
    pub(super) cells: Vec<CellData>,
    troubles: Vec<Trouble>,
}

/// A cell of the run and its time series.
#[derive(Clone, Debug)]
pub(super) struct CellData {
    pub(super) bound: ManifestCell,
    pub(super) series: Series,
}

impl Run {
    /// Opens a run directory; nothing but the manifest is read yet.
    pub(super) fn open(directory: &Path, manifest: Manifest, detail: Detail) -> Self {
        let mut run = Self {
            directory: directory.to_owned(),
            cells: Vec::new(),
            manifest,
            summary: None,
            detail,
            journal: Follower::new(directory.join("journal.jsonl")),
            facts: Facts::new(detail),
            troubles: Vec::new(),
        };
        run.take_in_cells();
        run
    }

    /// Takes in the cells that the manifest has more: those of a queue come while the run goes on.
    fn take_in_cells(&mut self) {
        for bound in self.manifest.cells.iter().skip(self.cells.len()) {
            let series = Series::new(&self.directory, bound.name.as_str(), self.detail);
            self.cells.push(CellData { bound: bound.clone(), series });
        }
    }

    /// Reads what was written since the last time.
    pub(super) fn catch_up(&mut self, each: &mut dyn FnMut(&Entry)) {
        // First, so that whoever is told of the end has been told all that came before it.
        let manifest = Manifest::read(&self.directory);
        let read = self.journal.catch_up(|entry| {
            self.facts.take(&entry);
            each(&entry);
        });
        if let Err(error) = read {
            let line = match &error {
                ReadError::Damaged { line, .. } => Some(*line as u64),
                ReadError::File { .. } => None,
            };
            self.told(Trouble { file: "journal.jsonl".into(), line, what: error.to_string() });
        }
        // It is replaced whole, at the end of the run as the last of all files; while that is done, the old one stays.
        if let Ok(manifest) = manifest {
            self.manifest = manifest;
            self.take_in_cells();
        }
        let troubles = read_on(&mut self.cells);
        troubles.into_iter().for_each(|trouble| self.told(trouble));
        if self.manifest.ended.is_some() {
            match read_json(&self.directory.join("summary.json")) {
                Ok(summary) => self.summary = summary,
                Err(what) => self.told(Trouble { file: "summary.json".into(), line: None, what }),
            }
        }
    }

    /// Whether it goes on, or was killed: no file says that it ended.
    pub(super) const fn is_open(&self) -> bool {
        self.manifest.ended.is_none()
    }

    /// How much was read of it.
    pub(super) fn version(&self) -> String {
        let rows: u64 = self.cells.iter().map(|cell| cell.series.rows.taken()).sum();
        let ended = u8::from(self.manifest.ended.is_some()) + u8::from(self.summary.is_some());
        format!("{rows}.{}.{ended}", self.facts.entries)
    }

    /// A trouble is told once, however often it is met.
    fn told(&mut self, trouble: Trouble) {
        if !self.troubles.contains(&trouble) {
            self.troubles.push(trouble);
        }
    }

    /// What is wrong with the files. A torn end counts only once the run has ended or was given up:
    /// while it goes on, a line may be half written at any moment.
    pub(super) fn troubles(&self, live: bool) -> Vec<Trouble> {
        let mut all = self.troubles.clone();
        if !live {
            let journal = self.journal.torn().then(|| Trouble {
                file: "journal.jsonl".into(),
                line: None,
                what: "the last line was not written whole, as when the program or the computer is stopped; it is left out"
                    .into(),
            });
            all.extend(journal);
            all.extend(self.cells.iter().filter_map(|cell| cell.series.torn()));
        }
        all
    }
}

/// Reads on in the time series of all cells: those of many by several threads, as each is a file of its own. The troubles
/// are in the order of the cells.
fn read_on(cells: &mut [CellData]) -> Vec<Trouble> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let helpers = (cells.len() / WORTH_A_THREAD).min(processors - 1);
    let rest = Mutex::new(cells.iter_mut().enumerate());
    let troubles = Mutex::new(Vec::new());
    let next = || rest.lock().unwrap_or_else(PoisonError::into_inner).next();
    let read = || {
        while let Some((index, cell)) = next() {
            if let Err(trouble) = cell.series.catch_up() {
                troubles.lock().unwrap_or_else(PoisonError::into_inner).push((index, trouble));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..helpers {
            // Where the system gives none, the others do it.
            let _ = thread::Builder::new().spawn_scoped(scope, read);
        }
        read();
    });
    let mut troubles = troubles.into_inner().unwrap_or_else(PoisonError::into_inner);
    troubles.sort_by_key(|(index, _)| *index);
    troubles.into_iter().map(|(_, trouble)| trouble).collect()
}

/// A JSON file that may be missing.
fn read_json(path: &Path) -> Result<Option<Value>, String> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    let wrong = |error: serde_json::Error| {
        format!(
            "is damaged: {error}; the table of cells is made from the other files, without what only the summary tells"
        )
    };
    serde_json::from_slice(&bytes).map(Some).map_err(wrong)
}
