//! The dry run of `plan`: the plan on simulated cells, and what it came to in words, numbers and a plot.

use super::failure::Failure;
use super::units::bench_of;
use crate::plan::{self, Plan};
use crate::rehearsal::{self, CellOutcome, Outcome, Pass, Stage};
use crate::simulator::bench::Bench;
use crate::terminal::{Point, plot, width_of_output};
use crate::units::format_duration;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// After so much simulated time a dry run ends: two days, a second or two of real time for one cell.
const AT_MOST: Duration = Duration::from_secs(48 * 3600);
/// Lines of a plot.
const HEIGHT: usize = 7;

/// What a dry run is made on.
#[derive(Debug)]
pub(super) struct On<'a> {
    /// A bench; otherwise one nominal cell that comes half full.
    pub(super) bench: Option<&'a Path>,
    /// The seed, if not the bench's own.
    pub(super) seed: Option<u64>,
}

/// Makes it.
pub(super) fn make(plan: &Arc<Plan>, on: &On<'_>) -> Result<Outcome, Failure> {
    let mut bench = match on.bench {
        Some(path) => bench_of(path)?,
        None => Bench::nominal(plan.cell().chemistry, plan.cell().capacity, Bench::SEED),
    };
    bench.seed = on.seed.unwrap_or(bench.seed);
    let stage = Stage { bench, at_most: AT_MOST, faults: Vec::new(), events: false };
    rehearsal::rehearse(plan, &stage).map_err(Failure::fault)
}

/// What it came to, for a person. The first cell's steps and plots stand for all.
pub(super) fn text(plan: &Plan, outcome: &Outcome) -> String {
    let mut out = String::new();
    for (index, cell) in outcome.cells.iter().enumerate() {
        let _ = write!(out, "\ndry run of {}, simulated\n", cell.cell);
        if index == 0 {
            steps(&mut out, cell);
        }
        totals(&mut out, cell);
    }
    let Some(cell) = outcome.cells.first() else { return out };
    let expected = plan::forecast(plan).expected;
    if outcome.cut {
        let _ = writeln!(
            out,
            "  cut       after {} of simulated time; what comes later is not shown",
            format_duration(AT_MOST)
        );
    } else {
        let percent = (cell.duration.as_secs_f64() / expected.as_secs_f64().max(1.0) - 1.0) * 100.0;
        let _ = writeln!(
            out,
            "  forecast  {} from nominal numbers; the dry run took {:.0} % {}",
            plan::about(expected),
            percent.abs(),
            if percent < 0.0 { "less" } else { "more" }
        );
    }
    let (width, end) = (width_of_output(), cell.duration.as_secs_f64());
    let points = |low: fn(&rehearsal::Bucket) -> (f64, f64)| -> Vec<Point> {
        let buckets = cell.series.buckets().iter();
        buckets
            .map(|it| (it.second, low(it)))
            .map(|(second, (low, high))| Point { second, low, high })
            .collect()
    };
    let voltage = points(|it| (it.voltage.low.0, it.voltage.high.0));
    let current = points(|it| (it.current.low.0, it.current.high.0));
    let _ = write!(out, "\n{}", plot("voltage", "V", &voltage, end, width, HEIGHT));
    let _ = write!(out, "\n{}", plot("current, positive into the cell", "A", &current, end, width, HEIGHT));
    out
}

fn steps(out: &mut String, cell: &CellOutcome) {
    let name = |pass: &Pass| pass.first.name.clone().unwrap_or_else(|| pass.first.kind.clone());
    let widest = cell.steps.values().map(|pass| name(pass).chars().count()).max().unwrap_or(0).min(24);
    let _ = writeln!(
        out,
        "  {:>4} {:<widest$} {:>10} {:>12} {:>11}  end",
        "step", "", "time", "charge", "energy"
    );
    for (id, pass) in &cell.steps {
        let first = &pass.first;
        let _ = writeln!(
            out,
            "  {id:>4} {:<widest$} {:>10} {:>9.4} Ah {:>8.3} Wh  {}",
            name(pass),
            clock(first.duration),
            first.passed.charge_in.ampere_hours() - first.passed.charge_out.ampere_hours(),
            first.passed.energy_in.watt_hours() - first.passed.energy_out.watt_hours(),
            ended(first.reason.code(), first.reason.detail()),
        );
        if pass.times > 1 {
            let _ = writeln!(
                out,
                "       {:<widest$} {:>10} {:>9.4} Ah {:>8.3} Wh  {} times in all",
                "",
                clock(pass.duration),
                pass.passed.charge_in.ampere_hours() - pass.passed.charge_out.ampere_hours(),
                pass.passed.energy_in.watt_hours() - pass.passed.energy_out.watt_hours(),
                pass.times
            );
        }
    }
}

fn totals(out: &mut String, cell: &CellOutcome) {
    let CellOutcome { totals, .. } = cell;
    let _ = write!(
        out,
        "  verdict   {}: {}\n  time      {}\n  charge    {:.4} Ah in, {:.4} Ah out\n  energy    {:.3} Wh in, {:.3} Wh out\n  rows      {}\n",
        cell.verdict,
        cell.why,
        format_duration(Duration::from_secs(cell.duration.as_secs())),
        totals.charge_in.ampere_hours(),
        totals.charge_out.ampere_hours(),
        totals.energy_in.watt_hours(),
        totals.energy_out.watt_hours(),
        cell.rows
    );
}

fn ended(code: &str, detail: &str) -> String {
    if detail.is_empty() { code.to_owned() } else { detail.to_owned() }
}

/// Hours, minutes and seconds.
fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The same as data.
pub(super) fn json(outcome: &Outcome) -> Value {
    let cells = outcome.cells.iter().map(|cell| {
        let steps = cell.steps.iter().map(|(id, pass)| {
            let ends = pass
                .ends
                .iter()
                .map(|((code, detail), times)| json!({ "why": code, "detail": detail, "times": times }));
            json!({
                "step_id": id,
                "times": pass.times,
                "first": pass.first,
                "last": pass.last,
                "passed": pass.passed,
                "duration_second": pass.duration.as_secs_f64(),
                "ends": ends.collect::<Vec<_>>(),
            })
        });
        json!({
            "cell": cell.cell,
            "verdict": cell.verdict,
            "why": cell.why,
            "duration_second": cell.duration.as_secs_f64(),
            "rows": cell.rows,
            "cycles": cell.cycles,
            "totals": cell.totals,
            "steps": steps.collect::<Vec<_>>(),
            "series": { "width_second": cell.series.width().as_secs_f64(), "points": cell.series.buckets() },
        })
    });
    json!({
        "at_most_second": AT_MOST.as_secs_f64(),
        "cut": outcome.cut,
        "cells": cells.collect::<Vec<_>>(),
    })
}
