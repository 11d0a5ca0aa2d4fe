//! The numbers that the page draws, as JSON for its script. Short names, because there are many.

use super::curve::{Curve, Direction};
use super::run::{CellData, Run};
use super::table::Table;
use super::thin::Row;
use serde::Serialize;

/// All that is drawn.
#[derive(Debug, Serialize)]
pub(super) struct Data {
    /// Whether the page asks for what is new.
    live: bool,
    runs: Vec<String>,
    metrics: Vec<MetricData>,
    cells: Vec<CellCurves>,
}

#[derive(Debug, Serialize)]
struct MetricData {
    key: String,
    label: String,
    unit: &'static str,
    decimals: usize,
}

#[derive(Debug, Serialize)]
struct CellCurves {
    run: usize,
    name: String,
    verdict: String,
    /// In the units of the metrics.
    values: Vec<Option<f64>>,
    /// Hours; volts, amperes, degrees Celsius.
    t: Vec<f64>,
    v: Vec<Option<f64>>,
    i: Vec<Option<f64>>,
    c: Vec<Option<f64>>,
    curves: Vec<CurveData>,
    cycles: Cycles,
    spectra: Vec<SpectrumData>,
}

#[derive(Debug, Serialize)]
struct CurveData {
    cycle: u64,
    way: &'static str,
    /// The name of the step in which it began, if it has one.
    step: Option<String>,
    /// Ampere-hours; volts.
    q: Vec<f64>,
    v: Vec<Option<f64>>,
}

#[derive(Debug, Default, Serialize)]
struct Cycles {
    n: Vec<u32>,
    /// Ampere-hours.
    r#in: Vec<f64>,
    out: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct SpectrumData {
    /// Hours.
    at: f64,
    cycle: u32,
    /// Hertz; milliohms.
    f: Vec<f64>,
    z: Vec<f64>,
}

impl Data {
    pub(super) fn of(runs: &[Run], labels: &[String], table: &Table, live: bool) -> Self {
        let metrics = table.metrics.iter().map(|metric| MetricData {
            key: metric.key.clone(),
            label: metric.label.clone(),
            unit: metric.unit,
            decimals: metric.decimals,
        });
        let cells = runs.iter().flat_map(|run| run.cells.iter().map(move |cell| (run, cell)));
        let cells = cells.zip(&table.rows).map(|((run, cell), row)| {
            let scaled = table.metrics.iter().zip(&row.values).map(|(metric, value)| {
                let decimals = metric.decimals.max(4);
                value.map(|value| rounded(value * metric.scale, decimals))
            });
            curves(run, cell, row.run, row.verdict.clone(), scaled.collect())
        });
        Self { live, runs: labels.to_vec(), metrics: metrics.collect(), cells: cells.collect() }
    }
}

fn curves(run: &Run, cell: &CellData, index: usize, verdict: String, values: Vec<Option<f64>>) -> CellCurves {
    let facts = run.facts.cells.get(&cell.bound.name);
    let mut cycles = Cycles::default();
    for cycle in facts.into_iter().flat_map(|facts| facts.cycles.iter()) {
        cycles.n.push(cycle.number);
        cycles.r#in.push(rounded(cycle.charge_in, 5));
        cycles.out.push(rounded(cycle.charge_out, 5));
    }
    let spectra = facts.into_iter().flat_map(|facts| facts.spectra.iter()).map(|spectrum| SpectrumData {
        at: rounded(spectrum.second / 3600.0, 3),
        cycle: spectrum.cycle,
        f: spectrum.points.iter().map(|point| rounded(point.frequency.0, 2)).collect(),
        z: spectrum.points.iter().map(|point| rounded(point.magnitude.0 * 1e3, 3)).collect(),
    });
    let rows = || cell.series.rows.rows();
    let column = |index: usize, decimals: usize| rows().map(move |row| value(row, index, decimals)).collect();
    CellCurves {
        run: index,
        name: cell.bound.name.to_string(),
        verdict,
        values,
        // To a tenth of a second.
        t: rows().map(|row| rounded(row.x / 3600.0, 5)).collect(),
        v: column(0, 4),
        i: column(1, 4),
        c: column(2, 2),
        curves: cell.series.curves.iter().map(|it| curve(run, it)).collect(),
        cycles,
        spectra: spectra.collect(),
    }
}

fn curve(run: &Run, curve: &Curve) -> CurveData {
    CurveData {
        step: run.facts.names.get(&curve.step_id).cloned(),
        cycle: curve.cycle,
        way: if curve.direction == Direction::In { "charge" } else { "discharge" },
        q: curve.rows.rows().map(|row| rounded(row.x, 4)).collect(),
        v: curve.rows.rows().map(|row| value(row, 0, 4)).collect(),
    }
}

fn value<const N: usize>(row: &Row<N>, index: usize, decimals: usize) -> Option<f64> {
    row.y.get(index).copied().flatten().map(|value| rounded(value, decimals))
}

/// To so many decimals: finer than the hardware resolves, and short as text.
fn rounded(value: f64, decimals: usize) -> f64 {
    let factor = 10_f64.powi(decimals as i32);
    let scaled = value * factor;
    // What is too large to be scaled has no decimals to lose.
    if scaled.is_finite() { scaled.round() / factor } else { value }
}
