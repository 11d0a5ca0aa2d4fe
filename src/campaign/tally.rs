//! How many faults were injected, and how they ended.

use super::voyage::Voyage;
use crate::verdict::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How the cells ended that a kind of fault can have touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ends {
    /// How often the fault was injected while a run went on.
    pub injected: u64,
    /// Cells that came to their end all the same.
    pub pass: u64,
    /// Cells that a criterion failed.
    pub fail: u64,
    /// Cells that ended as an error: the fault was seen, and the cell stopped.
    pub error: u64,
    /// Cells that were stopped, or miss a value.
    pub incomplete: u64,
    /// Cells that were never begun.
    pub not_run: u64,
}

/// Counts over many runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Runs.
    pub runs: u64,
    /// How often the program was killed.
    pub kills: u64,
    /// Cells that came to a verdict.
    pub cells: u64,
    /// Faults by their word, and how they ended.
    pub faults: BTreeMap<&'static str, Ends>,
    /// Seconds that passed on the benches.
    pub seconds: u64,
    #[serde(skip)]
    lasted: Duration,
}

impl Ends {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Pass => self.pass += 1,
            Verdict::Fail => self.fail += 1,
            Verdict::Error => self.error += 1,
            Verdict::Incomplete => self.incomplete += 1,
            Verdict::NotRun => self.not_run += 1,
        }
    }
}

impl Tally {
    pub(super) fn add(&mut self, voyage: &Voyage) {
        self.runs += 1;
        self.kills += voyage.kills as u64;
        self.cells += voyage.verdicts.len() as u64;
        self.lasted += voyage.lasted;
        self.seconds = self.lasted.as_secs();
        for (word, ends) in &voyage.incidents {
            let counted = self.faults.entry(word).or_default();
            counted.injected += 1;
            ends.iter().for_each(|end| counted.add(*end));
        }
        if voyage.kills > 0 {
            let counted = self.faults.entry("killed").or_default();
            counted.injected += voyage.kills as u64;
            voyage.verdicts.values().for_each(|end| counted.add(*end));
        }
    }
}
