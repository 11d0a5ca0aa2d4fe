//! The log that the vendor's Python library (0.5.36) writes, from a run directory: its columns in its order and its
//! units. A line for each row, and one for each phase that ended.
//!
//! Rows pass through one by one, however many there are.

mod phase;
mod series;

use crate::record::{Manifest, ManifestError, share};
use series::Series;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The line above the rows in the file of a single cell. The shared file has none.
const HEADER: &str = "Cell Name,Batlab SN,Channel,Timestamp (s),Voltage (V),Current (A),Temperature (C),Impedance (Ohm),Energy (J),Charge (Coulombs),Test State,Test Type,Charge Capacity (Coulombs),Energy Capacity (J),Avg Impedance (Ohm),delta Temperature (C),Avg Current (A),Avg Voltage,Runtime (s),VCC (V)";

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logs {
    /// The files.
    pub files: Vec<PathBuf>,
    /// How many lines they have together, without headers.
    pub lines: u64,
    /// Cells whose last row was not written whole, which is left out.
    pub torn: Vec<String>,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// There is no run in the directory.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file of the run cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A row cannot be understood.
    #[error("{path}:{line}: {what}; take the file from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A log is there already.
    #[error("{path} is there already; logs of the vendor's tools have such names, so it is left alone")]
    Exists {
        /// The file.
        path: PathBuf,
    },
}

impl LogError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

/// Whether a line is of a row, or of a phase that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Row,
    Phase,
}

/// A line of a log.
#[derive(Debug)]
struct Line {
    /// Microseconds since 1970.
    at: i64,
    level: Level,
    text: String,
}

/// Writes the log of a run to a directory: all lines into one file in the order of time, or with `individual` the rows of
/// each cell into a file of its own with a header, as the library does it where its settings say so.
///
/// # Errors
/// There is no run, one of its files cannot be read or understood, a log is there already, or the disk refuses.
pub fn write(run: &Path, out: &Path, individual: bool) -> Result<Logs, LogError> {
    let manifest = Manifest::read(run)?;
    fs::create_dir_all(out).map_err(LogError::file(out))?;
    let prefix = format!("batlab-log_{}", manifest.recipe.name);
    let mut shared = LogFile::create(out, &format!("{prefix}.csv"))?;
    let mut own = Vec::new();
    let mut cells = Vec::new();
    for cell in &manifest.cells {
        cells.push(Series::open(run, &manifest, cell)?);
        if individual {
            let mut file = LogFile::create(out, &format!("{prefix}_{}.csv", cell.name))?;
            file.line(HEADER)?;
            own.push(file);
        }
    }
    // The next line of each cell, the earliest first.
    let mut next: Vec<Option<Line>> = Vec::new();
    let mut order = BinaryHeap::new();
    for (index, cell) in cells.iter_mut().enumerate() {
        next.push(cell.line()?);
        order.extend(next.last().and_then(Option::as_ref).map(|line| Reverse((line.at, index))));
    }
    let mut lines = 0;
    while let Some(Reverse((_, index))) = order.pop() {
        let (Some(place), Some(cell)) = (next.get_mut(index), cells.get_mut(index)) else { continue };
        if let Some(line) = place.take() {
            match own.get_mut(index) {
                Some(file) if line.level == Level::Row => file.line(&line.text)?,
                _ => shared.line(&line.text)?,
            }
            lines += 1;
        }
        *place = cell.line()?;
        order.extend(place.as_ref().map(|line| Reverse((line.at, index))));
    }
    let torn = cells.iter().filter(|cell| cell.torn()).map(|cell| cell.name().to_owned()).collect();
    let files = [shared].into_iter().chain(own).map(LogFile::close).collect::<Result<_, _>>()?;
    Ok(Logs { files, lines, torn })
}

/// A file that is there under its name only when it is whole.
struct LogFile {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl LogFile {
    fn create(directory: &Path, name: &str) -> Result<Self, LogError> {
        let path = directory.join(name);
        if path.exists() {
            return Err(LogError::Exists { path });
        }
        let file = NamedTempFile::new_in(directory).map_err(LogError::file(&path))?;
        Ok(Self { path, file: BufWriter::new(file) })
    }

    fn line(&mut self, text: &str) -> Result<(), LogError> {
        writeln!(self.file, "{text}").map_err(LogError::file(&self.path))
    }

    fn close(self) -> Result<PathBuf, LogError> {
        let Self { path, file } = self;
        let file = file.into_inner().map_err(|error| LogError::file(&path)(error.into_error()))?;
        share(file.as_file()).map_err(LogError::file(&path))?;
        match file.persist_noclobber(&path) {
            Ok(_) => Ok(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(LogError::Exists { path })
            }
            Err(error) => Err(LogError::file(&path)(error.error)),
        }
    }
}
