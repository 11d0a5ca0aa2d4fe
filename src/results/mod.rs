//! What a run came to: the results of each cell, whether they are good enough, and its grade.
//!
//! The same judge sits in a run and in the tests of recipes; it hears what is told and rules by the criteria
//! of the plan.

mod cell;
mod findings;
mod judge;
mod row;
mod standing;
mod tally;
#[cfg(test)]
mod tests;
mod weigh;

pub use cell::CellResults;
pub use findings::Findings;
pub use judge::{Judge, Ruling, Subject};
pub use row::Row;
pub use standing::Standing;
pub use tally::Tally;
pub use weigh::shown;
