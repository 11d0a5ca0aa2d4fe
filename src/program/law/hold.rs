//! Constant voltage from the first, whichever way the current has to flow for it.

use super::super::control::Regulator;
use super::super::reading::{Activity, Command, Reading};
use super::super::turn::Turn;
use super::{Judged, Law, constant_voltage, is_settled, limit, missing};
use crate::clock::Instant;
use crate::event::StepType;
use crate::plan::{Direction, Hold, Limits};
use crate::units::{Amperes, Volts};

/// As near as this the voltage is held; as far beyond it, with no current left to take back, the
/// current has to turn. Some times what noise and the driver's steps move it by.
const NEAR: Volts = Volts(0.005);

/// So many readings on end say that the current has to turn, or that the voltage is held.
const SURE: u32 = 3;

/// From a smaller current than this, a cell's resistance cannot be told.
const TELLING: Amperes = Amperes(0.05);

#[derive(Debug)]
pub(super) struct Holding {
    voltage: Volts,
    current: Amperes,
    limits: Limits,
    direction: Direction,
    regulator: Regulator,
    /// The newest voltage without current, until the cell's resistance has been learnt from it.
    before: Option<Volts>,
    /// Readings on end with the voltage near to where it is to be, and beyond it with no current left.
    near: u32,
    beyond: u32,
    told: bool,
    /// What a hook lets flow at most.
    most: Amperes,
}

impl Holding {
    pub(super) fn new(hold: &Hold, limits: &Limits, reading: &Reading) -> Self {
        let Hold { voltage, current, .. } = *hold;
        let direction = if reading.voltage < voltage { Direction::Charge } else { Direction::Discharge };
        let current = current.min(limit(direction, limits)).min(limit(direction.turned(), limits));
        Self {
            voltage,
            current,
            limits: *limits,
            direction,
            regulator: Regulator::from_zero(current, missing(direction, voltage, reading.voltage)),
            before: Some(reading.voltage),
            near: 0,
            beyond: 0,
            told: false,
            most: Amperes(f64::INFINITY),
        }
    }

    /// Whether the voltage has been reached, so that the current is what it takes to hold it.
    fn is_held(&self) -> bool {
        self.near >= SURE
    }

    fn count(&mut self, missing: Volts) {
        // Once held, it stays so: a later disturbance is a part of holding.
        self.near = if missing.abs() <= NEAR || self.is_held() { self.near.saturating_add(1) } else { 0 };
        let over = self.regulator.setting().0 <= 0.0 && missing < -NEAR;
        self.beyond = if over { self.beyond + 1 } else { 0 };
    }

    fn turn(&mut self, voltage: Volts) {
        self.direction = self.direction.turned();
        let current = self.current.min(self.most).min(limit(self.direction, &self.limits));
        self.regulator = Regulator::from_zero(current, missing(self.direction, self.voltage, voltage));
        self.before = Some(voltage);
        (self.near, self.beyond) = (0, 0);
    }
}

impl Law for Holding {
    fn command(&self) -> Command {
        Command::Drive(self.direction, self.regulator.setting())
    }

    fn step_type(&self, activity: Activity) -> StepType {
        constant_voltage(activity.direction().unwrap_or(self.direction))
    }

    fn judges(&self, reading: &Reading) -> Judged {
        if !is_settled(reading, self.direction, Instant::ORIGIN) {
            Judged::Nothing
        } else if self.is_held() {
            Judged::Everything
        } else {
            // On its way up from zero, a small current means nothing.
            Judged::AllButCurrent
        }
    }

    fn expected(&self, reading: &Reading) -> Option<Amperes> {
        is_settled(reading, self.direction, Instant::ORIGIN).then(|| self.regulator.setting())
    }

    fn limit_current(&mut self, most: Amperes) -> bool {
        self.most = most;
        true
    }

    fn on_reading(&mut self, reading: &Reading) -> Turn {
        if reading.activity == Activity::Settled && self.before.is_some() {
            self.before = Some(reading.voltage);
        }
        if !is_settled(reading, self.direction, Instant::ORIGIN) {
            return Turn::GoOn;
        }
        if reading.current >= TELLING
            && let Some(before) = self.before.take()
        {
            self.regulator.learn_resistance(before, reading.voltage, reading.current);
        }
        let missing = missing(self.direction, self.voltage, reading.voltage);
        self.regulator.hold_voltage_within(missing, self.current.min(self.most), reading.current);
        self.count(missing);
        if self.beyond >= SURE {
            self.turn(reading.voltage);
            return Turn::Edge;
        }
        if self.is_held() && !self.told {
            self.told = true;
            return Turn::Hold(self.voltage);
        }
        Turn::GoOn
    }
}
