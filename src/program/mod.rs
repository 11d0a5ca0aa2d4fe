//! One plan bound to one cell: which step, which control law, which end condition.

mod sample;

pub use sample::{EndReason, ImpedancePoint, Sample, StepResult, StepType, Totals};
