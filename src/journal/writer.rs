//! Appends entries to the journal file, and sees to it that those that matter are on the disk.

use super::{append_after, line};
use crate::event::Entry;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// The open journal of a run. Each entry is handed to the system as it comes; entries that matter
/// ([`crate::event::Event::must_be_synced`]) are on the disk when [`Writer::append`] returns.
#[derive(Debug)]
pub struct Writer {
    file: File,
    line: Vec<u8>,
    syncs: bool,
}

impl Writer {
    /// Makes the file, which must not exist yet.
    ///
    /// # Errors
    /// It exists, or cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Ok(Self { file, line: Vec::with_capacity(1024), syncs: true })
    }

    /// Opens a file that is there, cuts it to this length, so that what was not written whole is gone from its end, and goes on
    /// behind it.
    ///
    /// # Errors
    /// It is not there, is shorter, or cannot be opened or cut.
    pub fn go_on(path: &Path, whole: u64) -> io::Result<Self> {
        let file = append_after(path, whole)?;
        Ok(Self { file, line: Vec::with_capacity(1024), syncs: true })
    }

    /// Leaves it to the system when entries reach the disk. For simulated runs, which can be made again.
    #[must_use]
    pub fn without_sync(mut self) -> Self {
        self.syncs = false;
        self
    }

    /// Appends one entry as one line.
    ///
    /// # Errors
    /// The disk takes no more, or a number in the entry is not finite.
    pub fn append(&mut self, entry: &Entry) -> io::Result<()> {
        self.line.clear();
        line::encode(entry, &mut self.line)?;
        self.file.write_all(&self.line)?;
        if self.syncs && entry.event.must_be_synced() {
            self.file.sync_data()?;
        }
        Ok(())
    }

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    /// The disk failed.
    pub fn sync(&mut self) -> io::Result<()> {
        self.file.sync_all()
    }
}
