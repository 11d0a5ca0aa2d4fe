//! Current or power over time: each row holds until the next one.

use super::super::control::Regulator;
use super::super::reading::{Activity, Command, Reading};
use super::super::turn::{End, Turn};
use super::{Judged, Law, constant_current, constant_power, is_settled, target};
use crate::clock::Instant;
use crate::event::StepType;
use crate::plan::{Demand, Direction, Limits, Profile, ProfilePoint, ProfileQuantity};
use crate::units::{Amperes, Volts, Watts};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Following {
    quantity: ProfileQuantity,
    points: Arc<[ProfilePoint]>,
    length: Duration,
    times: u32,
    limits: Limits,
    /// What the driver is found to need differs between the directions.
    charge: Regulator,
    discharge: Regulator,
    /// The newest voltage, from which a power becomes a current.
    voltage: Volts,
    /// When this pass began. The first begins with its current, if its first row has one.
    pass_began: Option<Instant>,
    passes: u32,
    row: usize,
}

impl Following {
    pub(super) fn new(profile: &Profile, limits: &Limits, reading: &Reading) -> Self {
        let mut law = Self {
            quantity: profile.quantity,
            points: Arc::clone(&profile.points),
            length: profile.length,
            times: profile.times,
            limits: *limits,
            charge: Regulator::new(Amperes(0.0)),
            discharge: Regulator::new(Amperes(0.0)),
            voltage: reading.voltage,
            pass_began: None,
            passes: 0,
            row: 0,
        };
        law.aim();
        if law.direction().is_none() {
            law.pass_began = Some(reading.at);
        }
        law
    }

    /// The row under way; none after the last.
    fn point(&self) -> Option<ProfilePoint> {
        if self.passes < self.times { self.points.get(self.row).copied() } else { None }
    }

    /// Which way its current flows, if it has one.
    fn direction(&self) -> Option<Direction> {
        let value = self.point()?.value;
        if value > 0.0 {
            Some(Direction::Charge)
        } else if value < 0.0 {
            Some(Direction::Discharge)
        } else {
            None
        }
    }

    fn regulator(&self, direction: Direction) -> &Regulator {
        match direction {
            Direction::Charge => &self.charge,
            Direction::Discharge => &self.discharge,
        }
    }

    fn regulator_mut(&mut self, direction: Direction) -> &mut Regulator {
        match direction {
            Direction::Charge => &mut self.charge,
            Direction::Discharge => &mut self.discharge,
        }
    }

    /// Sets the driver for the row under way, at the newest voltage.
    fn aim(&mut self) {
        let (Some(point), Some(direction)) = (self.point(), self.direction()) else { return };
        let demand = match self.quantity {
            ProfileQuantity::Current => Demand::Current(Amperes(point.value.abs())),
            ProfileQuantity::Power => Demand::Power(Watts(point.value.abs())),
        };
        let target = target(demand, direction, &self.limits, self.voltage);
        self.regulator_mut(direction).aim(target);
    }

    /// When the row after this one begins, or the pass ends.
    fn next_at(&self) -> Option<Instant> {
        let next = self.points.get(self.row + 1).map_or(self.length, |point| point.at.min(self.length));
        Some(self.pass_began? + next)
    }

    fn row_began(&self) -> Option<Instant> {
        Some(self.pass_began? + self.point()?.at)
    }

    fn settled(&self, reading: &Reading) -> Option<Direction> {
        let (direction, began) = (self.direction()?, self.row_began()?);
        is_settled(reading, direction, began).then_some(direction)
    }
}

impl Law for Following {
    fn command(&self) -> Command {
        self.direction()
            .map_or(Command::Idle, |direction| Command::Drive(direction, self.regulator(direction).setting()))
    }

    fn step_type(&self, activity: Activity) -> StepType {
        match (activity.direction(), self.quantity) {
            (None, _) => StepType::Rest,
            (Some(direction), ProfileQuantity::Current) => constant_current(direction),
            (Some(direction), ProfileQuantity::Power) => constant_power(direction),
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        self.next_at()
    }

    fn on_time(&mut self, now: Instant) -> Turn {
        let mut changed = false;
        while let Some(at) = self.next_at().filter(|at| *at <= now) {
            changed = true;
            self.row += 1;
            if self.row >= self.points.len() {
                self.row = 0;
                self.passes += 1;
                self.pass_began = Some(at);
                // A profile of no length is over at once, however often.
                if self.passes >= self.times || self.length.is_zero() {
                    self.passes = self.times;
                    return Turn::End(End::completed());
                }
            }
        }
        if changed {
            self.aim();
        }
        Turn::GoOn
    }

    fn on_switched(&mut self, at: Instant) {
        self.pass_began.get_or_insert(at);
    }

    fn judges(&self, reading: &Reading) -> Judged {
        match reading.activity {
            Activity::Driving(_) if self.settled(reading).is_some() => Judged::Everything,
            Activity::Driving(_) | Activity::Settled => Judged::AllButCurrent,
            Activity::Sine => Judged::Nothing,
        }
    }

    fn expected(&self, reading: &Reading) -> Option<Amperes> {
        self.settled(reading).map(|direction| self.regulator(direction).setting())
    }

    fn on_reading(&mut self, reading: &Reading) -> Turn {
        self.voltage = reading.voltage;
        if let Some(direction) = self.settled(reading) {
            let regulator = self.regulator_mut(direction);
            regulator.hold_current(regulator.target(), reading.current);
        }
        if self.quantity == ProfileQuantity::Power {
            self.aim();
        }
        Turn::GoOn
    }
}
