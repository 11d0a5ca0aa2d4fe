//! Registers read and written one by one.

use super::thermistor;
use crate::driver::{Line, LineError, Request};
use crate::units::{Celsius, QuantityError};
use crate::wire::{
    Access, Address, ConversionError, Encoding, Namespace, RawTemperature, TemperatureLimit, TextError,
    Thermistor, cell,
};
use std::fmt;

/// What a register holds.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterValue {
    /// The register.
    pub address: Address,
    /// Its bits.
    pub raw: u16,
    /// The value as a number in the register's unit, where it is one.
    pub number: Option<f64>,
    /// The value in words.
    pub text: String,
}

/// Why a value is not read or written.
#[derive(Debug, thiserror::Error)]
pub enum ValueError {
    /// The unit did not do it.
    #[error(transparent)]
    Line(#[from] LineError),
    /// It is none of the register's values.
    #[error("{0}: {1}")]
    Text(Address, TextError),
    /// It is a temperature, and nobody knows the slot's thermistor.
    #[error("{0}: {1}; without calibration only the raw ratio can be written")]
    Thermistor(Address, ConversionError),
    /// A host must not write it.
    #[error("{0}: {1}")]
    Never(Address, ConversionError),
    /// The register is not read, or not written.
    #[error("{0} is {1}")]
    Access(Address, &'static str),
    /// The bootloader does not run.
    #[error("{0}: registers of the bootloader answer while it runs, and the unit runs its firmware")]
    Bootloader(Address),
}

/// Reads a register.
///
/// # Errors
/// It is write only, its processor does not listen, or the unit does not answer.
pub fn read(line: &mut Line, address: Address) -> Result<RegisterValue, ValueError> {
    if address.namespace() == Namespace::Bootloader {
        return Err(ValueError::Bootloader(address));
    }
    if address.info().access == Access::WriteOnly {
        return Err(ValueError::Access(address, "write only: what it reads means nothing"));
    }
    let raw = line.read_many(vec![address])?.first().copied().unwrap_or_default();
    shown(line, address, raw)
}

/// The bits of what a person wants to write: a value with its unit or in words, or the raw number itself.
///
/// # Errors
/// The register is not written, holds no such value, or a host must never set it.
pub fn value_of(line: &mut Line, address: Address, text: &str, raw: bool) -> Result<u16, ValueError> {
    if address.namespace() == Namespace::Bootloader {
        return Err(ValueError::Bootloader(address));
    }
    if address.info().access == Access::ReadOnly {
        return Err(ValueError::Access(address, "read only"));
    }
    let wrong = |error| ValueError::Text(address, error);
    let value = match celsius(line, address)? {
        _ if raw => u16::from_text(text).map_err(wrong)?,
        None => (address.info().from_text)(text).map_err(wrong)?,
        Some(thermistor) => {
            let temperature: Celsius = text.parse().map_err(|e: QuantityError| wrong(e.into()))?;
            let thermistor = thermistor.map_err(|error| ValueError::Thermistor(address, error))?;
            TemperatureLimit::upper(temperature, thermistor).map_err(|error| wrong(error.into()))?.to_raw()
        }
    };
    (address.info().check)(value).map_err(|error| ValueError::Never(address, error))?;
    Ok(value)
}

/// Writes a register and reads it back until it agrees; gives what was read back. One that cannot be read
/// is written once.
///
/// # Errors
/// The unit refused it, never agreed, or does not answer.
pub fn write(line: &mut Line, address: Address, raw: u16) -> Result<RegisterValue, ValueError> {
    if address.info().access == Access::WriteOnly {
        line.call(Request::Write(address, raw))?;
        return Ok(RegisterValue { address, raw, number: None, text: "written".to_owned() });
    }
    line.call(Request::WriteVerified(address, raw))?;
    read(line, address)
}

fn shown(line: &mut Line, address: Address, raw: u16) -> Result<RegisterValue, ValueError> {
    let info = address.info();
    let (number, text) = match celsius(line, address)? {
        None => ((info.number)(raw), (info.describe)(raw)),
        Some(thermistor) => {
            let known =
                thermistor.and_then(|thermistor| RawTemperature::from_raw(raw).to_celsius(thermistor));
            match known {
                Ok(temperature) => (Some(temperature.0), format!("{temperature:.2}")),
                Err(error) => (None, format!("{}, no temperature: {error}", (info.describe)(raw))),
            }
        }
    };
    Ok(RegisterValue { address, raw, number, text })
}

/// The thermistor behind a register that holds a temperature.
fn celsius(
    line: &mut Line,
    address: Address,
) -> Result<Option<Result<Thermistor, ConversionError>>, LineError> {
    let Some(slot) = address.slot() else { return Ok(None) };
    let temperatures = [
        cell::TEMPERATURE.at(slot).address(),
        cell::TEMP_LIMIT_CHG.at(slot).address(),
        cell::TEMP_LIMIT_DCHG.at(slot).address(),
    ];
    if temperatures.contains(&address) { thermistor(line, slot).map(Some) } else { Ok(None) }
}

impl fmt::Display for RegisterValue {
    /// `3.7012 V (raw 26953)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text == self.raw.to_string() {
            f.write_str(&self.text)
        } else {
            write!(f, "{} (raw {})", self.text, self.raw)
        }
    }
}
