//! Transactions with one unit: pairing, deadlines, retries, verified writes, scoped LOCK, and the way
//! back from torn frames. A state machine without input or output; time is handed in.

mod burst;
mod chase;
mod config;
mod exclusive;
mod fault;
mod flights;
mod line;
mod locked;
mod machine;
mod output;
mod reads;
mod request;
mod reset;
mod start;
mod verified;

pub use config::Config;
pub use fault::{Fault, FaultKind};
pub use line::{Line, LineError};
pub use machine::Driver;
pub use output::{Answer, Note, Output};
pub use request::{Request, Ticket};
pub use reset::{ResetSign, ResetWatch};

#[cfg(test)]
mod tests;
