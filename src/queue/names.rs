//! The names of the cells of a queue: listed, made by a pattern, or read as they come.

use crate::identity::CellName;

/// The most names that a pattern makes.
const MOST: u32 = 100_000;

/// The names of a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Those that are known, in their order.
    pub listed: Vec<CellName>,
    /// Whether more are typed or scanned in when they are asked for.
    pub open: bool,
}

/// Why a pattern makes no names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` makes no names: {why}; write such as S-{{001..040}}")]
pub struct BadPattern {
    pattern: String,
    why: String,
}

/// The names that a pattern makes: `S-{001..040}` stands for S-001 to S-040. The digits of the first number are
/// kept in all.
///
/// # Errors
/// There are no braces with two numbers, they count down, or what comes out is no name of a cell.
pub fn pattern(text: &str) -> Result<Vec<CellName>, BadPattern> {
    let bad = |why: &str| BadPattern { pattern: text.to_owned(), why: why.to_owned() };
    let braces = text.split_once('{').and_then(|(head, rest)| {
        let (range, tail) = rest.split_once('}')?;
        let (first, last) = range.split_once("..")?;
        Some((head, first, last, tail))
    });
    let (head, first, last, tail) = braces.ok_or_else(|| bad("there is no {first..last} in it"))?;
    let number = |digits: &str| {
        let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|_| whole).ok_or_else(|| bad("first and last are whole numbers"))
    };
    let (from, to) = (number(first)?, number(last)?);
    if to < from {
        return Err(bad("the last number is below the first"));
    }
    if to - from >= MOST {
        return Err(bad("it makes more than 100000 names"));
    }
    let width = first.len();
    (from..=to)
        .map(|at| format!("{head}{at:0width$}{tail}").parse().map_err(|why: String| bad(&why)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_counts_with_its_digits() {
        let names = pattern("S-{008..011}x").unwrap();
        let names: Vec<_> = names.iter().map(CellName::as_str).collect();
        assert_eq!(names, ["S-008x", "S-009x", "S-010x", "S-011x"]);
        assert_eq!(pattern("{9..10}").unwrap().len(), 2);
        for (wrong, why) in [
            ("S", "{first..last}"),
            ("S{1..}", "whole numbers"),
            ("S{-1..3}", "whole numbers"),
            ("S{3..1}", "below"),
            ("S{0..4000000000}", "100000"),
            ("a/{1..2}", "cell"),
        ] {
            let told = pattern(wrong).unwrap_err().to_string();
            assert!(told.contains(why), "{told}");
        }
    }
}
