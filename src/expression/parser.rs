//! From words to expressions: products bind closer than sums, and a comparison joins two of them.

use super::lexer::{Token, words};
use super::{Comparison, DEEPEST, Expression, Node, Operator, SyntaxError};
use crate::units::{Dimension, Scalar};
use std::ops::Range;

/// Two expressions compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparing {
    /// The left one.
    pub left: Expression,
    /// On which side of the right one it has to be.
    pub comparison: Comparison,
    /// Where the comparison stands.
    pub comparison_at: Range<usize>,
    /// The right one.
    pub right: Expression,
}

/// Reads an expression.
///
/// # Errors
/// The text is none.
pub fn parse(text: &str) -> Result<Expression, SyntaxError> {
    let mut parser = Parser::new(text)?;
    let expression = parser.sum(0)?;
    match parser.peek() {
        None => Ok(expression),
        Some((Token::Comparison(_), at)) => Err(SyntaxError {
            at: at.clone(),
            message: "a value is wanted here, and this compares two".into(),
            label: "this comparison",
            hint: "write one value".into(),
        }),
        Some(_) => Err(parser.unexpected()),
    }
}

/// Reads two expressions with a comparison between them.
///
/// # Errors
/// The text is something else.
pub fn parse_comparison(text: &str) -> Result<Comparing, SyntaxError> {
    const EXAMPLE: &str = "write it such as \"voltage < 2.8 V\"";
    let mut parser = Parser::new(text)?;
    if !parser.words.iter().any(|(word, _)| matches!(word, Token::Comparison(_))) {
        return Err(SyntaxError {
            at: trimmed(text),
            message: "this condition compares nothing".into(),
            label: "no <, <=, > or >= in here",
            hint: EXAMPLE.into(),
        });
    }
    let left = parser.sum(0)?;
    let (comparison, comparison_at) = parser.comparison()?;
    let right = parser.sum(0)?;
    match parser.peek() {
        None => Ok(Comparing { left, comparison, comparison_at, right }),
        Some((Token::Comparison(_), at)) => Err(SyntaxError {
            at: at.clone(),
            message: "this compares twice".into(),
            label: "a second comparison",
            hint: "write each condition as a text of its own in a list; any one of them ends the step".into(),
        }),
        Some(_) => Err(parser.unexpected()),
    }
}

/// The text without the white space at its ends.
fn trimmed(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    start..start + text.trim().len()
}

pub(super) struct Parser<'t> {
    text: &'t str,
    words: Vec<(Token, Range<usize>)>,
    next: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Result<Self, SyntaxError> {
        Ok(Self { text, words: words(text)?, next: 0 })
    }

    pub(super) fn peek(&self) -> Option<&(Token, Range<usize>)> {
        self.words.get(self.next)
    }

    /// The words that are not read yet.
    pub(super) fn ahead(&self) -> &[(Token, Range<usize>)] {
        self.words.get(self.next..).unwrap_or_default()
    }

    /// Goes past a word, and says whether it was there.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let there = matches!(self.peek(), Some((Token::Name(name), _)) if *name == [word]);
        self.next += usize::from(there);
        there
    }

    fn take(&mut self) -> Option<(Token, Range<usize>)> {
        let word = self.words.get(self.next).cloned();
        self.next += usize::from(word.is_some());
        word
    }

    pub(super) fn sign(&mut self, signs: &[char]) -> Option<char> {
        match self.peek() {
            Some((Token::Sign(sign), _)) if signs.contains(sign) => {
                let sign = *sign;
                self.next += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    /// What is wrong where a value was wanted, or where nothing more was.
    pub(super) fn unexpected(&self) -> SyntaxError {
        let hint =
            "write numbers with units and names, joined by + - * /, such as \"0.8 * cycle.1.capacity\"";
        match self.peek() {
            None => {
                let end = trimmed(self.text).end;
                let start =
                    self.text.get(..end).and_then(|it| it.char_indices().next_back()).map_or(0, |it| it.0);
                SyntaxError {
                    at: start..end,
                    message: "a value is missing after this".into(),
                    label: "the text ends here",
                    hint: hint.into(),
                }
            }
            Some((_, at)) => {
                let word = self.text.get(at.clone()).unwrap_or_default();
                SyntaxError {
                    at: at.clone(),
                    message: format!("`{word}` cannot stand here"),
                    label: "not expected here",
                    hint: hint.into(),
                }
            }
        }
    }

    pub(super) fn comparison(&mut self) -> Result<(Comparison, Range<usize>), SyntaxError> {
        let Some((Token::Comparison(sign), at)) = self.peek().cloned() else { return Err(self.unexpected()) };
        self.next += 1;
        let comparison = match sign.as_str() {
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            other => {
                return Err(SyntaxError {
                    message: format!("`{other}` is not a comparison"),
                    at,
                    label: "this comparison",
                    hint: "a measured value never equals another: use <, <=, > or >=".into(),
                });
            }
        };
        Ok((comparison, at))
    }

    pub(super) fn sum(&mut self, depth: usize) -> Result<Expression, SyntaxError> {
        let mut left = self.product(depth)?;
        while let Some(sign) = self.sign(&['+', '-']) {
            let operator = if sign == '+' { Operator::Add } else { Operator::Subtract };
            left = joined(operator, left, self.product(depth)?);
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Result<Expression, SyntaxError> {
        let mut left = self.value(depth)?;
        while let Some(sign) = self.sign(&['*', '/']) {
            let operator = if sign == '*' { Operator::Multiply } else { Operator::Divide };
            left = joined(operator, left, self.value(depth)?);
        }
        Ok(left)
    }

    fn value(&mut self, depth: usize) -> Result<Expression, SyntaxError> {
        let Some((token, at)) = self.take() else { return Err(self.unexpected()) };
        if depth >= DEEPEST {
            return Err(SyntaxError {
                at,
                message: "this expression is too deep".into(),
                label: "here",
                hint: "write it with fewer brackets".into(),
            });
        }
        match token {
            Token::Number(scalar) => self.number(scalar, at),
            // 1C; what is divided or multiplied is a part of it: C/20.
            Token::Name(name) if name == ["C"] => {
                Ok(Expression { node: Node::Number(Scalar { value: 1.0, dimension: Dimension::C_RATE }), at })
            }
            Token::Name(name) => {
                if self.sign(&['(']).is_none() {
                    return Ok(Expression { node: Node::Name(name), at });
                }
                let inner = self.sum(depth + 1)?;
                let end = self.closing()?;
                Ok(Expression { node: Node::Call(name.join("."), Box::new(inner)), at: at.start..end })
            }
            Token::Sign('(') => {
                let inner = self.sum(depth + 1)?;
                let end = self.closing()?;
                Ok(Expression { node: inner.node, at: at.start..end })
            }
            Token::Sign(sign @ ('-' | '+')) => {
                let inner = self.value(depth + 1)?;
                let at = at.start..inner.at.end;
                if sign == '+' {
                    return Ok(Expression { node: inner.node, at });
                }
                Ok(Expression { node: Node::Negative(Box::new(inner)), at })
            }
            Token::Sign(_) | Token::Comparison(_) => {
                self.next -= 1;
                Err(self.unexpected())
            }
        }
    }

    /// A number; times may be written in several parts: `1 h 30 min`.
    fn number(&mut self, scalar: Scalar, at: Range<usize>) -> Result<Expression, SyntaxError> {
        let (mut scalar, mut at) = (scalar, at);
        while scalar.dimension == Dimension::TIME
            && let Some((Token::Number(more), more_at)) = self.peek()
            && more.dimension == Dimension::TIME
        {
            scalar.value += more.value;
            at.end = more_at.end;
            self.next += 1;
        }
        Ok(Expression { node: Node::Number(scalar), at })
    }

    /// Takes the closing bracket, and says where it ends.
    pub(super) fn closing(&mut self) -> Result<usize, SyntaxError> {
        match self.peek() {
            Some((Token::Sign(')'), at)) => {
                let end = at.end;
                self.next += 1;
                Ok(end)
            }
            Some(_) => Err(self.unexpected()),
            None => {
                let mut fault = self.unexpected();
                fault.message = "a closing bracket is missing".into();
                fault.hint = "close each bracket that is opened".into();
                Err(fault)
            }
        }
    }
}

fn joined(operator: Operator, left: Expression, right: Expression) -> Expression {
    let at = left.at.start..right.at.end;
    Expression { node: Node::Binary(operator, Box::new(left), Box::new(right)), at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match parse_comparison(text) {
            Ok(_) => "good".into(),
            Err(error) => format!("{} at {}", error.message, text.get(error.at).unwrap_or("?")),
        }
    }

    #[test]
    fn conditions_are_read() {
        for good in [
            "voltage < 2.8 V",
            "current<C/20",
            "time > 1 h 30 min",
            "rate(voltage) < 1 mV/min",
            "cycle.capacity < 0.8 * cycle.1.capacity",
            "step.top-up.charge-step.fill.charge > (1 Ah + 20 mAh) / 2",
            "temperature > -5 degC",
            "charge > 50 % * cell.capacity",
        ] {
            assert_eq!(told(good), "good", "{good}");
        }
    }

    #[test]
    fn what_is_none_is_told_with_its_place() {
        assert_eq!(told("voltage"), "this condition compares nothing at voltage");
        assert_eq!(told("voltage < "), "a value is missing after this at <");
        assert_eq!(told("voltage == 2 V"), "`==` is not a comparison at ==");
        assert_eq!(told("2 V < voltage < 3 V"), "this compares twice at <");
        assert_eq!(told("voltage < 2 parsec"), "`parsec` is not a unit at parsec");
        assert_eq!(told("voltage < (2 V"), "a closing bracket is missing at V");
        assert_eq!(told("voltage < 2 V 3 V"), "`3 V` cannot stand here at 3 V");
        assert_eq!(told("voltage < 2 V ?"), "'?' means nothing here at ?");
        let deep = format!("voltage < {}1 V{}", "(".repeat(50), ")".repeat(50));
        assert_eq!(told(&deep), "this expression is too deep at (");
        let signs = format!("voltage < {}1 V", "-".repeat(200));
        assert_eq!(told(&signs), "this expression is too deep at -");
        let long = format!("voltage < 1 V{}", " + 1 V".repeat(10_000));
        assert!(told(&long).starts_with("an expression has at most 256 words"));
    }

    #[test]
    fn rates_and_products_are_told_apart() {
        let of = |text: &str| parse(text).map(|it| it.node);
        let number = |value, dimension| Ok(Node::Number(Scalar { value, dimension }));
        assert_eq!(of("60 mV/min"), number(0.001, Dimension::VOLTAGE.per_second()));
        assert_eq!(of("0.5C"), number(0.5, Dimension::C_RATE));
        assert!(matches!(of("1 Ah/step.x.charge"), Ok(Node::Binary(Operator::Divide, ..))));
        assert!(matches!(of("C/20"), Ok(Node::Binary(Operator::Divide, ..))));
    }

    #[test]
    fn white_space_at_the_end_moves_nothing() {
        for text in ["3 V<voltage", "3 V<voltage ", "3 V<voltage\u{b}\n  "] {
            let read = parse_comparison(text).unwrap();
            assert_eq!((read.left.at, read.comparison_at, read.right.at), (0..3, 3..4, 4..11), "{text:?}");
        }
        let error = parse("0\u{ba}\u{b}").unwrap_err();
        assert_eq!(error.at, 1..3, "the unit: {error:?}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,60}", odd in "[-+*/()<>=. 0-9a-cAhVmin%]{0,40}") {
            for text in [text, odd] {
                if let Err(error) = parse_comparison(&text) {
                    proptest::prop_assert!(error.at.start <= error.at.end && error.at.end <= text.len());
                    proptest::prop_assert!(text.get(error.at).is_some());
                }
                let _ = parse(&text);
            }
        }
    }
}
