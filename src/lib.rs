//! A declarative test-recipe runner for Lexcelon Batlab battery testers.

pub mod cli;
pub mod clock;
pub mod diagnostic;
pub mod driver;
pub mod identity;
pub mod plan;
pub mod recipe;
pub mod simulator;
pub mod transport;
pub mod units;
pub mod wire;
