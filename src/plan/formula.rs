//! What an end condition compares: readings, results of earlier steps and cycles, numbers, and what is
//! worked out from them.

use super::{CellMetric, CycleMetric, Interval, ReferenceOf, Statistic, StepMetric};
use crate::expression::Operator;
use crate::units::{Dimension, Scalar};
use std::fmt;
use std::time::Duration;

/// Over how long a rate is found. The unit tells 0.137 mV apart and reads once in 0.6144 s, so over a
/// minute the slope of some hundred readings is good to a few hundredths of a millivolt a minute.
pub const RATE_WINDOW: Duration = Duration::from_secs(60);

/// A quantity that is measured while a step runs. All are magnitudes: the current and the charge of a
/// discharge are above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Terminal voltage.
    Voltage,
    /// Current.
    Current,
    /// Power.
    Power,
    /// Temperature of the cell.
    Temperature,
    /// Time in this step.
    Time,
    /// Charge passed in this step.
    Charge,
    /// Energy passed in this step.
    Energy,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Voltage,
        Self::Current,
        Self::Power,
        Self::Temperature,
        Self::Time,
        Self::Charge,
        Self::Energy,
    ];

    /// The word for it in a recipe.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Voltage => "voltage",
            Self::Current => "current",
            Self::Power => "power",
            Self::Temperature => "temperature",
            Self::Time => "time",
            Self::Charge => "charge",
            Self::Energy => "energy",
        }
    }

    /// What it measures.
    pub const fn dimension(self) -> Dimension {
        match self {
            Self::Voltage => Dimension::VOLTAGE,
            Self::Current => Dimension::CURRENT,
            Self::Power => Dimension::POWER,
            Self::Temperature => Dimension::TEMPERATURE,
            Self::Time => Dimension::TIME,
            Self::Charge => Dimension::CHARGE,
            Self::Energy => Dimension::ENERGY,
        }
    }
}

/// Which cycle is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CycleOf {
    /// The one under way; at the end of a pass, the one just done.
    This,
    /// The one before it.
    Last,
    /// The one with this number, from 1.
    Number(u32),
}

/// Something that is known while a cell is tested, or when its test is over.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// What is measured now.
    Now(Measure),
    /// How fast it changes, whichever way: the magnitude of its slope.
    Rate(Measure),
    /// How fast it changes, above zero where it rises.
    Slope(Measure),
    /// What the last finished passage of a step came to.
    Step {
        /// The step's number in the plan.
        id: u32,
        /// Its name.
        name: String,
        /// What of it.
        metric: StepMetric,
    },
    /// What a cycle came to.
    Cycle(CycleOf, CycleMetric),
    /// What the whole test came to for the cell.
    Cell(CellMetric),
    /// What another run came to.
    Reference(ReferenceOf, CellMetric),
    /// How the cells of the run compare in something.
    Across(Statistic, Box<Formula>),
    /// What a hook defined last.
    Hook {
        /// The name of the metric.
        name: String,
        /// What it measures.
        dimension: Dimension,
    },
}

impl Fact {
    /// What it measures.
    pub fn dimension(&self) -> Dimension {
        match self {
            Self::Now(measure) => measure.dimension(),
            Self::Rate(measure) | Self::Slope(measure) => measure.dimension().per_second(),
            Self::Step { metric, .. } => metric.dimension(),
            Self::Cycle(_, metric) => metric.dimension(),
            Self::Cell(metric) | Self::Reference(_, metric) => metric.dimension(),
            Self::Across(statistic, formula) => statistic.dimension(formula.dimension()),
            Self::Hook { dimension, .. } => *dimension,
        }
    }
}

impl fmt::Display for Fact {
    /// Prints it as a recipe has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(measure) => f.write_str(measure.word()),
            Self::Rate(measure) => write!(f, "rate({})", measure.word()),
            Self::Slope(measure) => write!(f, "slope({})", measure.word()),
            Self::Step { name, metric, .. } => write!(f, "step.{name}.{metric}"),
            Self::Cycle(CycleOf::This, metric) => write!(f, "cycle.{}", metric.word()),
            Self::Cycle(CycleOf::Last, metric) => write!(f, "cycle.last.{}", metric.word()),
            Self::Cycle(CycleOf::Number(number), metric) => write!(f, "cycle.{number}.{}", metric.word()),
            Self::Cell(metric) => write!(f, "cell.{}", metric.word()),
            Self::Reference(ReferenceOf::Median, metric) => write!(f, "reference.{}", metric.word()),
            Self::Reference(ReferenceOf::SameCell, metric) => write!(f, "reference.cell.{}", metric.word()),
            Self::Across(statistic, formula) => write!(f, "{}({formula})", statistic.word()),
            Self::Hook { name, .. } => write!(f, "hook.{name}"),
        }
    }
}

/// A formula whose parts go together: no volts are added to amperes. Its value is in base units:
/// volts, amperes, seconds, coulombs, degrees Celsius.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    node: Node,
    dimension: Dimension,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Number(f64),
    Fact(Fact),
    Negative(Box<Formula>),
    Magnitude(Box<Formula>),
    Binary(Operator, Box<Formula>, Box<Formula>),
}

impl Formula {
    /// A number.
    pub fn number(scalar: Scalar) -> Self {
        Self { node: Node::Number(scalar.value), dimension: scalar.dimension }
    }

    /// A fact.
    pub fn fact(fact: Fact) -> Self {
        Self { dimension: fact.dimension(), node: Node::Fact(fact) }
    }

    /// The negative of another.
    #[must_use]
    pub fn negative(self) -> Self {
        let dimension = self.dimension;
        self.folded(|inner| Self { node: Node::Negative(Box::new(inner)), dimension }, |value| -value)
    }

    /// The magnitude of another.
    #[must_use]
    pub fn magnitude(self) -> Self {
        let dimension = self.dimension;
        self.folded(|inner| Self { node: Node::Magnitude(Box::new(inner)), dimension }, f64::abs)
    }

    /// Two joined; none if they are not of kinds that can be.
    pub fn joined(operator: Operator, left: Self, right: Self) -> Option<Self> {
        let dimension = crate::expression::joined(operator, left.dimension, right.dimension)?;
        let node = match (&left.node, &right.node) {
            (Node::Number(left), Node::Number(right)) => Node::Number(operator.apply(*left, *right)),
            _ => Node::Binary(operator, Box::new(left), Box::new(right)),
        };
        Some(Self { node, dimension })
    }

    fn folded(self, whole: impl FnOnce(Self) -> Self, number: impl FnOnce(f64) -> f64) -> Self {
        match self.node {
            Node::Number(value) => Self { node: Node::Number(number(value)), ..self },
            _ => whole(self),
        }
    }

    /// What it measures.
    pub fn dimension(&self) -> Dimension {
        self.dimension
    }

    /// The number, if it is one and needs no facts.
    pub fn constant(&self) -> Option<Scalar> {
        match self.node {
            Node::Number(value) => Some(Scalar { value, dimension: self.dimension }),
            _ => None,
        }
    }

    /// The fact, if it is one and nothing else.
    pub fn as_fact(&self) -> Option<&Fact> {
        match &self.node {
            Node::Fact(fact) => Some(fact),
            _ => None,
        }
    }

    /// Every fact in it, from left to right.
    pub fn facts(&self) -> Vec<&Fact> {
        let mut facts = Vec::new();
        let mut rest = vec![self];
        while let Some(one) = rest.pop() {
            match &one.node {
                Node::Number(_) => {}
                Node::Fact(fact) => facts.push(fact),
                Node::Negative(inner) | Node::Magnitude(inner) => rest.push(inner),
                Node::Binary(_, left, right) => rest.extend([&**right, &**left]),
            }
        }
        facts
    }

    /// Its value, where `known` tells the facts. None while one of them is not known, and where the
    /// result is no number.
    pub fn value(&self, known: &dyn Fn(&Fact) -> Option<f64>) -> Option<f64> {
        let value = match &self.node {
            Node::Number(value) => *value,
            Node::Fact(fact) => known(fact)?,
            Node::Negative(inner) => -inner.value(known)?,
            Node::Magnitude(inner) => inner.value(known)?.abs(),
            Node::Binary(operator, left, right) => operator.apply(left.value(known)?, right.value(known)?),
        };
        value.is_finite().then_some(value)
    }

    /// From where to where its value can lie, where `of` tells it of the facts.
    pub fn range(&self, of: &dyn Fn(&Fact) -> Interval) -> Interval {
        match &self.node {
            Node::Number(value) => Interval::only(*value),
            Node::Fact(fact) => of(fact),
            Node::Negative(inner) => inner.range(of).negative(),
            Node::Magnitude(inner) => inner.range(of).magnitude(),
            Node::Binary(operator, left, right) => {
                Interval::joined(*operator, left.range(of), right.range(of))
            }
        }
    }

    fn binds(&self) -> u8 {
        match &self.node {
            Node::Binary(Operator::Add | Operator::Subtract, ..) => 1,
            Node::Binary(..) => 2,
            _ => 3,
        }
    }
}

impl fmt::Display for Formula {
    /// Prints it as a recipe would have it, with the brackets that it needs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Node::Number(value) => write!(f, "{}", Scalar { value: *value, dimension: self.dimension }),
            Node::Fact(fact) => write!(f, "{fact}"),
            Node::Negative(inner) => write!(f, "-({inner})"),
            Node::Magnitude(inner) => write!(f, "abs({inner})"),
            Node::Binary(operator, left, right) => {
                let side = |f: &mut fmt::Formatter<'_>, formula: &Self, least: u8| {
                    if formula.binds() < least { write!(f, "({formula})") } else { write!(f, "{formula}") }
                };
                let own = self.binds();
                side(f, left, own)?;
                write!(f, " {} ", operator.symbol())?;
                side(f, right, own + 1)
            }
        }
    }
}
