//! The name under which a program finds a unit's pseudo-terminal: a symbolic link.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A link to a pseudo-terminal, removed when dropped unless somebody else has taken its place.
#[derive(Debug)]
pub(super) struct Link {
    path: PathBuf,
    device: PathBuf,
}

/// Why a link cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// A file, a folder, or a link to one is there.
    #[error("{} exists and is not a link to a terminal; remove it, or choose another --link", .0.display())]
    Taken(PathBuf),
    /// The system refused.
    #[error("the link {} cannot be made: {cause}", path.display())]
    Io {
        /// The link.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

impl Link {
    /// Links `path` to a device. A link that an earlier simulation left behind is replaced, that is
    /// one whose target is a terminal or is gone; nothing else is.
    ///
    /// # Errors
    /// Something else is there, or the system refuses.
    pub fn make(path: &Path, device: &Path) -> Result<Self, LinkError> {
        let io = |cause| LinkError::Io { path: path.to_owned(), cause };
        match fs::symlink_metadata(path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(io(cause)),
            Ok(there) if there.is_symlink() && may_go(path) => {}
            Ok(_) => return Err(LinkError::Taken(path.to_owned())),
        }
        // Made aside and renamed, so that there is never a moment without a link.
        let mut aside = path.as_os_str().to_owned();
        aside.push(format!(".{}.new", std::process::id()));
        let aside = PathBuf::from(aside);
        std::os::unix::fs::symlink(device, &aside).map_err(io)?;
        fs::rename(&aside, path).map_err(|cause| {
            let _ = fs::remove_file(&aside);
            io(cause)
        })?;
        Ok(Self { path: path.to_owned(), device: device.to_owned() })
    }

    /// Where the link is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether a link points at a terminal, or at nothing.
fn may_go(path: &Path) -> bool {
    let Ok(target) = fs::read_link(path) else { return false };
    let terminal = target.starts_with("/dev/pts") || target.to_string_lossy().starts_with("/dev/tty");
    terminal || !path.exists()
}

impl Drop for Link {
    fn drop(&mut self) {
        if fs::read_link(&self.path).is_ok_and(|target| target == self.device) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_replaces_only_what_a_simulation_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("u");
        let device = Path::new("/dev/pts/12345");
        {
            let link = Link::make(&path, device).unwrap();
            assert_eq!(fs::read_link(link.path()).unwrap(), device);
            let newer = Link::make(&path, Path::new("/dev/pts/9999")).unwrap();
            drop(link);
            assert!(fs::symlink_metadata(&path).is_ok(), "it is the newer one's by now");
            drop(newer);
        }
        assert!(fs::symlink_metadata(&path).is_err());

        fs::write(&path, "precious").unwrap();
        assert!(matches!(Link::make(&path, device), Err(LinkError::Taken(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");

        let to_file = folder.path().join("to-file");
        std::os::unix::fs::symlink(&path, &to_file).unwrap();
        assert!(matches!(Link::make(&to_file, device), Err(LinkError::Taken(_))));
        assert!(matches!(Link::make(folder.path(), device), Err(LinkError::Taken(_))));
        let nowhere = folder.path().join("no").join("where");
        assert!(matches!(Link::make(&nowhere, device), Err(LinkError::Io { .. })));
    }
}
