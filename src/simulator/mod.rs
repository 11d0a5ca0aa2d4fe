//! Simulated units: the bench they stand on, and the cell in each slot.

pub mod bench;
pub mod cell;
mod mishap;
#[cfg(unix)]
pub mod served;
mod unit;

pub use mishap::{Mishap, befall};
pub use unit::{Answered, Deed, SensorFault, Unit, image};
