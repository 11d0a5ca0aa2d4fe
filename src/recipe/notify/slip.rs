//! What is wrong with a text that may stand in a file or come from the environment.

use crate::diagnostic::Problem;
use std::ops::Range;

/// A problem whose place is not known yet, or that has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// The stable name of its kind.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What stands under the caret.
    pub label: &'static str,
    /// What to write instead.
    pub hint: String,
}

impl Slip {
    pub(super) fn new(code: &'static str, message: impl Into<String>, label: &'static str) -> Self {
        Self { code, message: message.into(), label, hint: String::new() }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// The problem at its place.
    pub fn at(self, at: Range<usize>) -> Problem {
        Problem::new(self.code, at, self.message, self.label).hint(self.hint)
    }
}
