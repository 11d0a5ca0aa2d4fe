//! Simulated units: the bench they stand on, and the cell in each slot.

pub mod bench;
pub mod cell;
#[cfg(unix)]
mod mishap;
pub mod served;
mod unit;

pub use mishap::{Mishap, befall};
pub use unit::{Answered, Deed, SensorFault, Unit, image};
