//! The value of an expression in which every name stands for a known number.

use super::{Expression, Node, Operator};
use crate::units::{Dimension, Scalar};
use std::ops::Range;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq)]
pub enum EvaluationError {
    /// A name that stands for nothing here.
    Unknown {
        /// The name.
        name: String,
        /// Where it stands.
        at: Range<usize>,
    },
    /// A sum or difference of two things that are not of a kind.
    Unlike {
        /// What the left one is.
        left: Dimension,
        /// What the right one is.
        right: Dimension,
        /// Where both stand.
        at: Range<usize>,
    },
    /// The number is too large to hold, or divides by zero.
    NotFinite {
        /// Where it stands.
        at: Range<usize>,
    },
}

/// Works an expression out.
///
/// # Errors
/// A name that `lookup` does not know, a sum of unlike things, a result that is no number.
pub fn evaluate(
    expression: &Expression,
    lookup: &dyn Fn(&[String]) -> Option<Scalar>,
) -> Result<Scalar, EvaluationError> {
    let at = || expression.at.clone();
    let scalar = match &expression.node {
        Node::Number(scalar) => *scalar,
        Node::Name(name) => {
            lookup(name).ok_or_else(|| EvaluationError::Unknown { name: name.join("."), at: at() })?
        }
        Node::Call(name, inner) => match name.as_str() {
            "abs" => {
                let inner = evaluate(inner, lookup)?;
                Scalar { value: inner.value.abs(), ..inner }
            }
            _ => return Err(EvaluationError::Unknown { name: format!("{name}()"), at: at() }),
        },
        Node::Negative(inner) => {
            let inner = evaluate(inner, lookup)?;
            Scalar { value: -inner.value, ..inner }
        }
        Node::Binary(operator, left, right) => {
            let (left, right) = (evaluate(left, lookup)?, evaluate(right, lookup)?);
            let dimension = joined(*operator, left.dimension, right.dimension).ok_or_else(|| {
                EvaluationError::Unlike { left: left.dimension, right: right.dimension, at: at() }
            })?;
            Scalar { value: operator.apply(left.value, right.value), dimension }
        }
    };
    if scalar.value.is_finite() { Ok(scalar) } else { Err(EvaluationError::NotFinite { at: at() }) }
}

/// What comes of joining two things; none if they cannot be joined.
pub(crate) fn joined(operator: Operator, left: Dimension, right: Dimension) -> Option<Dimension> {
    match operator {
        Operator::Add | Operator::Subtract => (left == right).then_some(left),
        Operator::Multiply => Some(left * right),
        Operator::Divide => Some(left / right),
    }
}
