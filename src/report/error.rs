//! Why there is no report.

use crate::record::{ManifestError, RecordError};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// There is no manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The report cannot be put together.
    #[error("the report cannot be put together: {0}")]
    Page(String),
    /// The system gives no thread for the live page.
    #[error("the system gives no thread for the live page: {0}")]
    Thread(std::io::Error),
    /// The report cannot be written.
    #[error(transparent)]
    Write(#[from] RecordError),
}
