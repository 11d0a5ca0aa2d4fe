//! The measurement processor's application: its registers, and what commands do to them.

use super::board::Board;
use super::calibration::Eeprom;
use super::chatter::Led;
use super::drive::{Direction, Drive, FULL_DUTY, Ramp};
use super::frame::Command;
use super::measuring::Rotation;
use super::registers::{ACCEPTED, BLANK, REFUSED, cell, mode, namespace, setting, unit};
use super::version::Version;

/// Microseconds from the start of the application to the first pass of its main loop. Slices are
/// measured meanwhile.
pub const SETTLING: u64 = 1_100_000;
/// Microseconds that an EEPROM write takes for each byte, with interrupts off.
const EEPROM_BYTE: u64 = 4_000;
/// ZERO_AMP_THRESH where the EEPROM is blank: 0.25 A.
const ZERO_AMP_THRESHOLD: u16 = 2000;
/// Microseconds that the direction relay needs to turn.
const RELAY: u64 = 5_000;
/// A cell's registers after a reset, up to the calibration.
const CELL_DEFAULTS: [u16; cell::CURRENT_CALIB_OFF] = [
    mode::NO_CELL,
    0,
    0,
    256,
    0,
    25_093,
    31_999,
    20_390,
    0,
    0,
    30_584,
    20_389,
    32_000,
    32_000,
    25_092,
    20_825,
    0,
    0,
    0,
    0,
];

/// One cell's registers, and what the firmware knows about it beside them.
#[derive(Clone, Debug)]
pub struct CellState {
    /// By address.
    pub registers: [u16; cell::COUNT],
    /// SYSTEM_TIMER at the last stream packet.
    pub reported: u16,
    /// The charge sum of firmware 3 and earlier, which CHARGEL and CHARGEH only copy.
    pub hidden_charge: u32,
}

/// The running application.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its version.
    pub version: Version,
    /// The cells'.
    pub cells: [CellState; 4],
    /// The unit's, by address.
    pub unit: [u16; unit::COUNT],
    /// What is measured when.
    pub rotation: Rotation,
    /// When SYSTEM_TIMER counts next.
    pub tick_at: u64,
    /// When the main loop begins.
    pub awake_at: u64,
    /// Whether the communications processor last said that the supply is there.
    pub supply: bool,
    pub(super) supply_asked: u16,
    pub(super) leds_sent: u16,
    pub(super) leds: [Led; 4],
    /// What the communications processor is to be told or asked.
    pub says: Vec<Command>,
}

/// What came of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The reply's data.
    pub data: u16,
    /// Microseconds before the reply, with interrupts off.
    pub busy: u64,
    /// Whether the processor resets after the reply.
    pub resets: bool,
}

impl Outcome {
    fn reply(data: u16) -> Self {
        Self { data, ..Self::default() }
    }
}

impl Application {
    /// Starts this version of the application.
    pub fn start(version: Version, board: &mut Board, now: u64) -> Self {
        let cells = std::array::from_fn(|slot| {
            let registers = std::array::from_fn(|address| match CELL_DEFAULTS.get(address) {
                Some(value) => *value,
                None => board.eeprom.cell(slot, address),
            });
            CellState { registers, reported: 0, hidden_charge: 0 }
        });
        let mut unit = [0; unit::COUNT];
        for (address, register) in unit.iter_mut().enumerate() {
            *register = board.eeprom.unit(address).unwrap_or(0);
        }
        if unit[unit::ZERO_AMP_THRESH] == BLANK {
            unit[unit::ZERO_AMP_THRESH] = ZERO_AMP_THRESHOLD;
        }
        unit[unit::FIRMWARE_VER] = version.0;
        unit[unit::SINE_FREQ] = 1;
        unit[unit::SINE_OFFSET] = 16;
        unit[unit::SINE_MAGDIV] = 2;
        unit[unit::WATCHDOG_TIMER] = 255;
        board.drives_off(now);
        Self {
            version,
            cells,
            unit,
            rotation: Rotation::start(board, now),
            tick_at: now + board.tick,
            awake_at: now + SETTLING,
            supply: false,
            supply_asked: 0,
            leds_sent: 0,
            leds: [Led::default(); 4],
            says: Vec::new(),
        }
    }

    /// How many of the cells are active; each takes some of the processor's time.
    pub fn active_cells(&self) -> u64 {
        self.cells.iter().filter(|c| mode::is_active(c.registers[cell::MODE])).count() as u64
    }

    /// A register's value, if there is such a register in this version.
    pub fn read(&self, namespace: u8, address: u8, board: &Board, now: u64) -> Option<u16> {
        let address = usize::from(address);
        match namespace {
            0..=namespace::CELL3 => {
                if address == cell::DUTY {
                    return board.bays.get(usize::from(namespace)).map(|bay| bay.drive().duty(now));
                }
                self.cells.get(usize::from(namespace))?.registers.get(address).copied()
            }
            namespace::UNIT if address == unit::WATCHDOG_TIMER && !self.version.has_watchdog() => None,
            namespace::UNIT => self.unit.get(address).copied(),
            _ => None,
        }
    }

    /// Does what a command says. Commands of other namespaces than 0 to 4 are refused.
    pub fn answer(&mut self, command: Command, board: &mut Board, now: u64) -> Outcome {
        if !command.write {
            let value = self.read(command.namespace, command.address, board, now);
            return Outcome::reply(value.unwrap_or(REFUSED));
        }
        match command.namespace {
            0..=namespace::CELL3 => self.write_cell(command, board, now),
            namespace::UNIT => self.write_unit(command, board, now),
            _ => Outcome::reply(REFUSED),
        }
    }

    fn write_cell(&mut self, command: Command, board: &mut Board, now: u64) -> Outcome {
        let (slot, address) = (usize::from(command.namespace), usize::from(command.address));
        let Some(cell) = self.cells.get_mut(slot) else { return Outcome::reply(REFUSED) };
        if address == cell::CHARGEL || address == cell::CHARGEH {
            cell.registers[cell::CHARGEL] = 0;
            cell.registers[cell::CHARGEH] = 0;
            cell.hidden_charge = 0;
        }
        let Some(register) = cell.registers.get_mut(address) else { return Outcome::reply(REFUSED) };
        *register = command.data;
        let kept = board.eeprom.keep_cell(slot, address, command.data);
        self.serve(slot, board, now);
        Outcome { busy: if kept { EEPROM_BYTE * Eeprom::BYTES } else { 0 }, ..Outcome::reply(ACCEPTED) }
    }

    fn write_unit(&mut self, command: Command, board: &mut Board, now: u64) -> Outcome {
        let address = usize::from(command.address);
        let debug = self.unit[unit::SETTINGS] & setting::DEBUG != 0;
        let may = match address {
            unit::SERIAL_NUM | unit::DEVICE_ID => {
                debug || self.unit.get(address).is_some_and(|value| *value == BLANK)
            }
            unit::WATCHDOG_TIMER => self.version.has_watchdog(),
            unit::BOOTLOAD => {
                board.eeprom.start_bootloader = true;
                return Outcome { resets: true, ..Outcome::reply(ACCEPTED) };
            }
            unit::FIRMWARE_VER | unit::VCC | unit::SYSTEM_TIMER => false,
            _ => address < unit::COUNT,
        };
        if !may {
            return Outcome::reply(REFUSED);
        }
        if let Some(register) = self.unit.get_mut(address) {
            *register = command.data;
        }
        let kept = board.eeprom.keep_unit(address, command.data);
        if address == unit::SETTINGS {
            self.turn_converters(board, now);
        }
        self.serve_all(board, now);
        Outcome { busy: if kept { EEPROM_BYTE * Eeprom::BYTES } else { 0 }, ..Outcome::reply(ACCEPTED) }
    }

    /// Sets a slot's driver to what its mode and setpoint ask for.
    pub(super) fn set_output(&mut self, slot: usize, board: &mut Board, now: u64) {
        let Self { cells, unit, version, .. } = self;
        let (Some(cell), Some(bay)) = (cells.get(slot), board.bays.get_mut(slot)) else { return };
        let setpoint = cell.registers[cell::CURRENT_SETPOINT];
        let was = bay.drive();
        let mode = cell.registers[cell::MODE];
        let drive = match mode {
            mode::CHARGE | mode::DISCHARGE => {
                let direction = if mode == mode::CHARGE { Direction::Charge } else { Direction::Discharge };
                let ramp = match was {
                    Drive::Constant { ramp, .. } => ramp,
                    Drive::Off | Drive::Sine { .. } => Ramp::steady(was.duty(now)),
                };
                let turned = matches!(was, Drive::Constant { direction: same, .. } if same == direction);
                let wrong_way_until = match was {
                    Drive::Constant { wrong_way_until, .. } if turned => wrong_way_until,
                    _ if direction == Direction::Charge && version.is_old() => now + RELAY,
                    _ => 0,
                };
                Drive::Constant {
                    direction,
                    ramp: self::ramp(ramp, setpoint, *version, now),
                    wrong_way_until,
                }
            }
            mode::IMPEDANCE => {
                let peak_to_peak = f64::from(255_u16 >> unit[unit::SINE_MAGDIV].min(8));
                let mean = f64::from(unit[unit::SINE_OFFSET]) + peak_to_peak / 2.0;
                let mean = mean.min(f64::from(FULL_DUTY));
                Drive::Sine { mean, peak_to_peak, held: was.duty(now) }
            }
            _ => Drive::Off,
        };
        bay.set_drive(drive, now);
    }
}

/// The ramp towards a setpoint; the same one if it goes there already. Firmware 3 and earlier jumps.
fn ramp(ramp: Ramp, setpoint: u16, version: Version, now: u64) -> Ramp {
    if ramp.goes_to(setpoint) {
        ramp
    } else if version.is_old() {
        Ramp::jump(setpoint)
    } else {
        ramp.towards(setpoint, now)
    }
}
