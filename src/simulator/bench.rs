//! A bench: which units stand on it, how true they are, and what lies in their slots.

mod file;
mod miswritten;
mod parse;
mod scalar;
mod serials;
#[cfg(test)]
mod tests;

use super::cell::{Cell, CellSpec, cell_seed};
use crate::identity::{SerialNumber, Slot};
use crate::recipe::Chemistry;
use crate::units::{Amperes, Celsius, Coulombs, Ohms, Volts};

pub use miswritten::{Kept, Miswritten};

/// A described set of simulated units. The same bench and seed always give the same cells and bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Bench {
    /// Where all chance on this bench comes from.
    pub seed: u64,
    /// The units, each with a serial number of its own.
    pub units: Vec<UnitSpec>,
}

/// One unit: what it is, and how far it is from true. Errors that are spreads are drawn once for
/// each unit, anywhere within them, either way.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitSpec {
    /// Its serial number.
    pub serial: SerialNumber,
    /// Its measurement firmware's version, 1 to 7.
    pub firmware: u16,
    /// Whether the external 5 V supply is plugged in.
    pub supply: bool,
    /// How much its slice clock runs slow, as a fraction: 0.0013 is 0.13 %. Below zero it runs fast.
    pub clock_slow: f64,
    /// How far the driver's real current may lie from the setpoint, as a fraction.
    pub driver_error: f64,
    /// How far the gain of measured currents and voltages may lie from true, as a fraction.
    pub gain_error: f64,
    /// Standard deviation of a measured value from slice to slice.
    pub noise: Noise,
    /// What the EEPROM holds as zero-amp threshold; `None` is blank.
    pub zero_amp_threshold: Option<Amperes>,
    /// Calibration registers that do not hold what the factory wrote.
    pub miswritten: Vec<Miswritten>,
    /// The temperature around unit and cells.
    pub ambient: Celsius,
    /// How the line between host and measurement processor behaves.
    pub line: LineKind,
    /// What lies in its slots.
    pub slots: [SlotSpec; 4],
}

/// Standard deviations of what is measured, from slice to slice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Of VOLTAGE.
    pub voltage: Volts,
    /// Of CURRENT.
    pub current: Amperes,
    /// Of TEMPERATURE, in kelvin.
    pub temperature: f64,
}

/// How the line between host and measurement processor behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineKind {
    /// Delays by chance, of about the size of the real ones; nothing but the host's own commands is on the
    /// line. It costs little to simulate.
    #[default]
    Simple,
    /// USB frames, both lines between the processors, their buffers, and what the processors say to each
    /// other: what is fast on it is fast on a unit. It takes several times the processor time.
    Modelled,
}

/// What lies in a slot.
#[derive(Clone, Debug, PartialEq)]
pub enum SlotSpec {
    /// Nothing.
    Empty,
    /// A cell the wrong way round.
    Reversed(CellSpec),
    /// A cell.
    Cell(CellSpec),
}

impl UnitSpec {
    /// A unit as they come: newest firmware, supply plugged in, blank zero-amp threshold, slice clock
    /// 0.13 % slow, driver within 3 %, gains within 0.1 %, 25 degC around it, and nothing in its slots.
    pub fn typical(serial: SerialNumber) -> Self {
        Self {
            serial,
            firmware: 7,
            supply: true,
            clock_slow: 0.0013,
            driver_error: 0.03,
            gain_error: 0.001,
            noise: Noise { voltage: Volts(0.0002), current: Amperes(0.0005), temperature: 0.03 },
            zero_amp_threshold: None,
            miswritten: Vec::new(),
            ambient: Celsius(25.0),
            line: LineKind::Simple,
            slots: [const { SlotSpec::Empty }; 4],
        }
    }

    /// The cell that lies in a slot of this unit, either way round, on a bench with this seed.
    pub fn cell(&self, slot: Slot, bench_seed: u64) -> Option<Cell> {
        match &self.slots[slot.index()] {
            SlotSpec::Empty => None,
            SlotSpec::Reversed(spec) | SlotSpec::Cell(spec) => {
                Some(Cell::new(spec, self.ambient, cell_seed(bench_seed, self.serial, slot)))
            }
        }
    }
}

impl Bench {
    /// The serial number of the unit on a bench that no file describes.
    pub const SERIAL: SerialNumber = SerialNumber(100_001);

    /// One unit with four everyday cells of this chemistry and nominal capacity, at 30 %. Small cells
    /// get 50 mohm at most: the driver's currents are far above 1C for them, and a recipe that uses
    /// them is meant for cells of low resistance.
    pub fn matching(chemistry: Chemistry, capacity: Coulombs, seed: u64) -> Self {
        let typical = CellSpec::typical(chemistry, capacity);
        Self::of_one(CellSpec { resistance: typical.resistance.min(Ohms(0.050)), ..typical }, seed)
    }

    /// One unit with four li-ion cells of 80 mAh and low resistance, at 55 %: a capacity test takes
    /// some three minutes in real time. `recipes/sim/small.toml` describes the same bench.
    pub fn small_cells(seed: u64) -> Self {
        let cell = CellSpec {
            capacity_spread: 0.03,
            resistance: Ohms(0.020),
            resistance_spread: 0.25,
            state_of_charge: 0.55,
            ..CellSpec::typical(Chemistry::LiIon, Coulombs::from_ampere_hours(0.080))
        };
        Self::of_one(cell, seed)
    }

    /// One unit with one cell of this chemistry and exactly its nominal values, at 50 %, in its first slot.
    pub fn nominal(chemistry: Chemistry, capacity: Coulombs, seed: u64) -> Self {
        let typical = CellSpec::typical(chemistry, capacity);
        let cell = CellSpec {
            capacity_spread: 0.0,
            resistance: typical.resistance.min(Ohms(0.050)),
            resistance_spread: 0.0,
            state_of_charge: 0.5,
            ..typical
        };
        let mut bench = Self::of_one(cell.clone(), seed);
        for unit in &mut bench.units {
            unit.slots = [SlotSpec::Cell(cell.clone()), SlotSpec::Empty, SlotSpec::Empty, SlotSpec::Empty];
        }
        bench
    }

    fn of_one(cell: CellSpec, seed: u64) -> Self {
        let slots = std::array::from_fn(|_| SlotSpec::Cell(cell.clone()));
        Self { seed, units: vec![UnitSpec { slots, ..UnitSpec::typical(Self::SERIAL) }] }
    }
}
