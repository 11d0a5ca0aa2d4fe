//! What a plan is made of: steps and their kinds.

use super::{
    DcResistance, Drive, EndCondition, Hold, Jump, Limits, Profile, PulseTrain, Recording, Then, Timeout,
};
use crate::units::{Amperes, Hertz, duration_text};
use serde::Serialize;
use std::time::Duration;

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Its number in the plan, counted from 1 through all nested steps in the order of the text.
    pub id: u32,
    /// The name that the recipe gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When rows are written in it, where that is not as in the rest of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Recording>,
    /// Whether its cell gets every slice of the unit, while the other slots wait.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hi_res: bool,
    /// What it does.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// Drives current into the cell.
    Charge(Drive),
    /// Drives current out of the cell.
    Discharge(Drive),
    /// Holds a voltage, whichever way the current has to flow for it.
    Hold(Hold),
    /// Lets the cell lie without current.
    Rest {
        /// How long, at most.
        #[serde(with = "duration_text")]
        duration: Duration,
        /// What ends it earlier: the first that is met.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        until: Vec<EndCondition>,
    },
    /// Drives two levels of current in turn.
    Pulse(PulseTrain),
    /// Drives current or power over time, from a file.
    Profile(Profile),
    /// Measures the DC resistance by a step of current.
    Resistance(DcResistance),
    /// Measures the magnitude of the AC impedance at each of these frequencies in turn.
    Impedance {
        /// Frequencies that the unit's sine generator can make (multiples of 39.0625 Hz).
        frequencies: Vec<Hertz>,
    },
    /// Waits without current for something that is to come.
    Wait(Wait),
    /// Goes to a named step.
    Goto(Jump),
    /// Steps that belong together.
    Group {
        /// What they are for, in words.
        title: String,
        /// The steps.
        steps: Vec<Step>,
    },
    /// Does its steps so many times.
    Repeat(Repeat),
}

/// Steps that are done several times.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Repeat {
    /// How many times at most, at least once.
    pub times: u32,
    /// What ends it earlier; judged at the end of each pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub until: Vec<EndCondition>,
    /// Whether each time counts as a cycle: its steps both charge and discharge, and no
    /// repeat inside it does so itself.
    pub counts_cycles: bool,
    /// What is repeated.
    pub steps: Vec<Step>,
}

/// Waiting without current.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Wait {
    /// For what.
    #[serde(rename = "for")]
    pub awaited: Awaited,
    /// How long at most, and what follows if it has not come.
    pub at_most: Timeout,
}

/// What a wait waits for.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Awaited {
    /// Any of these conditions.
    Conditions(Vec<EndCondition>),
    /// The external supply of the unit.
    Supply,
}

impl Kind {
    /// The word for it in recipes and files.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Charge(_) => "charge",
            Self::Discharge(_) => "discharge",
            Self::Hold(_) => "hold",
            Self::Rest { .. } => "rest",
            Self::Pulse(_) => "pulse",
            Self::Profile(_) => "profile",
            Self::Resistance(_) => "resistance",
            Self::Impedance { .. } => "impedance",
            Self::Wait(_) => "wait",
            Self::Goto(_) => "goto",
            Self::Group { .. } => "group",
            Self::Repeat(_) => "repeat",
        }
    }

    /// The largest current that it asks for by itself, between these limits of the voltage.
    pub fn highest_current(&self, limits: &Limits) -> Amperes {
        let voltages = (limits.voltage_low, limits.voltage_high);
        match self {
            Self::Charge(drive) | Self::Discharge(drive) => drive.demand.highest_current(voltages),
            Self::Hold(hold) => hold.current,
            Self::Pulse(pulse) => pulse.high,
            Self::Profile(profile) => profile.highest_current(voltages),
            Self::Resistance(step) => step.current,
            Self::Impedance { .. } => super::sine(limits).map_or(Amperes(0.0), super::Sine::top),
            Self::Rest { .. } | Self::Wait(_) | Self::Goto(_) | Self::Group { .. } | Self::Repeat(_) => {
                Amperes(0.0)
            }
        }
    }

    /// The steps inside, if it is made of steps.
    pub fn steps(&self) -> Option<&[Step]> {
        match self {
            Self::Group { steps, .. } | Self::Repeat(Repeat { steps, .. }) => Some(steps),
            _ => None,
        }
    }

    /// What ends it, beside its time.
    pub fn until(&self) -> &[EndCondition] {
        match self {
            Self::Charge(Drive { until, .. })
            | Self::Discharge(Drive { until, .. })
            | Self::Hold(Hold { until, .. })
            | Self::Rest { until, .. }
            | Self::Pulse(PulseTrain { until, .. })
            | Self::Profile(Profile { until, .. })
            | Self::Wait(Wait { awaited: Awaited::Conditions(until), .. })
            | Self::Repeat(Repeat { until, .. }) => until,
            Self::Resistance(_)
            | Self::Impedance { .. }
            | Self::Wait(Wait { awaited: Awaited::Supply, .. })
            | Self::Goto(_)
            | Self::Group { .. } => &[],
        }
    }

    /// The time that bounds it, with what follows then; none where its own work does, or that of the
    /// steps inside.
    pub fn at_most(&self) -> Option<&Timeout> {
        match self {
            Self::Charge(drive) | Self::Discharge(drive) => Some(&drive.at_most),
            Self::Hold(hold) => Some(&hold.at_most),
            Self::Wait(wait) => Some(&wait.at_most),
            _ => None,
        }
    }

    /// Everything that may follow it but the next step.
    pub fn ways_out(&self) -> impl Iterator<Item = &Then> {
        let timeout = self.at_most().map(|at_most| &at_most.then);
        self.until().iter().map(|condition| &condition.then).chain(timeout)
    }
}
