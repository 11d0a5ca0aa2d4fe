//! What is wrong with a text that a person wrote: where, why, and what to write instead.
//!
//! Recipes and bench files are read through [`read`], which reports every problem of a file at once.

mod explain;
mod files;
mod nearest;
pub mod read;
mod render;
mod rows;
mod sarif;
mod shape;
mod source;
mod told;

pub use explain::{Explanation, explain, explanations};
pub use files::{Beside, Files, NamedFile, NoFiles};
pub use nearest::nearest;
pub use render::{Colour, render};
pub use rows::{Row, rows};
pub use sarif::sarif;
pub use source::{MAX_BYTES, Place, Source, SourceError};
pub use told::Told;

use std::ops::Range;
use std::sync::Arc;

/// One thing that is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable name of this kind of problem, such as `unknown-key`.
    pub code: &'static str,
    /// What is wrong, in one line.
    pub message: String,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
    /// What stands under the caret.
    pub label: String,
    /// What to write instead, or why the rule exists.
    pub hint: Option<String>,
    /// The text that it is in, where that is not the one in hand: a file that it extends or names, or
    /// the command line.
    pub source: Option<Arc<Source>>,
}

impl Problem {
    /// A problem without a hint.
    pub fn new(
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self { code, message: message.into(), span, label: label.into(), hint: None, source: None }
    }

    /// The same problem with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same problem in another text; one that is in another text already stays there.
    #[must_use]
    pub fn within(mut self, source: &Arc<Source>) -> Self {
        self.source.get_or_insert_with(|| Arc::clone(source));
        self
    }
}

/// How many problems are told of one text. Who has more has another kind of file in hand.
pub const MAX_PROBLEMS: usize = 100;

/// Puts problems in the order of the text, those of other texts after it, drops those that say the same of the same place, and
/// tells at most [`MAX_PROBLEMS`] of them.
pub fn sort(problems: &mut Vec<Problem>) {
    fn order(problem: &Problem) -> (Option<&str>, usize, usize, &str, &str) {
        let path = problem.source.as_ref().map(|source| source.path.as_str());
        (path, problem.span.start, problem.span.end, problem.code, &problem.message)
    }
    problems.sort_by(|a, b| order(a).cmp(&order(b)));
    problems.dedup();
    problems.truncate(MAX_PROBLEMS);
}
