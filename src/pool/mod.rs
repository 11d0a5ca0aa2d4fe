//! The units that are connected, known by serial number, and the cells in their slots.

mod bind;
mod discover;
mod glance;
mod simulated;

pub use bind::{BindError, Binding, CellArgument, bind};
pub use discover::{FoundSlot, FoundUnit, PoolError, identify};
pub use glance::{AtRest, Glance, NotAtRest, at_rest, glance};
pub use simulated::{SimulatedUnit, simulate};
