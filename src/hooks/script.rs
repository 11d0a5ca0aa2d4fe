//! The text of hooks, and the places in it.

use crate::diagnostic::{Problem, Source};
use std::ops::Range;
use std::sync::Arc;

/// A place in a script as editors count it, from 1; 0 where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column in characters.
    pub column: usize,
}

impl From<rhai::Position> for Place {
    fn from(position: rhai::Position) -> Self {
        Self { line: position.line().unwrap_or(0), column: position.position().unwrap_or(0) }
    }
}

/// Code as it stands in a file of its own, or in a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The code.
    pub code: String,
    /// The file that it stands in.
    pub source: Arc<Source>,
    /// Where in that file. Shorter or longer than the code where quotes and escapes come between.
    pub span: Range<usize>,
    /// Whether that file is the recipe itself.
    pub inline: bool,
}

impl Script {
    /// Code that is a whole file.
    pub fn file(source: Arc<Source>) -> Self {
        Self { code: source.text.clone(), span: 0..source.text.len(), source, inline: false }
    }

    /// Where in the file a place of the code is: from its character to the end of the word or of the quotes there.
    /// Where the code does not stand in the file as it is, all of it.
    pub fn span_of(&self, place: Place) -> Range<usize> {
        if self.source.text.get(self.span.clone()) != Some(self.code.as_str()) || place.line == 0 {
            return self.span.clone();
        }
        let lines = self.code.split_inclusive('\n');
        let start: usize = lines.take(place.line - 1).map(str::len).sum();
        let line = self.code.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let column = place.column.saturating_sub(1);
        let from = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        let rest = line.get(from..).unwrap_or_default();
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let quoted = rest.strip_prefix('"').and_then(|inside| inside.find('"')).map(|end| end + 2);
        let one = rest.chars().next().map_or(0, char::len_utf8);
        let length = if word > 0 { word } else { quoted.unwrap_or(one) };
        let from = self.span.start + start + from;
        from..from + length
    }

    /// A problem at a place of the code.
    pub fn problem(&self, code: &'static str, at: Place, message: String, label: &str) -> Problem {
        let problem = Problem::new(code, self.span_of(at), message, label);
        if self.inline { problem } else { problem.within(&self.source) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_in_the_file_around_the_code() {
        let source = Arc::new(Source::new("r.toml", "code = '''\nlet \u{e9} = 1;\nabc + d'''"));
        let script = Script { code: "let \u{e9} = 1;\nabc + d".into(), span: 11..30, source, inline: true };
        let at = |line, column| script.source.text.get(script.span_of(Place { line, column }));
        assert_eq!(at(1, 1), Some("let"));
        assert_eq!(at(1, 5), Some("\u{e9}"));
        assert_eq!(at(2, 1), Some("abc"));
        assert_eq!(at(2, 5), Some("+"));
        assert_eq!(at(9, 9), Some(""));
        assert_eq!(script.span_of(Place::default()), 11..30);
        let escaped = Script { code: "a\"b".into(), ..script.clone() };
        assert_eq!(escaped.span_of(Place { line: 1, column: 1 }), 11..30);
    }
}
