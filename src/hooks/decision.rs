//! What a hook decides. Each of these narrows, ends or tells; none can widen.

use super::Place;

/// What a hook asked for, and where in its script.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What.
    pub what: Wish,
    /// The place in the script.
    pub at: Place,
}

/// What a hook asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Keeps a text in the journal.
    Note(String),
    /// Gives the cell a label.
    Label(String),
    /// Defines a metric, or defines it anew; the number is in the unit that the recipe declares.
    Metric(String, f64),
    /// Drives at most so many amperes for the rest of the step.
    LimitCurrent(f64),
    /// Tightens a limit for the rest of the cell's test; volts or degrees Celsius.
    Tighten(Bound, f64),
    /// Ends the step, for a reason in words.
    EndStep(String),
    /// Ends the step, for a reason in words, and goes to a declared one.
    GoTo(String, String),
    /// Ends the test of the cell, which has failed, for a reason in words.
    Fail(String),
}

/// A limit that a hook can tighten. Currents are not among them: a hook lowers the current itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The lowest voltage.
    VoltageLow,
    /// The highest voltage.
    VoltageHigh,
    /// The highest temperature while charging.
    TemperatureCharge,
    /// The highest temperature while discharging.
    TemperatureDischarge,
    /// The lowest temperature while charging.
    TemperatureChargeLow,
    /// The lowest temperature while discharging.
    TemperatureDischargeLow,
}

impl Bound {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::VoltageLow,
        Self::VoltageHigh,
        Self::TemperatureCharge,
        Self::TemperatureDischarge,
        Self::TemperatureChargeLow,
        Self::TemperatureDischargeLow,
    ];

    /// The word for it in a script.
    pub const fn word(self) -> &'static str {
        match self {
            Self::VoltageLow => "voltage_low",
            Self::VoltageHigh => "voltage_high",
            Self::TemperatureCharge => "temperature_charge",
            Self::TemperatureDischarge => "temperature_discharge",
            Self::TemperatureChargeLow => "temperature_charge_low",
            Self::TemperatureDischargeLow => "temperature_discharge_low",
        }
    }

    /// Whether a smaller value is the narrower one.
    pub const fn is_upper(self) -> bool {
        !matches!(self, Self::VoltageLow | Self::TemperatureChargeLow | Self::TemperatureDischargeLow)
    }
}
