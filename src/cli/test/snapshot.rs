//! The events of a test as a text that is kept beside the recipe and compared.

use crate::rehearsal::Outcome;
use crate::terminal::in_words;
use similar::TextDiff;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Digits after the point that are kept of measured numbers.
const DECIMALS: usize = 2;

/// Where the snapshot of a test is kept.
pub(super) fn path(recipe: &Path, test: &str) -> PathBuf {
    let stem = recipe.file_stem().unwrap_or_default().to_string_lossy();
    recipe.parent().unwrap_or(Path::new("")).join("snapshots").join(format!("{stem}--{test}.txt"))
}

/// The events, a line each: time of the test, cell or unit, what happened. Numbers lose the digits that
/// hang on the last bits of a simulation.
pub(super) fn text(outcome: &Outcome) -> String {
    let mut out = String::new();
    for entry in &outcome.events {
        let Some(words) = in_words(&entry.event) else { continue };
        let seconds = entry.test_time_second.max(0.0) as u64;
        let about = match (&entry.cell, entry.unit) {
            (Some(cell), _) => cell.to_string(),
            (None, Some(unit)) => format!("unit {unit}"),
            (None, None) => "run".to_owned(),
        };
        let _ = writeln!(
            out,
            "{:>4}:{:02}:{:02}  {about}: {}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            shortened(&words)
        );
    }
    out
}

/// The text with at most two digits behind each decimal point.
fn shortened(text: &str) -> String {
    let mut out = String::new();
    let mut behind: Option<usize> = None;
    for char in text.chars() {
        behind = match (char, behind) {
            ('.', _) => Some(0),
            (char, Some(count)) if char.is_ascii_digit() => Some(count + 1),
            _ => None,
        };
        if behind.is_none_or(|count| count <= DECIMALS) {
            out.push(char);
        }
    }
    out
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

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn numbers_lose_their_last_digits_and_words_none() {
        assert_eq!(shortened("3.61114 V. 1015.625 Hz, 12345 ends."), "3.61 V. 1015.62 Hz, 12345 ends.");
    }
}
