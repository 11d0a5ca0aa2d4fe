//! The units that are connected, known by serial number, and the cells in their slots.

mod bind;
mod discover;

pub use bind::{Binding, BindError, CellArgument, bind};
pub use discover::{FoundSlot, FoundUnit, PoolError, identify};
