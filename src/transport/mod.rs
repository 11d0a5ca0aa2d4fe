//! Bytes in and out of one unit, and the waiting for them; what the bytes mean is not known here.

mod address;
pub mod faulty;
mod host;
mod nowhere;
mod plug;
mod readiness;
mod rfc2217;
pub mod serial;
pub mod simulated;
mod tcp;
mod telnet;
pub mod traced;

pub use address::{PortAddress, PortMark};
pub use host::HostPort;
pub use nowhere::Nowhere;
pub use plug::{Plug, Pulled};
pub use simulated::SimulatedPort;

use crate::clock::Instant;
use std::fmt;
use std::io;
use std::sync::Arc;

/// One byte stream to one unit. Waiting happens in [`Transport::receive`] and nowhere else, so a
/// simulated unit can let virtual time pass there.
pub trait Transport: Send {
    /// The name that a person knows it by: a port path, an address, or a simulated unit's name.
    fn name(&self) -> &str;

    /// Sends all the bytes, in one system call where the system takes them at once.
    ///
    /// # Errors
    /// The port is gone or takes nothing.
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError>;

    /// Waits for bytes until a moment of the clock, and appends what came to `into`.
    /// A moment in the past looks without waiting.
    ///
    /// # Errors
    /// The port is gone.
    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError>;

    /// A handle with which another thread ends a wait early.
    fn waker(&self) -> Waker;
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Bytes came.
    Bytes,
    /// The moment came first.
    Deadline,
    /// Another thread asked.
    Woken,
}

/// Ends a wait in [`Transport::receive`] from another thread.
#[derive(Clone)]
pub struct Waker(Arc<dyn Fn() + Send + Sync>);

impl Waker {
    /// A waker that does this.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(wake))
    }

    /// Ends the wait that is under way, or the next one.
    pub fn wake(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waker")
    }
}

/// A port that cannot be opened, or is no longer there.
#[derive(Debug, thiserror::Error)]
#[error("port {port}: {what}")]
pub struct TransportError {
    /// The port's name.
    pub port: String,
    /// What could not be done.
    pub what: &'static str,
    /// What the system said.
    #[source]
    pub source: io::Error,
}
