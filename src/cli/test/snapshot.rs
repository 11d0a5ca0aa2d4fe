//! The events of a test as a text that is kept beside the recipe and compared.

use crate::rehearsal::Outcome;
use crate::terminal::in_words;
use similar::TextDiff;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Digits behind the point by which a number is known as measured.
const MEASURED: usize = 4;
/// Those of them that are kept.
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

/// The text in which measured numbers, which have four digits behind the point or more, keep two.
fn shortened(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('.') {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let kept = if digits >= MEASURED { DECIMALS } else { digits };
        out.push_str(before);
        out.push('.');
        out.push_str(after.get(..kept).unwrap_or_default());
        rest = after.get(digits..).unwrap_or_default();
    }
    out.push_str(rest);
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
        assert_eq!(shortened("3.6111 V. 1015.625 Hz, 12345 ends."), "3.61 V. 1015.625 Hz, 12345 ends.");
    }
}
