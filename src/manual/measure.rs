//! What a unit and its slots show at the moment.

use crate::driver::{Answer, LineError, Request};
use crate::identity::{SerialNumber, Slot};
use crate::pool::MetUnit;
use crate::units::{Amperes, Celsius, Coulombs, Volts};
use crate::wire::{
    Address, ChargeSum, Encoding, ErrorFlags, FirmwareVersion, Mode, Register, SamplePeriod, Settings,
    StatusFlags, Thermistor, cell, communications, unit,
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
    let of_unit = [unit::SETTINGS.address(), communications::PSU.address(), unit::VCC.address()];
    // All at once: the line has the next request before it has answered one.
    let mut requests = vec![Request::ReadMany(of_unit.to_vec())];
    requests.extend(slots.iter().map(|slot| Request::ReadMany(registers(*slot).to_vec())));
    if !firmware.hides_charge() {
        requests.extend(slots.iter().map(|slot| Request::ReadCharge(*slot)));
    }
    let mut answers = line.call_all(requests)?.into_iter();
    let [settings, supply, vcc] = raw(answers.next());
    let settings = of(unit::SETTINGS, settings);
    let shown: Vec<_> = answers.by_ref().take(slots.len()).map(Some).map(raw).collect();
    let mut charges = answers.map(|answer| match answer {
        Answer::Charge(sum) => Some(sum),
        _ => None,
    });
    let slots = slots.iter().zip(shown);
    let slots = slots.map(|(slot, shown)| reading(*slot, shown, charges.next().flatten(), settings));
    Ok(UnitReading {
        serial: *serial,
        port: line.name().to_owned(),
        time: line.clock().wall(line.clock().now()),
        firmware: *firmware,
        supplied: of(communications::PSU, supply).is_present(),
        vcc: of(unit::VCC, vcc).volts().ok(),
        settings,
        slots: slots.collect(),
    })
}

/// What a register holds.
fn of<V: Encoding, A>(_: Register<V, A>, raw: u16) -> V {
    V::from_raw(raw)
}

/// The values of a request for so many registers.
fn raw<const N: usize>(answer: Option<Answer>) -> [u16; N] {
    match answer {
        Some(Answer::Values(values)) => values.try_into().unwrap_or([0; N]),
        _ => [0; N],
    }
}

/// What is read of a slot, and in which order, but for its charge sum.
fn registers(slot: Slot) -> [Address; 8] {
    [
        cell::TEMP_CALIB_R.at(slot).address(),
        cell::TEMP_CALIB_B.at(slot).address(),
        cell::MODE.at(slot).address(),
        cell::CURRENT.at(slot).address(),
        cell::TEMPERATURE.at(slot).address(),
        cell::VOLTAGE.at(slot).address(),
        cell::ERROR.at(slot).address(),
        cell::STATUS.at(slot).address(),
    ]
}

fn reading(slot: Slot, shown: [u16; 8], charge: Option<ChargeSum>, settings: Settings) -> SlotReading {
    let [divider, beta, mode, current, temperature, voltage, error, status] = shown;
    let divider = of(cell::TEMP_CALIB_R.at(slot), divider);
    let thermistor = Thermistor::from_registers(divider, of(cell::TEMP_CALIB_B.at(slot), beta)).ok();
    let mode = of(cell::MODE.at(slot), mode);
    let out = matches!(mode, Mode::Discharge | Mode::Impedance);
    let current = of(cell::CURRENT.at(slot), current).amperes().ok();
    let temperature = of(cell::TEMPERATURE.at(slot), temperature);
    let hi_res = Settings::from_raw(Settings::CH0_HI_RES.to_raw() << slot.index());
    let period = if settings.intersects(hi_res) { SamplePeriod::HiRes } else { SamplePeriod::Rotation };
    SlotReading {
        slot,
        mode,
        voltage: of(cell::VOLTAGE.at(slot), voltage).volts().ok(),
        current: current.map(|magnitude| if out { Amperes(0.0) - magnitude } else { magnitude }),
        temperature: thermistor.and_then(|it| temperature.to_celsius(it).ok()),
        charge: charge.map(|sum| sum.coulombs(period)),
        error: of(cell::ERROR.at(slot), error),
        status: of(cell::STATUS.at(slot), status),
    }
}
