//! What a unit and its slots show at the moment.

use crate::driver::{Answer, Line, LineError, Request};
use crate::identity::{SerialNumber, Slot};
use crate::pool::MetUnit;
use crate::units::{Amperes, Celsius, Coulombs, Volts};
use crate::wire::{
    Address, ChargeSum, Encoding, ErrorFlags, FirmwareVersion, Mode, RawCurrent, Register, SamplePeriod,
    Settings, StatusFlags, Thermistor, cell, communications, unit,
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

/// The thermistors of a unit's slots, by their calibration registers: read once, since they do not change while a program
/// has the port. None where the calibration makes none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermistors([Option<Thermistor>; 4]);

impl Thermistors {
    /// Reads them.
    ///
    /// # Errors
    /// The unit does not answer.
    pub fn read(line: &mut Line) -> Result<Self, LineError> {
        let registers = Slot::ALL.map(|slot| (cell::TEMP_CALIB_R.at(slot), cell::TEMP_CALIB_B.at(slot)));
        let both = |(divider, beta): (Register<_, _>, Register<_, _>)| [divider.address(), beta.address()];
        let held = line.read_many_twice(&registers.map(both).concat())?;
        let mut held = held.chunks_exact(2);
        Ok(Self(registers.map(|(divider, beta)| {
            let [one, other] = held.next()?.try_into().ok()?;
            Thermistor::from_registers(of(divider, one), of(beta, other)).ok()
        })))
    }
}

/// Reads a unit and these slots of it.
///
/// # Errors
/// It does not answer.
pub fn measure(
    unit: &mut MetUnit,
    slots: &[Slot],
    thermistors: &Thermistors,
) -> Result<UnitReading, LineError> {
    let MetUnit { line, serial, firmware } = unit;
    let of_unit = [unit::SETTINGS.address(), communications::PSU.address(), unit::VCC.address()];
    // All at once: the line has the next request before it has answered one.
    let mut requests = vec![Request::ReadMany(of_unit.to_vec())];
    requests.extend(slots.iter().map(|slot| Request::ReadMany(registers(*slot).to_vec())));
    requests.extend(slots.iter().map(|slot| match firmware.hides_charge() {
        true => Request::read(cell::CURRENT.at(*slot)),
        false => Request::ReadCharge(*slot),
    }));
    let mut answers = line.call_all(requests)?.into_iter();
    let [settings, supply, vcc] = raw(answers.next())?;
    let settings = of(unit::SETTINGS, settings);
    let shown: Vec<_> = slots.iter().map(|_| raw(answers.next())).collect::<Result<_, _>>()?;
    let flow = answers.map(|answer| match answer {
        Answer::Charge(sum, current) => Ok((current, Some(sum))),
        Answer::Value(current) => Ok((RawCurrent::from_raw(current), None)),
        _ => Err(Line::odd(unit::SERIAL_NUM.address())),
    });
    let flow: Vec<_> = flow.collect::<Result<_, _>>()?;
    let slots = slots.iter().zip(shown).zip(flow);
    let slots = slots.map(|((slot, shown), flow)| reading(*slot, shown, flow, settings, thermistors));
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
fn raw<const N: usize>(answer: Option<Answer>) -> Result<[u16; N], LineError> {
    match answer {
        Some(Answer::Values(values)) => values.try_into().ok(),
        _ => None,
    }
    .ok_or_else(|| Line::odd(unit::SERIAL_NUM.address()))
}

/// What is read of a slot, and in which order, but for its current and its charge sum.
fn registers(slot: Slot) -> [Address; 5] {
    [
        cell::MODE.at(slot).address(),
        cell::TEMPERATURE.at(slot).address(),
        cell::VOLTAGE.at(slot).address(),
        cell::ERROR.at(slot).address(),
        cell::STATUS.at(slot).address(),
    ]
}

fn reading(
    slot: Slot,
    shown: [u16; 5],
    (current, charge): (RawCurrent, Option<ChargeSum>),
    settings: Settings,
    Thermistors(thermistors): &Thermistors,
) -> SlotReading {
    let [mode, temperature, voltage, error, status] = shown;
    let thermistor = thermistors[slot.index()];
    let mode = of(cell::MODE.at(slot), mode);
    let out = matches!(mode, Mode::Discharge | Mode::Impedance);
    let current = current.amperes().ok();
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
