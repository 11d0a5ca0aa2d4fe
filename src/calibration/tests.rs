//! Reading over a line that fails.

use super::Registers;
use crate::clock::Instant;
use crate::pool;
use crate::simulator::bench::Bench;
use crate::transport::{Transport, TransportError, Wake, Waker};
use crate::wire::{self, COMMAND_LENGTH};

/// A line that turns a bit of every so many replies.
struct BadLine {
    port: Box<dyn Transport>,
    /// Replies to the next one that is spoiled, and between two of them.
    next: usize,
    every: usize,
}

impl Transport for BadLine {
    fn name(&self) -> &str {
        self.port.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.port.send(bytes)
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        let before = into.len();
        let wake = self.port.receive(until, into)?;
        for reply in into[before..].chunks_mut(COMMAND_LENGTH) {
            self.next -= 1;
            if self.next == 0 {
                self.next = self.every;
                reply[3] ^= 1;
            }
        }
        Ok(wake)
    }

    fn waker(&self) -> Waker {
        self.port.waker()
    }
}

#[test]
fn a_calibration_that_never_reads_the_same_twice_is_not_known() {
    let count = wire::calibration().count();
    let read = |next, every| {
        let bad = |port, _: &_| -> Box<dyn Transport> { Box::new(BadLine { port, next, every }) };
        Registers::read(&mut pool::simulate(&Bench::small_cells(1), bad).remove(0).line)
    };
    // A reply of the second round is wrong: the third and the fourth agree.
    let right = read(usize::MAX, usize::MAX).unwrap();
    assert_eq!(read(count + 1, usize::MAX).unwrap(), right);
    // Each round has one, and each at another place.
    let told = read(1, count + 1).unwrap_err().to_string();
    assert!(told.contains("4 readings of the calibration differ"), "{told}");
}
