//! What a slot shows at one moment, whether it told by itself or was asked.

use super::frozen::Shown;
use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::program::Doubtful;
use crate::units::{Amperes, Celsius, Volts};
use crate::wire::{
    ConversionError, Encoding, Mode, RawCurrent, RawTemperature, RawVoltage, Setpoint, StreamPacket,
    Thermistor, cell,
};

/// MODE and the three measured values of one slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Snapshot {
    /// The earliest and the latest moment at which the unit can have had these values.
    pub(super) sent: Instant,
    pub(super) heard: Instant,
    pub(super) mode: Mode,
    temperature: RawTemperature,
    current: RawCurrent,
    voltage: RawVoltage,
}

/// The measured values of a snapshot, converted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    pub(super) voltage: Volts,
    pub(super) current: Amperes,
    pub(super) temperature: Celsius,
}

/// What a packet takes from the unit to the host, at most: it waits behind others.
const ON_ITS_WAY: u64 = 10_000;

impl Snapshot {
    /// What the slot told by itself.
    pub(super) fn told(heard: Instant, packet: &StreamPacket) -> Self {
        let StreamPacket { mode, temperature, current, voltage, .. } = *packet;
        let sent = Instant::from_micros(heard.as_micros().saturating_sub(ON_ITS_WAY));
        Self { sent, heard, mode, temperature, current, voltage }
    }

    /// Whether what the slot's own slice measures is the same; the temperature has a slice of its own.
    pub(super) fn shows_the_same_as(&self, other: &Self) -> bool {
        (self.current, self.voltage) == (other.current, other.voltage)
    }

    /// Asks the slot.
    ///
    /// # Errors
    /// The unit does not answer.
    pub(super) fn take(line: &mut Line, slot: Slot) -> Result<Self, LineError> {
        let registers = [
            cell::MODE.at(slot).address(),
            cell::TEMPERATURE.at(slot).address(),
            cell::CURRENT.at(slot).address(),
            cell::VOLTAGE.at(slot).address(),
        ];
        let sent = line.clock().now();
        let values = line.read_many(registers.to_vec())?;
        let heard = line.clock().now();
        let raw = |index: usize| values.get(index).copied().unwrap_or_default();
        Ok(Self {
            sent,
            heard,
            mode: Mode::from_raw(raw(0)),
            temperature: RawTemperature::from_raw(raw(1)),
            current: RawCurrent::from_raw(raw(2)),
            voltage: RawVoltage::from_raw(raw(3)),
        })
    }

    /// Asks the slot again, for its mode and for these values of what it told; the others are left as they were told.
    ///
    /// # Errors
    /// The unit does not answer.
    pub(super) fn again(self, line: &mut Line, slot: Slot, doubtful: Doubtful) -> Result<Self, LineError> {
        let values = [
            (doubtful.voltage, cell::VOLTAGE.at(slot).address()),
            (doubtful.current, cell::CURRENT.at(slot).address()),
            (doubtful.temperature, cell::TEMPERATURE.at(slot).address()),
        ];
        let asked = values.into_iter().filter_map(|(is_asked, address)| is_asked.then_some(address));
        let registers = std::iter::once(cell::MODE.at(slot).address()).chain(asked).collect();
        let sent = line.clock().now();
        let mut held = line.read_many(registers)?.into_iter().peekable();
        let heard = line.clock().now();
        let mode = held.next().map_or(self.mode, Mode::from_raw);
        let mut next = |is_asked: bool| held.next_if(|_| is_asked);
        let voltage = next(doubtful.voltage).map_or(self.voltage, RawVoltage::from_raw);
        let current = next(doubtful.current).map_or(self.current, RawCurrent::from_raw);
        let temperature = next(doubtful.temperature).map_or(self.temperature, RawTemperature::from_raw);
        Ok(Self { sent, heard, mode, temperature, current, voltage })
    }

    /// The values as the registers hold them, under a setting of the driver.
    pub(super) fn shown(&self, setpoint: Option<Setpoint>) -> Shown {
        Shown { voltage: self.voltage, current: self.current, temperature: self.temperature, setpoint }
    }

    /// The values in their units.
    ///
    /// # Errors
    /// One is over its range, or no temperature that a thermistor can have.
    pub(super) fn measured(&self, thermistor: Thermistor) -> Result<Measured, ConversionError> {
        Ok(Measured {
            voltage: self.voltage.volts()?,
            current: self.current.amperes()?,
            temperature: self.temperature.to_celsius(thermistor)?,
        })
    }
}
