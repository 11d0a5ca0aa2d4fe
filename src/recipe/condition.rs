//! A condition that ends a step: `voltage < 2.8 V`.

use super::current::NUMBER;
use crate::diagnostic::read::{Node, Read, Reader};
use crate::diagnostic::{Problem, nearest};
use crate::units::{Celsius, Coulombs, CurrentSpec, Joules, QuantityError, Volts, Watts, parse_duration};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::time::Duration;
use toml::de::DeValue;

/// Which side of a threshold fulfils a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// Below the threshold.
    Less,
    /// At the threshold or below.
    LessOrEqual,
    /// Above the threshold.
    Greater,
    /// At the threshold or above.
    GreaterOrEqual,
}

impl Comparison {
    /// Whether a value stands on this side of the threshold.
    pub fn holds<T: PartialOrd>(self, value: T, threshold: T) -> bool {
        match self {
            Self::Less => value < threshold,
            Self::LessOrEqual => value <= threshold,
            Self::Greater => value > threshold,
            Self::GreaterOrEqual => value >= threshold,
        }
    }

    /// Whether it waits for something to rise.
    pub fn is_upward(self) -> bool {
        matches!(self, Self::Greater | Self::GreaterOrEqual)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

/// The quantity of the running step that is compared, and with what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// Terminal voltage.
    Voltage(Volts),
    /// Current, a magnitude.
    Current(CurrentSpec),
    /// Power, a magnitude.
    Power(Watts),
    /// Temperature of the cell.
    Temperature(Celsius),
    /// Time in this step.
    Time(Duration),
    /// Charge passed in this step, a magnitude.
    Charge(Coulombs),
    /// Energy passed in this step, a magnitude.
    Energy(Joules),
}

/// A condition that ends a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is compared with what.
    pub bound: Bound,
    /// On which side it is fulfilled.
    pub comparison: Comparison,
    /// Where the whole condition stands.
    pub span: Range<usize>,
    /// Where the comparison stands.
    pub comparison_span: Range<usize>,
    /// Where the value stands.
    pub value_span: Range<usize>,
}

/// The names of the quantities, as a recipe writes them.
const QUANTITIES: [&str; 7] = ["voltage", "current", "power", "temperature", "time", "charge", "energy"];

impl Read for Condition {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::String(text) = node.get_ref() else {
            reader.expected(node, "a condition", "write it in quotes, such as \"voltage < 2.8 V\"");
            return None;
        };
        let span = node.span();
        match parse(text) {
            Ok((bound, comparison, at)) => Some(Self {
                bound,
                comparison,
                comparison_span: reader.part(&span, text, at.comparison),
                value_span: reader.part(&span, text, at.value),
                span,
            }),
            Err(fault) => {
                let place = reader.part(&span, text, fault.at);
                let problem = Problem::new("bad-condition", place, fault.message, fault.label);
                reader.problems.push(problem.hint(fault.hint));
                None
            }
        }
    }
}

/// Where the parts of a condition stand within its text.
struct Parts {
    comparison: Range<usize>,
    value: Range<usize>,
}

/// What is wrong with a condition, and where within its text.
struct Fault {
    at: Range<usize>,
    message: String,
    label: &'static str,
    hint: String,
}

fn parse(text: &str) -> Result<(Bound, Comparison, Parts), Fault> {
    let whole = trimmed(text, 0..text.len());
    let Some(operator) = text.find(['<', '>', '=', '!']) else {
        return Err(Fault {
            at: whole,
            message: "this condition compares nothing".into(),
            label: "no <, <=, > or >= in here",
            hint: "write it such as \"voltage < 2.8 V\"".into(),
        });
    };
    let length = text.get(operator..).unwrap_or_default().bytes().take_while(|b| b"<>=!".contains(b)).count();
    let at = Parts {
        comparison: operator..operator + length,
        value: trimmed(text, operator + length..text.len()),
    };
    let name_at = trimmed(text, 0..operator);
    let slice = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    let comparison = match slice(&at.comparison) {
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        other => {
            return Err(Fault {
                message: format!("`{other}` is not a comparison"),
                at: at.comparison,
                label: "this comparison",
                hint: "a measured value never equals another: use <, <=, > or >=".into(),
            });
        }
    };
    if let Some(second) = slice(&at.value).find(['<', '>']) {
        let from = at.value.start + second;
        return Err(Fault {
            at: from..from + 1,
            message: "this compares twice".into(),
            label: "a second comparison",
            hint: "write each condition as a text of its own in a list; any one of them ends the step".into(),
        });
    }
    let value = slice(&at.value);
    let name = slice(&name_at);
    let bound = match name {
        "voltage" => value.parse().map(Bound::Voltage),
        "current" => value.parse().map(Bound::Current),
        "power" => value.parse().map(Bound::Power),
        "temperature" => value.parse().map(Bound::Temperature),
        "time" => parse_duration(value).map(Bound::Time),
        "charge" => value.parse().map(Bound::Charge),
        "energy" => value.parse().map(Bound::Energy),
        other => return Err(unknown_quantity(other, name_at)),
    };
    match bound {
        Ok(bound) => Ok((bound, comparison, at)),
        Err(error) => Err(bad_value(name, &error, if at.value.is_empty() { whole } else { at.value })),
    }
}

fn unknown_quantity(name: &str, at: Range<usize>) -> Fault {
    let hint = if name.starts_with("step.") {
        "this version compares quantities of this step only".to_owned()
    } else if let Some(near) = nearest(name, QUANTITIES) {
        format!("did you mean `{near}`?")
    } else {
        format!("the quantities are {}", QUANTITIES.join(", "))
    };
    Fault { at, message: format!("`{name}` is not a quantity of a step"), label: "this quantity", hint }
}

fn bad_value(name: &str, error: &QuantityError, at: Range<usize>) -> Fault {
    let example = match name {
        "voltage" => "2.8 V",
        "current" => "50 mA\" or \"C/20",
        "power" => "5 W",
        "temperature" => "45 degC",
        "time" => "90 min",
        "charge" => "2 Ah",
        _ => "9 Wh",
    };
    Fault {
        at,
        message: format!("{name} is compared with something else: {error}"),
        label: "this value",
        hint: format!("write the value such as \"{example}\""),
    }
}

/// A range without the white space at its ends.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let quantities = QUANTITIES.join("|");
        json_schema!({
            "type": "string",
            "description": "what ends a step, such as \"voltage < 2.8 V\" or \"current < C/20\"",
            "pattern": format!(r"^\s*({quantities})\s*(<|<=|>|>=)\s*(C|C/\s*\+?{NUMBER}|[+-]?{NUMBER}\s*[^\s0-9<>=].*)\s*$"),
        })
    }
}
