//! What steps and cycles that are over are asked for, by conditions, criteria and tests of recipes.

use crate::units::Dimension;
use crate::wire::SineFrequency;
use std::fmt;
use std::time::Duration;

/// What a finished step is asked for: `step.fill.charge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepMetric {
    /// Charge passed, a magnitude: what went in less what came out.
    Charge,
    /// Charge that went into the cell.
    ChargeIn,
    /// Charge that came out of the cell.
    ChargeOut,
    /// Energy passed, a magnitude.
    Energy,
    /// Energy that went into the cell.
    EnergyIn,
    /// Energy that came out of the cell.
    EnergyOut,
    /// How long it took.
    Time,
    /// Voltage at its end, under its own current.
    Voltage,
    /// Voltage at its start, before current flowed.
    VoltageStart,
    /// Energy over charge.
    VoltageMean,
    /// The lowest voltage.
    VoltageMin,
    /// The highest voltage.
    VoltageMax,
    /// Mean current, a magnitude as every current here.
    Current,
    /// The first current that was wholly of the step.
    CurrentStart,
    /// The last current.
    CurrentEnd,
    /// The smallest current.
    CurrentMin,
    /// The largest current.
    CurrentMax,
    /// Highest temperature.
    Temperature,
    /// Temperature before current flowed.
    TemperatureStart,
    /// Temperature at the last reading.
    TemperatureEnd,
    /// Temperature averaged over time.
    TemperatureMean,
    /// Lowest temperature.
    TemperatureMin,
    /// DC resistance that it measured, at the latest time that was asked for.
    Resistance,
    /// Magnitude of the impedance that it measured, at the frequency nearest to 1 kHz.
    Impedance,
    /// DC resistance at this time after the step of current.
    ResistanceAt(Duration),
    /// Magnitude of the impedance at this frequency.
    ImpedanceAt(SineFrequency),
    /// Open-circuit voltage at the end of a rest.
    Ocv,
    /// How fast that still moves, above zero where it rises.
    OcvDrift,
}

impl StepMetric {
    /// All of them, but those at one point of several.
    pub const ALL: [Self; 26] = [
        Self::Charge,
        Self::ChargeIn,
        Self::ChargeOut,
        Self::Energy,
        Self::EnergyIn,
        Self::EnergyOut,
        Self::Time,
        Self::Voltage,
        Self::VoltageStart,
        Self::VoltageMean,
        Self::VoltageMin,
        Self::VoltageMax,
        Self::Current,
        Self::CurrentStart,
        Self::CurrentEnd,
        Self::CurrentMin,
        Self::CurrentMax,
        Self::Temperature,
        Self::TemperatureStart,
        Self::TemperatureEnd,
        Self::TemperatureMean,
        Self::TemperatureMin,
        Self::Resistance,
        Self::Impedance,
        Self::Ocv,
        Self::OcvDrift,
    ];

    /// The word for it in a recipe.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::ChargeIn => "charge_in",
            Self::ChargeOut => "charge_out",
            Self::Energy => "energy",
            Self::EnergyIn => "energy_in",
            Self::EnergyOut => "energy_out",
            Self::Time => "time",
            Self::Voltage => "voltage",
            Self::VoltageStart => "voltage_start",
            Self::VoltageMean => "voltage_mean",
            Self::VoltageMin => "voltage_min",
            Self::VoltageMax => "voltage_max",
            Self::Current => "current",
            Self::CurrentStart => "current_start",
            Self::CurrentEnd => "current_end",
            Self::CurrentMin => "current_min",
            Self::CurrentMax => "current_max",
            Self::Temperature => "temperature",
            Self::TemperatureStart => "temperature_start",
            Self::TemperatureEnd => "temperature_end",
            Self::TemperatureMean => "temperature_mean",
            Self::TemperatureMin => "temperature_min",
            Self::Resistance | Self::ResistanceAt(_) => "resistance",
            Self::Impedance | Self::ImpedanceAt(_) => "impedance",
            Self::Ocv => "ocv",
            Self::OcvDrift => "ocv_drift",
        }
    }

    /// What it measures.
    pub fn dimension(self) -> Dimension {
        match self {
            Self::Charge | Self::ChargeIn | Self::ChargeOut => Dimension::CHARGE,
            Self::Energy | Self::EnergyIn | Self::EnergyOut => Dimension::ENERGY,
            Self::Time => Dimension::TIME,
            Self::Voltage
            | Self::VoltageStart
            | Self::VoltageMean
            | Self::VoltageMin
            | Self::VoltageMax
            | Self::Ocv => Dimension::VOLTAGE,
            Self::Current | Self::CurrentStart | Self::CurrentEnd | Self::CurrentMin | Self::CurrentMax => {
                Dimension::CURRENT
            }
            Self::Temperature
            | Self::TemperatureStart
            | Self::TemperatureEnd
            | Self::TemperatureMean
            | Self::TemperatureMin => Dimension::TEMPERATURE,
            Self::Resistance | Self::Impedance | Self::ResistanceAt(_) | Self::ImpedanceAt(_) => {
                Dimension::RESISTANCE
            }
            Self::OcvDrift => Dimension::VOLTAGE.per_second(),
        }
    }
}

impl StepMetric {
    /// Whether a step of this kind, by its word in a recipe, can have it.
    pub fn is_of(self, kind: &str) -> bool {
        let idle = matches!(kind, "rest" | "wait");
        match self {
            _ if matches!(kind, "group" | "repeat" | "goto") => false,
            Self::Resistance | Self::ResistanceAt(_) => kind == "resistance",
            Self::Impedance | Self::ImpedanceAt(_) => kind == "impedance",
            Self::Ocv | Self::OcvDrift => idle,
            Self::Charge
            | Self::ChargeIn
            | Self::ChargeOut
            | Self::Energy
            | Self::EnergyIn
            | Self::EnergyOut
            | Self::VoltageMean
            | Self::Current
            | Self::CurrentStart
            | Self::CurrentEnd
            | Self::CurrentMin
            | Self::CurrentMax => !idle && kind != "impedance",
            _ => true,
        }
    }
}

impl fmt::Display for StepMetric {
    /// Prints it as a recipe has it: `charge`, `resistance.10s`, `impedance.1016Hz`. No dot may stand in the
    /// point, and a frequency is found by whole hertz as well.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Self::ResistanceAt(after) if after.subsec_nanos() == 0 => write!(f, ".{}s", after.as_secs()),
            Self::ResistanceAt(after) => write!(f, ".{}ms", after.as_millis()),
            Self::ImpedanceAt(frequency) => write!(f, ".{:.0}Hz", frequency.hertz().0),
            _ => Ok(()),
        }
    }
}

/// What a cycle is asked for: `cycle.1.capacity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CycleMetric {
    /// Charge that came out of the cell in it.
    Capacity,
    /// Charge that went into the cell in it.
    ChargeIn,
    /// Energy that came out.
    EnergyOut,
    /// Energy that went in.
    EnergyIn,
    /// Charge out over charge in.
    Efficiency,
    /// Energy out over energy in.
    EnergyEfficiency,
    /// How much less charge came out than in the first cycle, as a share of that.
    CapacityFade,
    /// From the beginning of its first step to the end of its last.
    Time,
    /// The lowest voltage.
    VoltageMin,
    /// The highest voltage.
    VoltageMax,
    /// The mean voltage at which charge went in.
    VoltageMeanCharge,
    /// The mean voltage at which charge came out.
    VoltageMeanDischarge,
    /// By how much the first of these is above the second.
    VoltageHysteresis,
    /// Highest temperature.
    Temperature,
    /// Temperature averaged over time.
    TemperatureMean,
    /// Lowest temperature.
    TemperatureMin,
}

impl CycleMetric {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Capacity,
        Self::ChargeIn,
        Self::EnergyOut,
        Self::EnergyIn,
        Self::Efficiency,
        Self::EnergyEfficiency,
        Self::CapacityFade,
        Self::Time,
        Self::VoltageMin,
        Self::VoltageMax,
        Self::VoltageMeanCharge,
        Self::VoltageMeanDischarge,
        Self::VoltageHysteresis,
        Self::Temperature,
        Self::TemperatureMean,
        Self::TemperatureMin,
    ];

    /// The word for it in a recipe.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Capacity => "capacity",
            Self::ChargeIn => "charge_in",
            Self::EnergyOut => "energy_out",
            Self::EnergyIn => "energy_in",
            Self::Efficiency => "efficiency",
            Self::EnergyEfficiency => "energy_efficiency",
            Self::CapacityFade => "capacity_fade",
            Self::Time => "time",
            Self::VoltageMin => "voltage_min",
            Self::VoltageMax => "voltage_max",
            Self::VoltageMeanCharge => "voltage_mean_charge",
            Self::VoltageMeanDischarge => "voltage_mean_discharge",
            Self::VoltageHysteresis => "voltage_hysteresis",
            Self::Temperature => "temperature",
            Self::TemperatureMean => "temperature_mean",
            Self::TemperatureMin => "temperature_min",
        }
    }

    /// What it measures.
    pub fn dimension(self) -> Dimension {
        match self {
            Self::Capacity | Self::ChargeIn => Dimension::CHARGE,
            Self::EnergyOut | Self::EnergyIn => Dimension::ENERGY,
            Self::Efficiency | Self::EnergyEfficiency | Self::CapacityFade => Dimension::NUMBER,
            Self::Time => Dimension::TIME,
            Self::VoltageMin
            | Self::VoltageMax
            | Self::VoltageMeanCharge
            | Self::VoltageMeanDischarge
            | Self::VoltageHysteresis => Dimension::VOLTAGE,
            Self::Temperature | Self::TemperatureMean | Self::TemperatureMin => Dimension::TEMPERATURE,
        }
    }
}
