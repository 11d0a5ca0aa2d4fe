//! What one process at a time may have, such as the directory of a run, and which process has it.

mod process;

pub use process::Process;

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// What to do about a thing that another process has.
pub const TAKEN_HINT: &str =
    "wait until that has ended, or end it: on Ctrl-C or SIGTERM a run stops its cells safely";

/// A lock file that this process has for itself. It is free again when this is dropped or the process has ended,
/// however it ended; the file stays, empty, and means nothing by itself.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock at a path, making its file where there is none.
    ///
    /// # Errors
    /// Another process has it, which [`Taken`] tells in the error; the system refuses the file or knows no locks there.
    pub fn take(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Taken::by_whoever_locks(path).into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// That another process, or this one at another place, has something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Which, where the system tells.
    pub by: Option<Process>,
}

impl Taken {
    /// By the process that has locked the file at a path.
    pub fn by_whoever_locks(path: &Path) -> Self {
        Self { by: Process::that_locks(path) }
    }

    /// What stands behind an error, if it is that something is taken.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Taken> for io::Error {
    fn from(taken: Taken) -> Self {
        Self::new(io::ErrorKind::ResourceBusy, taken)
    }
}

impl std::error::Error for Taken {}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.by {
            Some(process) if process.id == std::process::id() => {
                f.write_str("this run itself has it already")
            }
            Some(process) => write!(f, "it belongs to {process}"),
            None => f.write_str("it belongs to another process"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_had_once_and_free_again_when_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let lock = Lock::take(&path).unwrap();
        let refused = Lock::take(&path).unwrap_err();
        assert!(Taken::of(&refused).is_some(), "{refused}");
        drop(lock);
        Lock::take(&path).unwrap();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn who_has_a_lock_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        assert_eq!(Process::that_locks(&path), None, "there is no file");
        let lock = Lock::take(&path).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        for name in [&path, &link] {
            let process = Process::that_locks(name).unwrap();
            assert_eq!(process.id, std::process::id());
            assert!(!process.command.is_empty() && process.started.is_some(), "{process:?}");
        }
        drop(lock);
        assert_eq!(Process::that_locks(&path), None, "it is free");
    }
}
