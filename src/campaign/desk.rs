//! Where the reports of a run meet: they are kept as in a real run, until the program dies.

use super::bug::Bug;
use super::life::{Life, in_world};
use crate::clock::{Clock, Instant};
use crate::event::{Entry, Event, Note};
use crate::identity::{CellName, Place, SerialNumber};
use crate::record::{CellTruth, Recorder, RunEnd};
use crate::results::{Judge, Ruling};
use crate::scheduler::Observer;
use crate::verdict::{Exit, Verdict};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// So often rows are handed to the system.
const FLUSH: Duration = Duration::from_secs(1);

/// Keeps what is told.
pub(super) struct Desk {
    recorder: Recorder,
    judge: Judge,
    /// The wall time when this life began, and the seconds of the run's clock.
    begun: (DateTime<Utc>, f64),
    /// The line of the journal after which nothing is written any more.
    last_line: Option<u64>,
    lines: u64,
    flushed: Instant,
    dead: bool,
    bug: Option<Bug>,
    /// What was written to the journal.
    pub(super) entries: Vec<Entry>,
    /// How many rows of the cell in each slot have been handed to the system.
    pub(super) handed_over: BTreeMap<Place, u64>,
    rows: BTreeMap<Place, u64>,
    /// What became of each cell of the run by now.
    verdicts: BTreeMap<CellName, Verdict>,
}

impl Desk {
    pub(super) fn new(
        recorder: Recorder,
        judge: Judge,
        clock: &dyn Clock,
        (lines, last_line): (u64, Option<u64>),
        rows: BTreeMap<Place, u64>,
        bug: Option<Bug>,
    ) -> Self {
        Self {
            recorder,
            judge,
            begun: (clock.wall(clock.now()), clock.now().since(Instant::ORIGIN).as_secs_f64()),
            last_line,
            lines,
            flushed: clock.now(),
            dead: last_line.is_some_and(|last| lines >= last),
            bug,
            entries: Vec::new(),
            handed_over: rows.clone(),
            rows,
            verdicts: BTreeMap::new(),
        }
    }

    /// Knows these cells, and what became of them by now.
    pub(super) fn knows(&mut self, cells: impl IntoIterator<Item = (CellName, Verdict)>) {
        self.verdicts.extend(cells);
    }

    /// Whether the program has died.
    pub(super) fn is_dead(&self) -> bool {
        self.dead
    }

    /// Keeps a fact of the whole run, or of a unit, in the midst of all that was told.
    pub(super) fn tell(&mut self, unit: Option<SerialNumber>, event: Event) -> Result<(), String> {
        let entry = self.entry_of_run(event);
        self.keep(&Note::Fact(Box::new(Entry { unit, ..entry })))
    }

    /// A fact of the whole run, at the latest moment that was told of.
    fn entry_of_run(&self, event: Event) -> Entry {
        let latest = self.entries.iter().max_by_key(|entry| entry.time);
        let (time, test_time_second) = latest.map_or(self.begun, |it| (it.time, it.test_time_second));
        Entry { time, test_time_second, unit: None, slot: None, cell: None, event }
    }

    /// Keeps a fact about a cell that its station does not tell.
    pub(super) fn tell_of_cell(&mut self, Ruling { cell, place, event }: Ruling) -> Result<(), String> {
        let entry = self.entry_of_run(event);
        let (unit, slot) = (Some(place.unit), Some(place.slot));
        self.keep(&Note::Fact(Box::new(Entry { unit, slot, cell: Some(cell), ..entry })))
    }

    /// Rules on what is open, tells the end and writes the summary. Gives how the run ends.
    pub(super) fn finish(
        &mut self,
        exit: Exit,
        simulator_truth: BTreeMap<CellName, CellTruth>,
    ) -> Result<Exit, String> {
        for ruling in self.judge.settle() {
            self.tell_of_cell(ruling)?;
        }
        let exit = exit.graver(Exit::of_run(self.verdicts.values().copied()));
        self.tell(None, Event::RunEnded { exit })?;
        if !self.dead {
            let ended = self.entry_of_run(Event::RunEnded { exit }).time;
            let end = RunEnd { ended, exit, simulator_truth: Some(simulator_truth) };
            self.recorder.finish(end).map_err(|error| error.to_string())?;
        }
        Ok(exit)
    }

    fn keep(&mut self, note: &Note) -> Result<(), String> {
        if self.dead {
            return Ok(());
        }
        let at = match note {
            Note::Fact(entry) if Life::was_dead_at(entry.test_time_second) => {
                self.dead = true;
                return Ok(());
            }
            Note::Fact(entry) => in_world(entry.time),
            Note::Row(_, sample) => sample.at,
        };
        let kept = self.recorder.accept(note).and_then(|()| self.recorder.commit());
        kept.map_err(|error| error.to_string())?;
        match note {
            Note::Row(place, _) => *self.rows.entry(*place).or_default() += 1,
            Note::Fact(entry) => {
                self.verdicts.extend(verdict(entry));
                self.entries.push(Entry::clone(entry));
                self.lines += 1;
                self.dead = self.last_line.is_some_and(|last| self.lines >= last);
            }
        }
        if at >= self.flushed + FLUSH {
            self.flushed = at;
            self.handed_over.clone_from(&self.rows);
            if self.bug != Some(Bug::SampleLost) {
                self.recorder.flush().map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }
}

/// The verdict that an entry gives a cell.
pub(super) fn verdict(entry: &Entry) -> Option<(CellName, Verdict)> {
    match &entry.event {
        Event::CellEnded { verdict, .. } | Event::CellJudged { verdict, .. } => {
            Some((entry.cell.clone()?, *verdict))
        }
        _ => None,
    }
}

impl Observer for Desk {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        self.keep(note)?;
        if !self.dead {
            for follows in self.judge.hear(note) {
                self.keep(&Note::Fact(Box::new(follows)))?;
            }
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), String> {
        // By the clock of the real world, which nothing here may hang on.
        Ok(())
    }
}
