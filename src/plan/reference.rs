//! The summary of another run, as criteria compare with it.

use super::{CellMetric, ReferenceOf, Statistic};
use std::collections::BTreeMap;

/// What the cells of another run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reference {
    cells: BTreeMap<String, BTreeMap<CellMetric, f64>>,
}

/// As much of a `summary.json` as is looked at.
#[derive(serde::Deserialize)]
struct File {
    cells: Vec<serde_json::Map<String, serde_json::Value>>,
}

impl Reference {
    /// Reads the text of a `summary.json`.
    ///
    /// # Errors
    /// In words, why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut cells = BTreeMap::new();
        for cell in file.cells {
            let name = cell.get("cell").and_then(|name| name.as_str()).ok_or("a cell in it has no name")?;
            let value = |metric: CellMetric| {
                let (column, factor) = metric.column();
                let value = cell.get(column)?.as_f64()? * factor;
                value.is_finite().then_some((metric, value))
            };
            let values = CellMetric::ALL.into_iter().filter_map(value).collect();
            if cells.insert(name.to_owned(), values).is_some() {
                return Err(format!("two cells in it are called {name}"));
            }
        }
        if cells.is_empty() { Err("there are no cells in it".into()) } else { Ok(Self { cells }) }
    }

    /// A metric in base units; `cell` names the one that asks. None where it was not measured, or no cell
    /// has the name.
    pub fn value(&self, of: ReferenceOf, metric: CellMetric, cell: &str) -> Option<f64> {
        match of {
            ReferenceOf::SameCell => self.cells.get(cell)?.get(&metric).copied(),
            ReferenceOf::Median => {
                let values: Vec<f64> =
                    self.cells.values().filter_map(|it| it.get(&metric).copied()).collect();
                Statistic::Median.of(&values, None)
            }
        }
    }

    /// Whether any cell in it has this metric.
    pub fn has(&self, metric: CellMetric) -> bool {
        self.cells.values().any(|values| values.contains_key(&metric))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_same_cell_are_told_apart() {
        let text = r#"{ "cells": [
            { "cell": "a", "capacity_ah": 2.0, "impedance_ohm": null },
            { "cell": "b", "capacity_ah": 2.5 },
            { "cell": "c", "capacity_ah": 2.25 } ] }"#;
        let reference = Reference::parse(text).unwrap();
        let capacity = |of, cell| reference.value(of, CellMetric::Capacity, cell);
        assert_eq!(capacity(ReferenceOf::Median, "a"), Some(2.25 * 3600.0));
        assert_eq!(capacity(ReferenceOf::SameCell, "a"), Some(7200.0));
        assert_eq!(capacity(ReferenceOf::SameCell, "d"), None);
        assert_eq!(reference.value(ReferenceOf::Median, CellMetric::Impedance, "a"), None);
        assert!(reference.has(CellMetric::Capacity) && !reference.has(CellMetric::Impedance));
    }

    #[test]
    fn what_is_no_summary_is_told() {
        for (text, told) in [
            ("", "EOF while parsing"),
            ("{}", "missing field `cells`"),
            (r#"{ "cells": [] }"#, "there are no cells in it"),
            (r#"{ "cells": [{ "cell": 1 }] }"#, "a cell in it has no name"),
            (r#"{ "cells": [{ "cell": "a" }, { "cell": "a" }] }"#, "two cells in it are called a"),
        ] {
            let error = Reference::parse(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
