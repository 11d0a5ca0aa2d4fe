//! What became of a cell and of a run, and the exit code that says so.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What became of one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every step ran to an end of its own, and every criterion held.
    Pass,
    /// A criterion did not hold.
    Fail,
    /// The equipment failed, or a limit stopped the cell.
    Error,
    /// The run was stopped before the cell was done, or a value is missing that a criterion needs.
    Incomplete,
    /// The cell's test never began.
    NotRun,
}

impl Verdict {
    /// The word in every file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Incomplete => "incomplete",
            Self::NotRun => "not-run",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How a criterion was ruled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// A value is missing that it needs.
    Incomplete,
}

impl Outcome {
    /// The word in every file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Incomplete => "incomplete",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How the program ends; the numbers are the exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Exit {
    /// Every cell passed.
    Passed = 0,
    /// A cell failed its criteria.
    Failed = 1,
    /// The command line or a file is wrong; nothing was energised.
    Refused = 2,
    /// An equipment fault or a safety trip.
    Fault = 3,
    /// No unit, or no cell.
    NothingToRun = 4,
    /// Stopped before the end, safe; or a value is missing that a criterion or a grade needs.
    Stopped = 5,
    /// A defect of the program.
    Defect = 70,
}

impl Exit {
    /// The number for the operating system.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The graver of two, where several hold: the first of a defect, a fault, stopped and failed wins.
    #[must_use]
    pub fn graver(self, other: Self) -> Self {
        const ORDER: [Exit; 4] = [Exit::Defect, Exit::Fault, Exit::Stopped, Exit::Failed];
        let place = |exit| ORDER.iter().position(|one| *one == exit).unwrap_or(ORDER.len());
        if place(other) < place(self) { other } else { self }
    }

    /// How a run with these verdicts ends. Where several hold, the first of fault, stopped and
    /// failed wins; a defect is never among verdicts.
    pub fn of_run(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let exit = |verdict| match verdict {
            Verdict::Error => Self::Fault,
            Verdict::Incomplete | Verdict::NotRun => Self::Stopped,
            Verdict::Fail => Self::Failed,
            Verdict::Pass => Self::Passed,
        };
        verdicts.into_iter().map(exit).fold(Self::Passed, Self::graver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_verdict_decides() {
        use Verdict::{Error, Fail, Incomplete, Pass};
        assert_eq!(Exit::of_run([Pass, Pass]), Exit::Passed);
        assert_eq!(Exit::of_run([Pass, Fail]), Exit::Failed);
        assert_eq!(Exit::of_run([Incomplete, Fail, Pass]), Exit::Stopped);
        assert_eq!(Exit::of_run([Error, Incomplete, Fail]), Exit::Fault);
    }
}
