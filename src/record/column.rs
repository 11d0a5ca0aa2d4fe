//! Columns of tables: a name, and what stands under it.

use super::RecordError;
use super::number::{Decimals, Fixed};
use crate::identity::CellName;
use serde_json::Value;

/// A value in a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field {
    Text(String),
    Count(u64),
    Number(f64, Decimals),
    Absent,
}

impl Field {
    /// A number, if there is one.
    pub(super) fn number(value: Option<f64>, decimals: Decimals) -> Self {
        value.map_or(Self::Absent, |value| Self::Number(value, decimals))
    }

    /// A number that is always there.
    pub(super) fn count(value: u32) -> Self {
        Self::Count(u64::from(value))
    }
}

/// A column of a table whose rows are made of `T`.
#[derive(Debug)]
pub(super) struct Column<T> {
    /// With the unit in it.
    pub(super) name: &'static str,
    of: fn(&T) -> Field,
}

/// A column, by its name and what it holds.
pub(super) const fn column<T>(name: &'static str, of: fn(&T) -> Field) -> Column<T> {
    Column { name, of }
}

impl<T> Column<T> {
    /// The value as it stands in a file of comma-separated values, not yet quoted. `cell` is whose it is.
    ///
    /// # Errors
    /// A number is not finite.
    pub(super) fn text(&self, row: &T, cell: &CellName) -> Result<String, RecordError> {
        Ok(match (self.of)(row) {
            Field::Text(text) => text,
            Field::Count(count) => count.to_string(),
            Field::Number(value, decimals) => self.rounded(value, decimals, cell)?.text(),
            Field::Absent => String::new(),
        })
    }

    /// The same as JSON.
    ///
    /// # Errors
    /// A number is not finite.
    pub(super) fn json(&self, row: &T, cell: &CellName) -> Result<Value, RecordError> {
        Ok(match (self.of)(row) {
            Field::Text(text) => Value::from(text),
            Field::Count(count) => Value::from(count),
            Field::Number(value, decimals) => Value::from(self.rounded(value, decimals, cell)?.value()),
            Field::Absent => Value::Null,
        })
    }

    fn rounded(&self, value: f64, decimals: Decimals, cell: &CellName) -> Result<Fixed, RecordError> {
        Fixed::round(value, decimals).map_err(|source| RecordError::Number {
            cell: cell.clone(),
            column: self.name,
            source,
        })
    }
}

/// The names of columns.
pub(super) fn names<T>(columns: &'static [Column<T>]) -> Vec<&'static str> {
    columns.iter().map(|column| column.name).collect()
}
