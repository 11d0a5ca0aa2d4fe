//! The unit against the protocol, one behaviour at a time, over the wire wherever the wire shows it.

mod bootloader;
mod lines;
mod measuring;
mod modes;
mod resets;
mod watchdog;

use super::Unit;
use super::registers::{cell, mode, unit};
use crate::clock::Instant;
use crate::identity::{SerialNumber, Slot};
use crate::recipe::Chemistry;
use crate::simulator::bench::{LineKind, Noise, SlotSpec, UnitSpec};
use crate::simulator::cell::{Books, CellSpec};
use crate::units::{Amperes, Coulombs, Volts};
use std::time::Duration;

/// A rotation of the slices, and a little more.
const ROTATION: Duration = Duration::from_millis(700);
const UNIT: u8 = 4;
const COMMS: u8 = 255;

/// A cell of 2.5 Ah at this state of charge.
fn cell_at(state_of_charge: f64) -> CellSpec {
    let typical = CellSpec::typical(Chemistry::LiIon, Coulombs::from_ampere_hours(2.5));
    CellSpec { state_of_charge, capacity_spread: 0.0, resistance_spread: 0.0, ..typical }
}

/// A unit with four cells at half charge, true in all it does and measures.
fn true_unit() -> UnitSpec {
    UnitSpec {
        driver_error: 0.0,
        gain_error: 0.0,
        clock_slow: 0.0,
        noise: Noise { voltage: Volts(0.0), current: Amperes(0.0), temperature: 0.0 },
        slots: std::array::from_fn(|_| SlotSpec::Cell(cell_at(0.5))),
        ..UnitSpec::typical(SerialNumber(3 * 65536 + 77))
    }
}

/// A host with a unit on the wire.
struct Host {
    unit: Unit,
    now: Instant,
    /// What came and was not looked at.
    bytes: Vec<u8>,
}

impl Host {
    /// A host of a true unit, whose VCC is 5 V to the last digit.
    fn new() -> Self {
        Self::of(&true_unit())
    }

    fn of(spec: &UnitSpec) -> Self {
        let mut unit = Unit::new(spec, 1);
        unit.set_vcc(Volts(5.0));
        Self { unit, now: Instant::ORIGIN, bytes: Vec::new() }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.unit.receive(self.now, bytes);
    }

    fn wait(&mut self, time: Duration) {
        self.now = self.now + time;
        self.unit.take_output(self.now, &mut self.bytes);
    }

    fn wait_ms(&mut self, millis: u64) {
        self.wait(Duration::from_millis(millis));
    }

    /// Sends one command and waits for its reply, with which the last bytes must be.
    fn ask(&mut self, namespace: u8, address: u8, data: u16) -> Option<u16> {
        let [low, high] = data.to_le_bytes();
        self.bytes.clear();
        self.send(&[0xAA, namespace, address, low, high]);
        self.wait_ms(25);
        match self.bytes.last_chunk() {
            Some([0xAA, n, a, low, high]) if (*n, *a) == (namespace, address) => {
                Some(u16::from_le_bytes([*low, *high]))
            }
            _ => None,
        }
    }

    fn read(&mut self, namespace: u8, address: usize) -> u16 {
        self.ask(namespace, address as u8, 0).expect("a reply to a read")
    }

    fn write(&mut self, namespace: u8, address: usize, data: u16) {
        assert_eq!(
            self.ask(namespace, address as u8 | 0x80, data),
            Some(0),
            "write of {address:#x} accepted"
        );
    }

    fn refused(&mut self, namespace: u8, address: usize, data: u16) -> bool {
        self.ask(namespace, address as u8 | 0x80, data) == Some(0x0101)
    }

    /// Lets current flow: setpoint 0, mode, 10 ms, setpoint.
    fn drive(&mut self, slot: u8, mode: u16, setpoint: u16) {
        self.write(slot, cell::CURRENT_SETPOINT, 0);
        self.write(slot, cell::MODE, mode);
        self.write(slot, cell::CURRENT_SETPOINT, setpoint);
    }

    fn mode(&mut self, slot: u8) -> u16 {
        self.read(slot, cell::MODE)
    }

    fn volts(&mut self, slot: u8) -> f64 {
        f64::from(self.read(slot, cell::VOLTAGE).cast_signed()) * 4.5 / 32768.0
    }

    fn amperes(&mut self, slot: u8) -> f64 {
        f64::from(self.read(slot, cell::CURRENT)) * 4.096 / 32768.0
    }

    fn charge_sum(&mut self, slot: u8) -> u32 {
        let high = u32::from(self.read(slot, cell::CHARGEH));
        high << 16 | u32::from(self.read(slot, cell::CHARGEL))
    }

    fn books(&mut self, slot: usize) -> Books {
        self.unit.books(Slot::ALL[slot]).expect("a cell in the slot")
    }

    /// The stream packets among the bytes that came, which are nothing else.
    fn streams(&mut self) -> Vec<[u8; 13]> {
        let bytes = std::mem::take(&mut self.bytes);
        let (packets, rest) = bytes.as_chunks::<13>();
        assert!(rest.is_empty() && packets.iter().all(|p| p[0] == 0xAF && p[2] == 0), "{bytes:02x?}");
        packets.to_vec()
    }
}
