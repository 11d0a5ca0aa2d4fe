//! The table at the end of a run.

use super::plain::{GREEN, RED, YELLOW, paint};
use super::view::{clock, printable};
use crate::record::{CellSummary, Summary};
use crate::verdict::Verdict;

const HEAD: [&str; 13] = [
    "cell",
    "place",
    "verdict",
    "grade",
    "capacity",
    "energy",
    "CE",
    "impedance",
    "V start",
    "V end",
    "T max",
    "time",
    "why",
];
const VERDICT: usize = 2;
/// Left out where no cell has one.
const GRADE: usize = 3;
/// Columns that hold words stand to the left; numbers to the right.
const WORDS: [usize; 5] = [0, 1, VERDICT, GRADE, HEAD.len() - 1];

/// The lines of the table, aligned, without the newlines.
pub(super) fn lines(summary: &Summary, colour: bool) -> Vec<String> {
    let rows: Vec<[String; HEAD.len()]> = summary.cells.iter().map(row).collect();
    let grades = summary.grades();
    let widths: Vec<Option<usize>> = HEAD
        .iter()
        .enumerate()
        .map(|(column, head)| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count());
            let widest = cells.chain([head.chars().count()]).max().unwrap_or(0);
            let left_out = column == GRADE && grades.is_empty();
            (!left_out).then_some(widest)
        })
        .collect();
    let mut lines = vec![aligned(HEAD.iter().copied(), &widths, None)];
    for (row, cell) in rows.iter().zip(&summary.cells) {
        let colour = colour.then(|| colour_of(cell.verdict));
        lines.push(aligned(row.iter().map(String::as_str), &widths, colour));
    }
    let passed = summary.cells.iter().filter(|cell| cell.verdict == Verdict::Pass).count();
    let simulated = if summary.simulated { ", simulated" } else { "" };
    for count in summary.criteria().iter().filter(|count| count.fail + count.incomplete > 0) {
        let mut line = format!("criterion {}: holds for {}", printable(&count.criterion), count.pass);
        for (cells, what) in [(count.fail, "does not hold for"), (count.incomplete, "cannot be judged for")] {
            if cells > 0 {
                line.push_str(&format!(", {what} {cells}"));
            }
        }
        lines.push(line);
    }
    if !grades.is_empty() {
        let each = grades.iter().map(|grade| {
            let reject = if grade.reject { " (reject)" } else { "" };
            format!("{} {}{reject}", printable(&grade.grade), grade.cells)
        });
        lines.push(format!("grades: {}", each.collect::<Vec<_>>().join(", ")));
    }
    let recipe = printable(&summary.recipe);
    lines.push(format!("{recipe}: {passed} of {} cells passed{simulated}", summary.cells.len()));
    lines
}

pub(super) const fn colour_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => GREEN,
        Verdict::Fail | Verdict::Error => RED,
        Verdict::Incomplete | Verdict::NotRun => YELLOW,
    }
}

fn row(cell: &CellSummary) -> [String; HEAD.len()] {
    let shown = |value: Option<f64>, decimals: usize, unit: &str| match value {
        Some(value) => format!("{value:.decimals$} {unit}"),
        None => "-".to_owned(),
    };
    let it = &cell.results;
    [
        cell.cell.to_string(),
        format!("{}:{}", cell.unit, cell.slot),
        cell.verdict.word().to_owned(),
        cell.grade.as_ref().map_or_else(|| "-".to_owned(), |it| it.grade.clone()),
        shown(it.capacity.map(|it| it.ampere_hours()), 4, "Ah"),
        shown(it.energy.map(|it| it.watt_hours()), 3, "Wh"),
        shown(it.coulombic_efficiency.map(|it| it * 100.0), 2, "%"),
        shown(it.impedance.map(|it| it.magnitude.0 * 1e3), 2, "mohm"),
        shown(Some(it.voltage_start.0), 4, "V"),
        shown(it.voltage_end.map(|it| it.0), 4, "V"),
        shown(it.temperature_max.map(|it| it.0), 1, "degC"),
        clock(it.duration),
        printable(&cell.why),
    ]
}

fn aligned<'a>(
    cells: impl Iterator<Item = &'a str>,
    widths: &[Option<usize>],
    colour: Option<&str>,
) -> String {
    let mut line = String::new();
    for (column, (text, width)) in cells.zip(widths).enumerate() {
        let Some(width) = width else { continue };
        let padded =
            if WORDS.contains(&column) { format!("{text:<width$}") } else { format!("{text:>width$}") };
        match colour.filter(|_| column == VERDICT) {
            Some(colour) => line.push_str(&paint(colour, &padded)),
            None => line.push_str(&padded),
        }
        line.push_str("  ");
    }
    line.trim_end().to_owned()
}
