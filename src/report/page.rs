//! The page: what the template is filled with.

use super::ReportError;
use super::criteria::Criteria;
use super::data::Data;
use super::events::Shown;
use super::metric::clock;
use super::plan::{PlanStep, PlanView};
use super::run::Run;
use super::table::{CellRow, NONE_YET, Table};
use super::trouble::Trouble;
use crate::record::Measurement;
use crate::verdict::Exit;
use askama::Template;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'r> {
    title: String,
    version: &'static str,
    simulated: bool,
    live: bool,
    graded: bool,
    labelled: bool,
    runs: Vec<RunView<'r>>,
    troubles: Vec<String>,
    table: Table,
    criteria: Criteria,
    data: Data,
    rows_taken: u64,
    rows_shown: usize,
    curves_left_out: usize,
    style: &'static str,
    script: &'static str,
    chart_style: &'static str,
    chart_script: &'static str,
    chart_licence: &'static str,
}

#[derive(Template)]
#[template(path = "steps.html")]
struct Steps<'p> {
    steps: &'p [PlanStep],
}

impl Steps<'_> {
    fn inner(&self, step: &PlanStep) -> Result<String, askama::Error> {
        Steps { steps: &step.inner }.render()
    }
}

/// A run as the page tells it.
struct RunView<'r> {
    label: &'r str,
    /// The class that colours the outcome.
    state: &'static str,
    outcome: String,
    verdicts: Vec<(String, usize)>,
    grades: Vec<(String, usize)>,
    facts: Vec<(&'static str, String)>,
    plan: PlanView,
    /// The first of the faults and notices, and how many more there are.
    attention: Vec<EventView<'r>>,
    attention_more: usize,
    events: Vec<EventView<'r>>,
    left_out: u64,
    measurement: Vec<(&'static str, &'r str)>,
}

struct EventView<'r> {
    time: String,
    about: &'r str,
    class: &'r str,
    what: &'r str,
}

/// How many faults and notices stand above the charts.
const ATTENTION: usize = 12;

/// A number of the table.
struct Number {
    text: String,
    sort: String,
    minor: bool,
}

impl Page<'_> {
    fn label(&self, run: &usize) -> &str {
        self.runs.get(*run).map_or("", |run| run.label)
    }

    /// A verdict as a class, which must not be what a file says.
    fn class(&self, word: &str) -> &'static str {
        let known = ["pass", "fail", "error", "incomplete", "not-run"];
        match known.into_iter().find(|known| *known == word) {
            Some(known) => known,
            None if word == NONE_YET => "open",
            None => "unknown",
        }
    }

    fn numbers(&self, row: &CellRow) -> Vec<Number> {
        let shown = self.table.metrics.iter().zip(&row.values).map(|(metric, value)| Number {
            text: value.map_or_else(|| "\u{2013}".into(), |value| metric.text(value)),
            sort: value.map_or_else(String::new, |value| value.to_string()),
            minor: metric.is_minor(),
        });
        shown.collect()
    }

    /// How each run was measured; once, without a label, where all were in one way.
    fn measured(&self) -> Vec<(&str, &[(&'static str, &str)])> {
        match self.runs.first() {
            Some(first) if self.runs.iter().all(|run| run.measurement == first.measurement) => {
                vec![("", first.measurement.as_slice())]
            }
            _ => self.runs.iter().map(|run| (run.label, run.measurement.as_slice())).collect(),
        }
    }

    fn steps(&self, steps: &[PlanStep]) -> Result<String, askama::Error> {
        Steps { steps }.render()
    }
}

/// Makes the page of some runs, each with what it is called.
///
/// # Errors
/// A template could not be filled.
pub(super) fn html(runs: &[Run], labels: &[String], live: bool) -> Result<String, ReportError> {
    let table = Table::of(runs);
    let cells = || runs.iter().flat_map(|run| &run.cells);
    let troubles = runs.iter().zip(labels).flat_map(|(run, label)| {
        let told = move |trouble: Trouble| match labels.len() {
            1 => trouble.to_string(),
            _ => format!("{label}: {trouble}"),
        };
        run.troubles(live && run.is_open()).into_iter().map(told)
    });
    let title = match runs {
        [run] => run.manifest.recipe.name.clone(),
        _ => format!("{} runs compared", runs.len()),
    };
    let page = Page {
        title,
        version: env!("CARGO_PKG_VERSION"),
        simulated: runs.iter().any(|run| run.manifest.simulated),
        live,
        graded: table.rows.iter().any(|row| row.grade.is_some()),
        labelled: table.rows.iter().any(|row| row.label.is_some()),
        runs: runs.iter().zip(labels).enumerate().map(|(index, it)| view(index, it, &table, live)).collect(),
        troubles: troubles.collect(),
        data: Data::of(runs, labels, &table, live),
        rows_taken: cells().map(|cell| cell.series.rows.taken()).sum(),
        rows_shown: cells().map(|cell| cell.series.rows.rows().count()).sum(),
        curves_left_out: cells().map(|cell| cell.series.curves.seen() - cell.series.curves.kept()).sum(),
        criteria: Criteria::of(runs),
        table,
        style: include_str!("assets/report.css"),
        script: include_str!("assets/report.js"),
        chart_style: include_str!("assets/uPlot.min.css"),
        chart_script: include_str!("assets/uPlot.iife.min.js"),
        chart_licence: include_str!("assets/uPlot.LICENSE"),
    };
    page.render().map_err(|error| ReportError::Page(error.to_string()))
}

fn view<'r>(index: usize, (run, label): (&'r Run, &'r String), table: &Table, live: bool) -> RunView<'r> {
    let manifest = &run.manifest;
    let rows = || table.rows.iter().filter(move |row| row.run == index);
    let (state, outcome) = outcome(run, live);
    let event = |shown: &'r Shown| EventView {
        time: clock(shown.second),
        about: &shown.about,
        class: shown.class,
        what: &shown.what,
    };
    let events = run.facts.events.shown();
    let grave = || events.iter().filter(|shown| matches!(shown.class, "fault" | "notice"));
    RunView {
        label,
        state,
        outcome,
        verdicts: counted(rows().map(|row| row.verdict.clone())),
        grades: counted(rows().filter_map(|row| row.grade.clone())),
        facts: facts(run),
        plan: PlanView::of(&manifest.plan),
        attention: grave().take(ATTENTION).map(|shown| event(shown)).collect(),
        attention_more: grave().count().saturating_sub(ATTENTION),
        events: events.iter().map(|shown| event(shown)).collect(),
        left_out: run.facts.events.left_out(),
        measurement: measurement(&manifest.measurement),
    }
}

fn counted(words: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

/// How the run ended, as a class and in words.
fn outcome(run: &Run, live: bool) -> (&'static str, String) {
    let Some(exit) = run.manifest.outcome.or(run.facts.exit) else {
        let what = if live { "goes on" } else { "has no end: it goes on, or the program was killed" };
        return ("open", what.into());
    };
    match exit {
        Exit::Passed => ("pass", "every cell passed".into()),
        Exit::Failed => ("fail", "a cell failed its criteria".into()),
        Exit::Fault => ("error", "equipment fault or safety trip".into()),
        Exit::Stopped => {
            ("incomplete", "stopped before the end, or a value is missing that a criterion needs".into())
        }
        Exit::Refused | Exit::NothingToRun | Exit::Defect => {
            ("error", format!("ended with exit code {}", exit.code()))
        }
    }
}

fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let manifest = &run.manifest;
    let time = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M:%S UTC").to_string();
    let simulated = if manifest.simulated { " (simulated time)" } else { "" };
    let mut facts = vec![("recipe", manifest.recipe.name.clone())];
    facts.push(("started", format!("{}{simulated}", time(manifest.started))));
    for gap in &manifest.interruptions {
        facts.push(("interrupted", format!("{} to {}", time(gap.last), time(gap.resumed))));
    }
    if let Some(ended) = manifest.ended {
        facts.push(("ended", time(ended)));
    }
    let latest = run.cells.iter().filter_map(|cell| cell.series.latest.as_ref()).map(|latest| latest.second);
    facts.push(("lasted", clock(latest.fold(run.facts.second, f64::max))));
    facts.push(("cells", manifest.cells.len().to_string()));
    let units: Vec<String> =
        manifest.units.iter().map(|unit| format!("{} (firmware {})", unit.serial, unit.firmware)).collect();
    facts.push(("units", units.join(", ")));
    if let Some(seed) = manifest.seed {
        facts.push(("seed", seed.to_string()));
    }
    facts.push(("program", format!("{} {}", manifest.tool.name, manifest.tool.version)));
    let hash: String = manifest.recipe.sha256.chars().take(12).collect();
    facts.push(("recipe SHA-256", format!("{hash}\u{2026}")));
    facts
}

fn measurement(measurement: &Measurement) -> Vec<(&'static str, &str)> {
    let all = [
        ("voltage", &measurement.voltage),
        ("current", &measurement.current),
        ("charge", &measurement.charge),
        ("energy", &measurement.energy),
        ("temperature", &measurement.temperature),
        ("impedance", &measurement.impedance),
        ("DC resistance", &measurement.dc_resistance),
    ];
    all.into_iter().filter(|(_, what)| !what.is_empty()).map(|(name, what)| (name, what.as_str())).collect()
}
