//! What the journal tells of a run, gathered entry by entry; its size does not grow with the run.

use super::detail::Detail;
use super::events::Events;
use super::sparse::Sparse;
use crate::event::{Entry, Event, ImpedancePoint, ResistancePoint};
use crate::identity::CellName;
use crate::results::Standing;
use crate::verdict::Exit;
use std::collections::BTreeMap;

/// A finished cycle of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cycle {
    pub(super) number: u32,
    /// Charge in and out, in ampere-hours.
    pub(super) charge_in: f64,
    pub(super) charge_out: f64,
}

/// The impedances that one step measured.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spectrum {
    /// Seconds since the cell's test began, at the start of the step.
    pub(super) second: f64,
    pub(super) cycle: u32,
    pub(super) points: Vec<ImpedancePoint>,
}

/// What the journal tells of a cell.
#[derive(Clone, Debug)]
pub(super) struct CellFacts {
    /// How it ended, and what was ruled.
    pub(super) standing: Standing,
    pub(super) label: Option<String>,
    /// What it does now, in words.
    pub(super) step: Option<String>,
    pub(super) cycles: Sparse<Cycle>,
    pub(super) spectra: Sparse<Spectrum>,
    /// The last DC resistance.
    pub(super) resistance: Option<ResistancePoint>,
}

/// What the journal tells.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    detail: Detail,
    pub(super) cells: BTreeMap<CellName, CellFacts>,
    /// The names of the plan's steps that have one.
    pub(super) names: BTreeMap<u32, String>,
    pub(super) events: Events,
    pub(super) exit: Option<Exit>,
    /// How many entries there were.
    pub(super) entries: u64,
    /// The latest moment told of, in seconds since the run began.
    pub(super) second: f64,
}

impl Facts {
    pub(super) fn new(detail: Detail) -> Self {
        Self {
            detail,
            cells: BTreeMap::new(),
            names: BTreeMap::new(),
            events: Events::default(),
            exit: None,
            entries: 0,
            second: 0.0,
        }
    }

    pub(super) fn take(&mut self, entry: &Entry) {
        self.events.push(entry);
        self.entries += 1;
        self.second = self.second.max(entry.test_time_second);
        match entry.event {
            Event::RunEnded { exit } => self.exit = Some(exit),
            Event::RunResumed { .. } => self.exit = None,
            _ => {}
        }
        if let Event::StepStarted { step_id, name: Some(name), .. } = &entry.event
            && !self.names.contains_key(step_id)
        {
            self.names.insert(*step_id, name.clone());
        }
        let Some(name) = &entry.cell else { return };
        let detail = self.detail;
        let cell = self.cells.entry(name.clone()).or_insert_with(|| CellFacts {
            standing: Standing::default(),
            label: None,
            step: None,
            cycles: Sparse::new(detail.cycles),
            spectra: Sparse::new(detail.spectra),
            resistance: None,
        });
        match &entry.event {
            Event::StepStarted { step_id, name, what, .. } => {
                cell.step = Some(name.clone().unwrap_or_else(|| format!("step {step_id}, {what}")));
            }
            Event::ResistanceMeasured { point } => cell.resistance = Some(*point),
            Event::StepEnded { result, .. } if !result.impedance.is_empty() => cell.spectra.push(Spectrum {
                second: result.start.as_secs_f64(),
                cycle: result.cycle,
                points: result.impedance.clone(),
            }),
            Event::CycleEnded { result } => cell.cycles.push(Cycle {
                number: result.cycle,
                charge_in: result.passed.charge_in.ampere_hours(),
                charge_out: result.passed.charge_out.ampere_hours(),
            }),
            Event::Labelled { label } => cell.label = Some(label.clone()),
            event => cell.standing.fact(event),
        }
    }
}
