//! What has to hold of targets beside their shape.

use super::slip::Slip;
use super::template::Template;
use super::{Mention, Occasion, Style, TargetText, address, in_json};
use crate::diagnostic::Problem;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::ops::Range;
use std::time::Duration;

/// So many targets can be told; each has a thread.
pub const MOST_TARGETS: usize = 8;
/// The longest time to wait for an answer.
pub const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);
/// The shortest time to wait for an answer.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(100);
/// So often what failed can be tried again.
pub const MOST_RETRIES: u32 = 10;
/// A target is not told more often than this that a run goes on.
const SHORTEST_ALIVE: Duration = Duration::from_secs(60);
/// What the variables begin with that a recipe may name: it is foreign text, and must not send away what
/// else lies in the environment.
const PREFIX: &str = "BATLAB_";

/// Where targets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// In a recipe, which may be anybody's.
    Recipe,
    /// In a file of the bench's own.
    Bench,
}

pub(super) fn prove(targets: &[TargetText], span: Range<usize>, origin: Origin, problems: &mut Vec<Problem>) {
    if targets.len() > MOST_TARGETS {
        let slip =
            Slip::new("wrong-count", format!("at most {MOST_TARGETS} targets can be told"), "here are more")
                .hint("let one receiver hand messages on to the others");
        problems.push(slip.at(span));
    }
    for target in targets {
        prove_one(target, origin, problems);
    }
}

fn prove_one(target: &TargetText, origin: Origin, problems: &mut Vec<Problem>) {
    if let Some(url) = target.url.get()
        && let Err(slip) = address::examine(&url.value.0, target.allows_plain_http())
    {
        problems.push(slip.at(url.span.clone()));
    }
    if let Some(name) = target.name.get()
        && (name.value.is_empty()
            || name.value.len() > 64
            || !name.value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
    {
        let slip = Slip::new("bad-name", format!("{:?} cannot be a target", name.value), "this name")
            .hint("use 1 to 64 letters, digits, '-' and '_', such as \"phone\"");
        problems.push(slip.at(name.span.clone()));
    }
    if origin == Origin::Recipe {
        only_named_variables(target, problems);
    }
    alive(target, problems);
    if let Some(timeout) = target.timeout.get()
        && !(SHORTEST_TIMEOUT..=LONGEST_TIMEOUT).contains(&timeout.value.0)
    {
        let slip = Slip::new("out-of-range", "this is too short or too long to wait", "this time")
            .hint("write a time from 0.1 s to 60 s, such as \"10 s\"");
        problems.push(slip.at(timeout.span.clone()));
    }
    if let Some(retries) = target.retries.get()
        && retries.value > MOST_RETRIES
    {
        let slip = Slip::new("out-of-range", "these are too many tries", "this number")
            .hint(format!("write a whole number from 0 to {MOST_RETRIES}"));
        problems.push(slip.at(retries.span.clone()));
    }
    if let Some(body) = target.body.get()
        && target.style.get().copied().unwrap_or_default() == Style::Json
        && !target.style.is_broken()
        && let Err(slip) = is_json(&body.value)
    {
        problems.push(slip.at(body.span.clone()));
    }
}

fn only_named_variables(target: &TargetText, problems: &mut Vec<Problem>) {
    for variable in target.variables().filter(|variable| !variable.name.starts_with(PREFIX)) {
        let message = format!("a recipe may only name variables that begin with {PREFIX}");
        let slip = Slip::new("foreign-variable", message, "this variable").hint(format!(
            "write ${{env:{PREFIX}{}}}, or put the target into a file of your own and name it by --notify FILE",
            variable.name
        ));
        problems.push(slip.at(variable.at.clone()));
    }
}

fn alive(target: &TargetText, problems: &mut Vec<Problem>) {
    let Some(on) = target.on.get().filter(|on| on.complete) else { return };
    let wanted = on.items.contains(&Occasion::Alive);
    if let Some(every) = target.alive_every.get() {
        if !wanted {
            let slip = Slip::new("misplaced-key", "nobody is told that the run goes on", "this time")
                .hint("add \"alive\" to `on`, or take `alive_every` out");
            problems.push(slip.at(every.span.clone()));
        } else if every.value.0 < SHORTEST_ALIVE {
            let slip = Slip::new("too-short", "this is too often", "this time")
                .hint("write 1 min or more, such as \"1 h\"");
            problems.push(slip.at(every.span.clone()));
        }
    } else if wanted && target.alive_every.is_absent() {
        let slip = Slip::new("no-alive-time", "nothing says how often \"alive\" is told", "of this target")
            .hint("add such as alive_every = \"1 h\"");
        problems.push(slip.at(target.span.clone()));
    }
}

/// Whether a body is JSON, both where a message has all facts and where it has few.
fn is_json(body: &Template) -> Result<(), Slip> {
    let whole = body.fill(|_| "x".to_owned(), |fact| in_json(&sample(fact)));
    let spare = body.fill(|_| "x".to_owned(), |fact| in_json(&spare(fact)));
    for text in [whole, spare] {
        if let Err(error) = serde_json::from_str::<IgnoredAny>(&text) {
            let message = format!("with its facts filled in, this is not JSON: {error}");
            return Err(Slip::new("bad-body", message, "this body")
                .hint("texts stand in quotes, \"why\": \"{{ why }}\"; numbers and `simulated` without, \"exit\": {{ exit }}"));
        }
    }
    Ok(())
}

/// A fact as it may be.
fn sample(fact: Mention) -> Value {
    match fact {
        Mention::Simulated => true.into(),
        _ if fact.is_text() => "a \"b\" \\ c".into(),
        _ => 3.into(),
    }
}

/// A fact as it is where a message has none.
fn spare(fact: Mention) -> Value {
    match fact {
        Mention::Unit | Mention::Exit => Value::Null,
        _ if fact.is_text() => "".into(),
        _ => sample(fact),
    }
}
