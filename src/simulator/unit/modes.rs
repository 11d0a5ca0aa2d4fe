//! The mode machine, run in every pass of the main loop on the values of the last finished slices.

use super::application::Application;
use super::board::Board;
use super::frame::{STREAM, stream_packet};
use super::registers::{BLANK, cell, flag, mode, setting, unit};

/// VOLTAGE from which there is a cell: 1.8 V.
const CELL_PRESENT: i16 = 13_107;
/// VOLTAGE below which a cell is the wrong way round: -0.5 V.
const CELL_BACKWARDS: i16 = -3_640;
/// VOLTAGE above which the terminals are open.
const OPEN: i16 = 32_700;
/// VCC, which falls as the voltage rises, of 4.25 V.
const LOW_VCC: u16 = 31_581;

/// The flags that stop a charge.
const STOPS_CHARGE: u16 = flag::VOLTAGE_LIMIT_CHG
    | flag::VOLTAGE_LIMIT_DCHG
    | flag::CURRENT_LIMIT_CHG
    | flag::TEMP_LIMIT_CHG
    | flag::NO_PSU
    | flag::LOW_VCC;
/// The flags that stop an impedance measurement.
const STOPS_IMPEDANCE: u16 = flag::VOLTAGE_LIMIT_CHG
    | flag::VOLTAGE_LIMIT_DCHG
    | flag::CURRENT_LIMIT_DCHG
    | flag::TEMP_LIMIT_DCHG
    | flag::LOW_VCC;

impl Application {
    /// Serves every cell.
    pub(super) fn serve_all(&mut self, board: &mut Board, now: u64) {
        (0..4).for_each(|slot| self.serve(slot, board, now));
    }

    /// What a pass of the main loop does for a cell: flags, mode, output. Nothing before the main loop begins.
    pub(super) fn serve(&mut self, slot: usize, board: &mut Board, now: u64) {
        if now < self.awake_at {
            return;
        }
        self.judge(slot);
        self.set_output(slot, board, now);
        self.show(slot, board, now);
    }

    fn judge(&mut self, slot: usize) {
        let unit = self.unit;
        let (safe, version) = (unit[unit::SETTINGS] & setting::SAFETY_DISABLE == 0, self.version);
        let supply = self.supply;
        let Some(state) = self.cells.get_mut(slot) else { return };
        let registers = &mut state.registers;
        let signed = |address: usize| registers[address].cast_signed();
        let (voltage, current) = (signed(cell::VOLTAGE), signed(cell::CURRENT));
        let temperature = registers[cell::TEMPERATURE];

        let flags = [
            (flag::VOLTAGE_LIMIT_CHG, voltage > signed(cell::VOLTAGE_LIMIT_CHG)),
            (flag::VOLTAGE_LIMIT_DCHG, voltage < signed(cell::VOLTAGE_LIMIT_DCHG)),
            (flag::CURRENT_LIMIT_CHG, current > signed(cell::CURRENT_LIMIT_CHG)),
            (flag::CURRENT_LIMIT_DCHG, current > signed(cell::CURRENT_LIMIT_DCHG)),
            (flag::TEMP_LIMIT_CHG, temperature < registers[cell::TEMP_LIMIT_CHG]),
            (flag::TEMP_LIMIT_DCHG, temperature < registers[cell::TEMP_LIMIT_DCHG]),
            (flag::BACKWARDS, voltage < CELL_BACKWARDS),
            (flag::NO_CELL, (CELL_BACKWARDS..CELL_PRESENT).contains(&voltage) || voltage > OPEN),
            (flag::NO_PSU, !supply),
            (flag::NOT_INITIALIZED, unit[unit::SERIAL_NUM] == BLANK || unit[unit::DEVICE_ID] == BLANK),
            (
                flag::NOT_CALIBRATED,
                unit[unit::VOLT_CH_CALIB_SCA] == BLANK || registers[cell::CURRENT_CALIB_SCA] == BLANK,
            ),
            (flag::LOW_VCC, version.has_guards() && unit[unit::VCC] > LOW_VCC),
        ];
        let status = flags.iter().fold(0, |status, (bit, set)| if *set { status | bit } else { status });
        registers[cell::STATUS] = status;

        let stops = match registers[cell::MODE] {
            mode::CHARGE => STOPS_CHARGE,
            mode::IMPEDANCE => STOPS_IMPEDANCE,
            mode::DISCHARGE => {
                let enabled = unit[unit::SETTINGS] & setting::NO_PSU_DCHG_ENABLE != 0;
                // The rule for the supply came with firmware 5.
                STOPS_IMPEDANCE | if !version.has_guards() || enabled { 0 } else { flag::NO_PSU }
            }
            mode::NO_CELL => {
                registers[cell::MODE] = match status & (flag::NO_CELL | flag::BACKWARDS) {
                    0 => mode::IDLE,
                    flags if flags & flag::BACKWARDS != 0 => mode::BACKWARDS,
                    _ => mode::NO_CELL,
                };
                return;
            }
            mode::BACKWARDS => {
                if status & flag::BACKWARDS == 0 {
                    registers[cell::MODE] = mode::IDLE;
                }
                return;
            }
            mode::IDLE => {
                if status & flag::NO_CELL != 0 {
                    registers[cell::MODE] = mode::NO_CELL;
                }
                if status & flag::BACKWARDS != 0 {
                    registers[cell::MODE] = mode::BACKWARDS;
                }
                registers[cell::ERROR] = 0;
                return;
            }
            _ => return,
        };
        if safe && status & stops != 0 {
            registers[cell::MODE] = mode::STOPPED;
            registers[cell::ERROR] |= status & stops;
        }
    }

    /// Counts SYSTEM_TIMER on, and does what is due: the watchdog, the supply, the LEDs, the streams.
    pub(super) fn tick(
        &mut self,
        board: &mut Board,
        now: u64,
        mut send: impl FnMut(&mut Board, [u8; STREAM]),
    ) {
        self.tick_at += board.tick;
        let timer = self.unit[unit::SYSTEM_TIMER].wrapping_add(1);
        self.unit[unit::SYSTEM_TIMER] = timer;
        if self.version.has_watchdog() && self.unit[unit::SETTINGS] & setting::WATCHDOG_TIMER != 0 {
            match self.unit[unit::WATCHDOG_TIMER].checked_sub(1) {
                Some(left) => self.unit[unit::WATCHDOG_TIMER] = left,
                None => {
                    for state in &mut self.cells {
                        state.registers[cell::MODE] = mode::STOPPED;
                    }
                    self.serve_all(board, now);
                }
            }
        }
        if now < self.awake_at {
            return;
        }
        self.chat(timer, board, now);
        for (number, state) in (0u8..).zip(&mut self.cells) {
            let interval = state.registers[cell::REPORT_INTERVAL];
            if interval != 0 && timer.wrapping_sub(state.reported) > interval {
                state.reported = timer;
                let values = [cell::MODE, cell::STATUS, cell::TEMPERATURE, cell::CURRENT, cell::VOLTAGE];
                send(board, stream_packet(number, values.map(|address| state.registers[address])));
            }
        }
    }
}
