//! The criteria of a recipe: which cell met which, from `summary.json`, and where there is none from the journal.

use super::run::Run;
use serde_json::{Value, json};

/// How a criterion was ruled for a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ruling {
    /// `pass`, `fail` or `incomplete`; empty where the cell was not judged by it.
    pub(super) outcome: String,
    /// The criterion with values in the place of names.
    pub(super) shown: String,
}

/// The criteria of the report's runs, and the cells under them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Criteria {
    pub(super) names: Vec<String>,
    /// A row a cell: which run it is of, its name, and a ruling for each criterion.
    pub(super) rows: Vec<(usize, String, Vec<Ruling>)>,
}

/// What the journal tells of the criteria of each cell, as a summary would have it.
fn told(run: &Run) -> Vec<Value> {
    let facts = run.cells.iter().filter_map(|cell| {
        let name = &cell.bound.name;
        Some(json!({ "cell": name, "criteria": run.facts.cells.get(name)?.standing.criteria }))
    });
    facts.collect()
}

impl Criteria {
    /// Gathers what the files hold; empty where no recipe has criteria.
    pub(super) fn of(runs: &[Run]) -> Self {
        let mut criteria = Self::default();
        for (index, run) in runs.iter().enumerate() {
            match run.summary.as_ref().and_then(|it| it["cells"].as_array()) {
                Some(cells) => cells.iter().for_each(|cell| criteria.take(index, cell)),
                None => told(run).iter().for_each(|cell| criteria.take(index, cell)),
            }
        }
        let columns = criteria.names.len();
        for (_, _, rulings) in &mut criteria.rows {
            rulings.resize_with(columns, Ruling::default);
        }
        criteria
    }

    fn take(&mut self, run: usize, cell: &Value) {
        let mut rulings: Vec<Ruling> = Vec::new();
        for ruled in cell["criteria"].as_array().into_iter().flatten() {
            let text = |key: &str| ruled[key].as_str().unwrap_or_default().to_owned();
            let name = text("criterion");
            let column = self.names.iter().position(|it| *it == name).unwrap_or_else(|| {
                self.names.push(name);
                self.names.len() - 1
            });
            if rulings.len() <= column {
                rulings.resize_with(column + 1, Ruling::default);
            }
            if let Some(place) = rulings.get_mut(column) {
                *place = Ruling { outcome: text("outcome"), shown: text("shown") };
            }
        }
        if !rulings.is_empty() {
            self.rows.push((run, cell["cell"].as_str().unwrap_or_default().to_owned(), rulings));
        }
    }
}
