//! No port at all: what is left where one is gone.

use super::{Transport, TransportError, Wake, Waker};
use crate::clock::Instant;
use std::io;

/// A port that was given up. Nothing passes, and nobody waits at it.
#[derive(Debug)]
pub struct Nowhere {
    name: String,
}

impl Nowhere {
    /// What is left of the port of this name.
    pub fn was(name: &str) -> Self {
        Self { name: name.to_owned() }
    }

    fn gone<T>(&self) -> Result<T, TransportError> {
        let source = io::Error::new(io::ErrorKind::NotConnected, "the device is gone");
        Err(TransportError { port: self.name.clone(), what: "was given up", source })
    }
}

impl Transport for Nowhere {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, _: &[u8]) -> Result<(), TransportError> {
        self.gone()
    }

    fn receive(&mut self, _: Instant, _: &mut Vec<u8>) -> Result<Wake, TransportError> {
        self.gone()
    }

    fn waker(&self) -> Waker {
        Waker::new(|| {})
    }
}
