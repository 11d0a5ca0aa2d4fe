//! What became of something that is not carried over as it stands.

use serde::Serialize;
use std::fmt;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// The tool that the file is for would have done otherwise than the file says, without a word. The recipe
    /// does what it would have done.
    Changed,
    /// The file does not say it, and the tool takes a value of its own. The recipe has that value.
    Default,
    /// It is not said here, or not in this way.
    NotCarried,
    /// It is said here and not there.
    Added,
}

/// Something that is not carried over as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What became of it.
    pub fate: Fate,
    /// The key, or the step, with what is around it.
    pub key: String,
    /// In words.
    pub what: String,
}

impl Note {
    /// A note.
    pub fn new(fate: Fate, key: impl Into<String>, what: impl Into<String>) -> Self {
        Self { fate, key: key.into(), what: what.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fate = match self.fate {
            Fate::Changed => "changed there",
            Fate::Default => "default there",
            Fate::NotCarried => "not carried over",
            Fate::Added => "added",
        };
        write!(f, "{fate}: {}: {}", self.key, self.what)
    }
}
