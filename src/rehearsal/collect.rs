//! Hears a rehearsal and keeps what it came to for each cell.

use super::MOST_EVENTS;
use super::series::Series;
use crate::event::{Entry, Event, Note, StepResult, Totals};
use crate::identity::{CellName, Place};
use crate::pool::Binding;
use crate::results::{Findings, Standing};
use crate::scheduler::Observer;
use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many ends of a step that differ are counted by themselves.
const MOST_ENDS: usize = 32;

/// What a rehearsal came to for one cell.
#[derive(Clone, Debug)]
pub struct CellOutcome {
    /// The cell.
    pub cell: CellName,
    /// Where it lies.
    pub place: Place,
    /// What became of it.
    pub verdict: Verdict,
    /// Why, in words.
    pub why: String,
    /// What each step of the plan came to, by its number in the plan.
    pub steps: BTreeMap<u32, Pass>,
    /// Voltage, current and temperature over time.
    pub series: Series,
    /// How many rows a file would have had.
    pub rows: u64,
    /// From the first to the last reading of the cell's test.
    pub duration: Duration,
    /// What passed in all.
    pub totals: Totals,
    /// How many cycles were begun.
    pub cycles: u32,
    /// What is known of it, as criteria and expectations ask for it.
    pub findings: Findings,
    /// How each criterion was ruled, and the grade.
    pub standing: Standing,
}

/// What one step of the plan came to over all the times that it was gone through.
#[derive(Clone, Debug)]
pub struct Pass {
    /// What it came to the first time.
    pub first: StepResult,
    /// What it came to the last time.
    pub last: StepResult,
    /// How many times.
    pub times: u64,
    /// What passed in all of them.
    pub passed: Totals,
    /// How long all of them took.
    pub duration: Duration,
    /// How it ended, by code and what there is to say beside it, and how often so.
    pub ends: BTreeMap<(&'static str, String), u64>,
}

impl Pass {
    fn new(result: &StepResult) -> Self {
        Self {
            first: result.clone(),
            last: result.clone(),
            times: 0,
            passed: Totals::default(),
            duration: Duration::ZERO,
            ends: BTreeMap::new(),
        }
    }

    fn add(&mut self, result: &StepResult) {
        self.last = result.clone();
        self.times += 1;
        self.passed += result.passed;
        self.duration = self.duration.saturating_add(result.duration);
        let end = (result.reason.code(), result.reason.detail().to_owned());
        if self.ends.len() < MOST_ENDS || self.ends.contains_key(&end) {
            *self.ends.entry(end).or_default() += 1;
        }
    }
}

/// Keeps what is heard of the cells of one unit.
pub(super) struct Collector {
    cells: Vec<CellOutcome>,
    events: Option<Vec<Entry>>,
}

impl Collector {
    pub(super) fn new<'b>(bindings: impl Iterator<Item = &'b Binding>, events: bool) -> Self {
        let cells = bindings.map(|binding| CellOutcome {
            cell: binding.cell.clone(),
            place: binding.place,
            verdict: Verdict::NotRun,
            why: String::new(),
            steps: BTreeMap::new(),
            series: Series::default(),
            rows: 0,
            duration: Duration::ZERO,
            totals: Totals::default(),
            cycles: 0,
            findings: Findings::of_all(binding.voltage),
            standing: Standing::default(),
        });
        Self { cells: cells.collect(), events: events.then(Vec::new) }
    }

    pub(super) fn finish(self) -> (Vec<CellOutcome>, Vec<Entry>) {
        (self.cells, self.events.unwrap_or_default())
    }
}

impl Observer for Collector {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        match note {
            Note::Row(place, sample) => {
                if let Some(cell) = self.cells.iter_mut().find(|cell| cell.place == *place) {
                    cell.rows += 1;
                    cell.duration = sample.at.since(sample.test_start);
                    cell.totals = sample.total;
                    cell.cycles = cell.cycles.max(sample.cycle);
                    cell.series.push(sample);
                    cell.findings.sample(sample);
                }
            }
            Note::Fact(entry) => {
                if let Some(cell) = self.cells.iter_mut().find(|cell| Some(&cell.cell) == entry.cell.as_ref())
                {
                    cell.findings.fact(&entry.event);
                    match &entry.event {
                        Event::StepEnded { result, .. } => {
                            cell.steps.entry(result.step_id).or_insert_with(|| Pass::new(result)).add(result);
                        }
                        Event::CellEnded { verdict, why, .. } => {
                            cell.verdict = *verdict;
                            cell.why.clone_from(why);
                        }
                        _ => {}
                    }
                }
                if let Some(events) = &mut self.events
                    && events.len() < MOST_EVENTS
                {
                    events.push(Entry::clone(entry));
                }
            }
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), String> {
        Ok(())
    }
}
