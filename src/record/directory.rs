//! The directory of one run.

use super::RecordError;
use crate::lock::{Lock, Taken};
use chrono::{DateTime, Utc};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file that a process has locked while it writes to the directory.
const LOCK: &str = ".lock";

/// The directory of one run, which no other process writes to while this is there.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    _lock: Lock,
}

impl RunDirectory {
    /// Makes `out`, which must not exist yet or be empty, or without it a new directory under
    /// `runs` that is named after the wall time (UTC) and the recipe: `20260131T215500Z_capacity`.
    /// Where two runs start in one second, the later gets `_2` and so on. A simulated run
    /// passes the real wall time here too, or all its runs would have one name.
    ///
    /// # Errors
    /// `out` holds something or is not a directory; the system refuses.
    pub fn create(
        out: Option<&Path>,
        runs: &Path,
        started: DateTime<Utc>,
        recipe_name: &str,
    ) -> Result<Self, RecordError> {
        let directory = match out {
            Some(path) => taken_empty(path)?,
            None => Self::reopen(&new_under(runs, started, recipe_name)?)?,
        };
        let cells = directory.file("cells");
        fs::create_dir(&cells).map_err(RecordError::file("make", cells))?;
        Ok(directory)
    }

    /// Opens one that is there already to write to it; nothing else in it is looked at.
    ///
    /// # Errors
    /// A run goes on in it; the system refuses.
    pub fn reopen(path: &Path) -> Result<Self, RecordError> {
        let file = path.join(LOCK);
        match Lock::take(&file) {
            Ok(lock) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(error) => Err(match Taken::of(&error) {
                Some(taken) => RecordError::RunGoesOn { path: path.to_owned(), taken: taken.clone() },
                None => RecordError::file("lock", file)(error),
            }),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The path of a file that the run is made from: `inputs/<name>`, its directory made.
    pub(super) fn input_file(&self, name: &str) -> Result<PathBuf, RecordError> {
        let path = self.path.join("inputs").join(name);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(RecordError::file("make", directory))?;
        }
        Ok(path)
    }

    /// The path of a cell's file: `cells/<cell>.<what>`.
    pub(super) fn cell_file(&self, cell: &str, what: &str) -> PathBuf {
        self.path.join("cells").join(format!("{cell}.{what}"))
    }
}

fn taken_empty(path: &Path) -> Result<RunDirectory, RecordError> {
    let in_use = || RecordError::OutputInUse { path: path.to_owned() };
    // No lock file is made in a directory that holds something else. Where there is one, who has it tells more.
    if is_full(path)? && !path.join(LOCK).exists() {
        return Err(in_use());
    }
    fs::create_dir_all(path).map_err(RecordError::file("make the output directory", path))?;
    let directory = RunDirectory::reopen(path)?;
    if is_full(path)? { Err(in_use()) } else { Ok(directory) }
}

/// Whether a directory is there and holds anything but a lock file, which alone is what a run leaves that did not begin.
fn is_full(path: &Path) -> Result<bool, RecordError> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.any(|entry| entry.map_or(true, |it| it.file_name() != LOCK))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(RecordError::OutputNotADirectory { path: path.to_owned() })
        }
        Err(error) => Err(RecordError::file("look into", path)(error)),
    }
}

fn new_under(runs: &Path, started: DateTime<Utc>, recipe_name: &str) -> Result<PathBuf, RecordError> {
    fs::create_dir_all(runs).map_err(RecordError::file("make the directory", runs))?;
    let stem = format!("{}_{}", started.format("%Y%m%dT%H%M%SZ"), file_stem(recipe_name));
    let mut last = None;
    for number in 1..=1000 {
        let name = if number == 1 { stem.clone() } else { format!("{stem}_{number}") };
        let path = runs.join(name);
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = Some((path, error)),
            Err(error) => return Err(RecordError::file("make the run directory", path)(error)),
        }
    }
    let (path, error) = last.unwrap_or_else(|| (runs.to_owned(), io::ErrorKind::AlreadyExists.into()));
    Err(RecordError::file("make the run directory", path)(error))
}

/// The recipe's name with everything replaced that a file system might not take.
fn file_stem(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
    let stem: String = name.chars().map(safe).take(64).collect();
    if stem.is_empty() { "recipe".to_owned() } else { stem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    #[test]
    fn a_full_directory_is_refused_and_an_empty_one_taken() -> Result<(), Box<dyn Error>> {
        let scratch = tempfile::tempdir()?;
        let out = scratch.path().join("deep/out");
        let runs = scratch.path().join("runs");
        let at = DateTime::UNIX_EPOCH;
        RunDirectory::create(Some(&out), &runs, at, "x")?;
        let refused = RunDirectory::create(Some(&out), &runs, at, "x").expect_err("cells/ is in it");
        assert!(matches!(refused, RecordError::OutputInUse { .. }));
        assert!(refused.to_string().contains("--out"), "{refused}");
        let file = scratch.path().join("file");
        fs::write(&file, "")?;
        let refused = RunDirectory::create(Some(&file), &runs, at, "x").expect_err("a file");
        assert!(matches!(refused, RecordError::OutputNotADirectory { .. }), "{refused}");
        Ok(())
    }

    #[test]
    fn runs_of_one_second_get_names_of_their_own() -> Result<(), Box<dyn Error>> {
        let scratch = tempfile::tempdir()?;
        let name = |_| -> Result<String, Box<dyn Error>> {
            let made = RunDirectory::create(None, scratch.path(), DateTime::UNIX_EPOCH, "my recipe/1")?;
            Ok(made.path().file_name().unwrap_or_default().to_string_lossy().into_owned())
        };
        let names = (0..2).map(name).collect::<Result<Vec<_>, _>>()?;
        assert_eq!(names, ["19700101T000000Z_my-recipe-1", "19700101T000000Z_my-recipe-1_2"]);
        Ok(())
    }
}
