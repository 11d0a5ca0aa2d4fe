//! The events of a run, append-only: the truth from which every report can be made again.

mod follower;
mod line;
mod reader;
mod tail;
mod writer;

pub use follower::Follower;
pub use reader::{Extent, Journal, ReadError, TornTail, read, read_bytes, scan};
pub use tail::{Tail, append_after};
pub use writer::Writer;
