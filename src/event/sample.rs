//! What is recorded of a cell while a step runs: rows of its time series, points, why it ended.

use crate::clock::Instant;
use crate::units::{Amperes, Celsius, Coulombs, Hertz, Joules, Ohms, Volts, duration_text};
use serde::{Deserialize, Serialize};
use std::ops::{AddAssign, Sub};
use std::time::Duration;

/// Charge and energy that passed, each direction by itself; none of them ever falls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Charge that went into the cell.
    pub charge_in: Coulombs,
    /// Charge that came out of the cell.
    pub charge_out: Coulombs,
    /// Energy that went into the cell.
    pub energy_in: Joules,
    /// Energy that came out of the cell.
    pub energy_out: Joules,
}

impl Totals {
    /// Charge out over charge in; none where nothing went in.
    pub fn coulombic_efficiency(&self) -> Option<f64> {
        (self.charge_in.0 > 0.0).then(|| self.charge_out / self.charge_in)
    }

    /// Energy out over energy in; none where nothing went in.
    pub fn energy_efficiency(&self) -> Option<f64> {
        (self.energy_in.0 > 0.0).then(|| self.energy_out / self.energy_in)
    }
}

impl Totals {
    /// The larger of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            charge_in: self.charge_in.max(other.charge_in),
            charge_out: self.charge_out.max(other.charge_out),
            energy_in: self.energy_in.max(other.energy_in),
            energy_out: self.energy_out.max(other.energy_out),
        }
    }
}

impl AddAssign for Totals {
    /// What passed in both.
    fn add_assign(&mut self, other: Self) {
        self.charge_in += other.charge_in;
        self.charge_out += other.charge_out;
        self.energy_in += other.energy_in;
        self.energy_out += other.energy_out;
    }
}

impl Sub for Totals {
    type Output = Self;

    /// What passed since `earlier`.
    fn sub(self, earlier: Self) -> Self {
        Self {
            charge_in: self.charge_in - earlier.charge_in,
            charge_out: self.charge_out - earlier.charge_out,
            energy_in: self.energy_in - earlier.energy_in,
            energy_out: self.energy_out - earlier.energy_out,
        }
    }
}

/// What the cell is going through at a sample; the codes of the Battery Data Format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepType {
    /// Constant current into the cell.
    #[serde(rename = "CC_CHG")]
    ConstantCurrentCharge,
    /// Constant voltage, current into the cell.
    #[serde(rename = "CV_CHG")]
    ConstantVoltageCharge,
    /// Constant current out of the cell.
    #[serde(rename = "CC_DCH")]
    ConstantCurrentDischarge,
    /// Constant voltage, current out of the cell.
    #[serde(rename = "CV_DCH")]
    ConstantVoltageDischarge,
    /// Constant power into the cell.
    #[serde(rename = "CP_CHG")]
    ConstantPowerCharge,
    /// Constant power out of the cell.
    #[serde(rename = "CP_DCH")]
    ConstantPowerDischarge,
    /// A constant resistance as the load.
    #[serde(rename = "CR_DCH")]
    ConstantResistanceDischarge,
    /// No current.
    #[serde(rename = "REST")]
    Rest,
    /// A sine current for the impedance.
    #[serde(rename = "EIS")]
    Impedance,
}

impl StepType {
    /// The code in the Battery Data Format.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ConstantCurrentCharge => "CC_CHG",
            Self::ConstantVoltageCharge => "CV_CHG",
            Self::ConstantCurrentDischarge => "CC_DCH",
            Self::ConstantVoltageDischarge => "CV_DCH",
            Self::ConstantPowerCharge => "CP_CHG",
            Self::ConstantPowerDischarge => "CP_DCH",
            Self::ConstantResistanceDischarge => "CR_DCH",
            Self::Rest => "REST",
            Self::Impedance => "EIS",
        }
    }
}

/// The magnitude of the impedance at one frequency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImpedancePoint {
    /// The frequency that the unit really made.
    pub frequency: Hertz,
    /// The mean magnitude: peak-to-peak voltage over peak-to-peak current.
    pub magnitude: Ohms,
    /// How many measuring slices the mean is made of.
    pub averages: u32,
}

impl ImpedancePoint {
    /// The point that stands for a spectrum: the one nearest to 1 kHz, the customary frequency of AC
    /// internal resistance (IEC 61960).
    pub fn nearest_to_1_khz(points: &[Self]) -> Option<&Self> {
        let distance = |point: &Self| (point.frequency.0 - 1000.0).abs();
        points.iter().min_by(|one, other| distance(one).total_cmp(&distance(other)))
    }
}

/// Where in a cell's test an impedance was measured, and what the cell was like meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Circumstances {
    /// The step of the plan.
    pub step_id: u32,
    /// Steps begun by this cell so far, this one included.
    pub step_count: u32,
    /// The cycle, from 1.
    pub cycle: u32,
    /// When it was done, from the start of the cell's test.
    #[serde(with = "duration_text")]
    pub time: Duration,
    /// Mean voltage while the sine flowed; absent where no reading was wholly of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voltage: Option<Volts>,
    /// Mean current of the sine, positive into the cell: it discharges, so below zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Amperes>,
    /// Mean temperature of the cell's surface meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<Celsius>,
}

/// The DC resistance at a time after a step of current.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResistancePoint {
    /// How long after the step.
    #[serde(with = "duration_text")]
    pub after: Duration,
    /// The change of voltage over the change of current, both as measured.
    pub resistance: Ohms,
}

/// One row of a cell's time series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When the reading came, on the clock of the cell's unit.
    pub at: Instant,
    /// When the cell's test began, on the same clock.
    pub test_start: Instant,
    /// When the step began, on the same clock.
    pub step_start: Instant,
    /// The step of the plan.
    pub step_id: u32,
    /// Steps begun by this cell so far, this one included; never resets.
    pub step_count: u32,
    /// Cycles begun by this cell so far, this one included, from 1.
    pub cycle: u32,
    /// What the cell is going through.
    pub step_type: StepType,
    /// Voltage at the unit's terminals.
    pub voltage: Volts,
    /// Current, positive into the cell.
    pub current: Amperes,
    /// Temperature of the cell's surface.
    pub temperature: Celsius,
    /// Since the cell's test began.
    pub total: Totals,
    /// Since the step began.
    pub step: Totals,
    /// Since the cycle began.
    pub in_cycle: Totals,
    /// The impedance that was measured just now, if one was.
    pub impedance: Option<ImpedancePoint>,
}

/// Why a step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "why", content = "detail", rename_all = "kebab-case")]
pub enum EndReason {
    /// One of its end conditions was met: the condition, as a recipe would write it.
    Condition(String),
    /// It did all that it had to: a rest's time, an impedance's frequencies.
    Completed,
    /// `at_most` ran out before any condition was met.
    TimeCap,
    /// A limit stopped the cell, in the unit or in the host: which, and by what reading.
    Tripped(String),
    /// The unit or the line failed.
    Fault(String),
    /// A person or the system asked the run to end.
    Stopped,
    /// Control of the slot was lost in the middle of it: by what.
    Interrupted(String),
}

impl EndReason {
    /// Whether the plan goes on after a step that ended so. A phase that was tripped is no result.
    pub const fn goes_on(&self) -> bool {
        matches!(self, Self::Condition(_) | Self::Completed | Self::TimeCap)
    }

    /// The short code that files carry.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Condition(_) => "condition",
            Self::Completed => "completed",
            Self::TimeCap => "time-cap",
            Self::Tripped(_) => "tripped",
            Self::Fault(_) => "fault",
            Self::Stopped => "stopped",
            Self::Interrupted(_) => "interrupted",
        }
    }

    /// What there is to say beside the code.
    pub fn detail(&self) -> &str {
        match self {
            Self::Condition(text) | Self::Tripped(text) | Self::Fault(text) | Self::Interrupted(text) => text,
            Self::Completed | Self::TimeCap | Self::Stopped => "",
        }
    }
}
