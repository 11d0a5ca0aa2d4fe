//! The parts that stay what they are while the measurement processor resets.

use super::bay::{Bay, Contents};
use super::bootloader::Flash;
use super::calibration::{Eeprom, make};
use super::communications::Communications;
use super::drive::Drive;
use crate::identity::Slot;
use crate::simulator::bench::{LineKind, Noise, SlotSpec, UnitSpec};
use crate::simulator::cell::{Purpose, cell_seed, stream};
use crate::units::Celsius;
use rand_pcg::Pcg64;

/// Microseconds of a slice and of a tick of SYSTEM_TIMER on a clock that loses nothing.
const SLICE: f64 = 102_400.0;
const TICK: f64 = 100_000.0;

/// The board.
#[derive(Clone, Debug)]
pub struct Board {
    /// The slots.
    pub bays: [Bay; 4],
    /// The measurement processor's EEPROM.
    pub eeprom: Eeprom,
    /// The measurement processor's flash.
    pub flash: Flash,
    /// The other processor.
    pub comms: Communications,
    /// Volts that the driver and the converters work from.
    pub vcc: f64,
    /// The chance of measuring that.
    pub vcc_noise: Pcg64,
    /// What the converters add.
    pub noise: Noise,
    /// Microseconds of a slice by the host's clock.
    pub slice: u64,
    /// Microseconds of a tick of SYSTEM_TIMER by the host's clock.
    pub tick: u64,
    /// The chance of delays.
    pub timing: Pcg64,
    /// The temperature around.
    pub ambient: Celsius,
    /// How its line behaves.
    pub line: LineKind,
}

impl Board {
    /// The board of a unit of a bench with this seed.
    pub fn new(spec: &UnitSpec, bench_seed: u64) -> Self {
        let (vcc, eeprom, analog) = make(spec, bench_seed);
        // The seed of no slot: see `calibration::make`.
        let own_seed = cell_seed(bench_seed, spec.serial, Slot::ALL[0]) ^ 1;
        let bays = analog.map(|(slot, analog)| {
            let contents = match (&spec.slots[slot.index()], spec.cell(slot, bench_seed)) {
                (SlotSpec::Reversed(_), Some(cell)) => Contents::Reversed(cell),
                (_, Some(cell)) => Contents::Cell(cell),
                (_, None) => Contents::Empty,
            };
            let noise = stream(cell_seed(bench_seed, spec.serial, slot), Purpose::Noise);
            Bay::new(contents, spec.supply, analog, noise, spec.ambient)
        });
        Self {
            bays,
            eeprom,
            flash: Flash::with_version(spec.firmware),
            comms: Communications::new(spec.supply),
            vcc,
            vcc_noise: stream(own_seed, Purpose::Noise),
            noise: spec.noise,
            slice: (SLICE * (1.0 + spec.clock_slow)).round() as u64,
            tick: (TICK * (1.0 + spec.clock_slow)).round() as u64,
            timing: stream(own_seed, Purpose::Timing),
            ambient: spec.ambient,
            line: spec.line,
        }
    }

    /// Sets VCC. The driver's current is in proportion to it.
    pub fn set_vcc(&mut self, vcc: f64, now: u64) {
        for bay in &mut self.bays {
            bay.run_to(now);
            bay.analog.amperes_per_step *= vcc / self.vcc;
        }
        self.vcc = vcc;
    }

    /// Takes all current away.
    pub fn drives_off(&mut self, now: u64) {
        for bay in &mut self.bays {
            bay.set_drive(Drive::Off, now);
        }
    }
}
