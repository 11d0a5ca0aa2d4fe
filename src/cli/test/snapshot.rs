//! The events of a test as a text that is kept beside the recipe and compared.

use similar::TextDiff;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the snapshot of a test is kept.
pub(super) fn path(recipe: &Path, test: &str) -> PathBuf {
    let stem = recipe.file_stem().unwrap_or_default().to_string_lossy();
    recipe.parent().unwrap_or(Path::new("")).join("snapshots").join(format!("{stem}--{test}.txt"))
}

/// Writes a snapshot.
pub(super) fn write(path: &Path, text: &str) -> Result<(), String> {
    let told = |error| format!("error: {} cannot be written: {error}\n", path.display());
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(told)?;
    }
    fs::write(path, text).map_err(told)
}

/// Compares with the snapshot that is kept; what differs is the error.
pub(super) fn compare(path: &Path, text: &str) -> Result<(), String> {
    let kept = fs::read_to_string(path).map_err(|error| {
        format!(
            "error: {} cannot be read: {error}\nhint: --update writes it; look at it then\n",
            path.display()
        )
    })?;
    let kept = kept.replace("\r\n", "\n");
    if kept == text {
        return Ok(());
    }
    let difference = TextDiff::from_lines(kept.as_str(), text);
    let shown = path.display().to_string();
    let lines = difference.unified_diff().context_radius(2).header(&shown, "this run").to_string();
    Err(format!("{lines}hint: if this is what it should be, --update writes it\n"))
}
