//! The facts of a run, as they are told and kept: events, samples, and what a finished step came to.

mod cycle_result;
mod entry;
mod metric;
mod position;
mod ruling;
mod sample;
mod step_result;

pub use cycle_result::CycleResult;
pub use entry::{Entry, Event, Holds, Note};
pub use position::{Again, Carried, Level, Position, Remembered};
pub use ruling::{CriterionResult, Graded};
pub use sample::{Circumstances, EndReason, ImpedancePoint, ResistancePoint, Sample, StepType, Totals};
pub use step_result::{OpenCircuit, StepResult};
