//! How a step ends, and what comes after it.

use super::Comparison;
use super::formula::{Fact, Formula, Measure};
use crate::units::{Scalar, format_duration};
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// What follows the end of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// The next step; out of a repeat, the step after it.
    Next,
    /// The end of the test: the cell has passed.
    Pass,
    /// The end of the test: the cell has failed.
    Fail,
    /// A named step.
    Goto(Jump),
}

/// A way to a named step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jump {
    /// The number of this jump among all of the plan, from 0.
    pub number: u32,
    /// The name of the step.
    pub name: String,
    /// The number of the step.
    pub target: u32,
    /// Where the step is: its index in the list of steps, then in the list inside that one, and so on.
    pub path: Vec<usize>,
    /// How often a cell may go this way in all of its test; always set where it leads back, so that no
    /// ring is endless. After that the next step follows.
    pub times: Option<u32>,
}

impl fmt::Display for Then {
    /// Prints it as a recipe has it: `next`, `goto fill`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Next => f.write_str("next"),
            Self::Pass => f.write_str("pass"),
            Self::Fail => f.write_str("fail"),
            Self::Goto(Jump { name, times: None, .. }) => write!(f, "goto {name}"),
            Self::Goto(Jump { name, times: Some(1), .. }) => write!(f, "goto {name}, once"),
            Self::Goto(Jump { name, times: Some(times), .. }) => {
                write!(f, "goto {name}, {times} times at most")
            }
        }
    }
}

/// The time after which a step ends without having met a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeout {
    /// How long the step may take.
    pub time: Duration,
    /// What follows.
    pub then: Then,
}

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_duration(self.time))?;
        match &self.then {
            Then::Next => Ok(()),
            then => write!(f, " then {then}"),
        }
    }
}

/// What ends a step: two formulas of the same dimension, compared, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct EndCondition {
    left: Formula,
    comparison: Comparison,
    right: Formula,
    /// What follows.
    pub then: Then,
}

impl EndCondition {
    /// A condition; none if the two are not of a kind.
    pub fn new(left: Formula, comparison: Comparison, right: Formula, then: Then) -> Option<Self> {
        (left.dimension() == right.dimension()).then_some(Self { left, comparison, right, then })
    }

    /// A quantity of the running step compared with a number; none if the two are not of a kind.
    pub fn of(measure: Measure, comparison: Comparison, value: Scalar) -> Option<Self> {
        Self::new(Formula::fact(Fact::Now(measure)), comparison, Formula::number(value), Then::Next)
    }

    /// The same condition, and what follows.
    #[must_use]
    pub fn followed_by(self, then: Then) -> Self {
        Self { then, ..self }
    }

    /// Whether it holds, where `known` tells the facts. None while one of them is not known.
    pub fn outcome(&self, known: &dyn Fn(&Fact) -> Option<f64>) -> Option<bool> {
        Some(self.comparison.holds(self.left.value(known)?, self.right.value(known)?))
    }

    /// Whether it is met, where `known` tells the facts: never while one of them is not known.
    pub fn is_met(&self, known: &dyn Fn(&Fact) -> Option<f64>) -> bool {
        self.outcome(known) == Some(true)
    }

    /// The measured quantity, the comparison and the number in base units, if it is a condition of just
    /// that kind: `voltage < 2.8 V`.
    pub fn plain(&self) -> Option<(Measure, Comparison, f64)> {
        match (self.left.as_fact()?, self.right.constant()?) {
            (Fact::Now(measure), Scalar { value, .. }) => Some((*measure, self.comparison, value)),
            _ => None,
        }
    }

    /// The left formula.
    pub fn left(&self) -> &Formula {
        &self.left
    }

    /// On which side of the right one the left one has to be.
    pub fn comparison(&self) -> Comparison {
        self.comparison
    }

    /// The right formula.
    pub fn right(&self) -> &Formula {
        &self.right
    }

    /// Every fact that it needs.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.left.facts().into_iter().chain(self.right.facts())
    }

    /// Whether a quantity that is measured now, or its rate, has a part in it.
    pub fn watches(&self, measures: &[Measure]) -> bool {
        self.facts().any(|fact| match fact {
            Fact::Now(measure) | Fact::Rate(measure) | Fact::Slope(measure) => measures.contains(measure),
            _ => false,
        })
    }
}

impl fmt::Display for EndCondition {
    /// Prints it as a recipe would have it, without what follows: `current < 0.125 A`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.left, self.comparison, self.right)
    }
}

/// Texts in files: what it is, and what follows where that is not the next step.
impl Serialize for EndCondition {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.then {
            Then::Next => to.collect_str(self),
            then => to.collect_str(&format_args!("{self} then {then}")),
        }
    }
}

impl Serialize for Timeout {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl Serialize for Jump {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Then::Goto(self.clone()).serialize(to)
    }
}

impl Serialize for Then {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
