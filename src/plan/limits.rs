//! What may never be crossed while a cell carries current.

use crate::units::{Amperes, Celsius, Volts};
use serde::{Deserialize, Serialize};

/// The limits of one cell, resolved: each the tightest of envelope and recipe.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// The lowest terminal voltage under current.
    pub voltage_low: Volts,
    /// The highest terminal voltage under current.
    pub voltage_high: Volts,
    /// The largest charging current.
    pub current_charge: Amperes,
    /// The largest discharging current.
    pub current_discharge: Amperes,
    /// The highest temperature while charging.
    pub temperature_charge: Celsius,
    /// The highest temperature while discharging.
    pub temperature_discharge: Celsius,
    /// The lowest temperature while charging; watched by the host alone, the unit has no such limit.
    pub temperature_charge_low: Celsius,
    /// The lowest temperature while discharging; watched by the host alone.
    pub temperature_discharge_low: Celsius,
}
