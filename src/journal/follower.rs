//! Reads a journal that may still grow, entry by entry, without ever holding all of it.

use super::reader::ReadError;
use super::{Tail, line};
use crate::event::Entry;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

/// A journal file, and how far it was read.
#[derive(Clone, Debug)]
pub struct Follower {
    tail: Tail,
    line: usize,
    /// After a damaged line nothing can be trusted to be the whole story.
    damaged: bool,
}

impl Follower {
    /// Begins at the first entry of the file, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { tail: Tail::new(path), line: 0, damaged: false }
    }

    /// Hands over the entries that were written since the last time. A last line that was not written
    /// whole waits for the next time.
    ///
    /// # Errors
    /// The file cannot be read, or a line is damaged: told once, and nothing after it is handed over.
    pub fn catch_up(&mut self, mut each: impl FnMut(Entry)) -> Result<(), ReadError> {
        if self.damaged {
            return Ok(());
        }
        let path = self.tail.path().to_owned();
        let refused = |source| ReadError::File { path: path.clone(), source };
        let mut fresh = BufReader::new(self.tail.fresh().map_err(refused)?);
        let mut text = Vec::new();
        loop {
            text.clear();
            if fresh.read_until(b'\n', &mut text).map_err(refused)? == 0 {
                return Ok(());
            }
            self.line += 1;
            match line::decode(text.strip_suffix(b"\n").unwrap_or(&text)) {
                Ok(entry) => each(entry),
                Err(what) => {
                    self.damaged = true;
                    return Err(ReadError::Damaged { line: self.line, what });
                }
            }
        }
    }

    /// Whether the file ended in a line that was not written whole.
    pub const fn torn(&self) -> bool {
        self.tail.torn() > 0
    }
}
