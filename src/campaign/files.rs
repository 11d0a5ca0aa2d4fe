//! The files of a run as a killed program leaves them.

use crate::identity::{CellName, Place};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// How long each file of a directory is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lengths(BTreeMap<PathBuf, u64>);

impl Lengths {
    /// Of a directory as it is now; of none where there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn of(directory: &Path) -> Result<Self, String> {
        let mut lengths = BTreeMap::new();
        for path in files(directory)? {
            let length = fs::metadata(&path).map_err(|error| told(&path, &error))?.len();
            lengths.insert(path, length);
        }
        Ok(Self(lengths))
    }

    /// Takes away what the files have got since: what the dying program still had in its hands. Then adds the
    /// beginning of one line more, of so many bytes, to those that grow by lines.
    ///
    /// # Errors
    /// A file cannot be cut.
    pub(super) fn cut(&self, torn: usize) -> Result<(), String> {
        for (path, length) in &self.0 {
            let file = OpenOptions::new().write(true).open(path).map_err(|error| told(path, &error))?;
            file.set_len(*length).map_err(|error| told(path, &error))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if torn > 0 && (name.ends_with(".csv") || name.ends_with(".jsonl")) {
                tear(path, torn).map_err(|error| told(path, &error))?;
            }
        }
        Ok(())
    }
}

/// Adds the beginning of a line such as the last one.
fn tear(path: &Path, torn: usize) -> std::io::Result<()> {
    let bytes = fs::read(path)?;
    let Some(last) = bytes.strip_suffix(b"\n") else { return Ok(()) };
    let start = last.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = &last[start..];
    let piece = &line[..torn.min(line.len().saturating_sub(1))];
    OpenOptions::new().append(true).open(path)?.write_all(piece)
}

/// Every file under a directory, in the order of their paths; not the lock, which says who had it.
///
/// # Errors
/// It cannot be read.
pub(super) fn files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        if !directory.exists() {
            continue;
        }
        for entry in fs::read_dir(&directory).map_err(|error| told(&directory, &error))? {
            let path = entry.map_err(|error| told(&directory, &error))?.path();
            if path.is_dir() {
                open.push(path);
            } else if !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// Takes a directory away with all that is in it; none is no error.
///
/// # Errors
/// The system refuses.
pub(super) fn clear(directory: &Path) -> Result<(), String> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(told(directory, &error)),
        _ => Ok(()),
    }
}

/// How many rows the time series of the cell in a slot has.
///
/// # Errors
/// It cannot be read.
pub(super) fn rows(directory: &Path, place: Place) -> Result<u64, String> {
    let path = directory.join("cells").join(format!("{}.bdf.csv", CellName::of_slot(place.unit, place.slot)));
    let text = fs::read_to_string(&path).map_err(|error| told(&path, &error))?;
    // The first line is the header.
    Ok((text.lines().count() as u64).saturating_sub(1))
}
