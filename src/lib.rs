//! A declarative test-recipe runner for Lexcelon Batlab battery testers.

pub mod cli;
pub mod clock;
pub mod diagnostic;
pub mod driver;
pub mod identity;
pub mod journal;
pub mod plan;
pub mod pool;
pub mod program;
pub mod recipe;
pub mod record;
pub mod scheduler;
pub mod simulator;
pub mod station;
pub mod terminal;
pub mod transport;
pub mod units;
pub mod verdict;
pub mod wire;
