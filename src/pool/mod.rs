//! The units that are connected, known by serial number, and the cells in their slots.

mod bind;
mod discover;
mod simulated;

pub use bind::{BindError, Binding, CellArgument, bind};
pub use discover::{FoundSlot, FoundUnit, MetUnit, PoolError, identify, meet, ready};
pub use simulated::{SimulatedUnit, simulate};
