//! Files that grow while a run goes on, and what is done when their disk does not take more.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Room on the disk that is kept free for the end of a run: a file that is deleted when the disk is full, so that
/// what the run still has to tell, and its results, find room. It is shared by all files of a run.
#[derive(Clone, Debug, Default)]
pub struct Reserve(Arc<Mutex<Option<Room>>>);

#[derive(Debug)]
struct Room {
    path: PathBuf,
    used: bool,
}

impl Reserve {
    /// Takes so many bytes.
    ///
    /// # Errors
    /// The system refuses the file, or there is no such room.
    pub fn take(path: &Path, bytes: u32) -> io::Result<Self> {
        let room = Room { path: path.to_owned(), used: false };
        fs::write(path, filling(0, bytes))?;
        Ok(Self(Arc::new(Mutex::new(Some(room)))))
    }

    /// Takes so many bytes more, if the room was not used or given back yet.
    ///
    /// # Errors
    /// As for the first.
    pub fn enlarge(&self, bytes: u32) -> io::Result<()> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(Room { path, used: false }) => {
                let mut file = File::options().append(true).create(true).open(path)?;
                let there = u32::try_from(file.metadata()?.len()).unwrap_or(u32::MAX);
                file.write_all(filling(there, bytes).as_bytes())
            }
            _ => Ok(()),
        }
    }

    /// Frees the room because the disk is full. Says whether there was any left to free.
    pub fn use_up(&self) -> bool {
        let mut room = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match room.as_mut() {
            Some(room) if !room.used => {
                room.used = true;
                fs::remove_file(&room.path).is_ok()
            }
            _ => false,
        }
    }

    /// Whether it had to be used.
    pub fn is_used(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|room| room.used)
    }

    /// Frees the room when nothing is to be written any more. It is freed, too, when nobody shares it any more.
    pub fn give_back(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// So many bytes behind so many. Zeros would take no room where the file system compresses; and it is text, as all files of
/// a run are.
fn filling(behind: u32, bytes: u32) -> String {
    let words = (behind / 8)..(behind.saturating_add(bytes) / 8);
    words.map(|word| format!("{:08x}", crc32fast::hash(&word.to_le_bytes()))).collect()
}

impl Drop for Room {
    fn drop(&mut self) {
        if !self.used {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether an error says that there is no room.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// A file that is appended to. When its disk is full it uses the reserve, once. After any other failure it takes nothing
/// more: a system that could not bring bytes to the disk may have dropped them and say that all is well the next time.
#[derive(Debug)]
pub struct Kept {
    file: File,
    reserve: Reserve,
    failed: AtomicBool,
    /// Whether there is something that may not be on the disk yet.
    unsynced: AtomicBool,
}

impl Kept {
    /// Keeps a file that is open for writing at its end.
    pub const fn new(file: File, reserve: Reserve) -> Self {
        // What an earlier process wrote may not be on the disk.
        Self { file, reserve, failed: AtomicBool::new(false), unsynced: AtomicBool::new(true) }
    }

    /// Waits until everything is on the disk; where it is already, asks nobody.
    ///
    /// # Errors
    /// The disk failed, now or before.
    pub fn sync(&self) -> io::Result<()> {
        let unsynced = self.unsynced.load(Ordering::Relaxed);
        self.attempt(|file| if unsynced { file.sync_data() } else { Ok(()) })?;
        self.unsynced.store(false, Ordering::Relaxed);
        Ok(())
    }

    fn attempt<T>(&self, action: impl FnOnce(&File) -> io::Result<T>) -> io::Result<T> {
        if self.failed.load(Ordering::Relaxed) {
            return Err(io::Error::other("it failed before, and is not trusted any more"));
        }
        let result = action(&self.file);
        let failed = result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        self.failed.store(failed, Ordering::Relaxed);
        result
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unsynced.store(true, Ordering::Relaxed);
        self.attempt(|mut file| match file.write(bytes) {
            Err(error) if is_full(&error) && self.reserve.use_up() => file.write(bytes),
            other => other,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_that_was_kept_is_used_once_and_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".reserve");
        let reserve = Reserve::take(&path, 4096).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 4096);
        reserve.enlarge(1024).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 5120);
        assert!(!reserve.is_used());
        assert!(reserve.use_up() && !path.exists());
        assert!(!reserve.use_up() && reserve.is_used());
        reserve.enlarge(1024).unwrap();
        assert!(!path.exists(), "what was used is not taken again");
        let other = Reserve::take(&path, 4096).unwrap();
        other.give_back();
        assert!(!path.exists() && !other.use_up() && !other.is_used());
        assert!(Reserve::take(&folder.path().join("no/such"), 4).is_err());
    }

    /// Nothing can be brought to the disk of a device that is none.
    #[cfg(unix)]
    #[test]
    fn after_a_failed_sync_nothing_is_written_any_more() {
        let file = fs::OpenOptions::new().write(true).open("/dev/null").unwrap();
        let mut kept = Kept::new(file, Reserve::default());
        kept.write_all(b"before").unwrap();
        assert!(kept.sync().is_err());
        let refused = kept.write_all(b"after").unwrap_err();
        assert!(refused.to_string().contains("not trusted"), "{refused}");
        assert!(kept.sync().is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_uses_the_reserve_before_it_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".reserve");
        let reserve = Reserve::take(&path, 4096).unwrap();
        let file = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut kept = Kept::new(file, reserve.clone());
        assert!(is_full(&kept.write_all(b"row").unwrap_err()));
        assert!(reserve.is_used() && !path.exists());
        assert!(!is_full(&kept.write_all(b"row").unwrap_err()), "it was given up");
    }
}
