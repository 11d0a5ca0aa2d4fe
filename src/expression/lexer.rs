//! The words of an expression.

use super::SyntaxError;
use crate::units::{QuantityError, Scalar, split_number};
use std::ops::Range;

/// One word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A number with its unit.
    Number(Scalar),
    /// A name, split at its dots.
    Name(Vec<String>),
    /// One of `+ - * / ( )`.
    Sign(char),
    /// `<`, `<=`, `>`, `>=`, or what somebody took for a comparison.
    Comparison(String),
}

/// Words that join comparisons, and are neither names nor units.
pub(super) const JOINING: [&str; 3] = ["and", "or", "not"];

/// So many words are in an expression at most. Nobody writes that many, and what walks through an
/// expression goes as deep as it is long.
const MOST_WORDS: usize = 256;

/// Splits a text into its words.
pub(super) fn words(text: &str) -> Result<Vec<(Token, Range<usize>)>, SyntaxError> {
    let mut out: Vec<(Token, Range<usize>)> = Vec::new();
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        if out.len() >= MOST_WORDS {
            return Err(SyntaxError {
                at: at..text.len(),
                message: format!("an expression has at most {MOST_WORDS} words"),
                label: "here it is too long",
                hint: "write it shorter".into(),
            });
        }
        let length = if next.is_whitespace() {
            at += next.len_utf8();
            continue;
        } else if next.is_ascii_digit() || next == '.' || begins_signed_number(rest, out.last()) {
            let (scalar, length) = number(rest, at)?;
            out.push((Token::Number(scalar), at..at + length));
            length
        } else if "<>=!".contains(next) {
            let length = rest.bytes().take_while(|byte| b"<>=!".contains(byte)).count();
            let sign = rest.get(..length).unwrap_or_default().to_owned();
            out.push((Token::Comparison(sign), at..at + length));
            length
        } else if "+-*/()".contains(next) {
            out.push((Token::Sign(next), at..at + 1));
            1
        } else if next.is_alphabetic() || next == '_' {
            let length = name_length(rest);
            let name = rest.get(..length).unwrap_or_default();
            out.push((Token::Name(name.split('.').map(str::to_owned).collect()), at..at + length));
            length
        } else {
            return Err(SyntaxError {
                at: at..at + next.len_utf8(),
                message: format!("{next:?} means nothing here"),
                label: "this character",
                hint: "an expression has numbers with units, names, + - * / and brackets".into(),
            });
        };
        at += length;
    }
    Ok(out)
}

/// Whether a sign here belongs to the number behind it: not where it can join two values. Below zero
/// degrees Fahrenheit, the sign is a part of the number.
fn begins_signed_number(rest: &str, before: Option<&(Token, Range<usize>)>) -> bool {
    let joins = matches!(before, Some((Token::Number(_) | Token::Name(_) | Token::Sign(')'), _)));
    let number = rest
        .strip_prefix(['-', '+'])
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
    number && !joins
}

/// How long the name at the beginning of a text is: words joined by dots. The name of a step may have
/// hyphens in it, other words may not, since there a hyphen is a minus.
fn name_length(text: &str) -> usize {
    let mut end = 0;
    let mut words = 0;
    loop {
        let hyphens = words == 1 && text.starts_with("step.");
        let rest = text.get(end..).unwrap_or_default();
        let word = |c: char| c.is_alphanumeric() || c == '_' || (hyphens && c == '-');
        end += rest.find(|c| !word(c)).unwrap_or(rest.len());
        words += 1;
        let rest = text.get(end..).unwrap_or_default();
        if rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(starts_word)) {
            end += 1;
        } else {
            return end;
        }
    }
}

fn starts_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Reads the number at the beginning of a text, with its unit, and says how long both are.
fn number(text: &str, at: usize) -> Result<(Scalar, usize), SyntaxError> {
    let fault = |length: usize, message: String, hint: String| SyntaxError {
        at: at..at + length,
        message,
        label: "this number",
        hint,
    };
    // White space at the end is no part of what is left behind the number, from which lengths are told.
    let text = text.trim_end();
    let end = text.find(|c: char| c.is_whitespace()).unwrap_or(text.len());
    let (value, tail) = split_number(text).map_err(|error| match error {
        QuantityError::NotFinite => fault(end, error.to_string(), "write a smaller number".into()),
        _ => fault(1, "a number has at least one digit".into(), "write it such as 0.5".into()),
    })?;
    let unit = unit_length(tail);
    let name = tail.get(..unit).unwrap_or_default();
    let length = text.len() - tail.len() + unit;
    let length =
        if name.is_empty() { text.get(..length).unwrap_or_default().trim_end().len() } else { length };
    let spaceless: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    match Scalar::in_unit(value, &spaceless) {
        Some(scalar) => Ok((scalar, length)),
        None => {
            let known: Vec<&str> = Scalar::units().collect();
            let hint = match written_otherwise(&spaceless, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the units are {}", known.join(", ")),
            };
            Err(SyntaxError {
                at: at + length - unit..at + length,
                message: format!("`{name}` is not a unit"),
                label: "this unit",
                hint,
            })
        }
    }
}

/// A unit that differs in the case of its letters only.
fn written_otherwise<'u>(unit: &str, known: &[&'u str]) -> Option<&'u str> {
    known.iter().find(|known| known.eq_ignore_ascii_case(unit)).copied()
}

/// How long the unit at the beginning of a text is: `V`, `mV/min`, `%`. A word with a dot or a bracket
/// behind it is a name, and so is one that is no unit below a slash.
fn unit_length(text: &str) -> usize {
    if text.starts_with('%') {
        return 1;
    }
    let first = word_length(text);
    if first == 0 || JOINING.contains(&text.get(..first).unwrap_or_default()) {
        return 0;
    }
    let rest = text.get(first..).unwrap_or_default();
    let slash = rest.trim_start();
    if let Some(below) = slash.strip_prefix('/') {
        let under = below.trim_start();
        let second = word_length(under);
        let word = under.get(..second).unwrap_or_default();
        let ends = !under.get(second..).is_some_and(|rest| rest.starts_with(['.', '(']));
        if second > 0 && ends && Scalar::units().any(|unit| unit == word) {
            return text.len() - under.len() + second;
        }
    }
    first
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphabetic() || c == '\u{b0}')).unwrap_or(text.len())
}
