//! Two levels of current in turn, changed by the clock and not by readings.

use super::super::reading::{Activity, Reading};
use super::super::turn::{End, Turn};
use super::{Judged, Law, Wanted, constant_current, flows};
use crate::clock::Instant;
use crate::event::StepType;
use crate::plan::{Direction, PulseTrain};
use crate::units::Amperes;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Pulsing {
    direction: Direction,
    high: Amperes,
    /// None where the second level is no current at all.
    low: Option<Amperes>,
    on: Duration,
    off: Duration,
    /// Pulses that have not ended, the one under way among them.
    left: u32,
    /// Whether the first level is due.
    is_high: bool,
    /// When the level under way began. Not known before the current is seen to flow: a pulse lasts as
    /// long as it should, however long switching it on takes.
    began: Option<Instant>,
}

impl Pulsing {
    pub(super) fn new(train: &PulseTrain) -> Self {
        Self {
            direction: train.direction,
            high: train.high,
            low: (train.low.0 > 0.0).then_some(train.low),
            on: train.on,
            off: train.off,
            left: train.count,
            is_high: true,
            began: None,
        }
    }

    /// The level under way, if it is a current.
    fn level(&self) -> Option<Amperes> {
        if self.is_high { Some(self.high) } else { self.low }
    }

    /// Whether a reading is of the level under way.
    fn is_of_level(&self, reading: &Reading) -> bool {
        self.began.is_some_and(|began| flows(reading, self.direction, began))
    }

    /// Changes to the other level, at the moment that was planned.
    fn change(&mut self, at: Instant) {
        if !self.is_high {
            self.left = self.left.saturating_sub(1);
        }
        self.is_high = !self.is_high;
        // A level that is switched on from no current begins when it is seen to flow.
        self.began = (!self.is_high || self.low.is_some()).then_some(at);
    }
}

impl Law for Pulsing {
    fn wanted(&self) -> Wanted {
        match self.level() {
            Some(level) if self.left > 0 => Wanted::Current(self.direction, level),
            _ => Wanted::Nothing,
        }
    }

    fn step_type(&self, activity: Activity) -> StepType {
        activity.direction().map_or(StepType::Rest, constant_current)
    }

    fn wake_at(&self) -> Option<Instant> {
        Some(self.began? + if self.is_high { self.on } else { self.off })
    }

    fn on_time(&mut self, now: Instant) -> Turn {
        let Some(at) = self.wake_at().filter(|at| *at <= now) else { return Turn::GoOn };
        // Never two at once, however late it is: the slot has to be brought to each level.
        self.change(at);
        if self.left == 0 { Turn::End(End::completed()) } else { Turn::Edge }
    }

    fn on_switched(&mut self, at: Instant) {
        if self.is_high {
            self.began.get_or_insert(at);
        }
    }

    fn judges(&self, reading: &Reading) -> Judged {
        match reading.activity {
            Activity::Driving(_) if self.is_of_level(reading) => Judged::Everything,
            Activity::Driving(_) | Activity::Settled => Judged::AllButCurrent,
            Activity::Sine => Judged::Nothing,
        }
    }

    fn expects_current(&self, reading: &Reading) -> bool {
        self.level().is_some() && self.is_of_level(reading)
    }

    fn on_reading(&mut self, reading: &Reading, _: Amperes) -> Turn {
        if self.is_high && reading.activity == Activity::Driving(self.direction) {
            // It flows already, and nobody will tell that it was switched on.
            self.began.get_or_insert(reading.at);
        }
        Turn::GoOn
    }
}
