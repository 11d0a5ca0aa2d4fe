//! One line of the journal file: the entry as a JSON object whose last member is a checksum.
//!
//! `{"time":...,"event":"run-ended","exit":"passed","crc":"1a2b3c4d"}`: `crc` is the CRC-32 (the one
//! of Ethernet and zip) of the object's bytes as they would be without that member, in eight
//! hexadecimal digits. So a line can be checked without knowing any event, by any program.

use crate::event::Entry;
use std::io;

const KEY: &[u8] = b",\"crc\":\"";
const DIGITS: usize = 8;
const CLOSE: &[u8] = b"\"}";

/// Appends the entry as one line, newline included.
///
/// # Errors
/// The line could not be read back, because a number in it is not finite. A line that nobody can
/// read would make those after it worthless, so each is read before it is kept; facts are rare.
pub(super) fn encode(entry: &Entry, into: &mut Vec<u8>) -> io::Result<()> {
    let start = into.len();
    serde_json::to_writer(&mut *into, entry)?;
    let checksum = crc32fast::hash(into.get(start..).unwrap_or_default());
    into.pop();
    into.extend_from_slice(KEY);
    into.extend_from_slice(format!("{checksum:08x}").as_bytes());
    into.extend_from_slice(CLOSE);
    let unreadable =
        |why| io::Error::new(io::ErrorKind::InvalidInput, format!("an entry cannot be read back: {why}"));
    decode(into.get(start..).unwrap_or_default()).map_err(unreadable)?;
    into.push(b'\n');
    Ok(())
}

/// Reads one line without its newline.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn decode(line: &[u8]) -> Result<Entry, String> {
    let cut = line.len().checked_sub(KEY.len() + DIGITS + CLOSE.len()).ok_or("too short for an entry")?;
    let (body, tail) = line.split_at(cut);
    let digits = tail
        .strip_prefix(KEY)
        .and_then(|rest| rest.strip_suffix(CLOSE))
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .ok_or("no checksum at its end")?;
    let written = u32::from_str_radix(digits, 16).map_err(|_| "its checksum is not hexadecimal")?;
    let mut object = body.to_vec();
    object.push(b'}');
    let found = crc32fast::hash(&object);
    if found != written {
        return Err(format!("its checksum is {written:08x}, its bytes give {found:08x}"));
    }
    serde_json::from_slice(&object).map_err(|error| format!("not an entry that this version knows: {error}"))
}
