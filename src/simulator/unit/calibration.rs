//! What a unit's EEPROM holds, and how far its converters and drivers lie from what that says.

use super::chance::either_way;
use super::registers::{BLANK, cell, unit};
use crate::identity::Slot;
use crate::simulator::bench::{Miswritten, UnitSpec};
use crate::simulator::cell::{Purpose, cell_seed, stream};

/// The scale register of a converter that is exactly as designed.
const DESIGNED_SCALE: f64 = 16384.0;
/// How far a unit's converters lie from the design, which the calibration then takes away.
const DESIGN_SPREAD: f64 = 0.02;
/// Ohms of the thermistor's divider, and the thermistor's beta, as designed.
const DIVIDER: (f64, f64) = (1500.0, 3380.0);
/// How far those lie from the design.
const DIVIDER_SPREAD: f64 = 0.01;
/// Volts of VCC, and how far a unit's may lie from it.
const VCC: (f64, f64) = (5.0, 0.01);
/// An offset that the calibration left, in volts and in amperes for a gain error of 1.
const OFFSET: (f64, f64) = (0.5, 0.3);

/// A pair of calibration registers: a scale that divides, an offset that is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trim {
    /// The scale register.
    pub scale: u16,
    /// The offset register, a signed number.
    pub offset: u16,
}

impl Trim {
    /// What a register reads under this trim that would read `raw` under the factory's.
    /// A scale of zero gives infinity, which reads over range.
    pub fn apply(self, raw: f64, factory: Self) -> f64 {
        if self == factory {
            return raw;
        }
        let signed = |offset: u16| f64::from(offset.cast_signed());
        (raw + signed(factory.offset)) * f64::from(factory.scale) / f64::from(self.scale)
            - signed(self.offset)
    }
}

/// What survives a reset and a cut cable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eeprom {
    /// Each cell's calibration, by register address less [`cell::CURRENT_CALIB_OFF`].
    cells: [[u16; cell::COUNT - cell::CURRENT_CALIB_OFF]; 4],
    /// The unit's VOLT_CH and VOLT_DC calibration.
    volts: [u16; 4],
    /// SERIAL_NUM.
    pub serial: u16,
    /// DEVICE_ID.
    pub device: u16,
    /// ZERO_AMP_THRESH; blank until it is written.
    pub zero_amp_threshold: u16,
    /// Whether the next start goes into the bootloader.
    pub start_bootloader: bool,
}

impl Eeprom {
    /// Bytes of one register.
    pub const BYTES: u64 = 2;

    /// What a cell's calibration register reads at start.
    pub fn cell(&self, slot: usize, address: usize) -> u16 {
        let place = address.checked_sub(cell::CURRENT_CALIB_OFF);
        place.and_then(|p| self.cells.get(slot)?.get(p)).copied().unwrap_or(BLANK)
    }

    /// Keeps a cell's calibration register. Tells whether there is such a register.
    pub fn keep_cell(&mut self, slot: usize, address: usize, value: u16) -> bool {
        let place = address.checked_sub(cell::CURRENT_CALIB_OFF);
        let place = place.and_then(|p| self.cells.get_mut(slot)?.get_mut(p));
        place.map(|kept| *kept = value).is_some()
    }

    /// What one of the unit's kept registers reads at start.
    pub fn unit(&self, address: usize) -> Option<u16> {
        match address {
            unit::SERIAL_NUM => Some(self.serial),
            unit::DEVICE_ID => Some(self.device),
            unit::ZERO_AMP_THRESH => Some(self.zero_amp_threshold),
            _ => self.volts.get(address.checked_sub(unit::VOLT_CH_CALIB_OFF)?).copied(),
        }
    }

    /// Keeps one of the unit's registers. Tells whether it is one that is kept.
    pub fn keep_unit(&mut self, address: usize, value: u16) -> bool {
        let place = match address {
            unit::SERIAL_NUM => Some(&mut self.serial),
            unit::DEVICE_ID => Some(&mut self.device),
            unit::ZERO_AMP_THRESH => Some(&mut self.zero_amp_threshold),
            _ => address.checked_sub(unit::VOLT_CH_CALIB_OFF).and_then(|p| self.volts.get_mut(p)),
        };
        place.map(|kept| *kept = value).is_some()
    }
}

/// One slot's analog side: what chance made of its driver, its converters and its thermistor.
#[derive(Clone, Debug)]
pub struct Analog {
    /// Amperes of a duty of one.
    pub amperes_per_step: f64,
    /// What CURRENT reads for each true ampere, and beside it.
    pub current: Line,
    /// What VOLTAGE reads for each true volt, and beside it.
    pub voltage: Line,
    /// Ohms of the thermistor's divider.
    pub divider: f64,
    /// The thermistor's beta, in kelvin.
    pub beta: f64,
    /// The trims under which all that holds.
    pub factory: Factory,
}

/// A straight line.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    gain: f64,
    offset: f64,
}

impl Line {
    /// What is read for a true value.
    pub fn read(self, truth: f64) -> f64 {
        truth * self.gain + self.offset
    }

    /// What is read for a difference of true values.
    pub fn difference(self, truth: f64) -> f64 {
        truth * self.gain
    }
}

/// The trims that the factory found for a slot.
#[derive(Clone, Copy, Debug)]
pub struct Factory {
    /// Of CURRENT.
    pub current: Trim,
    /// Of VOLTAGE while charging.
    pub charge_voltage: Trim,
    /// Of VOLTAGE otherwise.
    pub voltage: Trim,
    /// Of CURRENT_PP.
    pub current_pp: Trim,
    /// Of VOLTAGE_PP.
    pub voltage_pp: Trim,
}

/// A unit as chance and the factory made it: its VCC in volts, its EEPROM, its slots.
pub fn make(spec: &UnitSpec, bench_seed: u64) -> (f64, Eeprom, [(Slot, Analog); 4]) {
    // The seed of no slot: slots count from 1 in theirs.
    let mut chance = stream(cell_seed(bench_seed, spec.serial, Slot::ALL[0]) ^ 1, Purpose::Calibration);
    let vcc = VCC.0 * (1.0 + VCC.1 * either_way(&mut chance));
    let [charge_voltage, voltage] = [0; 2].map(|_| trim(&mut chance));
    let (serial, device) = ((spec.serial.0 & 0xFFFF) as u16, (spec.serial.0 >> 16) as u16);

    let zero_amp_threshold =
        spec.zero_amp_threshold.map_or(BLANK, |amperes| (amperes.0 * 32768.0 / 4.096).round() as u16);
    let mut eeprom = Eeprom {
        cells: [[BLANK; cell::COUNT - cell::CURRENT_CALIB_OFF]; 4],
        volts: [charge_voltage.offset, charge_voltage.scale, voltage.offset, voltage.scale],
        serial,
        device,
        zero_amp_threshold,
        start_bootloader: false,
    };
    let slots = Slot::ALL.map(|slot| {
        let mut chance = stream(cell_seed(bench_seed, spec.serial, slot), Purpose::Calibration);
        let mut off = |spread: f64| spread * either_way(&mut chance);
        let driver = 1.0 + off(spec.driver_error);
        let mut line =
            |offset: f64| Line { gain: 1.0 + off(spec.gain_error), offset: offset * off(spec.gain_error) };
        let (voltage_line, current_line) = (line(OFFSET.0), line(OFFSET.1));
        let divider = (DIVIDER.0 * (1.0 + off(DIVIDER_SPREAD))).round();
        let beta = (DIVIDER.1 * (1.0 + off(DIVIDER_SPREAD))).round();
        let [current, current_pp, voltage_pp] = [0; 3].map(|_| trim(&mut chance));
        for (address, value) in [
            (cell::CURRENT_CALIB_OFF, current.offset),
            (cell::CURRENT_CALIB_SCA, current.scale),
            (cell::TEMP_CALIB_R, divider as u16),
            (cell::TEMP_CALIB_B, beta as u16),
            (cell::CURRENT_CALIB_PP, current_pp.scale),
            (cell::VOLTAGE_CALIB_PP, voltage_pp.scale),
            (cell::CURR_CALIB_PP_OFF, current_pp.offset),
            (cell::VOLT_CALIB_PP_OFF, voltage_pp.offset),
            (cell::CURR_LOWV_SCA, 10_000),
            (cell::CURR_LOWV_OFF, 14_500),
            (cell::CURR_LOWV_OFF_SCA, 6_500),
        ] {
            eeprom.keep_cell(slot.index(), address, value);
        }
        let analog = Analog {
            // 640 steps are 5 A when VCC is 5 V: 1/128 A each.
            amperes_per_step: driver * vcc / 5.0 / 128.0,
            current: current_line,
            voltage: voltage_line,
            divider,
            beta,
            factory: Factory { current, charge_voltage, voltage, current_pp, voltage_pp },
        };
        (slot, analog)
    });
    for Miswritten { register, slot, holds } in &spec.miswritten {
        let address = usize::from(register.address);
        if register.of_unit {
            eeprom.keep_unit(address, *holds);
        }
        for other in
            Slot::ALL.into_iter().filter(|other| !register.of_unit && slot.is_none_or(|s| s == *other))
        {
            eeprom.keep_cell(other.index(), address, *holds);
        }
    }
    (vcc, eeprom, slots)
}

fn trim(chance: &mut rand_pcg::Pcg64) -> Trim {
    let scale = (DESIGNED_SCALE * (1.0 + DESIGN_SPREAD * either_way(chance))).round();
    let offset = (40.0 * either_way(chance)).round();
    Trim { scale: scale as u16, offset: (offset as i16).cast_unsigned() }
}
