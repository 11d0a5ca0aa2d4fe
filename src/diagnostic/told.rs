//! Problems for machines: where each stands, as editors count.

use super::{Problem, Source};
use serde::Serialize;

/// A problem with its place in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told<'p> {
    /// The path of the text that it is in.
    pub file: &'p str,
    /// The line of its first character, from 1.
    pub line: usize,
    /// The column of its first character, from 1, in characters.
    pub column: usize,
    /// The line behind its last character, from 1.
    pub end_line: usize,
    /// The column behind its last character, from 1, in characters.
    pub end_column: usize,
    /// Where it begins, in bytes from 0.
    pub offset: usize,
    /// How long it is, in bytes.
    pub length: usize,
    /// The code.
    pub code: &'static str,
    /// What is wrong.
    pub message: &'p str,
    /// What stands under the caret.
    pub label: &'p str,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'p str>,
}

impl<'p> Told<'p> {
    /// A problem of this text, or of the one that it names itself.
    pub fn new(source: &'p Source, problem: &'p Problem) -> Self {
        let source = problem.source.as_deref().unwrap_or(source);
        let end = problem.span.end.min(source.text.len());
        let start = problem.span.start.min(end);
        let (first, behind) = (source.place(start), source.place(end));
        Self {
            file: &source.path,
            line: first.line,
            column: first.column,
            end_line: behind.line,
            end_column: behind.column,
            offset: start,
            length: end - start,
            code: problem.code,
            message: &problem.message,
            label: &problem.label,
            hint: problem.hint.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn places_are_those_of_editors_and_of_the_right_text() {
        let main = Source::new("main.toml", "a = 1\n\u{b0}b = 2\n");
        let other = Arc::new(Source::new("other.csv", "x,y\n"));
        let problem = Problem::new("bad-value", 8..9, "no", "here");
        let told = Told::new(&main, &problem);
        assert_eq!((told.file, told.line, told.column, told.end_column), ("main.toml", 2, 2, 3));
        let foreign = Problem::new("bad-value", 2..300, "no", "here").within(&other);
        let told = Told::new(&main, &foreign);
        assert_eq!((told.file, told.line, told.column, told.offset, told.length), ("other.csv", 1, 3, 2, 2));
    }
}
