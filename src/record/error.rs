//! Why a run cannot be recorded.

use super::number::NotWritable;
use crate::identity::{CellName, Place};
use crate::lock::Taken;
use std::io;
use std::path::PathBuf;

/// Why a run cannot be recorded. Those that come after its directory was made mean that cells must be stopped, because
/// what they do from now on would be lost.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The output directory holds something already.
    #[error(
        "the output directory {path} is not empty; name one with --out that does not exist yet, or empty this one"
    )]
    OutputInUse {
        /// The directory.
        path: PathBuf,
    },
    /// Another process writes to the directory.
    #[error("{path}: a run goes on in this directory; {taken}")]
    RunGoesOn {
        /// The directory.
        path: PathBuf,
        /// Who has it.
        taken: Taken,
    },
    /// The output directory is no directory.
    #[error("{path} exists and is not a directory; name another one with --out")]
    OutputNotADirectory {
        /// What is in the way.
        path: PathBuf,
    },
    /// A file that is to be made is there.
    #[error("{path} is there already, and nothing is overwritten; name another file")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The system refused a file.
    #[error("cannot {what} {path}: {source}; {}", what_to_do(source))]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk is full. The room that was kept for this is used to end the run.
    #[error("the disk of {path} is full; make room on it, or name another one with --out")]
    Full {
        /// The run directory.
        path: PathBuf,
    },
    /// A sample holds a number that no file can hold. It was not written.
    #[error("the sample of cell {cell} cannot be written: {column} {source}")]
    Number {
        /// The cell.
        cell: CellName,
        /// The column.
        column: &'static str,
        /// What is wrong with the number.
        source: NotWritable,
    },
    /// A sample is older than the one before it. It was not written.
    #[error("a sample of cell {cell} came out of order: {at} us after {last} us on its unit's clock")]
    TimeFell {
        /// The cell.
        cell: CellName,
        /// The sample's moment, in microseconds.
        at: u64,
        /// The moment of the one before, in microseconds.
        last: u64,
    },
    /// A sample came from a slot where no cell was bound.
    #[error("a sample came from {place}, where no cell of this run lies")]
    UnknownPlace {
        /// The slot.
        place: Place,
    },
    /// Two cells of the run would write to one file, or lie in one slot.
    #[error(
        "cell {cell} is there twice, by its name (letter case does not count) or by its slot; give each cell a name of its own"
    )]
    CellTwice {
        /// The second one.
        cell: CellName,
    },
}

/// What a person can do about a file that was refused.
fn what_to_do(error: &io::Error) -> &'static str {
    use io::ErrorKind::{
        FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, ResourceBusy, StorageFull,
    };
    match error.kind() {
        _ if cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24)) => {
            "raise the limit of open files (`ulimit -n`)"
        }
        StorageFull | QuotaExceeded => "make room on that disk, or name another one",
        FileTooLarge => "raise the limit on the size of files (`ulimit -f`)",
        PermissionDenied | ReadOnlyFilesystem => {
            "see who may write there, and whether it is mounted to be written to"
        }
        ResourceBusy => "see which program has it",
        _ => "see whether the disk is writable and still there",
    }
}

impl RecordError {
    /// Makes the error of a file operation.
    pub(super) fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}
