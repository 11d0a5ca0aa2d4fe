//! A declarative test-recipe runner for Lexcelon Batlab battery testers.

pub mod clock;
pub mod driver;
pub mod diagnostic;
pub mod identity;
pub mod journal;
pub mod plan;
pub mod pool;
pub mod program;
pub mod scheduler;
pub mod station;
pub mod recipe;
pub mod simulator;
pub mod transport;
pub mod units;
pub mod verdict;
pub mod wire;
