//! Stopping over a line that fails.

use super::stop;
use crate::clock::Instant;
use crate::identity::Slot;
use crate::pool;
use crate::simulator::bench::Bench;
use crate::transport::{Transport, TransportError, Wake, Waker};
use crate::units::Amperes;
use crate::wire::{COMMAND_LENGTH, Command, Mode, Setpoint, cell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A line on which no read gets through any more once it is said.
struct WritesOnly(Box<dyn Transport>, Arc<AtomicBool>);

impl Transport for WritesOnly {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        if !self.1.load(Ordering::Relaxed) {
            return self.0.send(bytes);
        }
        let (frames, _) = bytes.as_chunks::<COMMAND_LENGTH>();
        let writes = frames.iter().filter(|it| Command::decode(**it).is_some_and(Command::is_write));
        writes.copied().try_for_each(|frame| self.0.send(&frame))
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        self.0.receive(until, into)
    }

    fn waker(&self) -> Waker {
        self.0.waker()
    }
}

#[test]
fn a_slot_is_stopped_where_nobody_can_read_what_it_does() {
    let (slot, lost) = (Slot::ALL[2], Arc::<AtomicBool>::default());
    let through = |port, _: &_| -> Box<dyn Transport> { Box::new(WritesOnly(port, Arc::clone(&lost))) };
    let mut one = pool::simulate(&Bench::small_cells(1), through).remove(0);
    one.line.start().unwrap();
    one.line.write(cell::CURRENT_SETPOINT.at(slot), Setpoint::nearest(Amperes(0.25)).unwrap()).unwrap();
    one.line.write(cell::MODE.at(slot), Mode::Discharge).unwrap();
    let register = |register| one.unit.lock().unwrap().register(2, register).unwrap();
    let mode_and_setpoint = || {
        [cell::MODE.at(slot).address(), cell::CURRENT_SETPOINT.at(slot).address()]
            .map(|it| register(it.register()))
    };
    assert_eq!(mode_and_setpoint(), [4, 32]);
    lost.store(true, Ordering::Relaxed);
    let told = stop(&mut one.line, slot).unwrap_err().to_string();
    assert_eq!(mode_and_setpoint(), [6, 0], "{told}");
    assert!(told.contains("MODE"), "{told}");
}
