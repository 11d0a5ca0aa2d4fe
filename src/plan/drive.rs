//! Steps that drive current: what is asked for, and in which direction.

use super::{EndCondition, Timeout};
use crate::units::{Amperes, Ohms, Volts, Watts, duration_text};
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Which way a current flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Into the cell.
    Charge,
    /// Out of the cell.
    Discharge,
}

impl Direction {
    /// The current with its sign: positive into the cell.
    pub fn sign(self, magnitude: Amperes) -> Amperes {
        match self {
            Self::Charge => magnitude,
            Self::Discharge => -magnitude,
        }
    }

    /// The other way.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Self::Charge => Self::Discharge,
            Self::Discharge => Self::Charge,
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Charge => "charge",
            Self::Discharge => "discharge",
        })
    }
}

/// What a step keeps constant; above zero in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// Constant current.
    Current(Amperes),
    /// Constant power at the terminals.
    Power(Watts),
    /// Constant resistance as the cell sees it: the current is the voltage over it. Only a discharge
    /// has it.
    Resistance(Ohms),
}

impl Demand {
    /// The current that it takes at a terminal voltage above zero.
    pub fn current_at(self, voltage: Volts) -> Amperes {
        match self {
            Self::Current(current) => current,
            Self::Power(power) => Amperes(power.0 / voltage.0),
            Self::Resistance(resistance) => Amperes(voltage.0 / resistance.0),
        }
    }

    /// The largest current that it takes between two terminal voltages above zero.
    pub fn highest_current(self, (low, high): (Volts, Volts)) -> Amperes {
        self.current_at(low).max(self.current_at(high))
    }

    /// The smallest current that it takes between two terminal voltages above zero.
    pub fn lowest_current(self, (low, high): (Volts, Volts)) -> Amperes {
        self.current_at(low).min(self.current_at(high))
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Current(current) => current.fmt(f),
            Self::Power(power) => power.fmt(f),
            Self::Resistance(resistance) => resistance.fmt(f),
        }
    }
}

/// Constant current, power or resistance, and then constant voltage where `hold` says so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drive {
    /// What is kept constant.
    #[serde(flatten)]
    pub demand: Demand,
    /// The terminal voltage at which constant current or power turns into constant voltage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Volts>,
    /// What ends the step: the first that is met.
    pub until: Vec<EndCondition>,
    /// When the step ends without having met a condition.
    pub at_most: Timeout,
}

/// Constant voltage from the first: into the cell where it stands below, out of it where it stands
/// above, and the other way when it comes to that.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hold {
    /// The terminal voltage.
    pub voltage: Volts,
    /// The largest current in either direction.
    pub current: Amperes,
    /// What ends the step: the first that is met.
    pub until: Vec<EndCondition>,
    /// When the step ends without having met a condition.
    pub at_most: Timeout,
}

/// Two levels of current in turn, so many times.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PulseTrain {
    /// Which way both levels flow.
    pub direction: Direction,
    /// The first level.
    pub high: Amperes,
    /// The second level; zero is no current at all.
    pub low: Amperes,
    /// How long the first level lasts.
    #[serde(with = "duration_text")]
    pub on: Duration,
    /// How long the second level lasts.
    #[serde(with = "duration_text")]
    pub off: Duration,
    /// How many times both.
    pub count: u32,
    /// What ends the step earlier: the first that is met.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub until: Vec<EndCondition>,
}

impl PulseTrain {
    /// How long all of it takes.
    pub fn duration(&self) -> Duration {
        (self.on + self.off).saturating_mul(self.count)
    }
}

/// What a profile gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileQuantity {
    /// Current, in amperes.
    Current,
    /// Power at the terminals, in watts.
    Power,
}

/// One row of a profile: from its time on, until that of the next row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProfilePoint {
    /// When it begins, from the beginning of the profile.
    pub at: Duration,
    /// Amperes or watts, above zero into the cell, zero for no current.
    pub value: f64,
}

/// Current or power over time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    /// The file that it came from.
    pub file: String,
    /// What its values are.
    pub quantity: ProfileQuantity,
    /// The rows in the order of time, scaled, the first at zero.
    #[serde(serialize_with = "how_many")]
    pub points: Arc<[ProfilePoint]>,
    /// How long the profile takes once.
    #[serde(with = "duration_text")]
    pub length: Duration,
    /// How many times it is done.
    pub times: u32,
    /// What ends the step earlier: the first that is met.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub until: Vec<EndCondition>,
}

impl Profile {
    /// The largest current that it takes between two terminal voltages above zero.
    pub fn highest_current(&self, voltages: (Volts, Volts)) -> Amperes {
        let peak = self.points.iter().map(|point| point.value.abs()).fold(0.0, f64::max);
        match self.quantity {
            ProfileQuantity::Current => Amperes(peak),
            ProfileQuantity::Power => Demand::Power(Watts(peak)).highest_current(voltages),
        }
    }

    /// How long all of it takes.
    pub fn duration(&self) -> Duration {
        self.length.saturating_mul(self.times)
    }
}

/// The rows themselves are in the file, which is kept with the results.
fn how_many<S: serde::Serializer>(points: &Arc<[ProfilePoint]>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(points.len() as u64)
}

/// A step of current, and the DC resistance from what the voltage does at stated times after it: the
/// change of voltage over the change of current.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DcResistance {
    /// Which way the current flows.
    pub direction: Direction,
    /// The current that is stepped to.
    pub current: Amperes,
    /// The current before it, and how long that flows; none at all if this is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Lead>,
    /// When the resistance is taken, from the step of current on, in rising order.
    #[serde(serialize_with = "times")]
    pub after: Vec<Duration>,
}

/// A lower current that flows before a step of current.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Lead {
    /// The current, in the same direction.
    pub current: Amperes,
    /// How long it flows.
    #[serde(with = "duration_text")]
    pub time: Duration,
}

impl DcResistance {
    /// How long it takes: until a reading after the last of its times is sure to have come.
    pub fn duration(&self) -> Duration {
        let lead = self.from.map_or(Duration::ZERO, |lead| lead.time);
        lead + self.after.last().copied().unwrap_or_default() + Self::LAST_READING
    }

    /// Two rotations of the unit's slices (0.6144 s each).
    const LAST_READING: Duration = Duration::from_millis(1230);
}

fn times<S: serde::Serializer>(times: &[Duration], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(times.iter().map(|time| crate::units::format_duration(*time)))
}
