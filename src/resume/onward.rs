//! How an interrupted run goes on: what is told first, and which of its cells are tested.

use super::{Interrupted, Prospect, State};
use crate::event::Event;
use crate::results::Ruling;
use crate::station::{BoundCell, Live};
use crate::verdict::Verdict;
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// How an interrupted run goes on.
pub struct Onward {
    /// The first fact.
    pub opening: Event,
    /// What is told of cells before their stations start: verdicts that are open again, who goes on, and who waits.
    pub about_cells: Vec<Ruling>,
    /// The cells that go on.
    pub cells: Vec<BoundCell>,
    /// The others, with what became of them by now.
    pub done: Vec<(Live, Verdict)>,
}

impl Onward {
    /// Of a run with these prospects, at this wall time by the clock of the run.
    pub fn new(run: &Interrupted, prospects: &[Prospect<'_>], now: DateTime<Utc>) -> Self {
        let (mut cells, mut done) = (Vec::new(), Vec::new());
        for Prospect { cell, state, .. } in prospects {
            let live = Live::new(cell.name.clone(), cell.place);
            match state {
                State::GoesOn { voltage, .. } => cells.push(BoundCell {
                    live,
                    voltage: *voltage,
                    plan: Arc::clone(&cell.plan),
                    uncalibrated: run.past.manifest.uncalibrated,
                    earlier: Some(Box::new(cell.earlier(run.why()))),
                }),
                State::Done(verdict) => done.push((live, *verdict)),
                State::Refused(_) => done.push((live, Verdict::Incomplete)),
            }
        }
        let opening = Event::RunResumed {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            last: run.past.latest,
            gap_second: (now - run.past.latest).as_seconds_f64(),
            healed: run.past.torn(),
        };
        Self { opening, about_cells: about_cells(run, prospects), cells, done }
    }
}

fn about_cells(run: &Interrupted, prospects: &[Prospect<'_>]) -> Vec<Ruling> {
    let is_done = |ruling: &Ruling| {
        let of = prospects.iter().find(|prospect| prospect.cell.name == ruling.cell);
        of.is_some_and(|prospect| matches!(prospect.state, State::Done(_)))
    };
    let reopened = if run.is_over() { Vec::new() } else { run.judge.reopened() };
    let told = prospects.iter().filter_map(|prospect| {
        let event = prospect.told()?;
        Some(Ruling { cell: prospect.cell.name.clone(), place: prospect.cell.place, event })
    });
    reopened.into_iter().filter(is_done).chain(told).collect()
}

/// Whether there are cells that could go on, and none may.
pub fn none_may_go_on(prospects: &[Prospect<'_>]) -> bool {
    let any = |is: fn(&State) -> bool| prospects.iter().any(|prospect| is(&prospect.state));
    any(|state| matches!(state, State::Refused(_))) && !any(|state| matches!(state, State::GoesOn { .. }))
}
