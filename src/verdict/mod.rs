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
    /// The run was stopped before the cell was done.
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

/// How the program ends; the numbers are the exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Stopped before the end, safe.
    Stopped = 5,
    /// A defect of the program.
    Defect = 70,
}

impl Exit {
    /// The number for the operating system.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// How a run with these verdicts ends. Where several hold, the first of fault, stopped and
    /// failed wins; a defect is never among verdicts.
    pub fn of_run(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut worst = Self::Passed;
        for verdict in verdicts {
            worst = match (worst, verdict) {
                (_, Verdict::Error) | (Self::Fault, _) => Self::Fault,
                (_, Verdict::Incomplete | Verdict::NotRun) | (Self::Stopped, _) => Self::Stopped,
                (_, Verdict::Fail) | (Self::Failed, _) => Self::Failed,
                (Self::Passed, Verdict::Pass) => Self::Passed,
                (other, Verdict::Pass) => other,
            };
        }
        worst
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
