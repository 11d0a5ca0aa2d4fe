//! The keys of one table: what is known is read, what is not is refused.

use super::{Field, Read, Reader};
use crate::diagnostic::{Problem, nearest};
use std::ops::Range;
use toml::de::DeTable;

/// One table while its keys are read.
#[derive(Debug)]
pub struct Fields<'t, 'i> {
    table: &'t DeTable<'i>,
    span: Range<usize>,
    /// Known keys that are not there, but that a misspelt one was probably meant to be.
    meant: Vec<&'static str>,
}

impl<'t, 'i> Fields<'t, 'i> {
    /// Opens a table and refuses every key that is not one of `known`. A key of `later` belongs to
    /// the language but not to this version, and is refused in other words.
    pub fn open(
        table: &'t DeTable<'i>,
        span: Range<usize>,
        known: &[&'static str],
        later: &[&str],
        reader: &mut Reader<'_>,
    ) -> Self {
        let mut meant = Vec::new();
        for key in table.keys() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let problem =
                Problem::new("unknown-key", key.span(), format!("unknown key `{name}`"), "this key");
            let hint = if later.contains(&name) {
                format!("this version does not have `{name}` yet; take it out")
            } else if let Some(near) = nearest(name, known.iter().copied()) {
                meant.push(near);
                format!("did you mean `{near}`?")
            } else {
                format!("the keys here are {}", list(known))
            };
            reader.problems.push(problem.hint(hint));
        }
        Self { table, span, meant }
    }

    /// Reads a key that may be left out. One that is there under a misspelt name counts as broken.
    pub fn optional<T: Read>(&self, key: &str, reader: &mut Reader<'_>) -> Field<T> {
        match self.table.get(key) {
            None if self.meant.contains(&key) => Field::Broken,
            None => Field::Absent,
            Some(node) => T::read(node, reader).map_or(Field::Broken, Field::Present),
        }
    }

    /// Reads a key that has to be there; its absence is a problem.
    pub fn needed<T: Read>(&self, key: &str, reader: &mut Reader<'_>) -> Field<T> {
        let field = self.optional(key, reader);
        if field.is_absent() {
            let label = if self.span.is_empty() { "in this file" } else { "in here" };
            let message = format!("the key `{key}` is missing");
            reader.problems.push(
                Problem::new("missing-key", self.span.clone(), message, label)
                    .hint(format!("add {}", T::form(key))),
            );
        }
        field
    }
}

/// Names in a row: `a`, `b`, `c`.
pub(super) fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
