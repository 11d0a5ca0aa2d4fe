//! Constant current, power or resistance, and then constant voltage.

use super::super::control::Regulator;
use super::super::reading::{Activity, Command, Reading};
use super::super::turn::{End, Turn};
use super::{Judged, Law, constant_current, constant_power, constant_voltage, is_settled, missing, target};
use crate::clock::Instant;
use crate::event::{EndReason, StepType};
use crate::plan::{Demand, Direction, Drive, Limits};
use crate::units::{Amperes, Volts};

#[derive(Debug)]
pub(super) struct Driving {
    direction: Direction,
    demand: Demand,
    hold: Option<Volts>,
    limits: Limits,
    regulator: Regulator,
    /// The voltage before the current, until the cell's resistance has been learnt from it.
    before: Option<Volts>,
    holding: bool,
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
        let law = Self {
            direction,
            demand: drive.demand,
            hold: drive.hold,
            limits: *limits,
            regulator: Regulator::new(target(drive.demand, direction, limits, reading.voltage)),
            before: Some(reading.voltage),
            holding: false,
            most: Amperes(f64::INFINITY),
        };
        (Box::new(law), end)
    }
}

impl Law for Driving {
    fn command(&self) -> Command {
        Command::Drive(self.direction, self.regulator.setting())
    }

    fn step_type(&self, _: Activity) -> StepType {
        match self.demand {
            _ if self.holding => constant_voltage(self.direction),
            Demand::Current(_) => constant_current(self.direction),
            Demand::Power(_) => constant_power(self.direction),
            Demand::Resistance(_) => StepType::ConstantResistanceDischarge,
        }
    }

    fn judges(&self, reading: &Reading) -> Judged {
        if is_settled(reading, self.direction, Instant::ORIGIN) {
            Judged::Everything
        } else {
            Judged::Nothing
        }
    }

    fn expected(&self, reading: &Reading) -> Option<Amperes> {
        is_settled(reading, self.direction, Instant::ORIGIN).then(|| self.regulator.setting())
    }

    fn limit_current(&mut self, most: Amperes) -> bool {
        self.most = most;
        if !self.holding && self.regulator.target() > most {
            self.regulator.aim(most);
        }
        true
    }

    fn on_reading(&mut self, reading: &Reading) -> Turn {
        if !is_settled(reading, self.direction, Instant::ORIGIN) {
            return Turn::GoOn;
        }
        if let Some(before) = self.before.take() {
            self.regulator.learn_resistance(before, reading.voltage, reading.current);
        }
        let missing = self.hold.map(|hold| (hold, missing(self.direction, hold, reading.voltage)));
        match missing {
            Some((hold, missing)) if !self.holding && missing.0 <= 0.0 => {
                self.holding = true;
                self.regulator.enter_hold();
                self.regulator.hold_voltage(missing);
                Turn::Hold(hold)
            }
            Some((_, missing)) if self.holding => {
                self.regulator.hold_voltage_within(missing, self.most, reading.current);
                Turn::GoOn
            }
            _ => {
                let target =
                    target(self.demand, self.direction, &self.limits, reading.voltage).min(self.most);
                self.regulator.hold_current(target, reading.current);
                Turn::GoOn
            }
        }
    }
}
