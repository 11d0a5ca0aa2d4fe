//! Reads a journal back: every line checked, a torn last line left out and told of.

use super::line;
use crate::event::Entry;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// What a journal file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    /// The entries in the order they were written.
    pub entries: Vec<Entry>,
    /// The end of the file, if the last line was not written whole.
    pub torn: Option<TornTail>,
}

/// A last line that was cut short, as a killed process or a lost disk leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The line's number, from 1.
    pub line: usize,
    /// Where in the file it starts: the length of the part that is whole, in bytes.
    pub offset: usize,
    /// How many bytes of it there are.
    pub bytes: usize,
}

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened or read.
    #[error("cannot read the journal {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line that is not the last is damaged. What follows cannot be trusted to be the whole story.
    #[error(
        "line {line} of the journal is damaged: {what}; take the run directory from a backup, or go by the files in cells/"
    )]
    Damaged {
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

/// How much of a journal file can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// The length of the part whose lines are all whole, in bytes.
    pub whole: u64,
    /// How many bytes stand behind it that are no whole line.
    pub torn: u64,
}

/// Reads a journal file entry by entry, without ever holding all of it. What stands behind the last line that can be read
/// is taken for torn, be it one line or more: after a loss of power the end of a file may hold anything.
///
/// # Errors
/// The file cannot be read, or a line is damaged that others follow.
pub fn scan(path: &Path, mut each: impl FnMut(Entry)) -> Result<Extent, ReadError> {
    let refused = |source| ReadError::File { path: path.to_owned(), source };
    let mut file = BufReader::new(File::open(path).map_err(refused)?);
    let (mut extent, mut text, mut damaged) = (Extent::default(), Vec::new(), None);
    for line in 1.. {
        text.clear();
        let bytes = file.read_until(b'\n', &mut text).map_err(refused)? as u64;
        if bytes == 0 {
            break;
        }
        let whole = text.strip_suffix(b"\n").ok_or_else(|| "not written whole".to_owned());
        match (whole.and_then(line::decode), damaged.take()) {
            (Ok(_), Some((line, what))) => return Err(ReadError::Damaged { line, what }),
            (Ok(entry), None) => {
                each(entry);
                extent.whole += bytes;
            }
            (Err(what), first) => {
                damaged = first.or(Some((line, what)));
                extent.torn += bytes;
            }
        }
    }
    Ok(extent)
}

/// Reads a journal file.
///
/// # Errors
/// The file cannot be read, or a line before the last is damaged.
pub fn read(path: &Path) -> Result<Journal, ReadError> {
    let bytes = fs::read(path).map_err(|source| ReadError::File { path: path.to_owned(), source })?;
    read_bytes(&bytes)
}

/// Reads the bytes of a journal file.
///
/// # Errors
/// A line before the last is damaged.
pub fn read_bytes(bytes: &[u8]) -> Result<Journal, ReadError> {
    let mut journal = Journal::default();
    let mut offset = 0;
    for (index, piece) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let text = piece.strip_suffix(b"\n").unwrap_or(piece);
        match line::decode(text) {
            Ok(entry) => journal.entries.push(entry),
            Err(_) if offset + piece.len() == bytes.len() => {
                journal.torn = Some(TornTail { line: index + 1, offset, bytes: piece.len() });
            }
            Err(what) => return Err(ReadError::Damaged { line: index + 1, what }),
        }
        offset += piece.len();
    }
    Ok(journal)
}
