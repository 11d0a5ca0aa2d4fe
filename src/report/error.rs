//! Why there is no report.

use crate::record::RecordError;
use std::io;
use std::path::PathBuf;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The directory has no manifest.
    #[error(
        "{path} is no run directory: it has no run.json; name one that a run made, such as runs/20260131T215500Z_capacity"
    )]
    NoRun {
        /// The directory.
        path: PathBuf,
    },
    /// The manifest cannot be read.
    #[error("{path}: cannot be read: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The manifest says nothing that this version understands.
    #[error("{path}:{line}: {what}; nothing in the directory can be told without it: take it from a backup")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The report cannot be put together.
    #[error("the report cannot be put together: {0}")]
    Page(String),
    /// The report cannot be written.
    #[error(transparent)]
    Write(#[from] RecordError),
}
