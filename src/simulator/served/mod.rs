//! Simulated units as serial ports of this machine, in real time or faster, for any other program.

mod ledger;
mod link;
mod presence;
mod pty;
mod service;
#[cfg(test)]
mod tests;

pub use link::LinkError;
pub use service::{Options, ServeError, Service};
