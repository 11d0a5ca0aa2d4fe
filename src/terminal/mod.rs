//! What a person or a pipe sees of a run.

mod display;
mod filling;
mod plain;
mod plot;
mod progress;
mod table;
mod transcript;
mod view;

pub use display::{Display, Mode, colour_wanted};
pub use filling::Filling;
pub use plain::in_words;
pub use plot::{Point, plot, width_of_output};
pub use transcript::transcript;
pub use view::CellView;
