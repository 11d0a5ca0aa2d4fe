//! What registers hold, as types: the raw value is kept, and physical values are checked both ways.

mod charge;
mod electrical;
mod error;
mod flags;
mod impedance;
mod mode;
mod system;
mod thermal;

pub use charge::{ChargeSum, SLICE, SamplePeriod};
pub use electrical::{
    CurrentLimit, Duty, RawCurrent, RawVoltage, ReportInterval, Setpoint, Vcc, VoltageLimit, ZeroAmpThreshold,
};
pub use error::{ConversionError, TextError};
pub use flags::{ErrorFlags, Settings, StatusFlags};
pub use impedance::{SineFrequency, SineMagnitude};
pub use mode::{Mode, UnknownMode};
pub use system::{
    Calibration, FirmwareVersion, Led, LedCode, Lock, Psu, SystemTimer, WatchdogCount, serial_number,
};
pub use thermal::{RawTemperature, TemperatureLimit, Thermistor};

/// A register that holds its bits unchanged: raw value in, raw value out.
macro_rules! raw_value {
    ($name:ident $(, check = $check:expr)? $(, $unit:literal = $number:expr)? $(, text = $text:expr)?) => {
        impl $crate::wire::Encoding for $name {
            $(const UNIT: &'static str = $unit;)?
            fn from_raw(raw: u16) -> Self {
                Self(raw)
            }
            fn to_raw(self) -> u16 {
                self.0
            }
            $(
                fn check(raw: u16) -> Result<(), $crate::wire::ConversionError> {
                    $check(raw)
                }
            )?
            $(
                fn number(self) -> Option<f64> {
                    let number: fn(Self) -> Option<f64> = $number;
                    number(self)
                }
            )?
            $(
                fn from_text(text: &str) -> Result<Self, $crate::wire::TextError> {
                    let read: fn(&str) -> Result<Self, $crate::wire::TextError> = $text;
                    read(text)
                }
            )?
        }
    };
}
use raw_value;
