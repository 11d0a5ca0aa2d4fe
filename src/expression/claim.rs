//! Claims: comparisons joined by `and`, `or` and `not`.

use super::lexer::{JOINING, Token};
use super::parser::Parser;
use super::{Comparing, DEEPEST, SyntaxError};

/// Comparisons joined. `and` binds closer than `or`, and `not` closer than both.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim<C> {
    /// One comparison.
    Compare(C),
    /// All of these: `a and b`.
    All(Vec<Claim<C>>),
    /// Any of these: `a or b`.
    Any(Vec<Claim<C>>),
    /// The contrary: `not a`.
    Not(Box<Claim<C>>),
}

impl<C> Claim<C> {
    /// The same claim about other comparisons.
    pub fn map<D>(self, change: &mut dyn FnMut(C) -> D) -> Claim<D> {
        match self {
            Self::Compare(comparison) => Claim::Compare(change(comparison)),
            Self::All(claims) => Claim::All(claims.into_iter().map(|claim| claim.map(change)).collect()),
            Self::Any(claims) => Claim::Any(claims.into_iter().map(|claim| claim.map(change)).collect()),
            Self::Not(claim) => Claim::Not(Box::new(claim.map(change))),
        }
    }

    /// The same claim about other comparisons; none if one of them cannot be changed. All are tried.
    pub fn try_map<D>(self, change: &mut dyn FnMut(C) -> Option<D>) -> Option<Claim<D>> {
        let mut each = |claims: Vec<Self>| -> Option<Vec<Claim<D>>> {
            let changed: Vec<_> = claims.into_iter().map(|claim| claim.try_map(change)).collect();
            changed.into_iter().collect()
        };
        Some(match self {
            Self::All(claims) => Claim::All(each(claims)?),
            Self::Any(claims) => Claim::Any(each(claims)?),
            Self::Compare(comparison) => Claim::Compare(change(comparison)?),
            Self::Not(claim) => Claim::Not(Box::new(claim.try_map(change)?)),
        })
    }

    /// Every comparison in it, from left to right.
    pub fn comparisons(&self) -> Vec<&C> {
        let (mut found, mut rest) = (Vec::new(), vec![self]);
        while let Some(one) = rest.pop() {
            match one {
                Self::Compare(comparison) => found.push(comparison),
                Self::All(claims) | Self::Any(claims) => rest.extend(claims.iter().rev()),
                Self::Not(claim) => rest.push(claim),
            }
        }
        found
    }

    /// Whether it holds. None as soon as one of its comparisons cannot be made, whatever the others say:
    /// what rests on something that is missing is neither held nor refuted.
    pub fn holds(&self, compare: &dyn Fn(&C) -> Option<bool>) -> Option<bool> {
        // Each one is asked, so that what is missing is seen behind what decides already.
        let each = |claims: &[Self]| -> Option<Vec<bool>> {
            claims.iter().map(|claim| claim.holds(compare)).collect()
        };
        match self {
            Self::Compare(comparison) => compare(comparison),
            Self::All(claims) => each(claims).map(|claims| claims.into_iter().all(|it| it)),
            Self::Any(claims) => each(claims).map(|claims| claims.into_iter().any(|it| it)),
            Self::Not(claim) => claim.holds(compare).map(|it| !it),
        }
    }

    /// The claim in words, each comparison as `told` tells it, with the brackets that it needs.
    pub fn words(&self, told: &dyn Fn(&C) -> String) -> String {
        let inside = |claim: &Self| match claim {
            Self::Compare(_) | Self::Not(_) => claim.words(told),
            Self::All(_) | Self::Any(_) => format!("({})", claim.words(told)),
        };
        let joined = |claims: &[Self], word: &str, part: &dyn Fn(&Self) -> String| {
            claims.iter().map(part).collect::<Vec<_>>().join(&format!(" {word} "))
        };
        match self {
            Self::Compare(comparison) => told(comparison),
            Self::All(claims) => joined(claims, "and", &inside),
            Self::Any(claims) => joined(claims, "or", &|claim| match claim {
                Self::All(_) => claim.words(told),
                _ => inside(claim),
            }),
            Self::Not(claim) => format!("not {}", inside(claim)),
        }
    }
}

/// Reads a claim. A chain such as `2 Ah < a <= 3 Ah` is its comparisons, all of them.
///
/// # Errors
/// The text is none.
pub fn parse_claim(text: &str) -> Result<Claim<Comparing>, SyntaxError> {
    let mut parser = Parser::new(text)?;
    if !parser.ahead().iter().any(|(word, _)| matches!(word, Token::Comparison(_))) {
        let start = text.len() - text.trim_start().len();
        return Err(SyntaxError {
            at: start..start + text.trim().len(),
            message: "this compares nothing".into(),
            label: "no <, <=, > or >= in here",
            hint: "write it such as \"step.capacity.charge >= 2.4 Ah\"".into(),
        });
    }
    let claim = any(&mut parser, 0)?;
    if parser.peek().is_some() { Err(parser.unexpected()) } else { Ok(claim) }
}

fn any(parser: &mut Parser<'_>, depth: usize) -> Result<Claim<Comparing>, SyntaxError> {
    let mut claims = vec![all(parser, depth)?];
    while parser.word("or") {
        claims.push(all(parser, depth)?);
    }
    Ok(one_or(claims, Claim::Any))
}

fn all(parser: &mut Parser<'_>, depth: usize) -> Result<Claim<Comparing>, SyntaxError> {
    let mut claims = vec![one(parser, depth)?];
    while parser.word("and") {
        claims.push(one(parser, depth)?);
    }
    Ok(one_or(claims, Claim::All))
}

fn one(parser: &mut Parser<'_>, depth: usize) -> Result<Claim<Comparing>, SyntaxError> {
    if depth >= DEEPEST {
        return Err(SyntaxError {
            message: "this is too deep".into(),
            hint: "write it with fewer brackets".into(),
            label: "here",
            ..parser.unexpected()
        });
    }
    if parser.word("not") {
        return one(parser, depth + 1).map(|claim| Claim::Not(Box::new(claim)));
    }
    if opens_claim(parser) {
        parser.sign(&['(']);
        let claim = any(parser, depth + 1)?;
        parser.closing()?;
        return Ok(claim);
    }
    let mut left = parser.sum(depth)?;
    let mut claims = Vec::new();
    loop {
        let (comparison, comparison_at) = parser.comparison()?;
        let right = parser.sum(depth)?;
        claims.push(Claim::Compare(Comparing { left, comparison, comparison_at, right: right.clone() }));
        if !matches!(parser.peek(), Some((Token::Comparison(_), _))) {
            return Ok(one_or(claims, Claim::All));
        }
        left = right;
    }
}

fn one_or<C>(mut claims: Vec<Claim<C>>, several: fn(Vec<Claim<C>>) -> Claim<C>) -> Claim<C> {
    match claims.pop() {
        Some(only) if claims.is_empty() => only,
        last => {
            claims.extend(last);
            several(claims)
        }
    }
}

/// Whether a bracket begins here that holds comparisons; one that holds a value only is a part of a sum.
fn opens_claim(parser: &Parser<'_>) -> bool {
    let mut depth = 0_usize;
    for (word, _) in parser.ahead() {
        match word {
            Token::Sign('(') => depth += 1,
            Token::Sign(')') => depth = depth.saturating_sub(1),
            Token::Comparison(_) => return depth > 0,
            Token::Name(name)
                if depth > 0 && matches!(name.as_slice(), [it] if JOINING.contains(&it.as_str())) =>
            {
                return true;
            }
            _ => {}
        }
        if depth == 0 {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match parse_claim(text) {
            Ok(claim) => claim.words(&|it| {
                let part = |at: &std::ops::Range<usize>| text.get(at.clone()).unwrap_or("?").to_owned();
                format!("{}{}{}", part(&it.left.at), it.comparison, part(&it.right.at))
            }),
            Err(error) => format!("{} at {}", error.message, text.get(error.at).unwrap_or("?")),
        }
    }

    #[test]
    fn claims_are_read_with_their_brackets() {
        assert_eq!(told("a < 1 V"), "a<1 V");
        assert_eq!(told("a < 1 and b > 50 or c >= 2 Ah"), "a<1 and b>50 or c>=2 Ah");
        assert_eq!(told("a < 1 V and (b > 2 V or not c < 3 V)"), "a<1 V and (b>2 V or not c<3 V)");
        assert_eq!(told("(a + b) * 2 < 1 V"), "(a + b) * 2<1 V");
        assert_eq!(told("((a < 1 V))"), "a<1 V");
        assert_eq!(told("2 Ah < a <= 3 Ah and b < 1"), "(2 Ah<a and a<=3 Ah) and b<1");
        assert_eq!(told("abs(a - b) < 3 %"), "abs(a - b)<3 %");
        assert_eq!(told("not (a < 1 or b < 2)"), "not (a<1 or b<2)");
    }

    #[test]
    fn what_is_none_is_told_with_its_place() {
        assert_eq!(told("a + b"), "this compares nothing at a + b");
        assert_eq!(told("a < 1 V and"), "a value is missing after this at d");
        assert_eq!(told("a < 1 V b > 2 V"), "`b` cannot stand here at b");
        assert_eq!(told("(a < 1 V"), "a closing bracket is missing at V");
        assert_eq!(told("a == 1 V"), "`==` is not a comparison at ==");
        assert_eq!(told("(a < 1 V) + b < 2 V"), "`+` cannot stand here at +");
        let deep = format!("{}a < 1 V{}", "(".repeat(60), ")".repeat(60));
        assert_eq!(told(&deep), "this is too deep at (");
        assert_eq!(told(&format!("{}a < 1 V", "not ".repeat(60))), "this is too deep at not");
    }

    #[test]
    fn what_rests_on_something_missing_is_not_known() {
        let known = |text: &str, values: [Option<bool>; 2]| {
            parse_claim(text).unwrap().holds(&|it| match &it.left.node {
                super::super::Node::Name(name) if *name == ["a"] => values[0],
                _ => values[1],
            })
        };
        assert_eq!(known("a < 1 and b < 1", [Some(true), Some(true)]), Some(true));
        assert_eq!(known("a < 1 and b < 1", [Some(false), None]), None);
        assert_eq!(known("a < 1 or b < 1", [Some(true), None]), None);
        assert_eq!(known("a < 1 or b < 1", [Some(false), Some(true)]), Some(true));
        assert_eq!(known("not a < 1", [Some(false), None]), Some(true));
        assert_eq!(known("not a < 1", [None, None]), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,60}", odd in "([-+*/()<>=. 0-9aAhV%]|and|or|not| ){0,40}") {
            for text in [text, odd] {
                if let Err(error) = parse_claim(&text) {
                    proptest::prop_assert!(text.get(error.at.clone()).is_some(), "{error:?}");
                }
            }
        }
    }
}
