//! The moments at which hooks are called.

/// A moment of the test of one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// The run begins, and the cell has been found.
    RunStart,
    /// The test of the cell begins: its first reading is there, its first step not yet.
    CellStart,
    /// A step begins; no current of it flows yet.
    StepStart,
    /// A reading came while a step is under way.
    Sample,
    /// A step has ended, and its result is known.
    StepEnd,
    /// A cycle has ended.
    CycleEnd,
    /// The test of the cell has ended; only what became of it is not told yet.
    CellEnd,
}

impl Moment {
    /// All of them, in the order of a test.
    pub const ALL: [Self; 7] = [
        Self::RunStart,
        Self::CellStart,
        Self::StepStart,
        Self::Sample,
        Self::StepEnd,
        Self::CycleEnd,
        Self::CellEnd,
    ];

    /// The function of a script that is called then, with one argument.
    pub const fn function(self) -> &'static str {
        match self {
            Self::RunStart => "on_run_start",
            Self::CellStart => "on_cell_start",
            Self::StepStart => "on_step_start",
            Self::Sample => "on_sample",
            Self::StepEnd => "on_step_end",
            Self::CycleEnd => "on_cycle_end",
            Self::CellEnd => "on_cell_end",
        }
    }

    /// Whether a step can be ended then, or the way to another be taken.
    pub const fn has_step(self) -> bool {
        matches!(self, Self::StepStart | Self::Sample | Self::StepEnd)
    }

    /// Whether a step is under way whose current can be lowered.
    pub const fn has_current(self) -> bool {
        matches!(self, Self::StepStart | Self::Sample)
    }
}
