//! What a slot shows at one moment, whether it told by itself or was asked.

use super::frozen::Shown;
use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::units::{Amperes, Celsius, Volts};
use crate::wire::{
    ConversionError, Encoding, Mode, RawCurrent, RawTemperature, RawVoltage, Setpoint, StreamPacket,
    Thermistor, cell,
};

/// MODE and the three measured values of one slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Snapshot {
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

impl From<&StreamPacket> for Snapshot {
    fn from(packet: &StreamPacket) -> Self {
        let StreamPacket { mode, temperature, current, voltage, .. } = *packet;
        Self { mode, temperature, current, voltage }
    }
}

impl Snapshot {
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
        let values = line.read_many(registers.to_vec())?;
        let raw = |index: usize| values.get(index).copied().unwrap_or_default();
        Ok(Self {
            mode: Mode::from_raw(raw(0)),
            temperature: RawTemperature::from_raw(raw(1)),
            current: RawCurrent::from_raw(raw(2)),
            voltage: RawVoltage::from_raw(raw(3)),
        })
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
