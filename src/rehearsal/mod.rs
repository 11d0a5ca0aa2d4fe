//! A plan run on simulated cells in memory: the same stations, drivers and programs as in a run on
//! hardware, without files. What comes out does not grow with the length of the run, unless every
//! event is asked for.

mod collect;
mod fault;
mod hand;
mod judge;
mod series;
mod trial;

pub use collect::{CellOutcome, Pass};
pub use fault::{Fault, When};
pub use judge::judge;
pub use series::{Bucket, Range, Series};
pub use trial::{Expected, Trial, trials};

use crate::clock::Instant;
use crate::event::{Entry, Event};
use crate::plan::Plan;
use crate::pool;
use crate::results::{Judge, Ruling, Subject};
use crate::scheduler::{self, StopSwitch, Waiting};
use crate::simulator::bench::Bench;
use crate::station::{BoundCell, Live};
use crate::verdict::Exit;
use collect::Collector;
use hand::{Hand, Strings};
use std::sync::Arc;
use std::time::Duration;

/// What a plan is rehearsed on, and how far.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The units and the cells in them.
    pub bench: Bench,
    /// The simulated time after which all cells are stopped.
    pub at_most: Duration,
    /// What goes wrong, in the first unit of the bench.
    pub faults: Vec<Fault>,
    /// Whether every event is kept. If so, what is kept grows with the run, up to [`MOST_EVENTS`].
    pub events: bool,
}

/// How many events of one rehearsal are kept; a run of more has a loop in it that tells nothing new.
pub const MOST_EVENTS: usize = 50_000;

/// What a rehearsal came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What became of each cell, in the order of the bench.
    pub cells: Vec<CellOutcome>,
    /// The events of all stations, unit after unit; empty if they were not asked for.
    pub events: Vec<Entry>,
    /// Whether the time was up before all cells were done.
    pub cut: bool,
    /// How a run that ended so would end.
    pub exit: Exit,
}

/// Why a plan could not be rehearsed.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// A simulated unit could not be put to use: it does not answer, or its firmware is unknown.
    #[error("a unit of the bench cannot be used: {0}")]
    Unit(#[from] pool::PoolError),
    /// The cells cannot be bound.
    #[error(transparent)]
    Bind(#[from] pool::BindError),
    /// There is nothing to test.
    #[error("no slot of the bench holds a cell, the right way round")]
    Empty,
    /// A report could not be taken in, or a station had a defect.
    #[error("the rehearsal broke down: {0}")]
    Broken(String),
}

/// Runs a plan on a stage. The same plan and stage give the same outcome: each unit lives by its own
/// virtual clock and is stopped by it alone.
///
/// # Errors
/// The bench has a unit that does not answer, or no cell.
pub fn rehearse(plan: &Arc<Plan>, stage: &Stage) -> Result<Outcome, RehearsalError> {
    let end = Instant::ORIGIN + stage.at_most;
    let mut strings: Vec<Strings> = Vec::new();
    let simulated = pool::simulate(&stage.bench, |port, clock| {
        let first = strings.is_empty();
        let faults = if first { stage.faults.clone() } else { Vec::new() };
        let (hand, held) = Hand::new(port, Arc::clone(clock), faults, end, stage.bench.seed);
        strings.push(held);
        Box::new(hand)
    });
    let (mut units, mut plugs) = (Vec::new(), Vec::new());
    for (unit, held) in simulated.into_iter().zip(&strings) {
        held.tie(&unit.unit, &unit.plug);
        plugs.push((unit.serial, unit.plug));
        units.push(pool::identify(unit.line)?);
    }
    let bindings = pool::bind(&units, &[])?;
    if bindings.is_empty() {
        return Err(RehearsalError::Empty);
    }
    let cells: Vec<_> =
        bindings.into_iter().map(|it| (it.clone(), Live::new(it.cell.clone(), it.place))).collect();
    let mut runs = Vec::new();
    for (unit, held) in units.into_iter().zip(&strings) {
        let mine: Vec<_> =
            cells.iter().filter(|(binding, _)| binding.place.unit == unit.serial).cloned().collect();
        let collector = Collector::new(mine.iter().map(|(binding, _)| binding), stage.events);
        let bound: Vec<_> = mine
            .iter()
            .map(|(binding, live)| BoundCell {
                live: live.clone(),
                voltage: binding.voltage,
                plan: Arc::clone(plan),
                uncalibrated: false,
                earlier: None,
            })
            .collect();
        // A switch for each unit: that time is up for one says nothing of the others.
        let switch = StopSwitch::default();
        held.watch(mine.iter().map(|(_, live)| live.clone()).collect(), switch.clone());
        let lookout = Some(pool::Lookout::over_simulated(plugs.clone(), switch.flag()));
        let waiting = Waiting { lookout, ..Waiting::default() };
        runs.push((scheduler::start_waiting(vec![unit], &bound, &switch, &waiting), collector, held));
    }
    let mut outcome = Outcome { cells: Vec::new(), events: Vec::new(), cut: false, exit: Exit::Passed };
    for (run, mut collector, held) in runs {
        let ended = run.finish(&mut collector);
        if ended.exit == Exit::Defect {
            return Err(RehearsalError::Broken("a station had a defect".into()));
        }
        if let Some(why) = ended.lost {
            return Err(RehearsalError::Broken(why));
        }
        outcome.cut |= held.was_cut();
        let (cells, events) = collector.finish();
        outcome.cells.extend(cells);
        outcome.events.extend(events);
        outcome.events.truncate(MOST_EVENTS);
    }
    settle(plan, &mut outcome, stage.events);
    outcome.exit = Exit::of_run(outcome.cells.iter().map(|cell| cell.verdict));
    Ok(outcome)
}

/// Rules on the cells by the criteria of the plan, as at the end of a run. What is ruled is told behind
/// all that was heard.
fn settle(plan: &Arc<Plan>, outcome: &mut Outcome, events: bool) {
    let subject = |cell: &CellOutcome| {
        let ended = Some((cell.verdict, cell.why.clone()));
        let findings = cell.findings.clone();
        Subject::with_findings(cell.cell.clone(), cell.place, Arc::clone(plan), findings, ended)
    };
    let mut judge = Judge::new(outcome.cells.iter().map(subject).collect());
    let last = outcome.events.iter().max_by(|one, other| one.time.cmp(&other.time)).cloned();
    for Ruling { cell: name, place, event } in judge.settle() {
        let Some(cell) = outcome.cells.iter_mut().find(|cell| cell.cell == name) else { continue };
        cell.standing.fact(&event);
        if let Event::CellJudged { verdict, why } = &event {
            cell.verdict = *verdict;
            cell.why.clone_from(why);
        }
        if let Some(last) = last.as_ref().filter(|_| events) {
            outcome.events.push(Entry {
                unit: Some(place.unit),
                slot: Some(place.slot),
                cell: Some(name),
                event,
                ..last.clone()
            });
        }
    }
}
