//! A declarative test-recipe runner for Lexcelon Batlab battery testers.

pub mod clock;
pub mod driver;
pub mod identity;
pub mod plan;
pub mod transport;
pub mod units;
pub mod wire;
