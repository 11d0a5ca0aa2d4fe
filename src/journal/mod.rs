//! The events of a run, append-only: the truth from which every report can be made again.

mod event;
mod line;
mod reader;
mod writer;

pub use event::{Entry, Event, Note};
pub use reader::{Journal, ReadError, TornTail, read, read_bytes};
pub use writer::Writer;
