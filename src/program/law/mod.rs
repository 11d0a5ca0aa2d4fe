//! The control laws: what the slot is to do in each kind of step, from moment to moment.

mod drive;
mod hold;
mod impedance;
mod mean;
mod profile;
mod pulse;
mod resistance;
mod rest;
mod wait;

use super::observer::Observer;
use super::reading::{Activity, Reading};
use super::turn::{End, Turn};
use crate::clock::Instant;
use crate::event::{ResistancePoint, StepType};
use crate::plan::{Demand, Direction, Kind, Limits};
use crate::units::{Amperes, Hertz, Volts};
use std::fmt::Debug;
use std::time::Duration;

/// How long after a current was switched on a reading counts whatever it saw: one rotation of the
/// unit's slices (0.6144 s), one slice (0.1024 s), and the ramp of the driver. What is changed under
/// way is no more than a step of the register, or is seen in the voltage as it should be.
pub(super) const SETTLING: Duration = Duration::from_millis(820);

/// What a law wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wanted {
    /// No current.
    Nothing,
    /// A current of this size that really flows, whatever the driver has to be set to for it.
    Current(Direction, Amperes),
    /// A sine current at this frequency, and the impedance measured from it.
    Impedance(Hertz),
}

impl Wanted {
    /// Which way constant current is to flow, if any is.
    pub(super) fn direction(self) -> Option<Direction> {
        match self {
            Self::Current(direction, _) => Some(direction),
            Self::Nothing | Self::Impedance(_) => None,
        }
    }
}

/// Which conditions a reading may meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// None: the reading is not of what the step is about.
    Nothing,
    /// Those that do not look at the current, which means nothing yet.
    AllButCurrent,
    /// All of them.
    Everything,
}

/// What one kind of step does with its slot. It ends by itself where its work is done; its conditions,
/// its time and the limits are watched from outside.
pub(super) trait Law: Debug + Send {
    /// What the slot is to do now.
    fn wanted(&self) -> Wanted;

    /// What the cell goes through at a reading of this activity.
    fn step_type(&self, activity: Activity) -> StepType;

    /// The moment at which it has something to do by itself.
    fn wake_at(&self) -> Option<Instant> {
        None
    }

    /// Tells that this moment may have come.
    fn on_time(&mut self, _now: Instant) -> Turn {
        Turn::GoOn
    }

    /// Tells that a current, or its end, took effect.
    fn on_switched(&mut self, _at: Instant) {}

    /// Which conditions may be met by this reading.
    fn judges(&self, reading: &Reading) -> Judged;

    /// Whether what the driver is set to must be seen at this reading.
    fn expects_current(&self, _reading: &Reading) -> bool {
        false
    }

    /// Takes in a reading. `undithered` is its current without what the driver's steps add.
    fn on_reading(&mut self, _reading: &Reading, _undithered: Amperes) -> Turn {
        Turn::GoOn
    }

    /// The current that conditions are judged on, where that of a single reading says too little.
    fn mean_current(&self) -> Option<Amperes> {
        None
    }

    /// What was not come to, where the step ends now and nothing else tells it.
    fn unmet(&self) -> Option<String> {
        None
    }

    /// Drives at most so much from here on, and never more than the plan says. False where the step's
    /// currents are what it is about.
    fn limit_current(&mut self, _most: Amperes) -> bool {
        false
    }

    /// Tells that the impedance that was commanded is measured.
    fn on_impedance(&mut self) -> Turn {
        Turn::GoOn
    }

    /// The DC resistance that was measured, the oldest that has not been asked for.
    fn take_resistance(&mut self) -> Option<ResistancePoint> {
        None
    }

    /// Whether it wants to know of the unit's supply.
    fn wants_supply(&self) -> bool {
        false
    }

    /// Tells whether the unit has its supply.
    fn on_supply(&mut self, _present: bool) -> Turn {
        Turn::GoOn
    }
}

/// The law of a step, begun with the reading of a settled cell, and its end if there is nothing to do.
pub(super) fn begin(kind: &Kind, limits: &Limits, reading: &Reading) -> (Box<dyn Law>, Option<End>) {
    let law: Box<dyn Law> = match kind {
        Kind::Charge(drive) => return drive::Driving::begin(Direction::Charge, drive, limits, reading),
        Kind::Discharge(drive) => return drive::Driving::begin(Direction::Discharge, drive, limits, reading),
        Kind::Hold(hold) => Box::new(hold::Holding::new(hold, limits, reading)),
        Kind::Rest { .. } => Box::new(rest::Resting),
        Kind::Pulse(train) => Box::new(pulse::Pulsing::new(train)),
        Kind::Profile(profile) => Box::new(profile::Following::new(profile, limits, reading)),
        Kind::Resistance(step) => Box::new(resistance::Stepping::new(step, reading)),
        Kind::Impedance { frequencies } => Box::new(impedance::Sweeping::new(frequencies)),
        Kind::Wait(wait) => Box::new(wait::Waiting::new(wait)),
        // The cursor stands on none of these; one without steps has nothing to do.
        Kind::Goto(_) | Kind::Group { .. } | Kind::Repeat(_) => {
            return (Box::new(rest::Resting), Some(End::completed()));
        }
    };
    (law, None)
}

/// Whether a reading saw nothing but the current that flows this way, as it is set now.
fn is_steady(reading: &Reading, direction: Direction, from: Instant) -> bool {
    reading.steady && reading.activity == Activity::Driving(direction) && reading.at >= from
}

/// Whether a reading saw the current that flows this way since `from`, if a small change of it too.
fn flows(reading: &Reading, direction: Direction, from: Instant) -> bool {
    let long = reading.at - reading.since.max(from) >= SETTLING;
    is_steady(reading, direction, from) || (long && reading.activity == Activity::Driving(direction))
}

/// How far the voltage has still to go to `target`, in the direction in which the current moves it.
fn missing(direction: Direction, target: Volts, voltage: Volts) -> Volts {
    match direction {
        Direction::Charge => target - voltage,
        Direction::Discharge => voltage - target,
    }
}

/// A current with its sign, as a size in this direction; none at all if it flows the other way.
fn towards(direction: Direction, current: Amperes) -> Amperes {
    direction.sign(current).max(Amperes(0.0))
}

/// So many times the voltage that a current makes and the current that is demanded at it are found from
/// each other: each time what is left of the error is the part that the cell's resistance is of the
/// demand's, some hundredths.
const ROUNDS: usize = 3;

/// The current that a demand takes at the voltage that it makes. The proof has shown that between the
/// limits of the voltage it stays inside those of the current; a voltage beyond them ends the step
/// elsewhere, and must not become a current that nobody asked for.
fn target(demand: Demand, direction: Direction, limits: &Limits, observer: &Observer) -> Amperes {
    let mut current = Amperes(0.0);
    for _ in 0..ROUNDS {
        let voltage = observer.voltage_with(direction.sign(current));
        let voltage = voltage.max(limits.voltage_low).min(limits.voltage_high);
        current = demand.current_at(voltage).min(limit(direction, limits));
    }
    current
}

/// The largest current in a direction.
fn limit(direction: Direction, limits: &Limits) -> Amperes {
    match direction {
        Direction::Charge => limits.current_charge,
        Direction::Discharge => limits.current_discharge,
    }
}

/// Constant current, as the Battery Data Format calls it.
fn constant_current(direction: Direction) -> StepType {
    match direction {
        Direction::Charge => StepType::ConstantCurrentCharge,
        Direction::Discharge => StepType::ConstantCurrentDischarge,
    }
}

/// Constant voltage.
fn constant_voltage(direction: Direction) -> StepType {
    match direction {
        Direction::Charge => StepType::ConstantVoltageCharge,
        Direction::Discharge => StepType::ConstantVoltageDischarge,
    }
}

/// Constant power.
fn constant_power(direction: Direction) -> StepType {
    match direction {
        Direction::Charge => StepType::ConstantPowerCharge,
        Direction::Discharge => StepType::ConstantPowerDischarge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_shrinks_as_current_flows() {
        assert!(missing(Direction::Charge, Volts(4.2), Volts(4.0)) > Volts(0.0));
        assert!(missing(Direction::Discharge, Volts(2.8), Volts(3.0)) > Volts(0.0));
        assert!(missing(Direction::Discharge, Volts(2.8), Volts(2.7)) < Volts(0.0));
    }
}
