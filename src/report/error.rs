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
    /// The report cannot be written.
    #[error(transparent)]
    Write(#[from] RecordError),
}
