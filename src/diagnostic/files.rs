//! The files that a text may name: those beside it.

use super::{Source, SourceError};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A file that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// The name that the text gives it, safe as a path below a directory.
    pub name: String,
    /// What is in it.
    pub source: Arc<Source>,
}

/// Where the files are that a text names.
pub trait Files {
    /// Reads a file by the name that the text gives it.
    ///
    /// # Errors
    /// In words, why it cannot be had.
    fn open(&self, name: &str) -> Result<Source, String>;
}

/// No files: a text from memory stands alone.
#[derive(Clone, Copy, Debug)]
pub struct NoFiles;

impl Files for NoFiles {
    fn open(&self, _: &str) -> Result<Source, String> {
        Err("this text was not read from a file, so there are no files beside it".into())
    }
}

/// The files in a directory and below it. Foreign texts are read, so nothing else can be named.
#[derive(Clone, Debug)]
pub struct Beside {
    directory: PathBuf,
}

impl Beside {
    /// The files beside this one.
    pub fn file(path: &Path) -> Self {
        Self { directory: path.parent().unwrap_or(Path::new("")).to_owned() }
    }
}

impl Beside {
    /// Whether a path that is inside by its words is elsewhere by its links. One that is not there leads nowhere.
    fn leads_outside(&self, path: &Path) -> bool {
        // The directory of a bare name is an empty path.
        let bare = self.directory.as_os_str().is_empty();
        let directory = if bare { Path::new(".") } else { &self.directory };
        match (directory.canonicalize(), path.canonicalize()) {
            (Ok(directory), Ok(path)) => !path.starts_with(directory),
            _ => false,
        }
    }
}

impl Files for Beside {
    fn open(&self, name: &str) -> Result<Source, String> {
        let path = Path::new(name);
        let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if name.is_empty() || !inside || name.contains(['\\', ':']) {
            return Err(
                "only files beside the recipe or below it can be named, with / between directories".into()
            );
        }
        let path = self.directory.join(path);
        if self.leads_outside(&path) {
            return Err(
                "it is a link that leads out of the recipe's directory; put the file itself there".into()
            );
        }
        Source::from_file(&path).map_err(|error| match error {
            SourceError::Io { cause, .. } if cause.kind() == std::io::ErrorKind::NotFound => {
                "there is no such file".to_owned()
            }
            SourceError::Io { cause, .. } => format!("it cannot be read: {cause}"),
            other => other.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_below_the_directory_can_be_named() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("in")).unwrap();
        std::fs::write(directory.path().join("in/a.csv"), "1").unwrap();
        std::fs::write(directory.path().join("b.csv"), "2").unwrap();
        let files = Beside::file(&directory.path().join("recipe.toml"));
        assert_eq!(files.open("in/a.csv").map(|it| it.text), Ok("1".into()));
        assert_eq!(files.open("./b.csv").map(|it| it.text), Ok("2".into()));
        let inside = Beside::file(&directory.path().join("in/recipe.toml"));
        for outside in ["../b.csv", "/etc/hostname", "", "..", "C:\\x", "a.csv:hidden"] {
            assert!(inside.open(outside).is_err(), "{outside}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_does_not_lead_outside_either() {
        use std::os::unix::fs::symlink;
        let directory = tempfile::tempdir().unwrap();
        let inside = directory.path().join("in");
        std::fs::create_dir_all(inside.join("deep")).unwrap();
        std::fs::write(directory.path().join("secret"), "root:x:0").unwrap();
        std::fs::write(inside.join("a.csv"), "1").unwrap();
        symlink("../secret", inside.join("out.csv")).unwrap();
        symlink("..", inside.join("up")).unwrap();
        symlink("a.csv", inside.join("b.csv")).unwrap();
        let files = Beside::file(&inside.join("recipe.toml"));
        assert_eq!(files.open("b.csv").map(|it| it.text), Ok("1".into()));
        for outside in ["out.csv", "up/secret"] {
            let refused = files.open(outside).unwrap_err();
            assert!(refused.contains("leads out"), "{outside}: {refused}");
        }
    }
}
