//! A pseudo-terminal: to any other program it is a serial port.

use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open};
use rustix::io::{Errno, read, write};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// Our end of a pseudo-terminal, and the path of the other one.
#[derive(Debug)]
pub(super) struct Pty {
    end: OwnedFd,
    device: PathBuf,
}

/// What a look at the line gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// So many bytes.
    Bytes(usize),
    /// Nothing.
    Nothing,
    /// Nothing, since no one at all has the other end open.
    Nobody,
}

impl Pty {
    /// Opens a pseudo-terminal that passes every byte as it is. Gives its other end too, already open.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open() -> io::Result<(Self, OwnedFd)> {
        let end = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&end)?;
        unlockpt(&end)?;
        let name = ptsname(&end, Vec::new())?;
        let device = PathBuf::from(OsString::from_vec(name.into_bytes()));
        // Echo and line editing are off from the start, for programs that do not turn them off.
        let other = open(&device, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        let mut settings = tcgetattr(&other)?;
        settings.make_raw();
        tcsetattr(&other, OptionalActions::Now, &settings)?;
        fcntl_setfl(&end, fcntl_getfl(&end)? | OFlags::NONBLOCK)?;
        Ok((Self { end, device }, other))
    }

    /// The path that another program opens.
    pub fn device(&self) -> &Path {
        &self.device
    }

    /// Reads what is there, without waiting.
    ///
    /// # Errors
    /// Those of the system, less those that mean no more than silence.
    pub fn read(&self, into: &mut [u8]) -> io::Result<Heard> {
        match read(&self.end, into) {
            Ok(0) | Err(Errno::IO) => Ok(Heard::Nobody),
            Ok(count) => Ok(Heard::Bytes(count)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(Heard::Nothing),
            Err(other) => Err(other.into()),
        }
    }

    /// Writes as much as the line takes, without waiting, and tells how much that was.
    ///
    /// # Errors
    /// Those of the system.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match write(&self.end, bytes) {
            Ok(count) => Ok(count),
            // Nobody listens: like the air, the line takes it all.
            Err(Errno::IO) => Ok(bytes.len()),
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            Err(other) => Err(other.into()),
        }
    }
}

impl AsFd for Pty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.end.as_fd()
    }
}
