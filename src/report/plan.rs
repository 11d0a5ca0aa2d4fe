//! The plan of a run as words, from what the manifest holds of it.

use super::metric::clock;
use crate::units::Coulombs;
use serde_json::{Map, Value};

/// A step, with those inside it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlanStep {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) what: String,
    pub(super) inner: Vec<PlanStep>,
}

/// A plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PlanView {
    pub(super) description: String,
    /// What holds for all of it: a word and what it is.
    pub(super) facts: Vec<(String, String)>,
    pub(super) steps: Vec<PlanStep>,
}

/// How deep steps may stand in steps; a plan cannot nest deeper, a damaged file can.
const DEEPEST: usize = 16;

impl PlanView {
    /// Reads the `plan` of a manifest; what is not there is left out.
    pub(super) fn of(plan: &Value) -> Self {
        let mut facts = Vec::new();
        let known = ["name", "description", "steps", "tests"];
        for (key, value) in
            plan.as_object().into_iter().flatten().filter(|(key, _)| !known.contains(&key.as_str()))
        {
            let text = match value {
                Value::Object(inner) => phrase(inner, &[]),
                value => words(key, value),
            };
            if !text.is_empty() {
                facts.push((spaced(key), text));
            }
        }
        Self {
            description: plan["description"].as_str().unwrap_or_default().to_owned(),
            facts,
            steps: steps(&plan["steps"], DEEPEST),
        }
    }
}

fn steps(list: &Value, depth: usize) -> Vec<PlanStep> {
    if depth == 0 {
        return Vec::new();
    }
    list.as_array().into_iter().flatten().filter_map(Value::as_object).map(|step| one(step, depth)).collect()
}

fn one(step: &Map<String, Value>, depth: usize) -> PlanStep {
    let text = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or_default();
    let rest = phrase(step, &["id", "kind", "name", "steps"]);
    PlanStep {
        id: step.get("id").map(|id| words("id", id)).unwrap_or_default(),
        name: text("name").to_owned(),
        what: format!("{} {rest}", text("kind")).trim().to_owned(),
        inner: step.get("steps").map(|inner| steps(inner, depth - 1)).unwrap_or_default(),
    }
}

/// What the members say, but those passed over: the quantity that drives a step first and without its
/// name, then the rest.
fn phrase(members: &Map<String, Value>, passed_over: &[&str]) -> String {
    const FIRST: [&str; 7] = ["current", "power", "resistance", "duration", "times", "that", "when"];
    let place = |key: &str| FIRST.iter().position(|it| *it == key).unwrap_or(FIRST.len());
    let mut shown: Vec<(&String, &Value)> = members
        .iter()
        .filter(|(key, value)| !passed_over.contains(&key.as_str()) && !is_nothing(value))
        .collect();
    shown.sort_by_key(|(key, _)| place(key));
    let said = shown.into_iter().map(|(key, value)| match value {
        Value::Bool(true) => spaced(key),
        value if FIRST.contains(&key.as_str()) && value.is_string() => words(key, value),
        value if key == "times" => format!("{} times", words(key, value)),
        value => format!("{} {}", spaced(key), words(key, value)),
    });
    said.collect::<Vec<_>>().join(", ")
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// A value in words. Quantities are text with their units already.
fn words(key: &str, value: &Value) -> String {
    match value {
        Value::String(text) if key == "capacity" => ampere_hours(text),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.len() > 12 => format!("{} values", list.len()),
        Value::Array(list) if list.iter().all(Value::is_object) => {
            list.iter().map(|value| words(key, value)).collect::<Vec<_>>().join("\n")
        }
        Value::Array(list) => {
            let between = if key == "until" { " or " } else { ", " };
            list.iter().map(|value| words(key, value)).collect::<Vec<_>>().join(between)
        }
        Value::Object(members) => match (members.get("secs").and_then(Value::as_f64), members.len()) {
            (Some(seconds), 2) => clock(seconds),
            _ => match members.get("name").and_then(Value::as_str) {
                Some(name) => {
                    let rest = phrase(members, &["name"]);
                    if rest.is_empty() { name.to_owned() } else { format!("{name}: {rest}") }
                }
                None => phrase(members, &[]),
            },
        },
        value => value.to_string(),
    }
}

/// A charge in ampere-hours, as capacities are spoken of.
fn ampere_hours(text: &str) -> String {
    let charge = serde_json::from_value::<Coulombs>(Value::from(text));
    charge.map_or_else(|_| text.to_owned(), |charge| format!("{:.4} Ah", charge.ampere_hours()))
}

fn spaced(key: &str) -> String {
    key.replace('_', " ")
}
