//! Expressions as recipes write them: numbers with units, names with dots, `+ - * /`, brackets,
//! comparisons of two of them, and claims, which are comparisons joined by `and`, `or`, `not`. What a name
//! stands for is for others to say.

mod claim;
mod comparison;
mod constant;
mod lexer;
mod parser;

pub use claim::{Claim, parse_claim};
pub use comparison::Comparison;
pub(crate) use constant::joined;
pub use constant::{EvaluationError, evaluate};
pub use parser::{Comparing, parse, parse_comparison};

use crate::units::Scalar;
use std::ops::Range;

/// How deep brackets, calls and signs may stand in each other.
pub const DEEPEST: usize = 32;

/// A part of an expression with its place in the text, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it is.
    pub node: Node,
    /// Where it stands.
    pub at: Range<usize>,
}

/// What an expression is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A number with its unit: `2.8 V`, `1 mV/min`, `C/20`.
    Number(Scalar),
    /// A name: `voltage`, `step.fill.charge`, split at its dots.
    Name(Vec<String>),
    /// A function of an expression: `rate(voltage)`.
    Call(String, Box<Expression>),
    /// The negative of an expression.
    Negative(Box<Expression>),
    /// Two expressions joined.
    Binary(Operator, Box<Expression>, Box<Expression>),
}

/// What joins two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

impl Operator {
    /// As it is written.
    pub const fn symbol(self) -> char {
        match self {
            Self::Add => '+',
            Self::Subtract => '-',
            Self::Multiply => '*',
            Self::Divide => '/',
        }
    }

    /// The result for two numbers.
    pub fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
        }
    }
}

/// Why a text is no expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where in the text.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What stands under the caret.
    pub label: &'static str,
    /// What to write instead.
    pub hint: String,
}

impl Expression {
    /// The same expression with every place changed by `place`.
    #[must_use]
    pub fn moved(self, place: &dyn Fn(&Range<usize>) -> Range<usize>) -> Self {
        let node = match self.node {
            Node::Number(_) | Node::Name(_) => self.node,
            Node::Call(name, inner) => Node::Call(name, Box::new(inner.moved(place))),
            Node::Negative(inner) => Node::Negative(Box::new(inner.moved(place))),
            Node::Binary(operator, left, right) => {
                Node::Binary(operator, Box::new(left.moved(place)), Box::new(right.moved(place)))
            }
        };
        Self { node, at: place(&self.at) }
    }

    /// Every name in it with its place, from left to right.
    pub fn names(&self) -> Vec<(&[String], &Range<usize>)> {
        let mut names = Vec::new();
        let mut rest = vec![self];
        while let Some(one) = rest.pop() {
            match &one.node {
                Node::Number(_) => {}
                Node::Name(name) => names.push((name.as_slice(), &one.at)),
                Node::Call(_, inner) | Node::Negative(inner) => rest.push(inner),
                Node::Binary(_, left, right) => rest.extend([&**right, &**left]),
            }
        }
        names
    }
}
