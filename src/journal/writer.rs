//! Appends entries to the journal file, and sees to it that those that matter are on the disk.

use super::{Kept, Reserve, append_after, line};
use crate::event::Entry;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// The open journal of a run. Entries are handed to the system by [`Writer::commit`], several at once; those that matter
/// ([`crate::event::Event::must_be_synced`]) are on the disk when it returns.
#[derive(Debug)]
pub struct Writer {
    file: Kept,
    /// Lines that were not handed to the system yet.
    lines: Vec<u8>,
    /// Whether one of them matters.
    matters: bool,
    syncs: bool,
}

impl Writer {
    /// Makes the file, which must not exist yet.
    ///
    /// # Errors
    /// It exists, or cannot be made.
    pub fn create(path: &Path, reserve: &Reserve) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Ok(Self::on(Kept::new(file, reserve.clone())))
    }

    /// Opens a file that is there, cuts it to this length, so that what was not written whole is gone from its end, and goes on
    /// behind it.
    ///
    /// # Errors
    /// It is not there, is shorter, or cannot be opened or cut.
    pub fn go_on(path: &Path, whole: u64, reserve: &Reserve) -> io::Result<Self> {
        Ok(Self::on(Kept::new(append_after(path, whole)?, reserve.clone())))
    }

    fn on(file: Kept) -> Self {
        Self { file, lines: Vec::with_capacity(1024), matters: false, syncs: true }
    }

    /// Leaves it to the system when entries reach the disk. For simulated runs, which can be made again.
    #[must_use]
    pub fn without_sync(mut self) -> Self {
        self.syncs = false;
        self
    }

    /// Appends one entry as one line, to be handed to the system by the next [`Writer::commit`].
    ///
    /// # Errors
    /// A number in the entry is not finite.
    pub fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let before = self.lines.len();
        line::encode(entry, &mut self.lines).inspect_err(|_| self.lines.truncate(before))?;
        self.matters |= entry.event.must_be_synced();
        Ok(())
    }

    /// Hands to the system what was appended, and waits until it is on the disk if any of it matters.
    ///
    /// # Errors
    /// The disk takes no more, or failed.
    pub fn commit(&mut self) -> io::Result<()> {
        let written = self.file.write_all(&self.lines);
        self.lines.clear();
        let waits = std::mem::take(&mut self.matters) && self.syncs;
        written?;
        if waits { self.file.sync() } else { Ok(()) }
    }

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    /// The disk failed.
    pub fn sync(&mut self) -> io::Result<()> {
        self.commit()?;
        self.file.sync()
    }
}
