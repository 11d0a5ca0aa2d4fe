//! `summary.md`: what a run came to, as a page of a CI job shows it.

use super::{CellSummary, Summary};
use crate::units::{Dimension, Scalar};
use crate::verdict::{Outcome, Verdict};
use std::fmt::Write;

impl Summary {
    /// The content of `summary.md`, in Markdown with tables (GitHub Flavored Markdown).
    pub fn to_markdown(&self) -> String {
        let mut out = String::new();
        let counts = self.verdicts();
        let told = [
            (counts.pass, "pass"),
            (counts.fail, "fail"),
            (counts.error, "error"),
            (counts.incomplete, "incomplete"),
            (counts.not_run, "not run"),
        ];
        let told: Vec<String> = told
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let simulated = if self.simulated { " Simulated." } else { "" };
        let end = if self.cut_off {
            " **The run has no end: it goes on, or was killed;** this is what it came to so far."
        } else {
            ""
        };
        let _ = write!(
            out,
            "# {}\n\n{} of {} cells passed ({}).{simulated}{end} Exit code {}.\n\n",
            escaped(&self.recipe),
            counts.pass,
            self.cells.len(),
            told.join(", "),
            self.exit.code()
        );
        out.push_str("| cell | place | verdict | grade | capacity | impedance | T max | why |\n");
        out.push_str("| --- | --- | --- | --- | --: | --: | --: | --- |\n");
        self.cells.iter().for_each(|cell| row(&mut out, cell));
        self.criteria_table(&mut out);
        self.not_held(&mut out);
        let grades = self.grades();
        if !grades.is_empty() {
            out.push_str("\n## Grades\n\n| grade | cells |\n| --- | --: |\n");
            for grade in grades {
                let reject = if grade.reject { " (reject)" } else { "" };
                let _ = writeln!(out, "| {}{reject} | {} |", escaped(&grade.grade), grade.cells);
            }
        }
        out
    }

    fn criteria_table(&self, out: &mut String) {
        let criteria = self.criteria();
        if criteria.is_empty() {
            return;
        }
        out.push_str("\n## Criteria\n\n| criterion | holds | does not hold | cannot be judged |\n");
        out.push_str("| --- | --: | --: | --: |\n");
        for count in criteria {
            let name = escaped(&count.criterion);
            let _ = writeln!(out, "| {name} | {} | {} | {} |", count.pass, count.fail, count.incomplete);
        }
    }

    fn not_held(&self, out: &mut String) {
        let of = |cell: &CellSummary| {
            let open = cell.criteria.iter().filter(|it| it.outcome != Outcome::Pass);
            open.map(|it| {
                let verb = if it.outcome == Outcome::Fail { "does not hold" } else { "cannot be judged" };
                let (name, that, shown) = (escaped(&it.criterion), code(&it.that), code(&it.shown));
                format!("| {} | {name} | {that} | {verb}: {shown} |\n", escaped(cell.cell.as_str()))
            })
            .collect::<String>()
        };
        let rows: String = self.cells.iter().map(of).collect();
        if !rows.is_empty() {
            out.push_str("\n## What does not hold\n\n| cell | criterion | that | with values |\n");
            out.push_str("| --- | --- | --- | --- |\n");
            out.push_str(&rows);
        }
    }
}

fn row(out: &mut String, cell: &CellSummary) {
    let shown = |value: Option<f64>, dimension| {
        value.map_or_else(|| "-".to_owned(), |value| Scalar { value, dimension }.rounded(0))
    };
    let it = &cell.results;
    let verdict = match cell.verdict {
        Verdict::Pass => "pass".to_owned(),
        other => format!("**{other}**"),
    };
    let _ = writeln!(
        out,
        "| {} | {}:{} | {verdict} | {} | {} | {} | {} | {} |",
        escaped(cell.cell.as_str()),
        cell.unit,
        cell.slot,
        cell.grade.as_ref().map_or_else(|| "-".to_owned(), |it| escaped(&it.grade)),
        shown(it.capacity.map(|it| it.0), Dimension::CHARGE),
        shown(it.impedance.map(|it| it.magnitude.0), Dimension::RESISTANCE),
        shown(it.temperature_max.map(|it| it.0), Dimension::TEMPERATURE),
        escaped(&cell.why)
    );
}

/// Text that stands for itself in Markdown, on one line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '@' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Text of a recipe as code in a table.
fn code(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() || c == '`' { ' ' } else { c }).collect();
    format!("`{}`", clean.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_device_says_stays_text() {
        assert_eq!(escaped("a|b\n<img> *x* @all"), "a\\|b &lt;img&gt; \\*x\\* \\@all");
        assert_eq!(code("a `b` | c"), "`a  b  \\| c`");
    }
}
