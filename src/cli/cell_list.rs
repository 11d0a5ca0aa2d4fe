//! `--cells FILE` and `--queue FILE`: a table of cells, where they lie if they lie anywhere yet, and what is
//! different for each.

use crate::diagnostic::{Problem, Row, Source, nearest, rows, sort};
use crate::identity::{CellName, Place};
use crate::recipe::{NominalCapacity, Setting};
use crate::units::Coulombs;
use std::sync::Arc;

/// One cell of the list.
#[derive(Clone, Debug)]
pub(super) struct ListedCell {
    /// Its name.
    pub(super) name: CellName,
    /// Where it lies; none in a queue.
    pub(super) place: Option<Place>,
    /// Its nominal capacity, where the list has one.
    pub(super) capacity: Option<NominalCapacity>,
    /// Values of the recipe's parameters.
    pub(super) settings: Vec<Setting>,
}

/// The columns that are no parameters.
const COLUMNS: [&str; 3] = ["name", "slot", "capacity"];

/// Reads a list of cells; without places it is that of a queue.
///
/// # Errors
/// Every row and column that is wrong, in the order of the file.
pub(super) fn read(source: &Arc<Source>, placed: bool) -> Result<Vec<ListedCell>, Vec<Problem>> {
    let needed: &[&str] = if placed { &["name", "slot"] } else { &["name"] };
    let mut table = rows(&source.text);
    let header = table.next().unwrap_or_default();
    let mut problems = Vec::new();
    for wanted in needed.iter().copied() {
        if !header.iter().any(|(column, _)| *column == wanted) {
            let end = header.last().map_or(0, |(_, at)| at.end);
            let meant = header.iter().find(|(column, _)| nearest(column, [wanted]).is_some());
            let problem =
                Problem::new("bad-list", 0..end, format!("no column is called `{wanted}`"), "the header")
                    .hint(match meant {
                        Some((column, _)) => format!("did you mean `{wanted}` where `{column}` stands?"),
                        None => format!(
                            "the first line names the columns: {}, capacity and the recipe's parameters",
                            needed.join(", ")
                        ),
                    });
            problems.push(problem);
        }
    }
    for (index, (column, at)) in header.iter().enumerate() {
        if header.iter().take(index).any(|(other, _)| other == column) {
            let problem = Problem::new(
                "bad-list",
                at.clone(),
                format!("two columns are called `{column}`"),
                "the second one",
            );
            problems.push(problem.hint("keep one of them"));
        }
    }
    if !placed && let Some((_, at)) = header.iter().find(|(column, _)| *column == "slot") {
        problems.push(
            Problem::new("bad-list", at.clone(), "the cells of a queue have no slots", "this column")
                .hint("leave it out: a queue says which cell goes where; or give the list to --cells"),
        );
    }
    let mut cells: Vec<ListedCell> = Vec::new();
    if problems.is_empty() {
        for row in table {
            match cell(source, &header, &row, placed) {
                Ok(cell) => {
                    let name = cell.name.as_str();
                    if cells.iter().any(|other| other.name.as_str().eq_ignore_ascii_case(name)) {
                        problems.push(twice(&header, &row, name));
                    }
                    cells.push(cell);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if cells.is_empty() && problems.is_empty() {
            let end = source.text.len();
            problems.push(
                Problem::new("bad-list", end..end, "there is no cell in this list", "the file ends here")
                    .hint(format!("write one line for each cell, such as {}", example(placed))),
            );
        }
    }
    sort(&mut problems);
    if problems.is_empty() { Ok(cells) } else { Err(problems) }
}

fn example(placed: bool) -> &'static str {
    if placed { "A17,4711:0" } else { "A17" }
}

/// Files are named after cells, and on some systems names differ by more than their case.
fn twice(header: &Row<'_>, row: &Row<'_>, name: &str) -> Problem {
    let field = header.iter().zip(row).find(|((column, _), _)| *column == "name");
    let at = field.map_or(0..0, |(_, (_, at))| at.clone());
    Problem::new("bad-list", at, format!("{name} stands in this list twice"), "the second time")
        .hint("give every cell a name of its own; names that differ in case only are the same")
}

fn cell(source: &Arc<Source>, header: &Row<'_>, row: &Row<'_>, placed: bool) -> Result<ListedCell, Problem> {
    let whole = row.first().map_or(0, |(_, at)| at.start)..row.last().map_or(0, |(_, at)| at.end);
    let problem = |at: &std::ops::Range<usize>, message: String, hint: &str| {
        Problem::new("bad-list", at.clone(), message, "in this row").hint(hint)
    };
    if row.len() != header.len() {
        let message = format!("this row has {} fields, and the header has {}", row.len(), header.len());
        return Err(problem(
            &whole,
            message,
            "fill every column in; an empty field is the recipe's own value",
        ));
    }
    let of =
        |column: &str| header.iter().zip(row).find(|((name, _), _)| *name == column).map(|(_, field)| field);
    let Some((name, name_at)) = of("name") else {
        return Err(problem(&whole, "the name is missing".into(), "write such as A17"));
    };
    let name = name.parse().map_err(|why: String| problem(name_at, why, "write such as A17"))?;
    let place = match of("slot").filter(|_| placed) {
        None => None,
        Some((slot, at)) => Some(slot.parse::<Place>().map_err(|_| {
            problem(
                at,
                format!("{slot:?} is no slot"),
                "write the unit's serial number and the slot, such as 4711:0",
            )
        })?),
    };
    let mut listed = ListedCell { name, place, capacity: None, settings: Vec::new() };
    for ((column, column_at), (field, at)) in header.iter().zip(row) {
        if field.is_empty() {
            continue;
        }
        match *column {
            "capacity" => {
                let value = field.parse::<Coulombs>().map_err(|why| {
                    problem(at, format!("this is not a capacity: {why}"), "write such as 2.5 Ah")
                })?;
                listed.capacity = Some(NominalCapacity { value, source: Arc::clone(source), at: at.clone() });
            }
            other if COLUMNS.contains(&other) => {}
            param => listed.settings.push(Setting {
                name: param.to_owned(),
                value: (*field).to_owned(),
                source: Arc::clone(source),
                name_at: column_at.clone(),
                value_at: at.clone(),
            }),
        }
    }
    Ok(listed)
}
