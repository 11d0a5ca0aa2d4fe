//! What a unit and its slots show at the moment.

use super::thermistor;
use crate::driver::{Line, LineError};
use crate::identity::{SerialNumber, Slot};
use crate::pool::MetUnit;
use crate::units::{Amperes, Celsius, Coulombs, Volts};
use crate::wire::{
    Encoding, ErrorFlags, FirmwareVersion, Mode, SamplePeriod, Settings, StatusFlags, cell, communications,
    unit,
};
use chrono::{DateTime, Utc};

/// What a unit shows.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitReading {
    /// Who it is; none while that was never written.
    pub serial: Option<SerialNumber>,
    /// The port that it is on.
    pub port: String,
    /// When it was read; simulated time of a simulated unit.
    pub time: DateTime<Utc>,
    /// Firmware of its measurement processor.
    pub firmware: FirmwareVersion,
    /// Whether it sees its external supply.
    pub supplied: bool,
    /// Its own supply; none before it has measured it.
    pub vcc: Option<Volts>,
    /// What it does by itself.
    pub settings: Settings,
    /// The slots that were asked for.
    pub slots: Vec<SlotReading>,
}

/// What a slot shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlotReading {
    /// The slot.
    pub slot: Slot,
    /// What it is doing.
    pub mode: Mode,
    /// Its voltage; none above 4.5 V.
    pub voltage: Option<Volts>,
    /// Its current, positive into the cell; 0 outside of charge, discharge and impedance.
    pub current: Option<Amperes>,
    /// Temperature of the cell's surface; none where the slot's calibration tells none.
    pub temperature: Option<Celsius>,
    /// What its counter holds: all charge since it was cleared, whichever way it went. None up to firmware 3,
    /// which shows no counter.
    pub charge: Option<Coulombs>,
    /// What stopped it.
    pub error: ErrorFlags,
    /// Conditions as they are now.
    pub status: StatusFlags,
}

/// What lies in a slot, as far as it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Nothing,
    /// A cell, reversed.
    Reversed,
    /// A cell, the right way round.
    Cell,
}

impl SlotReading {
    /// What lies in it. STATUS tells it where MODE, in a stopped slot, does not.
    pub fn seen(&self) -> Seen {
        if self.mode == Mode::NoCell || self.status.intersects(StatusFlags::NO_CELL) {
            Seen::Nothing
        } else if self.mode == Mode::Backwards || self.status.intersects(StatusFlags::BACKWARDS) {
            Seen::Reversed
        } else {
            Seen::Cell
        }
    }
}

/// Reads a unit and these slots of it.
///
/// # Errors
/// It does not answer.
pub fn measure(unit: &mut MetUnit, slots: &[Slot]) -> Result<UnitReading, LineError> {
    let MetUnit { line, serial, firmware } = unit;
    let settings = line.read(unit::SETTINGS)?;
    let measured = slots.iter().map(|slot| measure_slot(line, *slot, *firmware, settings));
    let slots = measured.collect::<Result<_, _>>()?;
    Ok(UnitReading {
        serial: *serial,
        port: line.name().to_owned(),
        time: line.clock().wall(line.clock().now()),
        firmware: *firmware,
        supplied: line.read(communications::PSU)?.is_present(),
        vcc: line.read(unit::VCC)?.volts().ok(),
        settings,
        slots,
    })
}

fn measure_slot(
    line: &mut Line,
    slot: Slot,
    firmware: FirmwareVersion,
    settings: Settings,
) -> Result<SlotReading, LineError> {
    let thermistor = thermistor(line, slot)?.ok();
    let mode = line.read(cell::MODE.at(slot))?;
    let out = matches!(mode, Mode::Discharge | Mode::Impedance);
    let current = line.read(cell::CURRENT.at(slot))?.amperes().ok();
    let temperature = line.read(cell::TEMPERATURE.at(slot))?;
    let hi_res = Settings::from_raw(Settings::CH0_HI_RES.to_raw() << slot.index());
    let period = if settings.intersects(hi_res) { SamplePeriod::HiRes } else { SamplePeriod::Rotation };
    let charge = if firmware.hides_charge() { None } else { Some(line.read_charge(slot)?.coulombs(period)) };
    Ok(SlotReading {
        slot,
        mode,
        voltage: line.read(cell::VOLTAGE.at(slot))?.volts().ok(),
        current: current.map(|magnitude| if out { Amperes(0.0) - magnitude } else { magnitude }),
        temperature: thermistor.and_then(|it| temperature.to_celsius(it).ok()),
        charge,
        error: line.read(cell::ERROR.at(slot))?,
        status: line.read(cell::STATUS.at(slot))?,
    })
}
