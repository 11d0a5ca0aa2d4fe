//! Values that have names: what a text works out from them is read as if it had been written there.

use super::{Node, Reader};
use crate::diagnostic::{MAX_PROBLEMS, Problem, nearest};
use crate::expression::{EvaluationError, evaluate, parse};
use crate::units::Scalar;
use std::collections::BTreeMap;

/// The word before the dot of such a name: `params.rate`.
const PREFIX: &str = "params";

/// Values by their names. One whose value could not be read is known, but has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constants(BTreeMap<String, Option<Scalar>>);

impl Constants {
    /// Adds a value; `None` for one that could not be read, which has been reported.
    pub fn set(&mut self, name: &str, value: Option<Scalar>) {
        self.0.insert(name.to_owned(), value);
    }

    /// The value of a name such as `params.rate`, split at its dots.
    pub fn get(&self, name: &[String]) -> Option<Scalar> {
        match name {
            [prefix, name] if prefix == PREFIX => self.0.get(name).copied().flatten(),
            _ => None,
        }
    }

    /// All values by their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Scalar)> {
        self.0.iter().filter_map(|(name, value)| Some((name.as_str(), (*value)?)))
    }

    /// Whether a name is one of constants, whatever it stands for.
    pub fn is_constant(name: &[String]) -> bool {
        name.first().is_some_and(|first| first == PREFIX)
    }
}

impl Reader<'_> {
    /// The constants that may be named.
    pub fn constants(&self) -> &Constants {
        self.constants
    }

    /// What a text with names of constants in it comes to: `Some(Err(()))` if it does not, which has
    /// been reported, and `None` if there are no such names in it.
    pub fn computed(&mut self, node: &Node<'_>, text: &str) -> Option<Result<Scalar, ()>> {
        if !text.contains(&format!("{PREFIX}.")) {
            return None;
        }
        let span = node.span();
        let problem = match parse(text) {
            Ok(expression) => match evaluate(&expression, &|name| self.constants.get(name)) {
                Ok(scalar) => return Some(Ok(scalar)),
                Err(EvaluationError::Unknown { name, at }) => self.unknown(&name, self.part(&span, text, at)),
                Err(EvaluationError::Unlike { left, right, at }) => Some(
                    Problem::new(
                        "unlike",
                        self.part(&span, text, at),
                        format!("{left} and {right} cannot be added"),
                        "these two",
                    )
                    .hint("only quantities of one kind can be added or subtracted"),
                ),
                Err(EvaluationError::NotFinite { at }) => Some(
                    Problem::new(
                        "bad-quantity",
                        self.part(&span, text, at),
                        "this is too large, or divides by zero",
                        "no number",
                    )
                    .hint("check the values of its parameters"),
                ),
            },
            Err(fault) => Some(
                Problem::new("bad-expression", self.part(&span, text, fault.at), fault.message, fault.label)
                    .hint(fault.hint),
            ),
        };
        self.problems.extend(problem);
        Some(Err(()))
    }

    /// The problem of a name that stands for nothing; none if its own problem has been reported.
    pub fn unknown(&self, name: &str, at: std::ops::Range<usize>) -> Option<Problem> {
        let known = &self.constants.0;
        if self.problems.len() > MAX_PROBLEMS {
            // More are not told.
            return None;
        }
        let short = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('.'));
        if short.is_some_and(|short| known.get(short).is_some_and(Option::is_none)) {
            return None;
        }
        let hint = match short.map(|short| nearest(short, known.keys().map(String::as_str))) {
            Some(Some(near)) => format!("did you mean `{PREFIX}.{near}`?"),
            Some(None) if known.is_empty() => {
                format!("give it a value: [{PREFIX}] with a line such as {} = \"...\"", short.unwrap_or("x"))
            }
            _ => {
                let names: Vec<String> =
                    known.keys().take(8).map(|name| format!("`{PREFIX}.{name}`")).collect();
                let more = if known.len() > names.len() { ", ..." } else { "" };
                format!("the names here are {}{more}", names.join(", "))
            }
        };
        Some(
            Problem::new("unknown-param", at, format!("`{name}` stands for nothing here"), "this name")
                .hint(hint),
        )
    }
}
