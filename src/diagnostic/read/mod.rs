//! Strict reading of TOML into shapes: every problem of a file in one pass, each with its place.
//!
//! A file is described by structs made with [`shape!`](crate::shape), which gives each both its
//! [`Read`] and its JSON schema, so that the two cannot drift apart.

mod constants;
mod fields;
mod scalar;

pub use constants::Constants;
pub use fields::Fields;
pub use scalar::{OneOrMany, Period, Word, read_text};

use super::{Files, MAX_BYTES, NamedFile, NoFiles, Problem, Source};
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// A value of the file with its place.
pub type Node<'i> = toml::Spanned<DeValue<'i>>;

/// A value and where it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place, in bytes.
    pub span: Range<usize>,
}

/// What was found where a value may stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Nothing was written.
    #[default]
    Absent,
    /// Something was written that could not be read; its problem has been reported.
    Broken,
    /// A good value.
    Present(T),
}

impl<T> Field<T> {
    /// The value, if it is there and good.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Broken => None,
        }
    }

    /// The value, if it is there and good.
    pub fn into_option(self) -> Option<T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Broken => None,
        }
    }

    /// Whether nothing was written. A broken value is not absent: complaining of its absence too
    /// would mislead.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether something was written that could not be read.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Broken)
    }
}

/// What reading has at hand: the text, what may be named in it, and the problems so far.
pub struct Reader<'s> {
    source: &'s Source,
    text: &'s str,
    files: &'s dyn Files,
    constants: &'s Constants,
    /// The files that were opened, in the order of the text.
    pub opened: Vec<NamedFile>,
    /// How much was read from them.
    bytes: usize,
    /// The problems found so far.
    pub problems: Vec<Problem>,
}

/// So much may be read from the files that one text names, each counted as often as it is named.
const MOST_BYTES: usize = 16 << 20;

impl<'s> Reader<'s> {
    /// A reader of this text, which may name these files and constants.
    pub fn new(source: &'s Source, files: &'s dyn Files, constants: &'s Constants) -> Self {
        Self {
            source,
            text: &source.text,
            files,
            constants,
            opened: Vec::new(),
            bytes: 0,
            problems: Vec::new(),
        }
    }

    /// The text that is read.
    pub fn source(&self) -> &Source {
        self.source
    }

    /// Opens a file that is named here. `None` means that it cannot be had, and that a problem says why.
    pub fn open(&mut self, name: &str, span: &Range<usize>) -> Option<Arc<Source>> {
        let source = self.open_once(name, span)?;
        // What is opened again is read again.
        self.bytes = self.bytes.saturating_add(source.text.len());
        if self.bytes <= MOST_BYTES {
            return Some(source);
        }
        self.problems.push(
            Problem::new(
                "too-large",
                span.clone(),
                "the files named in this one have more than 16 MiB in all",
                "here the size is passed",
            )
            .hint("name a large file once, and repeat the step"),
        );
        None
    }

    fn open_once(&mut self, name: &str, span: &Range<usize>) -> Option<Arc<Source>> {
        if let Some(known) = self.opened.iter().find(|file| file.name == name) {
            return Some(Arc::clone(&known.source));
        }
        match self.files.open(name) {
            Ok(source) => {
                let source = Arc::new(source);
                self.opened.push(NamedFile { name: name.to_owned(), source: Arc::clone(&source) });
                Some(source)
            }
            Err(why) => {
                self.problems.push(
                    Problem::new("no-file", span.clone(), format!("{name:?}: {why}"), "this file")
                        .hint("write the name of a file beside the recipe"),
                );
                None
            }
        }
    }

    /// The place of a part of a string value, given as bytes within the value. A string with
    /// escapes is pointed at as a whole.
    pub fn part(&self, span: &Range<usize>, value: &str, part: Range<usize>) -> Range<usize> {
        // One quote at each end, or three, behind which the first line may end.
        let ends = [(1, 1), (3, 3), (4, 3), (5, 3)];
        for (before, behind) in ends {
            let inside = span.start + before..span.end.saturating_sub(behind);
            if self.text.get(inside.clone()) == Some(value) {
                return inside.start + part.start..inside.start + part.end;
            }
        }
        span.clone()
    }

    /// Reports that something else was expected here.
    pub fn expected(&mut self, node: &Node<'_>, what: &str, hint: impl Into<String>) {
        let found = kind(node.get_ref());
        self.problems.push(
            Problem::new("wrong-type", node.span(), format!("expected {what}, found {found}"), "this value")
                .hint(hint),
        );
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Something that a value of the file can be read as.
pub trait Read: Sized {
    /// Reads it. `None` means that it could not be read and that at least one problem says why.
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self>;

    /// What to write where a key is missing.
    fn form(key: &str) -> String {
        format!("{key} = ...")
    }
}

/// A struct read from a table; made by [`shape!`](crate::shape).
pub trait Shape: Sized {
    /// Reads it from a table whose place is given.
    fn read_table(table: &DeTable<'_>, span: Range<usize>, reader: &mut Reader<'_>) -> Option<Self>;
}

/// Reads a whole file as a shape.
///
/// Returns what could be read, and every problem in the order of the text: a value is good to use
/// only when there are none, but may be checked further to find more of them. A text that is not
/// TOML gives nothing but that: what its other half would have said is unknown.
pub fn file<T: Shape>(source: &Source) -> (Option<T>, Vec<Problem>) {
    let table = match table(source) {
        Ok(table) => table,
        Err(problems) => return (None, problems),
    };
    let constants = Constants::default();
    let mut reader = Reader::new(source, &NoFiles, &constants);
    let value = T::read_table(&table, 0..0, &mut reader);
    super::sort(&mut reader.problems);
    (value, reader.problems)
}

/// Reads a text as the table that every TOML file is.
///
/// # Errors
/// It is too large, or not TOML: every place where it is not.
pub fn table(source: &Source) -> Result<DeTable<'_>, Vec<Problem>> {
    if source.text.len() > MAX_BYTES {
        let problem = Problem::new("too-large", 0..0, "this file is larger than 1 MiB", "in all")
            .hint("is it the right file?");
        return Err(vec![problem]);
    }
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    if !errors.is_empty() {
        let mut problems = errors.iter().map(not_toml).collect();
        super::sort(&mut problems);
        return Err(problems);
    }
    Ok(table.into_inner())
}

fn not_toml(error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let hint = if error.message().contains("duplicate") {
        "a key may stand only once in a table; further steps begin with their own header in double brackets"
    } else {
        "this is not TOML: a line is a comment, a [header], or key = value with text in double quotes"
    };
    Problem::new("not-toml", span, error.message(), "here").hint(hint)
}

/// A documentation comment as one line, for a schema's description.
pub fn one_line(comment: &str) -> String {
    comment.split_whitespace().collect::<Vec<_>>().join(" ")
}
