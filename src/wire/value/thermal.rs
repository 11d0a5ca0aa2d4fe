//! Temperatures: a thermistor in a divider, read as a ratio.

use super::error::{ConversionError, at_or_above, nearest};
use super::{Calibration, raw_value};
use crate::units::{Celsius, Ohms};
use std::fmt;

/// Full scale of the ratio.
const FULL: f64 = 32768.0;
/// Kelvin at 0 degC.
const ZERO_CELSIUS: f64 = 273.15;
/// Kelvin at which the thermistor has its nominal resistance.
const NOMINAL_KELVIN: f64 = 298.15;
/// The thermistor's resistance at 25 degC.
const NOMINAL_OHMS: f64 = 10000.0;
/// What such a thermistor survives, degC; a reading beyond is a broken sensor, not a temperature.
const PHYSICAL: std::ops::RangeInclusive<f64> = -55.0..=155.0;

/// A cell's own thermistor, from its TEMP_CALIB_R and TEMP_CALIB_B.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermistor {
    divider: Ohms,
    beta: f64,
}

impl Thermistor {
    /// A thermistor with this divider, and this beta in kelvin.
    ///
    /// # Errors
    /// Either is not a positive finite number.
    pub fn new(divider: Ohms, beta: f64) -> Result<Self, ConversionError> {
        let usable = |value: f64| value.is_finite() && value > 0.0;
        if !usable(divider.0) {
            return Err(ConversionError::new("thermistor divider", divider.0, "ohm", "more than 0"));
        }
        if !usable(beta) {
            return Err(ConversionError::new("thermistor beta", beta, "K", "more than 0"));
        }
        Ok(Self { divider, beta })
    }

    /// TEMP_CALIB_R of the design, in ohms. A unit's own differs by some per cent, and each of them puts
    /// temperatures off by about 0.26 degC.
    pub const DESIGN_DIVIDER: u16 = 1500;
    /// TEMP_CALIB_B of the design, in kelvin.
    pub const DESIGN_BETA: u16 = 3380;

    /// The thermistor that the calibration registers TEMP_CALIB_R and TEMP_CALIB_B describe.
    ///
    /// # Errors
    /// One of them is blank or 0: the unit is not calibrated, and no temperature can be known.
    pub fn from_registers(divider: Calibration, beta: Calibration) -> Result<Self, ConversionError> {
        let blank =
            |what| ConversionError::new(what, 65535.0, "raw", "a calibrated value; the register is blank");
        let divider = divider.value().ok_or_else(|| blank("thermistor divider"))?;
        let beta = beta.value().ok_or_else(|| blank("thermistor beta"))?;
        Self::new(Ohms(f64::from(divider)), f64::from(beta))
    }

    /// 1/T = 1/298.15 + ln(Rt / 10000) / B, with Rt = Rdiv / (32768 / raw - 1).
    fn celsius(self, raw: u16) -> Result<Celsius, ConversionError> {
        let expected = match raw {
            0 => "a ratio of a thermistor between -55 and 155 degC; 0 is a thermistor that is bridged",
            32767.. => {
                "a ratio of a thermistor between -55 and 155 degC; this is a thermistor without contact"
            }
            _ => {
                "a ratio of a thermistor between -55 and 155 degC; is the sensor broken, or the calibration wrong?"
            }
        };
        let resistance = self.divider.0 / (FULL / f64::from(raw) - 1.0);
        let kelvin = (NOMINAL_KELVIN.recip() + (resistance / NOMINAL_OHMS).ln() / self.beta).recip();
        let celsius = kelvin - ZERO_CELSIUS;
        // NaN and infinities are in no range.
        if PHYSICAL.contains(&celsius) {
            Ok(Celsius(celsius))
        } else {
            Err(ConversionError::raw("temperature", raw, expected))
        }
    }

    /// The ratio at a temperature, made whole by `round`.
    fn raw(
        self,
        quantity: &'static str,
        temperature: Celsius,
        round: fn(f64, u16, u16) -> Option<u16>,
    ) -> Result<u16, ConversionError> {
        let error = ConversionError::new(
            quantity,
            temperature.0,
            "degC",
            "-55 to 155 degC, and a ratio of 1 to 32767",
        );
        if !PHYSICAL.contains(&temperature.0) {
            return Err(error);
        }
        let kelvin = temperature.0 + ZERO_CELSIUS;
        let resistance = NOMINAL_OHMS * (self.beta * (kelvin.recip() - NOMINAL_KELVIN.recip())).exp();
        round(FULL / (self.divider.0 / resistance + 1.0), 1, 32767).ok_or(error)
    }
}

/// TEMPERATURE: the thermistor's part of the divider, of 32768; it falls as the temperature rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RawTemperature(u16);

// Which temperature a ratio is, only a slot's own thermistor tells.
raw_value!(RawTemperature, "degC" = |_| None);

impl RawTemperature {
    /// The temperature by a cell's thermistor.
    ///
    /// # Errors
    /// A ratio that no working sensor gives.
    pub fn to_celsius(self, thermistor: Thermistor) -> Result<Celsius, ConversionError> {
        thermistor.celsius(self.0)
    }

    /// The ratio nearest to a temperature.
    ///
    /// # Errors
    /// Outside -55 to 155 degC, or not a number.
    pub fn nearest(temperature: Celsius, thermistor: Thermistor) -> Result<Self, ConversionError> {
        thermistor.raw("temperature", temperature, nearest).map(Self)
    }
}

impl fmt::Display for RawTemperature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ratio {:.5}", f64::from(self.0) / FULL)
    }
}

/// TEMP_LIMIT_CHG and TEMP_LIMIT_DCHG: as TEMPERATURE; the cell stops below this ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TemperatureLimit(u16);

raw_value!(TemperatureLimit, check = TemperatureLimit::check_raw, "degC" = |_| None);

impl TemperatureLimit {
    fn check_raw(raw: u16) -> Result<(), ConversionError> {
        if (1..=32767).contains(&raw) {
            Ok(())
        } else {
            Err(ConversionError::raw("temperature limit", raw, "1 to 32767"))
        }
    }

    /// The upper limit for a temperature, by a cell's thermistor. The ratio falls as the temperature
    /// rises, so it is rounded up: the limit is never wider than what was asked.
    ///
    /// # Errors
    /// Outside -55 to 155 degC, or not a number.
    pub fn upper(temperature: Celsius, thermistor: Thermistor) -> Result<Self, ConversionError> {
        thermistor.raw("temperature limit", temperature, at_or_above).map(Self)
    }

    /// The limit as a temperature, by a cell's thermistor.
    ///
    /// # Errors
    /// A ratio that no working sensor gives.
    pub fn to_celsius(self, thermistor: Thermistor) -> Result<Celsius, ConversionError> {
        thermistor.celsius(self.0)
    }
}

impl fmt::Display for TemperatureLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ratio {:.5}", f64::from(self.0) / FULL)
    }
}
