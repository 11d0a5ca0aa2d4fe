//! One step under way: its control law and how it ends.

use super::conditions::{self, Situation};
use super::control::Regulator;
use super::reading::{Activity, Command, Direction, Reading, Trip};
use crate::clock::Instant;
use crate::event::{EndReason, StepType, Totals};
use crate::plan::{Drive, EndCondition, Kind, Limits, Plan, Step};
use crate::units::{Hertz, Volts};
use std::time::Duration;

/// The frequency of impedances that are measured inside other steps: the unit's nearest to the
/// customary 1 kHz (26 x 39.0625 Hz).
pub const INTERLUDE_FREQUENCY: Hertz = Hertz(1015.625);

/// How long after a change of current a reading is wholly of the time after it: one rotation of
/// the unit's slices (0.6144 s), one slice (0.1024 s), and the ramp of the driver.
const SETTLING: Duration = Duration::from_millis(820);

/// So many readings on end beyond a limit are believed. One alone may be a damaged packet, and the
/// unit watches the same limits by itself.
const BELIEVED: u32 = 2;

/// So many readings on end (some 10 s) with less than half of the current that is set are a fault.
const DRY: u32 = 16;

/// What follows from a reading.
#[derive(Debug)]
pub(super) enum Turn {
    GoOn,
    /// Constant voltage takes over.
    Hold(Volts),
    End(EndReason),
}

#[derive(Debug)]
pub(super) struct Running {
    law: Law,
    /// When the current was switched on, or the rest began.
    since: Option<Instant>,
    at_most: Option<Duration>,
    interlude: Interlude,
    beyond: u32,
}

#[derive(Debug)]
enum Law {
    Drive { direction: Direction, drive: Drive, regulator: Regulator, holding: bool, learnt: bool, dry: u32 },
    Rest { until: Vec<EndCondition> },
    Impedance { frequencies: Vec<Hertz>, done: usize },
}

/// An impedance that is measured in the middle of another step.
#[derive(Debug, Default)]
struct Interlude {
    every: Option<Duration>,
    due: Option<Instant>,
    under_way: bool,
}

impl Running {
    /// Begins a step with the reading of a settled cell. A step that has nothing to do ends at
    /// once, before any current.
    pub(super) fn begin(step: &Step, plan: &Plan, reading: &Reading) -> (Self, Turn) {
        let every = plan.record().impedance_every;
        let mut running = Self {
            law: Law::Rest { until: Vec::new() },
            since: None,
            at_most: None,
            interlude: Interlude { every, due: every.map(|every| reading.at + every), under_way: false },
            beyond: 0,
        };
        match &step.kind {
            Kind::Charge(drive) => running.begin_drive(Direction::Charge, drive, reading),
            Kind::Discharge(drive) => running.begin_drive(Direction::Discharge, drive, reading),
            Kind::Rest { duration, until } => {
                running.law = Law::Rest { until: until.clone() };
                running.at_most = Some(*duration);
                running.since = Some(reading.at);
                (running, Turn::GoOn)
            }
            Kind::Impedance { frequencies } => {
                running.law = Law::Impedance { frequencies: frequencies.clone(), done: 0 };
                running.interlude = Interlude::default();
                (running, Turn::GoOn)
            }
            // The cursor never stands on a loop; one without steps has nothing to do.
            Kind::Repeat { .. } => (running, Turn::End(EndReason::Completed)),
        }
    }

    fn begin_drive(mut self, direction: Direction, drive: &Drive, reading: &Reading) -> (Self, Turn) {
        let turn = match conditions::met_already(&drive.until, direction, reading.voltage) {
            Some(condition) => Turn::End(EndReason::Condition(condition.to_string())),
            None => match drive.hold {
                Some(hold) if missing(direction, hold, reading.voltage).0 <= 0.0 => {
                    Turn::End(EndReason::Condition(format!("voltage already at the {hold} to hold")))
                }
                _ => Turn::GoOn,
            },
        };
        self.at_most = Some(drive.at_most);
        self.law = Law::Drive {
            direction,
            regulator: Regulator::new(drive.current),
            drive: drive.clone(),
            holding: false,
            learnt: false,
            dry: 0,
        };
        (self, turn)
    }

    /// Notes the moment at which the current was switched on; says whether it was the first time.
    pub(super) fn switched_on(&mut self, at: Instant) -> bool {
        let first = self.since.is_none();
        self.since.get_or_insert(at);
        first
    }

    pub(super) fn command(&self) -> Command {
        if self.interlude.under_way {
            return Command::Impedance(INTERLUDE_FREQUENCY);
        }
        match &self.law {
            Law::Drive { direction, regulator, .. } => Command::Drive(*direction, regulator.setting()),
            Law::Rest { .. } => Command::Idle,
            Law::Impedance { frequencies, done } => {
                frequencies.get(*done).map_or(Command::Idle, |frequency| Command::Impedance(*frequency))
            }
        }
    }

    pub(super) fn wake_at(&self) -> Option<Instant> {
        Some(self.since? + self.at_most?)
    }

    pub(super) fn step_type(&self) -> StepType {
        match &self.law {
            Law::Drive { direction: Direction::Charge, holding: false, .. } => {
                StepType::ConstantCurrentCharge
            }
            Law::Drive { direction: Direction::Charge, .. } => StepType::ConstantVoltageCharge,
            Law::Drive { holding: false, .. } => StepType::ConstantCurrentDischarge,
            Law::Drive { .. } => StepType::ConstantVoltageDischarge,
            Law::Rest { .. } => StepType::Rest,
            Law::Impedance { .. } => StepType::Impedance,
        }
    }

    pub(super) fn on_time(&self, now: Instant) -> Turn {
        match self.wake_at() {
            Some(at) if now >= at => Turn::End(match self.law {
                Law::Drive { .. } => EndReason::TimeCap,
                Law::Rest { .. } | Law::Impedance { .. } => EndReason::Completed,
            }),
            _ => Turn::GoOn,
        }
    }

    pub(super) fn on_impedance(&mut self) -> Turn {
        if std::mem::take(&mut self.interlude.under_way) {
            return Turn::GoOn;
        }
        match &mut self.law {
            Law::Impedance { frequencies, done } => {
                *done += 1;
                if *done < frequencies.len() { Turn::GoOn } else { Turn::End(EndReason::Completed) }
            }
            Law::Drive { .. } | Law::Rest { .. } => Turn::GoOn,
        }
    }

    pub(super) fn on_reading(
        &mut self,
        plan: &Plan,
        reading: &Reading,
        passed: Totals,
        voltage_before: Volts,
    ) -> Turn {
        if let Turn::End(reason) = self.watch(plan.limits(), reading) {
            return Turn::End(reason);
        }
        let timed = self.on_time(reading.at);
        if matches!(timed, Turn::End(_)) {
            return timed;
        }
        let step_start = self.since.unwrap_or(reading.at);
        let starved = self.is_starved(reading);
        let situation = Situation { reading, step_start, passed, starved };
        let turn = match &mut self.law {
            Law::Rest { until } => match conditions::met(until, &situation) {
                Some(condition) => Turn::End(EndReason::Condition(condition.to_string())),
                None => Turn::GoOn,
            },
            Law::Impedance { .. } => Turn::GoOn,
            Law::Drive { direction, drive, regulator, holding, learnt, dry } => {
                if reading.activity != Activity::Driving(*direction) || reading.at - reading.since < SETTLING
                {
                    return Turn::GoOn;
                }
                if let Some(condition) = conditions::met(&drive.until, &situation) {
                    return Turn::End(EndReason::Condition(condition.to_string()));
                }
                if !*learnt {
                    regulator.learn_resistance(voltage_before, reading.voltage, reading.current);
                    *learnt = true;
                }
                *dry = if starved { *dry + 1 } else { 0 };
                if *dry >= DRY {
                    return Turn::End(EndReason::Fault(format!(
                        "the driver is set to {:.3}, but only {:.3} flows",
                        regulator.setting(),
                        reading.current
                    )));
                }
                let missing = drive.hold.map(|hold| missing(*direction, hold, reading.voltage));
                match (drive.hold, missing) {
                    (Some(hold), Some(missing)) if !*holding && missing.0 <= 0.0 => {
                        *holding = true;
                        regulator.enter_hold();
                        regulator.hold_voltage(missing);
                        Turn::Hold(hold)
                    }
                    (_, Some(missing)) if *holding => {
                        regulator.hold_voltage(missing);
                        Turn::GoOn
                    }
                    _ => {
                        regulator.hold_current(drive.current, reading.current);
                        Turn::GoOn
                    }
                }
            }
        };
        if matches!(turn, Turn::GoOn) {
            self.consider_interlude(reading.at);
        }
        turn
    }

    fn is_starved(&self, reading: &Reading) -> bool {
        match &self.law {
            Law::Drive { regulator, .. } => regulator.is_starved(reading.current),
            Law::Rest { .. } | Law::Impedance { .. } => false,
        }
    }

    /// Whether something grave would follow from this reading's values: the end of the step, by a
    /// condition or a limit.
    pub(super) fn is_grave(&self, limits: &Limits, reading: &Reading, passed: Totals) -> bool {
        let (until, direction) = match (&self.law, reading.activity) {
            (Law::Drive { drive, .. }, Activity::Driving(direction)) => (&drive.until, Some(direction)),
            (Law::Rest { until }, Activity::Settled) => (until, None),
            _ => return false,
        };
        let step_start = self.since.unwrap_or(reading.at);
        let situation = Situation { reading, step_start, passed, starved: self.is_starved(reading) };
        conditions::met_by_value(until, &situation)
            || direction.is_some_and(|direction| conditions::beyond(limits, direction, reading).is_some())
    }

    fn consider_interlude(&mut self, now: Instant) {
        if let (Some(every), Some(due)) = (self.interlude.every, self.interlude.due)
            && !self.interlude.under_way
            && now >= due
        {
            self.interlude.under_way = true;
            self.interlude.due = Some(now + every);
        }
    }

    /// Watches the limits a second time, beside the unit.
    fn watch(&mut self, limits: &Limits, reading: &Reading) -> Turn {
        let direction = match reading.activity {
            Activity::Driving(direction) => direction,
            Activity::Sine => Direction::Discharge,
            Activity::Settled => return Turn::GoOn,
        };
        match conditions::beyond(limits, direction, reading) {
            Some(what) => {
                self.beyond += 1;
                if self.beyond < BELIEVED {
                    return Turn::GoOn;
                }
                let met = match &self.law {
                    Law::Drive { direction, drive, .. }
                        if reading.voltage < limits.voltage_low || reading.voltage > limits.voltage_high =>
                    {
                        conditions::met_by_limit(&drive.until, *direction, limits)
                    }
                    _ => None,
                };
                Turn::End(met.map_or(EndReason::Tripped(what), |condition| {
                    EndReason::Condition(condition.to_string())
                }))
            }
            None => {
                self.beyond = 0;
                Turn::GoOn
            }
        }
    }

    /// Tells a reached end condition from a trip.
    pub(super) fn judge_trip(&self, trip: &Trip, limits: &Limits) -> EndReason {
        let met = match &self.law {
            Law::Drive { direction: direction @ Direction::Charge, drive, .. } if trip.only_voltage_high => {
                conditions::met_by_limit(&drive.until, *direction, limits)
            }
            Law::Drive { direction: direction @ Direction::Discharge, drive, .. }
                if trip.only_voltage_low =>
            {
                conditions::met_by_limit(&drive.until, *direction, limits)
            }
            _ => None,
        };
        met.map_or_else(
            || EndReason::Tripped(trip.text.clone()),
            |condition| EndReason::Condition(condition.to_string()),
        )
    }
}

/// How far the voltage has still to go to `target`, in the direction in which the current moves it.
fn missing(direction: Direction, target: Volts, voltage: Volts) -> Volts {
    match direction {
        Direction::Charge => target - voltage,
        Direction::Discharge => voltage - target,
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
