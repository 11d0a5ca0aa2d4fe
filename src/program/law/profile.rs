//! Current or power over time: each row holds until the next one.

use super::super::observer::Observer;
use super::super::reading::{Activity, Reading};
use super::super::turn::{End, Turn};
use super::{Judged, Law, Wanted, constant_current, constant_power, flows, target};
use crate::clock::Instant;
use crate::event::StepType;
use crate::plan::{Demand, Direction, Limits, Profile, ProfilePoint, ProfileQuantity};
use crate::units::{Amperes, Watts};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Following {
    quantity: ProfileQuantity,
    points: Arc<[ProfilePoint]>,
    length: Duration,
    times: u32,
    limits: Limits,
    /// What a power becomes a current by.
    observer: Observer,
    /// The current of the row under way.
    wanted: Amperes,
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
            observer: Observer::new(reading.voltage),
            wanted: Amperes(0.0),
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

    /// Wants what the row under way asks for.
    fn aim(&mut self) {
        let (Some(point), Some(direction)) = (self.point(), self.direction()) else { return };
        let demand = match self.quantity {
            ProfileQuantity::Current => Demand::Current(Amperes(point.value.abs())),
            ProfileQuantity::Power => Demand::Power(Watts(point.value.abs())),
        };
        self.wanted = target(demand, direction, &self.limits, &self.observer);
    }

    /// When the row after this one begins, or the pass ends.
    fn next_at(&self) -> Option<Instant> {
        let next = self.points.get(self.row + 1).map_or(self.length, |point| point.at.min(self.length));
        Some(self.pass_began? + next)
    }

    fn row_began(&self) -> Option<Instant> {
        Some(self.pass_began? + self.point()?.at)
    }

    /// Whether a reading is of the current of the row under way.
    fn is_of_row(&self, reading: &Reading) -> bool {
        let (Some(direction), Some(began)) = (self.direction(), self.row_began()) else { return false };
        flows(reading, direction, began)
    }
}

impl Law for Following {
    fn wanted(&self) -> Wanted {
        self.direction().map_or(Wanted::Nothing, |direction| Wanted::Current(direction, self.wanted))
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
            Activity::Driving(_) if self.is_of_row(reading) => Judged::Everything,
            Activity::Driving(_) | Activity::Settled => Judged::AllButCurrent,
            Activity::Sine => Judged::Nothing,
        }
    }

    fn expects_current(&self, reading: &Reading) -> bool {
        self.is_of_row(reading)
    }

    fn on_reading(&mut self, reading: &Reading, _: Amperes) -> Turn {
        let driven = reading.activity.direction();
        if driven.is_none_or(|direction| flows(reading, direction, Instant::ORIGIN)) {
            self.observer.take(reading);
            self.aim();
        }
        Turn::GoOn
    }
}
