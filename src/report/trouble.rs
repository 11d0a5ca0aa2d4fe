//! What is wrong with a file of a run, in words: the report is made all the same, and says so.

use std::fmt;

/// A file that could not be read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The file, as a path from the run directory.
    pub file: String,
    /// The line, from 1, where it is about one.
    pub line: Option<u64>,
    /// What is wrong, and what the report does about it.
    pub what: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}
