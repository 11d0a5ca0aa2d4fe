//! Going on with a run that was interrupted: what its files tell of it, and whether its units, its slots and its cells are as
//! it left them.

mod checks;
mod left;
mod onward;
mod table;

pub use checks::{Prospect, State, prospects};
pub use left::LeftOff;
pub use onward::{Onward, none_may_go_on};
pub use table::{json, text};

use crate::clock::SystemClock;
use crate::event::Event;
use crate::identity::SerialNumber;
use crate::plan::Plan;
use crate::record::{Manifest, Past, RemakeError, RunDirectory, Told};
use crate::results::{Judge, Subject};
use crate::verdict::Verdict;
use crate::wire::Address;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;

/// An interrupted run, as its files tell of it.
pub struct Interrupted {
    /// What its recorder goes on from.
    pub past: Past,
    /// What its judge knows.
    pub judge: Judge,
    /// All of its cells, in the order in which they were bound.
    pub cells: Vec<LeftOff>,
    origin: DateTime<Utc>,
}

/// Why a run cannot be gone on with, whatever its units are like.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// Its files do not tell enough.
    #[error(transparent)]
    Files(#[from] RemakeError),
    /// Nothing had begun.
    #[error("nothing of the run had begun: its journal is empty; start it anew with another --out")]
    NotBegun,
    /// Every cell came to an end of its test, and the run to its own.
    #[error("there is nothing to go on with: the test of every cell is over ({0})")]
    Over(String),
}

impl Interrupted {
    /// Reads the files of a run with this manifest; these are the plans of its cells, in their order, and
    /// `more` may wait in its queue. Nothing is written.
    ///
    /// # Errors
    /// There is nothing that could be gone on with.
    pub fn read(
        run: &RunDirectory,
        manifest: &Manifest,
        plans: &[Arc<Plan>],
        more: bool,
    ) -> Result<Self, ResumeError> {
        let of = |(cell, plan): (&_, &Arc<Plan>)| LeftOff::new(cell, Arc::clone(plan));
        let mut cells: Vec<LeftOff> = manifest.cells.iter().zip(plans).map(of).collect();
        let subject = |cell: &LeftOff| {
            Subject::new(cell.name.clone(), cell.place, Arc::clone(&cell.plan), cell.voltage_found)
        };
        let mut judge = Judge::new(cells.iter().map(subject).collect());
        let past = Past::read(run, |told| match told {
            Told::Fact(entry) => {
                judge.recall(entry);
                if let Event::ClockMeasured { ratio, .. } = entry.event {
                    let of_unit = cells.iter_mut().filter(|cell| Some(cell.place.unit) == entry.unit);
                    of_unit.for_each(|cell| cell.pace = ratio);
                }
                if let Some(cell) = cells.iter_mut().find(|cell| Some(&cell.name) == entry.cell.as_ref()) {
                    cell.fact(&entry.event, entry.test_time_second);
                }
            }
            Told::Row(name, row, at) => {
                judge.recall_row(name, &row.kept());
                if let Some(cell) = cells.iter_mut().find(|cell| cell.name == *name) {
                    cell.row(row, at);
                }
            }
        })?;
        let origin = past.origin.ok_or(ResumeError::NotBegun)?;
        if !more && past.ended.is_some() && cells.iter().all(|cell| cell.past.is_done()) {
            let verdicts: Vec<String> =
                past.cells.iter().map(|it| format!("{}: {}", it.name(), it.verdict())).collect();
            return Err(ResumeError::Over(verdicts.join(", ")));
        }
        Ok(Self { past, judge, cells, origin })
    }

    /// The clock of the run, going on. Where the wall clock was set back behind the last moment that was told, by how much the run's
    /// is ahead of it.
    pub fn clock(&self) -> (SystemClock, Option<Duration>) {
        SystemClock::go_on(self.origin, self.past.latest)
    }

    /// What interrupted the run, as far as its files tell.
    pub fn why(&self) -> &'static str {
        if self.past.ended.is_some() {
            "the run was stopped"
        } else {
            "the program or the computer was stopped"
        }
    }

    /// What became of a cell by now, its criteria considered.
    pub fn verdict(&self, cell: &LeftOff) -> Verdict {
        let of = self.past.cells.iter().find(|it| *it.name() == cell.name);
        of.map_or(Verdict::NotRun, crate::record::PastCell::verdict)
    }

    /// Whether a unit is needed to go on: not where only the end of the run is left to be told.
    pub fn needs_units(&self) -> bool {
        !self.is_over() || self.past.manifest.settings_changed.iter().any(|change| !change.restored)
    }

    /// Whether every cell is done: the program was killed before it had told the end of the run.
    fn is_over(&self) -> bool {
        self.cells.iter().all(|cell| cell.past.is_done())
    }

    /// The settings of a unit that are not put back yet, each with what it held before the run, in the order in which
    /// they were changed; and of those whose register this version does not know, what a person should know.
    pub fn settings_left(&self, unit: SerialNumber) -> (Vec<(Address, u16)>, Vec<String>) {
        let (mut left, mut unknown) = (Vec::<(Address, u16)>::new(), Vec::new());
        let changes = self.past.manifest.settings_changed.iter();
        for change in changes.filter(|change| change.unit == Some(unit) && !change.restored) {
            match Address::named(&change.register) {
                // Changed again in a later part, it held the run's own value before.
                Some(address) if left.iter().any(|(other, _)| *other == address) => {}
                Some(address) => left.push((address, change.before)),
                None => unknown.push(format!(
                    "unit {unit}: {} was changed before, and is no register that this version knows: it is not put back",
                    change.register
                )),
            }
        }
        (left, unknown)
    }
}
