//! The program itself, as a person runs it, in a scratch folder.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder of its own for one test; all commands run in it.
pub struct Scratch(tempfile::TempDir);

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Scratch {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a scratch folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> &Self {
        fs::write(self.file(name), text).expect("a file can be written");
        self
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The program with these arguments, its output caught; not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_batlab-run"));
        command.args(arguments).current_dir(self.path()).env_remove("NO_COLOR");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Said {
        let done = self.command(arguments).output().expect("the program starts");
        Said {
            code: done.status.code(),
            out: String::from_utf8(done.stdout).expect("its output is text"),
            err: String::from_utf8(done.stderr).expect("its errors are text"),
        }
    }

    /// Waits until a file that another program writes contains a text.
    pub fn wait_for(&self, name: &str, text: &str) {
        for _ in 0..900 {
            if fs::read_to_string(self.file(name)).is_ok_and(|it| it.contains(text)) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("{name} never contained `{text}`");
    }

    /// A file of JSON.
    pub fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names of what lies in a folder, sorted.
    pub fn list(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.file(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.expect("an entry").file_name().to_string_lossy().into_owned()
        };
        let mut names: Vec<_> = entries.map(name).collect();
        names.sort();
        names
    }

    /// Every file of a run's `cells/`, by its name.
    pub fn cells(&self, run: &str) -> BTreeMap<String, String> {
        let folder = format!("{run}/cells");
        let file = |name: String| (name.clone(), self.read(&format!("{folder}/{name}")));
        self.list(&folder).into_iter().map(file).collect()
    }

    /// The rows of a CSV file, each by its header.
    pub fn rows(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.file(name)).expect("the file opens");
        reader.deserialize().map(|row| row.unwrap_or_else(|error| panic!("{name}: {error}"))).collect()
    }
}

impl Said {
    /// Claims an exit code, and shows all that was said if it is another.
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Claims that standard error contains each of these.
    pub fn complains(self, of: &[&str]) -> Self {
        for part in of {
            assert!(self.err.contains(part), "`{part}` is not in:\n{}", self.err);
        }
        self
    }
}

/// A file that belongs to the project.
pub fn project(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// A number in a row.
pub fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    let text = row.get(column).unwrap_or_else(|| panic!("no column {column}"));
    text.parse().unwrap_or_else(|error| panic!("{column} = `{text}`: {error}"))
}
