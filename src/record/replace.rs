//! Writes a whole file so that a reader sees the old one or the new one, never a part.

use super::RecordError;
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// Writes aside in the same directory, syncs, and renames over `path`.
///
/// # Errors
/// The system refuses the file.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    let fault = || RecordError::file("write", path);
    // The parent of a bare name is an empty path.
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut aside = tempfile::Builder::new().prefix(".new-").tempfile_in(directory).map_err(fault())?;
    aside.write_all(bytes).map_err(fault())?;
    share(aside.as_file(), path)?;
    aside.as_file().sync_all().map_err(fault())?;
    aside.persist(path).map_err(|error| fault()(error.error))?;
    sync_directory(directory)
}

/// A value as the JSON of a whole file.
pub(super) fn pretty(path: &Path, value: &impl Serialize) -> Result<Vec<u8>, RecordError> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|error| RecordError::file("write", path)(error.into()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Temporary files are private to their owner; a result file is not.
#[cfg(unix)]
fn share(file: &std::fs::File, path: &Path) -> Result<(), RecordError> {
    use std::os::unix::fs::PermissionsExt;
    let readable = std::fs::Permissions::from_mode(0o644);
    file.set_permissions(readable).map_err(RecordError::file("share", path))
}

#[cfg(not(unix))]
fn share(_: &std::fs::File, _: &Path) -> Result<(), RecordError> {
    Ok(())
}

/// A rename is only safe from a loss of power once the directory is synced as well.
#[cfg(unix)]
pub(super) fn sync_directory(path: &Path) -> Result<(), RecordError> {
    std::fs::File::open(path).and_then(|it| it.sync_all()).map_err(RecordError::file("sync", path))
}

#[cfg(not(unix))]
pub(super) fn sync_directory(_: &Path) -> Result<(), RecordError> {
    Ok(())
}
