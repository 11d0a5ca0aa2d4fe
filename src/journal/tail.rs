//! A file that may still grow, read piece by piece, whole lines only.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

/// How much of the file's end is looked at in one read for the last newline, in bytes.
const STRIDE: u64 = 64 * 1024;

/// What became of a file that is shorter than it was.
const CUT: &str = "the file is shorter than before: something cut or replaced it";

/// A file of lines, and how far it was read. A last line without its newline is left where it is: it
/// was torn, or is being written just now.
#[derive(Clone, Debug)]
pub struct Tail {
    path: PathBuf,
    offset: u64,
    torn: u64,
}

impl Tail {
    /// Begins at the start of the file, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), offset: 0, torn: 0 }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes of a line without its newline stood at the end when it was last read.
    pub const fn torn(&self) -> u64 {
        self.torn
    }

    /// How many bytes of whole lines were given out.
    pub const fn whole(&self) -> u64 {
        self.offset
    }

    /// The whole lines that were not given out yet. The next call begins after them.
    ///
    /// # Errors
    /// The file cannot be read, or is shorter than what was read of it.
    pub fn fresh(&mut self) -> io::Result<Take<File>> {
        let mut file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        if length < self.offset {
            return Err(io::Error::new(io::ErrorKind::InvalidData, CUT));
        }
        let whole = end_of_last_line(&mut file, self.offset, length)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let fresh = file.take(whole - self.offset);
        self.offset = whole;
        self.torn = length - whole;
        Ok(fresh)
    }
}

/// Opens a file to append to it behind its first `whole` bytes. What stands there now is cut off, and that is on the disk when
/// this returns.
///
/// # Errors
/// There is no such file, it is shorter, or the system refuses.
pub fn append_after(path: &Path, whole: u64) -> io::Result<File> {
    let file = OpenOptions::new().append(true).open(path)?;
    let length = file.metadata()?.len();
    if length < whole {
        return Err(io::Error::new(io::ErrorKind::InvalidData, CUT));
    }
    if length > whole {
        file.set_len(whole)?;
        file.sync_all()?;
    }
    Ok(file)
}

/// Where the last newline between two places ends, or `from` if there is none.
fn end_of_last_line(file: &mut File, from: u64, to: u64) -> io::Result<u64> {
    let mut end = to;
    let mut piece = Vec::new();
    while end > from {
        let start = end.saturating_sub(STRIDE).max(from);
        file.seek(SeekFrom::Start(start))?;
        piece.clear();
        file.by_ref().take(end - start).read_to_end(&mut piece)?;
        if let Some(at) = piece.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;
    use std::io::Write;

    fn read(tail: &mut Tail) -> io::Result<String> {
        let mut text = String::new();
        tail.fresh()?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn lines_come_once_and_only_whole() -> Result<(), Box<dyn Error>> {
        let scratch = tempfile::tempdir()?;
        let path = scratch.path().join("a.csv");
        let mut tail = Tail::new(&path);
        assert!(tail.fresh().is_err(), "there is no file yet");
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        file.write_all(b"one\ntw")?;
        assert_eq!(read(&mut tail)?, "one\n");
        assert_eq!(tail.torn(), 2);
        file.write_all(b"o\n")?;
        assert_eq!(read(&mut tail)?, "two\n");
        assert_eq!(read(&mut tail)?, "");
        let long = "x".repeat(3 * STRIDE as usize);
        file.write_all(format!("{long}\n{long}").as_bytes())?;
        assert_eq!(read(&mut tail)?.len(), long.len() + 1);
        assert_eq!(tail.torn(), long.len() as u64);
        std::fs::write(&path, "short\n")?;
        assert!(tail.fresh().is_err(), "it was replaced");
        Ok(())
    }
}
