//! The units that are connected, known by serial number, and the cells in their slots.

mod at_rest;
mod bind;
mod census;
mod discover;
mod follow;
mod lookout;
mod ports;
mod search;
mod simulated;
#[cfg(test)]
mod tests;

pub use at_rest::{AtRest, NotAtRest, at_rest};
pub use bind::{BindError, Binding, CellArgument, bind};
pub use discover::{
    FoundSlot, FoundUnit, Introduction, MetUnit, PoolError, identify, introduce, meet, observe, ready,
};
pub use follow::{Change, Follower, Occupant};
pub use lookout::{Lookout, Missing};
pub use ports::Ports;
pub use search::Opener;
pub use simulated::{SimulatedUnit, simulate};
