//! Writes a whole file so that a reader sees the old one, the new one or none, never a part.

use super::RecordError;
use serde::Serialize;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes aside in the same directory, syncs, and renames over `path`.
///
/// # Errors
/// The system refuses the file.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    let fault = || RecordError::file("write", path);
    aside(path, bytes).map_err(fault())?.persist(path).map_err(|error| fault()(error.error))?;
    sync_directory(directory(path))
}

/// Writes a file that is not there yet: aside in the same directory, syncs, and gives it its name. What has that name
/// by then stays as it is.
///
/// # Errors
/// Something has that name, or the system refuses the file.
pub fn create(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    let fault = || RecordError::file("write", path);
    aside(path, bytes).map_err(fault())?.persist_noclobber(path).map_err(|error| {
        match error.error.kind() {
            io::ErrorKind::AlreadyExists => RecordError::Exists { path: path.to_owned() },
            _ => fault()(error.error),
        }
    })?;
    sync_directory(directory(path))
}

fn aside(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut aside = tempfile::Builder::new().prefix(".new-").tempfile_in(directory(path))?;
    aside.write_all(bytes)?;
    share(aside.as_file())?;
    aside.as_file().sync_all()?;
    Ok(aside)
}

/// Where a file lies. The parent of a bare name is an empty path.
fn directory(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A value as the JSON of a whole file.
pub(super) fn pretty(path: &Path, value: &impl Serialize) -> Result<Vec<u8>, RecordError> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|error| RecordError::file("write", path)(error.into()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Lets everybody read a file that was written aside. Temporary files are private to their owner; a result file is not.
#[cfg(unix)]
pub(crate) fn share(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
pub(crate) fn share(_: &File) -> io::Result<()> {
    Ok(())
}

/// A rename is only safe from a loss of power once the directory is synced as well.
#[cfg(unix)]
pub(super) fn sync_directory(path: &Path) -> Result<(), RecordError> {
    File::open(path).and_then(|it| it.sync_all()).map_err(RecordError::file("sync", path))
}

#[cfg(not(unix))]
pub(super) fn sync_directory(_: &Path) -> Result<(), RecordError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_takes_no_name_that_is_taken() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a");
        create(&path, b"mine").unwrap();
        let refused = create(&path, b"yours").unwrap_err();
        assert!(matches!(refused, RecordError::Exists { .. }), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
        assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1, "nothing is left aside");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        }
    }
}
