//! The proof of end conditions: each in the direction in which its quantity goes, and within reach.

use super::Proof;
use super::drive::smallest_setpoint;
use super::reach::{Direction, Reach};
use crate::diagnostic::Problem;
use crate::diagnostic::read::{OneOrMany, Spanned};
use crate::plan::EndCondition;
use crate::recipe::{Bound, Condition};
use crate::units::{Amperes, Celsius, Coulombs, Joules, Volts, Watts, format_duration};
use std::time::Duration;

impl Proof {
    pub(super) fn until(
        &mut self,
        list: &Spanned<OneOrMany<Condition>>,
        reach: &Reach,
    ) -> Option<Vec<EndCondition>> {
        let mut proved = Vec::new();
        let mut good = list.value.complete;
        for condition in &list.value.items {
            match prove(condition, reach) {
                Ok(end) => proved.push(end),
                Err(problem) => {
                    good = false;
                    self.report(problem);
                }
            }
        }
        good.then_some(proved)
    }
}

fn prove(condition: &Condition, reach: &Reach) -> Result<EndCondition, Problem> {
    let side = condition.comparison;
    let at = Place { condition, reach };
    Ok(match condition.bound {
        Bound::Voltage(value) => at.voltage(value).map(|()| EndCondition::Voltage(side, value))?,
        Bound::Current(spec) => {
            let value = spec.resolve(reach.capacity);
            at.current(value).map(|()| EndCondition::Current(side, value))?
        }
        Bound::Power(value) => at.power(value).map(|()| EndCondition::Power(side, value))?,
        Bound::Temperature(value) => {
            at.temperature(value).map(|()| EndCondition::Temperature(side, value))?
        }
        Bound::Time(value) => at.time(value).map(|()| EndCondition::Time(side, value))?,
        Bound::Charge(value) => at.charge(value).map(|()| EndCondition::Charge(side, value))?,
        Bound::Energy(value) => at.energy(value).map(|()| EndCondition::Energy(side, value))?,
    })
}

/// A condition and the step that it stands in.
struct Place<'a> {
    condition: &'a Condition,
    reach: &'a Reach,
}

impl Place<'_> {
    fn wrong_direction(&self, what: &str, hint: &str) -> Problem {
        Problem::new(
            "wrong-direction",
            self.condition.comparison_span.clone(),
            format!("this {} ends on the wrong side: {what}", self.reach.direction),
            "this comparison",
        )
        .hint(hint)
    }

    fn unreachable(&self, why: String, hint: &str) -> Problem {
        let message = format!("this {} never comes there: {why}", self.reach.direction);
        Problem::new("unreachable", self.condition.value_span.clone(), message, "out of reach").hint(hint)
    }

    fn true_at_once(&self, why: String, hint: &str) -> Problem {
        let message = format!("this would end the {} at its first sample: {why}", self.reach.direction);
        Problem::new("true-from-start", self.condition.value_span.clone(), message, "true from the start")
            .hint(hint)
    }

    fn no_current(&self, what: &str) -> Problem {
        Problem::new(
            "no-current",
            self.condition.span.clone(),
            format!("in a rest there is no {what}"),
            "nothing to compare",
        )
        .hint("a rest can wait for voltage, temperature and time")
    }

    fn not_above_zero(&self, what: &str) -> Problem {
        let message = format!("{what} to compare with is not above zero");
        Problem::new("bad-value", self.condition.value_span.clone(), message, "this value")
            .hint("all quantities of a step are magnitudes, in a discharge too")
    }

    fn voltage(&self, value: Volts) -> Result<(), Problem> {
        let upward = self.condition.comparison.is_upward();
        let (low, high) = self.reach.voltage;
        match self.reach.direction {
            Direction::Charge if !upward => {
                Err(self.wrong_direction("the voltage rises while charging", "compare with > or >="))
            }
            Direction::Discharge if upward => {
                Err(self.wrong_direction("the voltage falls while discharging", "compare with < or <="))
            }
            _ if value > high && upward => Err(self.unreachable(
                format!("the voltage limit is {high}"),
                "compare with a voltage within [limits] voltage",
            )),
            _ if value < low && !upward => Err(self.unreachable(
                format!("the voltage limit is {low}"),
                "compare with a voltage within [limits] voltage",
            )),
            _ if value <= low && upward => Err(self.true_at_once(
                format!("no cell below {low} is used"),
                "compare with a voltage within [limits] voltage",
            )),
            _ if value >= high && !upward => Err(self.true_at_once(
                format!("no cell above {high} is used"),
                "compare with a voltage within [limits] voltage",
            )),
            _ => self.voltage_with_hold(value),
        }
    }

    /// The voltage stays at the held one, so nothing beyond it comes; to wait for it is to have no
    /// constant voltage at all.
    fn voltage_with_hold(&self, value: Volts) -> Result<(), Problem> {
        let beyond = match (self.reach.hold, self.reach.direction) {
            (Some(hold), Direction::Charge) => value >= hold,
            (Some(hold), Direction::Discharge) => value <= hold,
            _ => false,
        };
        match self.reach.hold {
            Some(hold) if beyond => Err(self.unreachable(
                format!("the voltage is held at {hold}"),
                "with `hold` a step ends on its current, such as \"current < C/20\"; or take `hold` out",
            )),
            _ => Ok(()),
        }
    }

    fn current(&self, value: Amperes) -> Result<(), Problem> {
        if self.reach.direction == Direction::Rest {
            return Err(self.no_current("current"));
        }
        if value <= Amperes(0.0) {
            return Err(self.not_above_zero("the current"));
        }
        if self.condition.comparison.is_upward() {
            return Err(self.wrong_direction(
                "the current never rises above its constant value",
                "compare with < or <=, and hold a voltage so that the current falls",
            ));
        }
        if !self.reach.holds {
            return Err(Problem::new(
                "wrong-direction",
                self.condition.span.clone(),
                format!("this {} has a constant current, which never falls", self.reach.direction),
                "never true",
            )
            .hint(match self.reach.direction {
                Direction::Charge => format!(
                    "add such as hold = \"{}\", so that the current falls once that voltage is reached",
                    self.reach.chemistry.usual_full()
                ),
                _ => "add a `hold`, so that the current falls once that voltage is reached".to_owned(),
            }));
        }
        if value < smallest_setpoint() {
            return Err(self.unreachable(
                format!("the smallest current of the unit is {}", smallest_setpoint()),
                "compare with at least \"8 mA\"",
            ));
        }
        match self.reach.current {
            Some(constant) if value >= constant => Err(self.true_at_once(
                format!("the current is {constant:.4} from the first"),
                "compare with a part of it, such as \"current < C/20\"",
            )),
            _ => Ok(()),
        }
    }

    fn power(&self, value: Watts) -> Result<(), Problem> {
        let upward = self.condition.comparison.is_upward();
        if self.reach.direction == Direction::Rest {
            return Err(self.no_current("power"));
        }
        if value <= Watts(0.0) {
            return Err(self.not_above_zero("the power"));
        }
        match self.reach.direction {
            Direction::Discharge if upward => {
                return Err(self.wrong_direction("the power falls with the voltage", "compare with < or <="));
            }
            Direction::Charge if !upward && !self.reach.holds => {
                return Err(self.wrong_direction("the power rises with the voltage", "compare with > or >="));
            }
            _ => {}
        }
        let Some(current) = self.reach.current else { return Ok(()) };
        let (low, high) = (self.reach.voltage.0 * current, self.reach.voltage.1 * current);
        let hint = "compare with what the current gives between the voltage limits";
        if upward && value >= high {
            Err(self.unreachable(format!("at the voltage limit it is {high:.3}"), hint))
        } else if (upward && value <= low) || (!upward && value >= high) {
            Err(self.true_at_once(format!("between the voltage limits it is {low:.3} to {high:.3}"), hint))
        } else if !upward && !self.reach.holds && value <= low {
            Err(self.unreachable(format!("at the voltage limit it is {low:.3}"), hint))
        } else {
            Ok(())
        }
    }

    fn temperature(&self, value: Celsius) -> Result<(), Problem> {
        let upward = self.condition.comparison.is_upward();
        if self.reach.direction == Direction::Rest {
            return Ok(());
        }
        if !upward {
            return Err(self.wrong_direction(
                "a cell under current grows warmer",
                "wait for a cool cell in a rest; here compare with > or >=",
            ));
        }
        let (low, high) = self.reach.temperature;
        if value >= high {
            Err(self.unreachable(
                format!("the temperature limit is {high}"),
                "compare with a temperature below [limits] temperature",
            ))
        } else if value <= low {
            Err(self.true_at_once(
                format!("no cell below {low} is used"),
                "compare with a temperature within [limits] temperature",
            ))
        } else {
            Ok(())
        }
    }

    fn time(&self, value: Duration) -> Result<(), Problem> {
        if !self.condition.comparison.is_upward() {
            return Err(self.wrong_direction("time only goes on", "compare with > or >="));
        }
        if value.is_zero() {
            return Err(self.not_above_zero("the time"));
        }
        match self.reach.at_most {
            Some(at_most) if value >= at_most => Err(self.unreachable(
                format!("it ends after {} in any case", format_duration(at_most)),
                "take this condition out, or allow the step more time",
            )),
            _ => Ok(()),
        }
    }

    fn charge(&self, value: Coulombs) -> Result<(), Problem> {
        if self.reach.direction == Direction::Rest {
            return Err(self.no_current("charge"));
        }
        if !self.condition.comparison.is_upward() {
            return Err(self
                .wrong_direction("the charge of a step grows, in a discharge too", "compare with > or >="));
        }
        if value <= Coulombs(0.0) {
            return Err(self.not_above_zero("the charge"));
        }
        let (Some(current), Some(at_most)) = (self.reach.current, self.reach.at_most) else { return Ok(()) };
        let most = Coulombs(current.0 * at_most.as_secs_f64());
        if value > most {
            return Err(self.unreachable(
                format!("in {} it passes at most {:.4} Ah", format_duration(at_most), most.ampere_hours()),
                "compare with less, or allow the step more time",
            ));
        }
        Ok(())
    }

    fn energy(&self, value: Joules) -> Result<(), Problem> {
        if self.reach.direction == Direction::Rest {
            return Err(self.no_current("energy"));
        }
        if !self.condition.comparison.is_upward() {
            return Err(self
                .wrong_direction("the energy of a step grows, in a discharge too", "compare with > or >="));
        }
        if value <= Joules(0.0) {
            return Err(self.not_above_zero("the energy"));
        }
        let (Some(current), Some(at_most)) = (self.reach.current, self.reach.at_most) else { return Ok(()) };
        let most = self.reach.voltage.1 * Coulombs(current.0 * at_most.as_secs_f64());
        if value > most {
            return Err(self.unreachable(
                format!("in {} it passes at most {:.4} Wh", format_duration(at_most), most.watt_hours()),
                "compare with less, or allow the step more time",
            ));
        }
        Ok(())
    }
}
