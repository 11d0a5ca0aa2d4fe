//! What is said of a recipe from outside: on the command line, or in a list of cells.

use crate::diagnostic::Source;
use crate::units::Coulombs;
use std::ops::Range;
use std::sync::Arc;

/// A value for a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The parameter.
    pub name: String,
    /// The value, as text.
    pub value: String,
    /// The text in which it was set.
    pub source: Arc<Source>,
    /// Where the name stands in it.
    pub name_at: Range<usize>,
    /// Where the value stands in it.
    pub value_at: Range<usize>,
}

impl Setting {
    /// Reads `name=value`, as it stands after `option` on the command line.
    ///
    /// # Errors
    /// There is no `=` in it, or no name before it.
    pub fn from_argument(option: &str, text: &str) -> Result<Self, String> {
        let wanted = || format!("`{text}` is not NAME=VALUE, such as rate=C/5");
        let (name, value) = text.split_once('=').ok_or_else(wanted)?;
        if name.trim().is_empty() {
            return Err(wanted());
        }
        Ok(Self {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            name_at: 0..name.len(),
            value_at: name.len() + 1..text.len(),
            source: Arc::new(Source::new(option, text)),
        })
    }
}

/// The nominal capacity of one cell, said beside the recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct NominalCapacity {
    /// The capacity.
    pub value: Coulombs,
    /// The text in which it was said.
    pub source: Arc<Source>,
    /// Where it stands in it.
    pub at: Range<usize>,
}
