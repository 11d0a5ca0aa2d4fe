//! The proof of end conditions: each in the direction in which its quantity goes, and within reach.

use super::Proof;
use super::drive::smallest_setpoint;
use super::reach::{Reach, Trend, Way};
use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, OneOrMany, Spanned};
use crate::expression::{Expression, Node};
use crate::plan::envelope::MOST_CAPACITIES;
use crate::plan::formula::RATE_WINDOW;
use crate::plan::{EndCondition, Fact, Measure, Then};
use crate::recipe::{Condition, Ending};
use crate::units::{Amperes, Celsius, Coulombs, Dimension, Joules, Volts, Watts, format_duration};
use std::ops::Range;
use std::time::Duration;

impl Proof<'_> {
    /// The conditions of a step: none where nothing is written.
    pub(super) fn until(
        &mut self,
        field: &Field<Spanned<OneOrMany<Ending>>>,
        reach: Option<&Reach>,
    ) -> Option<Vec<EndCondition>> {
        match field {
            Field::Absent => Some(Vec::new()),
            Field::Broken => None,
            Field::Present(list) => self.endings(&list.value, reach?),
        }
    }

    /// A list of conditions.
    pub(super) fn endings(&mut self, list: &OneOrMany<Ending>, reach: &Reach) -> Option<Vec<EndCondition>> {
        let proved: Vec<Option<EndCondition>> =
            list.items.iter().map(|ending| self.ending(ending, reach)).collect();
        proved.into_iter().collect::<Option<Vec<_>>>().filter(|_| list.complete)
    }

    fn ending(&mut self, ending: &Ending, reach: &Reach) -> Option<EndCondition> {
        let then = self.then(&ending.then, &ending.times, Then::Next);
        let when = &ending.when;
        let (left, right) = (self.formula(&when.left), self.formula(&when.right));
        let (left, right) = (left?, right?);
        let dimensions = (left.dimension(), right.dimension());
        // 2.8 V > voltage is voltage < 2.8 V.
        let turned = left.constant().is_some() && right.constant().is_none();
        let (left, comparison, right, value_span) = if turned {
            (right, when.comparison.turned(), left, when.left.at.clone())
        } else {
            (left, when.comparison, right, when.right.at.clone())
        };
        let Some(condition) = EndCondition::new(left, comparison, right, Then::Next) else {
            self.report(unlike_sides(&when.left, &when.right, dimensions));
            return None;
        };
        let at = Place { condition: when, comparison_upward: comparison.is_upward(), value_span, reach };
        match at.judge(&condition) {
            Ok(()) => Some(condition.followed_by(then?)),
            Err(problem) => {
                self.report(problem);
                None
            }
        }
    }
}

/// What is wrong where two things are compared that are not of a kind.
pub(super) fn unlike_sides(
    left: &Expression,
    right: &Expression,
    dimensions: (Dimension, Dimension),
) -> Problem {
    let hint = match left.node {
        Node::Name(ref name) => example(name.last().map_or("", String::as_str)),
        _ => "both sides have to be of one kind".to_owned(),
    };
    let (code, message, label) = match &right.node {
        Node::Number(number) if number.is_number() => {
            ("bare-number", format!("{} is compared with a bare number", dimensions.0), "no unit")
        }
        _ => ("wrong-dimension", format!("{} is compared with {}", dimensions.0, dimensions.1), "this value"),
    };
    Problem::new(code, right.at.clone(), message, label).hint(hint)
}

/// What to compare a quantity with.
fn example(quantity: &str) -> String {
    let value = match quantity {
        "voltage" => "2.8 V",
        "current" => "50 mA\" or \"C/20",
        "power" => "5 W",
        "temperature" => "45 degC",
        "time" => "90 min",
        "charge" | "capacity" => "2 Ah",
        "energy" => "9 Wh",
        "resistance" | "impedance" => "80 mohm",
        _ => return "both sides have to be of one kind".to_owned(),
    };
    format!("write the value such as \"{value}\"")
}

/// A condition and the step that it stands in.
struct Place<'a> {
    condition: &'a Condition,
    /// Whether what is measured has to rise.
    comparison_upward: bool,
    value_span: Range<usize>,
    reach: &'a Reach,
}

impl Place<'_> {
    fn judge(&self, condition: &EndCondition) -> Result<(), Problem> {
        if condition.facts().next().is_none() {
            return Err(Problem::new(
                "bad-condition",
                self.condition.span.clone(),
                "nothing in this condition is measured",
                "always the same",
            )
            .hint("compare such as voltage, step.NAME.charge or cycle.capacity with a value"));
        }
        for fact in condition.facts() {
            self.can_be_known(fact)?;
        }
        if let Some(Fact::Now(measure)) = condition.left().as_fact() {
            self.direction(*measure)?;
        }
        match condition.plain() {
            Some((Measure::Voltage, _, value)) => self.voltage(Volts(value)),
            Some((Measure::Current, _, value)) => self.current(Amperes(value)),
            Some((Measure::Power, _, value)) => self.power(Watts(value)),
            Some((Measure::Temperature, _, value)) => self.temperature(Celsius(value)),
            Some((Measure::Time, _, value)) => self.time(value),
            Some((Measure::Charge, _, value)) => self.charge(Coulombs(value)),
            Some((Measure::Energy, _, value)) => self.energy(Joules(value)),
            None => Ok(()),
        }
    }

    /// Whether a fact can ever be known in this step.
    fn can_be_known(&self, fact: &Fact) -> Result<(), Problem> {
        let (measure, is_rate) = match fact {
            Fact::Now(measure) => (*measure, false),
            Fact::Rate(measure) | Fact::Slope(measure) => (*measure, true),
            _ => return Ok(()),
        };
        if self.reach.way == Way::Pass {
            return Err(Problem::new(
                "no-reading",
                self.condition.span.clone(),
                format!("at the end of a pass no {} is measured", measure.word()),
                "nothing to compare",
            )
            .hint("a repeat is ended by results, such as cycle.capacity or step.NAME.charge"));
        }
        let of_current =
            matches!(measure, Measure::Current | Measure::Power | Measure::Charge | Measure::Energy);
        if self.reach.way.is_idle() && of_current {
            return Err(Problem::new(
                "no-current",
                self.condition.span.clone(),
                format!("in a {} there is no {}", self.reach.way, measure.word()),
                "nothing to compare",
            )
            .hint(format!("a {} can look at voltage, temperature and time", self.reach.way)));
        }
        match self.reach.at_most {
            Some(at_most) if is_rate && at_most <= RATE_WINDOW => Err(Problem::new(
                "unreachable",
                self.condition.span.clone(),
                format!(
                    "a rate is known after {} only, and this {} ends before",
                    format_duration(RATE_WINDOW),
                    self.reach.way
                ),
                "never known",
            )
            .hint("allow the step more time, or compare the value itself")),
            _ => Ok(()),
        }
    }

    /// Whether the quantity goes the way that is waited for.
    fn direction(&self, measure: Measure) -> Result<(), Problem> {
        let (trend, why) = self.reach.trend(measure);
        match trend {
            Trend::Rises if !self.comparison_upward => {
                let hint = match measure {
                    Measure::Temperature => "wait for a cool cell in a rest; here compare with > or >=",
                    _ => "compare with > or >=",
                };
                Err(self.wrong_direction(why, hint))
            }
            Trend::Falls if self.comparison_upward => {
                let hint = match measure {
                    Measure::Current if self.reach.holds => {
                        "compare with < or <=, and hold a voltage so that the current falls"
                    }
                    _ => "compare with < or <=",
                };
                Err(self.wrong_direction(why, hint))
            }
            Trend::Stays => Err(Problem::new(
                "wrong-direction",
                self.condition.span.clone(),
                format!("in this {} {why}, so this never comes", self.reach.way),
                "never true",
            )
            .hint(match (measure, self.reach.way) {
                (Measure::Current, Way::Charge) => format!(
                    "add such as hold = \"{}\", so that the current falls once that voltage is reached",
                    self.reach.chemistry.usual_full()
                ),
                (Measure::Current, _) => {
                    "add a `hold`, so that the current falls once that voltage is reached".to_owned()
                }
                _ => "end it by another quantity, such as its time".to_owned(),
            })),
            _ => Ok(()),
        }
    }

    fn wrong_direction(&self, what: &str, hint: &str) -> Problem {
        Problem::new(
            "wrong-direction",
            self.condition.comparison_span.clone(),
            format!("this {} ends on the wrong side: {what}", self.reach.way),
            "this comparison",
        )
        .hint(hint)
    }

    fn unreachable(&self, why: String, hint: &str) -> Problem {
        let message = format!("this {} never comes there: {why}", self.reach.way);
        Problem::new("unreachable", self.value_span.clone(), message, "out of reach").hint(hint)
    }

    fn true_at_once(&self, why: String, hint: &str) -> Problem {
        let message = format!("this would end the {} at its first sample: {why}", self.reach.way);
        Problem::new("true-from-start", self.value_span.clone(), message, "true from the start").hint(hint)
    }

    fn not_above_zero(&self, what: &str) -> Problem {
        let message = format!("{what} to compare with is not above zero");
        Problem::new("bad-value", self.value_span.clone(), message, "this value")
            .hint("all quantities of a step are magnitudes, in a discharge too")
    }

    fn voltage(&self, value: Volts) -> Result<(), Problem> {
        let upward = self.comparison_upward;
        let (low, high) = self.reach.voltage;
        match () {
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
        let beyond = match (self.reach.hold, self.reach.way) {
            (Some(hold), Way::Charge) => value >= hold,
            (Some(hold), Way::Discharge) => value <= hold,
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
        if value <= Amperes(0.0) {
            return Err(self.not_above_zero("the current"));
        }
        let upward = self.comparison_upward;
        if value < smallest_setpoint() && !upward {
            return Err(self.unreachable(
                format!("the smallest current of the unit is {}", smallest_setpoint()),
                "compare with at least \"8 mA\"",
            ));
        }
        let Some((low, high)) = self.reach.current else { return Ok(()) };
        if !upward && value >= high {
            let from = match self.reach.demand {
                Some(crate::plan::Demand::Current(_)) | None => {
                    format!("the current is {high:.4} from the first")
                }
                Some(_) => format!("between the voltage limits the current is at most {high:.4}"),
            };
            Err(self.true_at_once(from, "compare with a part of it, such as \"current < C/20\""))
        } else if upward && value <= low {
            Err(self.true_at_once(
                format!("between the voltage limits the current is at least {low:.4}"),
                "compare with more",
            ))
        } else if (upward && value >= high) || (!upward && value <= low && !self.reach.holds) {
            Err(self.unreachable(
                format!("between the voltage limits the current is {low:.4} to {high:.4}"),
                "compare with a current between these",
            ))
        } else {
            Ok(())
        }
    }

    fn power(&self, value: Watts) -> Result<(), Problem> {
        let upward = self.comparison_upward;
        if value <= Watts(0.0) {
            return Err(self.not_above_zero("the power"));
        }
        let Some((low, high)) = self.reach.current else { return Ok(()) };
        let (low, high) = match self.reach.demand {
            Some(crate::plan::Demand::Power(power)) => (power, power),
            Some(crate::plan::Demand::Resistance(_)) | None => {
                (self.reach.voltage.0 * low, self.reach.voltage.1 * high)
            }
            Some(crate::plan::Demand::Current(current)) => {
                (self.reach.voltage.0 * current, self.reach.voltage.1 * current)
            }
        };
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
        if self.reach.way.is_idle() || !self.comparison_upward {
            return Ok(());
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

    fn time(&self, seconds: f64) -> Result<(), Problem> {
        if seconds <= 0.0 {
            return Err(self.not_above_zero("the time"));
        }
        let value = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        match self.reach.at_most {
            Some(at_most) if value >= at_most => Err(self.unreachable(
                format!("it ends after {} in any case", format_duration(at_most)),
                "take this condition out, or allow the step more time",
            )),
            _ => Ok(()),
        }
    }

    fn charge(&self, value: Coulombs) -> Result<(), Problem> {
        if value <= Coulombs(0.0) {
            return Err(self.not_above_zero("the charge"));
        }
        if let (Some((_, current)), Some(at_most)) = (self.reach.current, self.reach.at_most) {
            let most = Coulombs(current.0 * at_most.as_secs_f64());
            if value > most {
                return Err(self.unreachable(
                    format!(
                        "in {} it passes at most {:.4} Ah",
                        format_duration(at_most),
                        most.ampere_hours()
                    ),
                    "compare with less, or allow the step more time",
                ));
            }
        }
        let bound = self.reach.capacity * MOST_CAPACITIES;
        if value > bound && matches!(self.reach.way, Way::Charge | Way::Discharge) {
            return Err(self.unreachable(
                format!(
                    "more than {MOST_CAPACITIES} times the nominal capacity, {:.4} Ah, ends it as a fault before",
                    bound.ampere_hours()
                ),
                "compare with less; is the capacity under [cell] right?",
            ));
        }
        Ok(())
    }

    fn energy(&self, value: Joules) -> Result<(), Problem> {
        if value <= Joules(0.0) {
            return Err(self.not_above_zero("the energy"));
        }
        let (Some((_, current)), Some(at_most)) = (self.reach.current, self.reach.at_most) else {
            return Ok(());
        };
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
