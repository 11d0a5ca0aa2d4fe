//! Constant current, power or resistance, and then constant voltage.

use super::super::observer::Observer;
use super::super::reading::{Activity, Reading};
use super::super::turn::{End, Turn};
use super::mean::Mean;
use super::{
    Judged, Law, Wanted, constant_current, constant_power, constant_voltage, flows, is_steady, missing,
    target, towards,
};
use crate::clock::Instant;
use crate::event::{EndReason, StepType};
use crate::plan::{Demand, Direction, Drive, Limits};
use crate::units::{Amperes, Volts};

/// As near as this the voltage counts as reached, where the cell's resistance could not be told.
const NEAR: Volts = Volts(0.003);

#[derive(Debug)]
pub(super) struct Driving {
    direction: Direction,
    demand: Demand,
    hold: Option<Volts>,
    limits: Limits,
    observer: Observer,
    wanted: Amperes,
    holding: bool,
    /// Whether the newest reading is one of a hold: the one by which it began is not yet.
    held: bool,
    mean: Mean,
    /// What a hook lets flow at most.
    most: Amperes,
}

impl Driving {
    /// Begins; where the voltage to hold is passed already, there is nothing to do.
    pub(super) fn begin(
        direction: Direction,
        drive: &Drive,
        limits: &Limits,
        reading: &Reading,
    ) -> (Box<dyn Law>, Option<End>) {
        let end = drive
            .hold
            .filter(|hold| missing(direction, *hold, reading.voltage).0 <= 0.0)
            .map(|hold| End::by(EndReason::Condition(format!("voltage already at the {hold} to hold"))));
        let mut law = Self {
            direction,
            demand: drive.demand,
            hold: drive.hold,
            limits: *limits,
            observer: Observer::new(reading.voltage),
            wanted: Amperes(0.0),
            holding: false,
            held: false,
            mean: Mean::default(),
            most: Amperes(f64::INFINITY),
        };
        law.aim();
        (Box::new(law), end)
    }

    /// Wants what is demanded, or less where that would carry the voltage past the one to hold; says how
    /// much is demanded.
    fn aim(&mut self) -> Amperes {
        let demanded = target(self.demand, self.direction, &self.limits, &self.observer).min(self.most);
        let most = self.hold.map(|hold| towards(self.direction, self.observer.current_for(hold)));
        self.wanted = most.map_or(demanded, |most| demanded.min(most));
        demanded
    }
}

impl Law for Driving {
    fn wanted(&self) -> Wanted {
        Wanted::Current(self.direction, self.wanted)
    }

    fn step_type(&self, _: Activity) -> StepType {
        match self.demand {
            _ if self.held => constant_voltage(self.direction),
            Demand::Current(_) => constant_current(self.direction),
            Demand::Power(_) => constant_power(self.direction),
            Demand::Resistance(_) => StepType::ConstantResistanceDischarge,
        }
    }

    fn judges(&self, reading: &Reading) -> Judged {
        if flows(reading, self.direction, Instant::ORIGIN) { Judged::Everything } else { Judged::Nothing }
    }

    fn expects_current(&self, reading: &Reading) -> bool {
        flows(reading, self.direction, Instant::ORIGIN)
    }

    fn limit_current(&mut self, most: Amperes) -> bool {
        self.most = most;
        self.aim();
        true
    }

    fn on_reading(&mut self, reading: &Reading, undithered: Amperes) -> Turn {
        self.held = self.holding;
        if !flows(reading, self.direction, Instant::ORIGIN) {
            return Turn::GoOn;
        }
        self.observer.take(reading);
        let demanded = self.aim();
        if self.holding && is_steady(reading, self.direction, Instant::ORIGIN) {
            self.mean.take(reading.at, undithered, self.observer.fading());
        }
        match self.hold {
            Some(hold) if !self.holding && self.wanted < demanded => {
                let reached = missing(self.direction, hold, reading.voltage) <= NEAR;
                self.holding = self.observer.is_sure() || reached;
                if self.holding { Turn::Hold(hold) } else { Turn::GoOn }
            }
            _ => Turn::GoOn,
        }
    }

    fn mean_current(&self) -> Option<Amperes> {
        self.mean.current()
    }
}
