//! What can break on the way from a cell to the registers that tell of it.

use super::registers::cell;
use serde::{Deserialize, Serialize};

/// Something that breaks and stays broken. The firmware knows nothing of it: it judges its limits on what
/// the registers hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SensorFault {
    /// The thermistor has lost its contact: TEMPERATURE reads 32767, as colder than anything.
    ThermistorOpen,
    /// The thermistor is bridged: TEMPERATURE reads 0, as hotter than anything.
    ThermistorShort,
    /// VOLTAGE stays as it is.
    VoltageStuck,
    /// CURRENT stays as it is whenever current is measured, and is counted as charge.
    CurrentStuck,
    /// TEMPERATURE stays as it is.
    TemperatureStuck,
}

/// What the registers of a slot read, whatever is measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stuck {
    /// VOLTAGE.
    pub voltage: Option<u16>,
    /// CURRENT, in modes in which it is measured.
    pub current: Option<u16>,
    /// TEMPERATURE.
    pub temperature: Option<u16>,
}

impl Stuck {
    /// Breaks something; `registers` are those of the slot at this moment.
    pub fn add(&mut self, fault: SensorFault, registers: &[u16; cell::COUNT]) {
        match fault {
            SensorFault::ThermistorOpen => self.temperature = Some(32_767),
            SensorFault::ThermistorShort => self.temperature = Some(0),
            SensorFault::VoltageStuck => self.voltage = Some(registers[cell::VOLTAGE]),
            SensorFault::CurrentStuck => self.current = Some(registers[cell::CURRENT]),
            SensorFault::TemperatureStuck => self.temperature = Some(registers[cell::TEMPERATURE]),
        }
    }
}
