//! The events of a simulated run as a text that can be kept and compared.

use super::in_words;
use crate::event::Entry;
use std::fmt::Write;

/// Digits behind the point by which a number is known as measured.
const MEASURED: usize = 4;
/// Those of them that are kept.
const DECIMALS: usize = 2;

/// The events, a line each: time of the test, cell or unit, what happened. Numbers lose the digits that
/// hang on the last bits of a simulation.
pub fn transcript(entries: &[Entry]) -> String {
    let mut out = String::new();
    for entry in entries {
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

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn numbers_lose_their_last_digits_and_words_none() {
        assert_eq!(shortened("3.6111 V. 1015.625 Hz, 12345 ends."), "3.61 V. 1015.625 Hz, 12345 ends.");
    }
}
