//! The keys of a table one by one, and what is left of them.

use crate::diagnostic::nearest;
use crate::exchange::json::Value;
use crate::exchange::{Fate, ImportError, Note};
use std::collections::BTreeMap;
use std::fmt::Display;

/// A table whose keys are read one by one. What becomes of each is told.
pub(super) struct Fields<'a> {
    pairs: BTreeMap<&'a str, &'a Value>,
    /// What stands before a key in what is told of it.
    prefix: &'static str,
    pub(super) notes: &'a mut Vec<Note>,
}

impl<'a> Fields<'a> {
    /// The keys of a table.
    ///
    /// # Errors
    /// It is no table.
    pub(super) fn of(
        value: &'a Value,
        prefix: &'static str,
        notes: &'a mut Vec<Note>,
    ) -> Result<Self, ImportError> {
        let Value::Table(list) = value else {
            let key = if prefix.is_empty() { "the file" } else { prefix.trim_end_matches('.') };
            return Err(ImportError::refused(key, format!("expected a table, found {}", value.kind())));
        };
        let mut pairs = BTreeMap::new();
        for (key, value) in list {
            if pairs.insert(key.as_str(), value).is_some() {
                let what = "stands twice; the last one counts";
                notes.push(Note::new(Fate::Changed, format!("{prefix}{key}"), what));
            }
        }
        Ok(Self { pairs, prefix, notes })
    }

    /// The value of a key, which is still to be read.
    pub(super) fn peek(&self, key: &str) -> Option<&'a Value> {
        self.pairs.get(key).copied()
    }

    /// The value of a key, which is read with that.
    pub(super) fn take(&mut self, key: &str) -> Option<&'a Value> {
        self.pairs.remove(key)
    }

    /// Tells something of a key.
    pub(super) fn note(&mut self, fate: Fate, key: &str, what: impl Display) {
        self.notes.push(Note::new(fate, format!("{}{key}", self.prefix), what.to_string()));
    }

    /// Refuses the value of a key.
    pub(super) fn refused(&self, key: &str, what: impl Into<String>) -> ImportError {
        ImportError::refused(format!("{}{key}", self.prefix), what)
    }

    /// A text.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.take(key)? {
            Value::Text(text) => Some(text.clone()),
            other => {
                self.note(Fate::Changed, key, format_args!("is {} and no text; left out", other.kind()));
                None
            }
        }
    }

    /// Tells of every key that is left: the original does not know it.
    pub(super) fn rest(self, known: &[&str], elsewhere: impl Fn(&str) -> Option<&'static str>) {
        for key in self.pairs.keys() {
            let advice = match (elsewhere(key), nearest(key, known.iter().copied())) {
                (Some(advice), _) => format!("; {advice}"),
                (None, Some(near)) => format!("; is `{near}` meant?"),
                (None, None) => String::new(),
            };
            let what = format!("is not known here; the original leaves it out{advice}");
            self.notes.push(Note::new(Fate::Changed, format!("{}{key}", self.prefix), what));
        }
    }
}

/// A bound of a range, in words.
pub(super) fn outside(value: f64, (low, high): (f64, f64), default: f64, unit: &str) -> String {
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    format!(
        "{value}{unit} is outside of {low} to {high}{unit}; the original takes its default, {default}{unit}"
    )
}
