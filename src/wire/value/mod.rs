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
pub use error::ConversionError;
pub use flags::{ErrorFlags, Settings, StatusFlags};
pub use impedance::{SineFrequency, SineMagnitude};
pub use mode::{Mode, UnknownMode};
pub use system::{
    Calibration, FirmwareVersion, Led, LedCode, Lock, Psu, SystemTimer, WatchdogCount, serial_number,
};
pub use thermal::{RawTemperature, TemperatureLimit, Thermistor};

/// A register that holds its bits unchanged: raw value in, raw value out.
macro_rules! raw_value {
    ($name:ident $(, check = $check:expr)?) => {
        impl $crate::wire::Encoding for $name {
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
        }
    };
}
use raw_value;
