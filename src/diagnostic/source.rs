//! A text and where it came from.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The largest text that is read, in bytes. No recipe written by a person comes near it.
pub const MAX_BYTES: usize = 1 << 20;

/// A text, and the path by which a person knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as it was given; shown, never opened again.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A place in a text as editors count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// Why a file could not be read as text.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The system refused.
    #[error("{path} cannot be read: {cause}")]
    Io {
        /// The path as it was given.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is larger than [`MAX_BYTES`].
    #[error("{path} is larger than 1 MiB; is it the right file?")]
    TooLarge {
        /// The path as it was given.
        path: String,
    },
    /// The file is not UTF-8.
    #[error("{path} is not text: byte {offset} is not UTF-8; save the file as UTF-8")]
    NotText {
        /// The path as it was given.
        path: String,
        /// How many bytes are good.
        offset: usize,
    },
}

impl Source {
    /// A text from memory.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be opened or read, is larger than [`MAX_BYTES`], or is not UTF-8.
    pub fn from_file(path: &Path) -> Result<Self, SourceError> {
        let shown = path.display().to_string();
        let io = |cause| SourceError::Io { path: shown.clone(), cause };
        let mut bytes = Vec::new();
        // One byte more than allowed tells a file of exactly the limit from a larger one.
        File::open(path).map_err(io)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() > MAX_BYTES {
            return Err(SourceError::TooLarge { path: shown });
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { path: shown, text }),
            Err(bad) => Err(SourceError::NotText { path: shown, offset: bad.utf8_error().valid_up_to() }),
        }
    }

    /// Whether the text is TOML as far as this key or header at its top, by which one kind of file is
    /// known from another.
    pub fn has_at_its_top(&self, key: &str) -> bool {
        toml::de::DeTable::parse_recoverable(&self.text).0.get_ref().keys().any(|it| it.get_ref() == key)
    }

    /// Line and column of a byte offset; an offset past the end counts as the end.
    pub fn place(&self, offset: usize) -> Place {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = self.text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let source = Source::new("x", "ab\n\u{b0}C = 1");
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
        assert_eq!(source.place(3), Place { line: 2, column: 1 });
        assert_eq!(source.place(4), Place { line: 2, column: 1 });
        assert_eq!(source.place(5), Place { line: 2, column: 2 });
        assert_eq!(source.place(usize::MAX), Place { line: 2, column: 7 });
    }
}
