//! What a person or a pipe sees of a run.

mod display;
mod plain;
mod progress;
mod table;
mod view;

pub use display::{Display, Mode, colour_wanted};
pub use view::CellView;
