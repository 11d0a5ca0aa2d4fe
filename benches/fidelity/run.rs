//! A run of the recipes of one unit's cells, and what is kept of it.

use super::Fault;
use super::matrix::{Case, bench};
use super::truth::{Books, Truth, Watched, lock};
use batlab_run::clock::Instant;
use batlab_run::event::{Event, Note, StepResult, StepType};
use batlab_run::identity::Slot;
use batlab_run::pool;
use batlab_run::scheduler::{self, Observer, StopSwitch};
use batlab_run::station::{BoundCell, Live};
use batlab_run::transport::Transport;
use batlab_run::units::Volts;
use batlab_run::verdict::Verdict;
use std::sync::{Arc, OnceLock};

/// What is kept of a row, which comes at every reading.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Seconds of the host's clock.
    pub at: f64,
    pub step: u32,
    pub held: bool,
    pub voltage: f64,
}

/// A cell's run.
#[derive(Debug)]
pub struct Seen {
    pub case: Case,
    pub rows: Vec<Row>,
    pub steps: Vec<StepResult>,
    /// When a hold began, and what is held.
    pub holds: Vec<(f64, Volts)>,
    /// When the test began.
    pub test_start: f64,
    pub end: Option<(Verdict, String)>,
    pub truth: Truth,
}

struct Kept(Vec<Seen>);

impl Observer for Kept {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        match note {
            Note::Row(place, sample) => {
                if let Some(seen) = self.0.get_mut(place.slot.index()) {
                    let since = |at: Instant| (at - Instant::ORIGIN).as_secs_f64();
                    seen.test_start = since(sample.test_start);
                    let held = matches!(
                        sample.step_type,
                        StepType::ConstantVoltageCharge | StepType::ConstantVoltageDischarge
                    );
                    let (at, step, voltage) = (since(sample.at), sample.step_id, sample.voltage.0);
                    seen.rows.push(Row { at, step, held, voltage });
                }
            }
            Note::Fact(entry) => {
                if let Some(seen) = entry.slot.and_then(|slot| self.0.get_mut(slot.index())) {
                    match &entry.event {
                        Event::StepEnded { result, .. } => seen.steps.push(StepResult::clone(result)),
                        Event::HoldStarted { voltage } => {
                            seen.holds.push((entry.test_time_second, *voltage));
                        }
                        Event::CellEnded { verdict, why, .. } => seen.end = Some((*verdict, why.clone())),
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// Runs the recipes of these cases on one unit.
pub fn run(cases: &[Case], gain_error: f64) -> Result<Vec<Seen>, Fault> {
    let bench = bench(cases, gain_error);
    let (handle, books): (Arc<OnceLock<_>>, Books) = Default::default();
    let simulated = pool::simulate(&bench, |inner, clock| {
        let (unit, books) = (Arc::clone(&handle), Arc::clone(&books));
        let watched = Watched { inner, clock: Arc::clone(clock), unit, books, due: Instant::ORIGIN };
        Box::new(watched) as Box<dyn Transport>
    });
    let mut units = Vec::new();
    for simulated in simulated {
        {
            let mut unit = lock(&simulated.unit);
            for (slot, case) in Slot::ALL.into_iter().zip(cases) {
                unit.set_driver(slot, case.driver);
            }
        }
        let _ = handle.set(simulated.unit);
        units.push(pool::identify(simulated.line)?);
    }
    let mut cells = Vec::new();
    for (bound, case) in pool::bind(&units, &[])?.into_iter().zip(cases) {
        let live = Live::new(bound.cell, bound.place);
        cells.push(BoundCell {
            live,
            voltage: bound.voltage,
            plan: case.plan()?,
            uncalibrated: false,
            earlier: None,
        });
    }
    let seen = |case: &Case| Seen {
        case: *case,
        rows: Vec::new(),
        steps: Vec::new(),
        holds: Vec::new(),
        test_start: 0.0,
        end: None,
        truth: Truth::default(),
    };
    let mut kept = Kept(cases.iter().map(seen).collect());
    let end = scheduler::start(units, &cells, &StopSwitch::default()).finish(&mut kept);
    for (seen, truth) in kept.0.iter_mut().zip(lock(&books).iter_mut()) {
        seen.truth = std::mem::take(truth);
        if !matches!(seen.end, Some((Verdict::Pass, _))) {
            return Err(format!("{}: {:?} ({:?})", seen.case, seen.end, end.exit).into());
        }
    }
    Ok(kept.0)
}
