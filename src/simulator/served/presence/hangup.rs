//! Presence by hang-up: reading our end fails while nobody has the other one open.

use super::Heard;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

/// Whether the port is open.
#[derive(Debug)]
pub(in super::super) struct Presence {
    open: bool,
}

impl Presence {
    /// How often the line is looked at while nobody has it open: waiting for it would end at once.
    pub const LOOK_AGAIN: Option<Duration> = Some(Duration::from_millis(10));

    /// Watches over a port. The other end is let go, so that its closing shows.
    ///
    /// # Errors
    /// None.
    pub fn new(_device: &Path, _other: OwnedFd) -> io::Result<Self> {
        Ok(Self { open: false })
    }

    /// Whether the port is open, by what was just heard on it.
    ///
    /// # Errors
    /// None.
    pub fn look(&mut self, heard: Heard) -> io::Result<bool> {
        self.open = heard != Heard::Nobody;
        Ok(self.open)
    }

    /// Whether waiting for the line makes sense.
    pub fn can_wait(&self) -> bool {
        self.open
    }

    /// What else to wait for.
    pub fn source(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}
