//! What a port is called, what is opened under that name, and what tells that it was plugged in anew.

use super::serial::Serial;
use super::{Transport, TransportError};
use crate::clock::Clock;
use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

/// A port as a person names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PortAddress {
    /// A serial port of this machine: a device, a pseudo-terminal, or a link to one.
    Serial(PathBuf),
}

impl PortAddress {
    /// Opens the port, for this process alone.
    ///
    /// # Errors
    /// There is none, or another program has it.
    pub fn open(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Transport>, TransportError> {
        match self {
            Self::Serial(path) => Ok(Box::new(Serial::open(path, clock)?)),
        }
    }

    /// The mark of the port that is there now; `None` where there is none. A device that is plugged in
    /// anew has another mark, even under the same name.
    pub fn mark(&self) -> Option<PortMark> {
        match self {
            Self::Serial(path) => PortMark::of(path),
        }
    }
}

impl fmt::Display for PortAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(path) => path.display().fmt(f),
        }
    }
}

impl FromStr for PortAddress {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::Serial(text.into()))
    }
}

/// What a port's place in the file system shows: the device node behind its name, and the link to it.
/// Where the system has no such nodes, all marks are alike, and a device that was away for a moment only
/// seems never to have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortMark(Vec<u64>);

impl PortMark {
    #[cfg(unix)]
    fn of(path: &std::path::Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let node = path.metadata().ok()?;
        let mut mark = vec![node.dev(), node.ino(), node.rdev()];
        let link = path.symlink_metadata().ok().filter(|link| link.file_type().is_symlink());
        if let Some(link) = link {
            mark.extend([link.ino(), link.ctime().cast_unsigned(), link.ctime_nsec().cast_unsigned()]);
        }
        Some(Self(mark))
    }

    #[cfg(not(unix))]
    fn of(_path: &std::path::Path) -> Option<Self> {
        Some(Self(Vec::new()))
    }
}
