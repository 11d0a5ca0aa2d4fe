//! Slices of 1024 samples: cell 0, 1, 2, 3, temperatures, VCC, and round again.

use super::application::Application;
use super::board::Board;
use super::calibration::Trim;
use super::chance::normal;
use super::registers::{cell, mode, setting, unit};
use crate::units::Hertz;

/// The slice that measures the temperatures.
const TEMPERATURES: usize = 4;
/// The slice that measures VCC.
const SUPPLY_VOLTAGE: usize = 5;
/// The last slice that measures a cell.
const LAST_CELL: usize = 3;
/// The largest value of CURRENT: 2046 of 2048 steps of the converter.
const CURRENT_CEILING: f64 = 32_736.0;
/// The largest value of VOLTAGE that is not over range.
const VOLTAGE_CEILING: f64 = 32_760.0;
/// The lowest value of VOLTAGE: some -4 V. Below it the register reads over range.
const VOLTAGE_FLOOR: f64 = -29_128.0;
/// What VOLTAGE reads over range.
const OVER_RANGE: u16 = 0x7FFF;
/// The converter's reference for currents, in volts.
const REFERENCE: f64 = 4.096;
/// Register values for each volt and ampere.
const PER_VOLT: f64 = 32_768.0 / 4.5;
const PER_AMPERE: f64 = 32_768.0 / 4.096;
/// Hertz of one step of SINE_FREQ.
const SINE_STEP: f64 = 10_000.0 / 256.0;
/// Ohms of the thermistor at 25 degC.
const THERMISTOR: f64 = 10_000.0;
/// Celsius of 0 kelvin, and of the thermistor's reference, in kelvin.
const KELVIN: f64 = 273.15;
const REFERENCE_TEMPERATURE: f64 = KELVIN + 25.0;

/// Where in the rotation the converters are.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// 0 to 3: a cell; 4: temperatures; 5: VCC.
    slice: usize,
    /// When the slice ends.
    pub ends_at: u64,
    /// Microseconds of the slice without samples, since interrupts were off; it takes longer by as much.
    unsampled: u64,
    /// Since when the converters are where they are.
    since: u64,
    /// Microseconds sampled for temperatures and VCC since they were last taken.
    sampled: [u64; 2],
    /// Whether the converter still refers to VCC, as it must for temperatures.
    refers_to_vcc: bool,
}

impl Rotation {
    /// A rotation that begins with cell 0.
    pub fn start(board: &mut Board, now: u64) -> Self {
        for (slot, bay) in board.bays.iter_mut().enumerate() {
            bay.set_sampling(slot == 0, now);
            bay.take_sampled(now);
        }
        Self {
            slice: 0,
            ends_at: now + board.slice,
            unsampled: 0,
            since: now,
            sampled: [0; 2],
            refers_to_vcc: false,
        }
    }

    /// Puts the end of the slice off, because interrupts are off and no samples come.
    pub fn put_off(&mut self, busy: u64) {
        self.ends_at += busy;
        self.unsampled += busy;
    }

    /// Turns the converters to another slice.
    fn turn_to(&mut self, slice: usize, board: &mut Board, now: u64) {
        if let Some(sampled) = self.slice.checked_sub(TEMPERATURES).and_then(|n| self.sampled.get_mut(n)) {
            *sampled += now - self.since;
        }
        self.since = now;
        if slice != self.slice {
            if let Some(bay) = board.bays.get_mut(self.slice) {
                bay.set_sampling(false, now);
            }
            if let Some(bay) = board.bays.get_mut(slice) {
                bay.set_sampling(true, now);
            }
            self.slice = slice;
        }
    }
}

impl Application {
    /// The cell that gets every slice. Where several ask, the last one wins.
    fn hi_res_cell(&self) -> Option<usize> {
        let bits = if self.version.has_hi_res() { self.unit[unit::SETTINGS] } else { 0 };
        (0..4).rev().find(|slot| bits & (setting::CH0_HI_RES << slot) != 0)
    }

    /// Turns the converters to the hi-res cell in the middle of a slice, if there is one.
    /// What is gathered of the slice stays with whom it was gathered for, and spoils the next value.
    pub(super) fn turn_converters(&mut self, board: &mut Board, now: u64) {
        if let Some(slot) = self.hi_res_cell() {
            self.rotation.turn_to(slot, board, now);
        }
    }

    /// Ends a slice: its registers get their values, and the next slice begins.
    pub(super) fn end_slice(&mut self, board: &mut Board, now: u64) {
        let slice = self.rotation.slice;
        self.rotation.turn_to(slice, board, now);
        let hi_res = self.hi_res_cell();
        match slice {
            TEMPERATURES => self.latch_temperatures(board, now),
            SUPPLY_VOLTAGE => {
                self.latch_supply_voltage(board);
                self.rotation.refers_to_vcc = false;
            }
            slot => {
                self.latch_cell(slot, board, now);
                if slot == LAST_CELL && hi_res != Some(LAST_CELL) {
                    self.rotation.refers_to_vcc = true;
                }
            }
        }
        let next = hi_res.unwrap_or(if slice == SUPPLY_VOLTAGE { 0 } else { slice + 1 });
        self.rotation.turn_to(next, board, now);
        self.rotation.unsampled = 0;
        self.rotation.ends_at = now + board.slice;
        if slice < TEMPERATURES { self.serve(slice, board, now) } else { self.serve_all(board, now) }
    }

    fn latch_cell(&mut self, slot: usize, board: &mut Board, now: u64) {
        let Self { cells, unit, rotation, version, .. } = self;
        let (Some(state), Some(bay)) = (cells.get_mut(slot), board.bays.get_mut(slot)) else { return };
        let registers = &mut state.registers;
        let slice = (board.slice + rotation.unsampled) as f64;
        let sampled = bay.take_sampled(now);
        let noise = [0; 4].map(|_| normal(&mut bay.noise));
        let active = mode::is_active(registers[cell::MODE]);

        let (charging, factory) = (registers[cell::MODE] == mode::CHARGE, bay.analog.factory);
        let (trim, designed) = if charging {
            (
                Trim { scale: unit[unit::VOLT_CH_CALIB_SCA], offset: unit[unit::VOLT_CH_CALIB_OFF] },
                factory.charge_voltage,
            )
        } else {
            (
                Trim { scale: unit[unit::VOLT_DC_CALIB_SCA], offset: unit[unit::VOLT_DC_CALIB_OFF] },
                factory.voltage,
            )
        };
        let volts = bay.analog.voltage.read(sampled.voltage / slice) + noise[0] * board.noise.voltage.0;
        let raw = trim.apply(volts * PER_VOLT, designed).round();
        registers[cell::VOLTAGE] = if (VOLTAGE_FLOOR..=VOLTAGE_CEILING).contains(&raw) {
            (raw as i16).cast_unsigned()
        } else {
            OVER_RANGE
        };
        registers[cell::VOLTAGE] = bay.stuck.voltage.unwrap_or(registers[cell::VOLTAGE]);

        let referred = if rotation.refers_to_vcc { REFERENCE / board.vcc } else { 1.0 };
        let current = if active {
            let trim = Trim {
                scale: registers[cell::CURRENT_CALIB_SCA],
                offset: registers[cell::CURRENT_CALIB_OFF],
            };
            let amperes = bay.analog.current.read(sampled.current / slice) + noise[1] * board.noise.current.0;
            let raw = trim.apply(amperes * PER_AMPERE * referred, factory.current).round();
            let raw = bay.stuck.current.unwrap_or(raw.clamp(0.0, CURRENT_CEILING) as u16);
            if raw < unit[unit::ZERO_AMP_THRESH] { 0 } else { raw }
        } else {
            0
        };
        registers[cell::CURRENT] = current;

        let sum = if version.is_old() {
            state.hidden_charge = state.hidden_charge.wrapping_add(u32::from(current));
            state.hidden_charge
        } else {
            let sum = u32::from(registers[cell::CHARGEH]) << 16 | u32::from(registers[cell::CHARGEL]);
            sum.wrapping_add(u32::from(current))
        };
        registers[cell::CHARGEL] = (sum & 0xFFFF) as u16;
        registers[cell::CHARGEH] = (sum >> 16) as u16;

        if unit[unit::LOCK] == 0 {
            let frequency = Hertz(f64::from(unit[unit::SINE_FREQ]) * SINE_STEP);
            let (amperes, volts) = bay.peak_to_peak(frequency).unwrap_or((0.0, 0.0));
            let amperes = bay.analog.current.difference(amperes) + noise[2] * board.noise.current.0;
            let volts = bay.analog.voltage.difference(volts) + noise[3] * board.noise.voltage.0;
            let trim =
                |scale: usize, offset: usize| Trim { scale: registers[scale], offset: registers[offset] };
            let current = trim(cell::CURRENT_CALIB_PP, cell::CURR_CALIB_PP_OFF)
                .apply(amperes * PER_AMPERE * referred, factory.current_pp);
            let voltage = trim(cell::VOLTAGE_CALIB_PP, cell::VOLT_CALIB_PP_OFF)
                .apply(volts * PER_VOLT, factory.voltage_pp);
            // Peaks are never the wrong way round.
            registers[cell::CURRENT_PP] = current.abs().round() as u16;
            registers[cell::VOLTAGE_PP] = voltage.abs().round() as u16;
        }
    }

    fn latch_temperatures(&mut self, board: &mut Board, now: u64) {
        let part = std::mem::take(&mut self.rotation.sampled[0]) as f64
            / (board.slice + self.rotation.unsampled) as f64;
        for (state, bay) in self.cells.iter_mut().zip(&mut board.bays) {
            let celsius = bay.temperature(now).0 + normal(&mut bay.noise) * board.noise.temperature;
            let kelvin = celsius + KELVIN;
            let ohms = THERMISTOR * (bay.analog.beta * (1.0 / kelvin - 1.0 / REFERENCE_TEMPERATURE)).exp();
            if self.unit[unit::LOCK] == 0 {
                let ratio = 32_768.0 * ohms / (ohms + bay.analog.divider);
                let raw = (ratio * part).round() as u16;
                state.registers[cell::TEMPERATURE] = bay.stuck.temperature.unwrap_or(raw);
            }
        }
    }

    fn latch_supply_voltage(&mut self, board: &mut Board) {
        let part = std::mem::take(&mut self.rotation.sampled[1]) as f64
            / (board.slice + self.rotation.unsampled) as f64;
        if self.unit[unit::LOCK] == 0 {
            let raw = 32_768.0 * REFERENCE / board.vcc + 2.0 * normal(&mut board.vcc_noise);
            self.unit[unit::VCC] = (raw * part).round() as u16;
        }
    }
}
