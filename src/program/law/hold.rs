//! Constant voltage from the first, whichever way the current has to flow for it.

use super::super::observer::Observer;
use super::super::reading::{Activity, Reading};
use super::super::turn::Turn;
use super::mean::Mean;
use super::{Judged, Law, Wanted, constant_voltage, flows, is_steady, limit, missing, towards};
use crate::clock::Instant;
use crate::event::StepType;
use crate::plan::{Direction, Hold, Limits};
use crate::units::{Amperes, Volts};

/// As near as this the voltage is held; as far beyond it, with no current left to take back, the
/// current has to turn. Some times what noise and the driver's steps move it by.
const NEAR: Volts = Volts(0.005);

/// So many readings on end say that the current has to turn, or that the voltage is held.
const SURE: u32 = 3;

#[derive(Debug)]
pub(super) struct Holding {
    voltage: Volts,
    current: Amperes,
    direction: Direction,
    observer: Observer,
    wanted: Amperes,
    mean: Mean,
    /// Readings on end with the voltage near to where it is to be, and beyond it with no current left.
    near: u32,
    beyond: u32,
    told: bool,
    /// The newest voltage.
    seen: Volts,
    /// What a hook lets flow at most.
    most: Amperes,
}

impl Holding {
    pub(super) fn new(hold: &Hold, limits: &Limits, reading: &Reading) -> Self {
        let Hold { voltage, current, .. } = *hold;
        let direction = if reading.voltage < voltage { Direction::Charge } else { Direction::Discharge };
        let mut law = Self {
            voltage,
            current: current.min(limit(direction, limits)).min(limit(direction.turned(), limits)),
            direction,
            observer: Observer::new(reading.voltage),
            wanted: Amperes(0.0),
            mean: Mean::default(),
            near: 0,
            beyond: 0,
            told: false,
            seen: reading.voltage,
            most: Amperes(f64::INFINITY),
        };
        law.aim();
        law
    }

    /// Whether the voltage has been reached, so that the current is what it takes to hold it.
    fn is_held(&self) -> bool {
        self.near >= SURE
    }

    fn aim(&mut self) {
        let most = self.current.min(self.most);
        self.wanted = towards(self.direction, self.observer.current_for(self.voltage)).min(most);
    }

    fn count(&mut self, missing: Volts) {
        // Once held, it stays so: a later disturbance is a part of holding.
        self.near = if missing.abs() <= NEAR || self.is_held() { self.near.saturating_add(1) } else { 0 };
        let over = self.wanted.0 <= 0.0 && missing < -NEAR;
        self.beyond = if over { self.beyond + 1 } else { 0 };
    }

    fn turn(&mut self) {
        self.direction = self.direction.turned();
        self.mean = Mean::default();
        self.aim();
        (self.near, self.beyond) = (0, 0);
    }
}

impl Law for Holding {
    fn wanted(&self) -> Wanted {
        Wanted::Current(self.direction, self.wanted)
    }

    fn step_type(&self, activity: Activity) -> StepType {
        constant_voltage(activity.direction().unwrap_or(self.direction))
    }

    fn judges(&self, reading: &Reading) -> Judged {
        if !flows(reading, self.direction, Instant::ORIGIN) {
            Judged::Nothing
        } else if self.is_held() {
            Judged::Everything
        } else {
            // On its way up from zero, a small current means nothing.
            Judged::AllButCurrent
        }
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
        self.seen = reading.voltage;
        if reading.activity == Activity::Settled {
            self.observer.take(reading);
            self.aim();
        }
        if !flows(reading, self.direction, Instant::ORIGIN) {
            return Turn::GoOn;
        }
        self.observer.take(reading);
        self.aim();
        self.count(missing(self.direction, self.voltage, reading.voltage));
        if self.is_held() && is_steady(reading, self.direction, Instant::ORIGIN) {
            self.mean.take(reading.at, undithered, self.observer.fading());
        }
        if self.beyond >= SURE {
            self.turn();
            return Turn::Edge;
        }
        if self.is_held() && !self.told {
            self.told = true;
            return Turn::Hold(self.voltage);
        }
        Turn::GoOn
    }

    fn mean_current(&self) -> Option<Amperes> {
        self.mean.current()
    }

    fn unmet(&self) -> Option<String> {
        (!self.told).then(|| {
            format!(
                "the voltage was not held: {} was not reached with the {} that is allowed; it stood at {:.4}",
                self.voltage, self.current, self.seen
            )
        })
    }
}
