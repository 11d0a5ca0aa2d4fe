//! The cell in a slot: an open-circuit curve, an ohmic resistance, two RC branches, and heat.

mod books;
mod branch;
mod model;
mod open_circuit;
mod spec;
mod spread;
#[cfg(test)]
mod tests;

pub use books::Books;
pub use model::Cell;
pub use spec::CellSpec;
pub use spread::{Purpose, cell_seed, stream};
