//! What can befall a whole unit.

use super::keeper::Different;
use crate::driver::{LineError, ResetSign};
use crate::units::format_duration;
use std::time::Duration;

/// Why a unit is not under control. The first three can be got over, the others end the tests of its cells.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnitFault {
    /// The unit lost its state.
    #[error("{0}")]
    Reset(ResetSign),
    /// The unit does not answer, or its port is gone.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The unit's watchdog stopped its cells.
    #[error("the unit's watchdog stopped the cells: it was not kicked for 25.5 s")]
    WatchdogBit,
    /// It did not come back.
    #[error("the unit was lost ({lost}), and {why}")]
    NotBack {
        /// How it was lost.
        lost: Box<Self>,
        /// Why it was not found again.
        why: String,
    },
    /// It came back without a firmware that runs.
    #[error(
        "the unit is in its bootloader and does not leave it: its firmware has to be flashed before it can test cells"
    )]
    Bootloader,
    /// What came back is not what was lost.
    #[error("what answers is not the unit as it was, so that no cell is energised: {}", list(.0))]
    NotTheSame(Vec<Different>),
    /// It was got over so often that it is no accident.
    #[error("{again} (it was got over {most} times within {}, and is not once more)", format_duration(*.within))]
    TooOften {
        /// What befell it again.
        again: Box<Self>,
        /// The most times.
        most: usize,
        /// The time in which they were.
        within: Duration,
    },
    /// The unit is well, but what is told of its cells is not taken any more.
    #[error("{0}")]
    NotKept(String),
}

impl UnitFault {
    /// Whether the unit may come back by itself or by somebody's hand, so that its tests can be gone on with.
    pub(super) fn is_got_over(&self) -> bool {
        matches!(self, Self::Reset(_) | Self::Line(_) | Self::WatchdogBit)
    }
}

fn list(differences: &[Different]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
