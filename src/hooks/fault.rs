//! What went wrong in a hook: one line for results, and the place with a caret for people.

use super::engine::{DEEPEST_CALL, LONGEST_CALL, MOST_OPERATIONS};
use super::{Moment, Place, Script};
use crate::diagnostic::{Colour, Problem, render};
use rhai::{EvalAltResult, ParseError};

/// A hook failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What and where, in one line.
    pub why: String,
    /// The same with the line of the script and a caret.
    pub shown: String,
}

/// A fault at a place.
pub(super) fn at(script: &Script, moment: Moment, place: Place, what: String) -> Fault {
    told(script, place, format!("{} failed: {what}", moment.function()))
}

/// A fault of the code itself.
pub(super) fn of_parse(script: &Script, error: &ParseError) -> Fault {
    told(script, error.1.into(), format!("the hooks cannot be read: {}", error.0))
}

/// A fault while the code ran.
pub(super) fn of_run(script: &Script, moment: Moment, error: EvalAltResult) -> Fault {
    let mut error = error;
    let mut place = Place::from(error.position());
    while let EvalAltResult::ErrorInFunctionCall(_, _, inner, _) = error {
        error = *inner;
        let inside = Place::from(error.position());
        if inside.line > 0 {
            place = inside;
        }
    }
    let what = match &error {
        EvalAltResult::ErrorRuntime(said, _) => said.to_string(),
        EvalAltResult::ErrorTooManyOperations(_) => {
            format!("it has not come to an end within {MOST_OPERATIONS} operations")
        }
        EvalAltResult::ErrorTerminated(..) => {
            format!("it has not come to an end within {} ms", LONGEST_CALL.as_millis())
        }
        EvalAltResult::ErrorStackOverflow(_) => {
            format!("its functions call each other more than {DEEPEST_CALL} deep")
        }
        EvalAltResult::ErrorDataTooLarge(what, _) => format!("too much data: {}", what.to_lowercase()),
        _ => {
            error.clear_position();
            error.to_string()
        }
    };
    at(script, moment, place, what)
}

fn told(script: &Script, place: Place, what: String) -> Fault {
    // What a script says itself may hold anything.
    let what: String = what.chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect();
    let span = script.span_of(place);
    let line = script.source.place(span.start);
    let why = format!("{}:{line}: {what}", script.source.path);
    let problem = Problem::new("hook-failed", span, what, "here");
    Fault { why, shown: render(&script.source, &[problem], Colour::Off) }
}
