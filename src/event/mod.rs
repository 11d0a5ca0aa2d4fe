//! The facts of a run, as they are told and kept: events, samples, and what a finished step came to.

mod entry;
mod metric;
mod sample;

pub use entry::{Entry, Event, Note};
pub use sample::{EndReason, ImpedancePoint, ResistancePoint, Sample, StepResult, StepType, Totals};
