//! The events of a run, append-only: the truth from which every report can be made again.

mod event;

pub use event::{Entry, Event, Note};
