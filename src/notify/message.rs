//! What somebody is told: the facts, and the words made of them.

use crate::identity::{CellName, SerialNumber};
use crate::recipe::notify::{Mention, Occasion};
use crate::verdict::{Exit, Verdict};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

/// How many cells there are, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All cells of the run.
    pub cells: u64,
    /// Those that passed.
    pub passed: u64,
    /// Those that failed a criterion.
    pub failed: u64,
    /// Those that ended as errors.
    pub errors: u64,
    /// Those that were stopped before they were done.
    pub incomplete: u64,
    /// Those that never began.
    pub not_run: u64,
}

impl Counts {
    /// Counts so many cells, of which those that are done have these verdicts.
    pub fn new(cells: usize, verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut counts = Self { cells: u64::try_from(cells).unwrap_or(u64::MAX), ..Self::default() };
        for verdict in verdicts {
            *match verdict {
                Verdict::Pass => &mut counts.passed,
                Verdict::Fail => &mut counts.failed,
                Verdict::Error => &mut counts.errors,
                Verdict::Incomplete => &mut counts.incomplete,
                Verdict::NotRun => &mut counts.not_run,
            } += 1;
        }
        counts
    }

    /// Those that are not done yet.
    pub fn under_test(&self) -> u64 {
        let done = self.passed + self.failed + self.errors + self.incomplete + self.not_run;
        self.cells.saturating_sub(done)
    }

    fn in_words(&self) -> String {
        let cells = if self.cells == 1 { "cell" } else { "cells" };
        let mut words = format!("{} of {} {cells} passed", self.passed, self.cells);
        for (count, what) in [
            (self.failed, "failed"),
            (self.errors, "ended as errors"),
            (self.incomplete, "incomplete"),
            (self.not_run, "not run"),
            (self.under_test(), "under test"),
        ] {
            if count > 0 {
                words += &format!(", {count} {what}");
            }
        }
        words
    }
}

/// What somebody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The occasion.
    pub occasion: Occasion,
    /// The name of the run's directory; nothing where no run began.
    pub run: String,
    /// The recipe's name.
    pub recipe: String,
    /// Whether the units are simulated.
    pub simulated: bool,
    /// When it happened; simulated time in a simulated run.
    pub time: DateTime<Utc>,
    /// The unit that it is about.
    pub unit: Option<SerialNumber>,
    /// The cell that it is about.
    pub cell: Option<CellName>,
    /// Why, in words; may be nothing.
    pub why: String,
    /// How the run ended, if it has.
    pub exit: Option<Exit>,
    /// How many cells there are, by what became of them so far.
    pub counts: Counts,
}

impl Message {
    /// One line: the recipe and what happened.
    pub fn title(&self) -> String {
        let what = match self.occasion {
            Occasion::Finished => match self.exit {
                Some(Exit::Passed) => "finished, every cell passed".to_owned(),
                Some(Exit::Failed) => "finished, a cell failed".to_owned(),
                Some(Exit::Stopped) => "ended incomplete".to_owned(),
                Some(Exit::Fault) => "ended with a fault".to_owned(),
                Some(Exit::Defect) => "ended by a defect of batlab-run".to_owned(),
                Some(Exit::Refused | Exit::NothingToRun) | None => "ended".to_owned(),
            },
            Occasion::Failed => match (&self.cell, self.unit) {
                (Some(cell), _) => format!("cell {cell} failed"),
                (None, Some(unit)) => format!("fault of unit {unit}"),
                (None, None) => "failed".to_owned(),
            },
            Occasion::NeedsPerson => "needs a person".to_owned(),
            Occasion::Alive => "still running".to_owned(),
            Occasion::Test => "test message".to_owned(),
        };
        format!("{}: {what}{}", self.recipe, if self.simulated { " (simulated)" } else { "" })
    }

    /// What happened, in a sentence.
    pub fn text(&self) -> String {
        let counts = self.counts.in_words();
        match self.occasion {
            Occasion::Finished => match self.exit {
                Some(exit) => format!("{counts}; exit code {}, results in {}", exit.code(), self.run),
                None => counts,
            },
            Occasion::Alive => counts,
            Occasion::Failed | Occasion::NeedsPerson => match (&self.cell, self.unit) {
                (Some(cell), _) => format!("{cell}: {}", self.why),
                (None, Some(unit)) => format!("unit {unit}: {}", self.why),
                (None, None) => self.why.clone(),
            },
            Occasion::Test => "batlab-run can tell you of its runs; nothing has happened".to_owned(),
        }
    }

    /// A fact as a template or a JSON body has it; null where the message has no such fact.
    pub fn fact(&self, mention: Mention) -> Value {
        match mention {
            Mention::Event => self.occasion.word().into(),
            Mention::Title => self.title().into(),
            Mention::Text => self.text().into(),
            Mention::Run => self.run.clone().into(),
            Mention::Recipe => self.recipe.clone().into(),
            Mention::Simulated => self.simulated.into(),
            Mention::Time => self.time.to_rfc3339_opts(SecondsFormat::AutoSi, true).into(),
            Mention::Unit => self.unit.map(|unit| unit.0).into(),
            Mention::Cell => self.cell.as_ref().map_or("", CellName::as_str).into(),
            Mention::Why => self.why.clone().into(),
            Mention::Exit => self.exit.map(Exit::code).into(),
            Mention::Cells => self.counts.cells.into(),
            Mention::Passed => self.counts.passed.into(),
            Mention::Failed => self.counts.failed.into(),
            Mention::Errors => self.counts.errors.into(),
            Mention::Incomplete => self.counts.incomplete.into(),
            Mention::NotRun => self.counts.not_run.into(),
            Mention::UnderTest => self.counts.under_test().into(),
        }
    }
}
