//! Presence by inotify. We keep the port's other end open ourselves, so that the line never hangs up
//! and what a program leaves behind can be put in order.

use super::Heard;
use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
use rustix::io::Errno;
use rustix::termios::{QueueSelector, ioctl_tiocnxcl, tcflush};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

/// Whether the port is open.
#[derive(Debug)]
pub(in super::super) struct Presence {
    events: OwnedFd,
    other: OwnedFd,
    open: bool,
}

impl Presence {
    /// Nothing has to be looked at: every opening ends the wait.
    pub const LOOK_AGAIN: Option<Duration> = None;

    /// Watches over a port whose other end is `other`.
    ///
    /// # Errors
    /// The system gives no more inotify instances or watches.
    pub fn new(device: &Path, other: OwnedFd) -> io::Result<Self> {
        let events = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        add_watch(&events, device, WatchFlags::OPEN | WatchFlags::CLOSE)?;
        Ok(Self { events, other, open: false })
    }

    /// Whether the port is open, by what was just heard on it and by what happened since.
    ///
    /// The system melts equal events in a row into one, so openings cannot be counted: the last event
    /// decides, and who speaks is there in any case.
    ///
    /// # Errors
    /// Those of the system.
    pub fn look(&mut self, heard: Heard) -> io::Result<bool> {
        if matches!(heard, Heard::Bytes(_)) {
            self.open = true;
        }
        let mut buffer = [MaybeUninit::uninit(); 512];
        let mut events = Reader::new(&self.events, &mut buffer);
        loop {
            match events.next() {
                Ok(event) if event.events().contains(ReadFlags::OPEN) => self.open = true,
                Ok(_) => {
                    self.open = false;
                    // As when a port is closed for good: what was not read is gone, and a program
                    // that was killed does not keep the port to itself.
                    tcflush(&self.other, QueueSelector::IFlush)?;
                    ioctl_tiocnxcl(&self.other)?;
                }
                Err(Errno::AGAIN) => return Ok(self.open),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whether waiting for the line makes sense.
    pub fn can_wait(&self) -> bool {
        true
    }

    /// What else to wait for.
    pub fn source(&self) -> Option<BorrowedFd<'_>> {
        Some(self.events.as_fd())
    }
}
