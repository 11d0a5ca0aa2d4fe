//! The vendor's settings for a cycle test, in both dialects.

mod cycle;
mod fields;
mod library;
mod limits;
mod playlist;
mod record;
mod settings;

use super::draft::Draft;
use super::json::Value;
use super::{CellHint, ImportError, Note};

/// The key that only the desktop program's playlists have.
pub(super) const NESTED: &str = "batlabSettings";

/// Whether it looks like settings in one of the dialects.
pub(super) fn is_likely(value: &Value) -> bool {
    value.get(NESTED).is_some() || library::KEYS.iter().any(|key| value.get(key).is_some())
}

/// Settings of the vendor's Python library (0.5.36), all keys on one level.
pub(super) fn library(value: &Value, hint: CellHint, notes: &mut Vec<Note>) -> Result<Draft, ImportError> {
    let settings = library::read(value, notes)?;
    cycle::draft(&settings, hint, notes)
}

/// A playlist of the vendor's desktop program (file version 0.0.1).
pub(super) fn playlist(value: &Value, hint: CellHint, notes: &mut Vec<Note>) -> Result<Draft, ImportError> {
    let settings = playlist::read(value, hint, notes)?;
    cycle::draft(&settings, hint, notes)
}
