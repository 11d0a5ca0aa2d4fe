//! The events of a run, append-only: the truth from which every report can be made again.

mod follower;
mod kept;
mod line;
mod reader;
mod tail;
mod writer;

pub use follower::Follower;
pub use kept::{Kept, Reserve, is_full};
pub use reader::{Journal, ReadError, TornTail, read, read_bytes};
pub use tail::Tail;
pub use writer::Writer;
