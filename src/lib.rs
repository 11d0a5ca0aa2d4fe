//! A declarative test-recipe runner for Lexcelon Batlab battery testers.

pub mod clock;
pub mod identity;
pub mod journal;
pub mod plan;
pub mod program;
pub mod record;
pub mod terminal;
pub mod transport;
pub mod units;
pub mod verdict;
