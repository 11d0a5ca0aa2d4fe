//! The events of a run, append-only: the truth from which every report can be made again.

mod line;
mod reader;
mod writer;

pub use reader::{Journal, ReadError, TornTail, read, read_bytes};
pub use writer::Writer;
