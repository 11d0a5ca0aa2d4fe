//! The proof of what stands above the steps, limits aside: name, cell, recording.

use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, Period, Spanned};
use crate::plan::{CellKind, Recording};
use crate::recipe::{Header, OnInterrupt, Recipe, RecordText};
use crate::units::Coulombs;
use std::collections::BTreeSet;
use std::time::Duration;

/// When rows are written where the recipe does not say: one a second.
pub(super) const DEFAULT_RECORDING: Recording = Recording {
    every: Duration::from_secs(1),
    voltage_change: None,
    current_change: None,
    temperature_change: None,
    impedance_every: None,
};
/// The shortest time between rows: the unit reads each cell once in 0.6144 s.
pub const SHORTEST_EVERY: Duration = Duration::from_millis(600);
/// The shortest time between impedance measurements: each takes some five seconds, and they should
/// not be most of the step.
pub const SHORTEST_IMPEDANCE_EVERY: Duration = Duration::from_secs(10);
/// The largest nominal capacity that is believed, 1000 Ah: far beyond any cell for a slot of 4.5 A.
const LARGEST_CAPACITY: Coulombs = Coulombs(3.6e6);

pub(super) fn prove(text: &Header, problems: &mut Vec<Problem>) -> Option<(String, String)> {
    let name = text.name.get()?;
    if let Err(problem) = prove_name(name) {
        problems.push(problem);
        return None;
    }
    let description = text.description.get().map(|text| text.value.clone()).unwrap_or_default();
    Some((name.value.clone(), description))
}

/// What follows where a step is interrupted.
pub(super) fn on_interrupt(text: Option<&Header>) -> OnInterrupt {
    text.and_then(|text| text.on_interrupt.get()).copied().unwrap_or_default()
}

/// A name has 1 to 64 letters, digits, `-` and `_`: it goes into file names and conditions.
pub(super) fn prove_name(name: &Spanned<String>) -> Result<(), Problem> {
    let text = &name.value;
    let fault = if text.is_empty() {
        "a name has at least one character".to_owned()
    } else if text.len() > 64 {
        "a name has at most 64 characters".to_owned()
    } else if let Some(odd) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))) {
        format!("{odd:?} cannot be in a name")
    } else {
        return Ok(());
    };
    Err(Problem::new("bad-name", name.span.clone(), fault, "this name")
        .hint("use letters, digits, '-' and '_', such as \"top-up\""))
}

/// Parameters that are declared but have no value, because something is wrong with them.
pub(super) fn broken_params(recipe: &Recipe) -> BTreeSet<String> {
    let own = recipe.text.params.get().into_iter();
    let declared = own.chain(recipe.bases.iter().filter_map(|base| base.text.params.get()));
    let names = declared.flat_map(|params| params.0.iter().map(|(name, _)| &name.value));
    names.filter(|name| !recipe.params.iter().any(|param| param.name == **name)).cloned().collect()
}

/// What may lie in a slot: the section stands in the recipe or in one of the files that it extends.
pub(super) fn prove_cell(recipe: &Recipe, problems: &mut Vec<Problem>) -> Option<CellKind> {
    let own = (!recipe.text.cell.is_absent()).then_some((&recipe.text.cell, None));
    let bases = recipe.bases.iter().filter(|base| !base.text.cell.is_absent());
    let mut all = own.into_iter().chain(bases.map(|base| (&base.text.cell, Some(&base.source))));
    let Some((field, source)) = all.next() else {
        problems.push(
            Problem::new(
                "missing-key",
                recipe.text.span.clone(),
                "the key `cell` is missing",
                "in this file",
            )
            .hint("add [cell]"),
        );
        return None;
    };
    if let (Some(cell), Some((_, Some(second)))) = (field.get(), all.next()) {
        problems.push(
            Problem::new(
                "duplicate-name",
                cell.span.clone(),
                format!("[cell] is in {} too, which this file extends", second.path),
                "a second one",
            )
            .hint("keep the section in one of the files"),
        );
        return None;
    }
    let text = field.get()?;
    let capacity = text.capacity.get()?;
    let (value, span, source) = match &recipe.capacity {
        Some(other) => (other.value, other.at.clone(), Some(&other.source)),
        None => (capacity.value, capacity.span.clone(), source),
    };
    let problem = if value <= Coulombs(0.0) {
        "a cell's capacity is above zero"
    } else if value > LARGEST_CAPACITY {
        "no cell for this tester has more than 1000 Ah"
    } else {
        return Some(CellKind { chemistry: *text.chemistry.get()?, capacity: value });
    };
    let problem = Problem::new("bad-capacity", span, problem, "this capacity")
        .hint("write the nominal capacity of one cell, such as \"2.5 Ah\"");
    problems.push(match source {
        Some(source) => problem.within(source),
        None => problem,
    });
    None
}

/// When rows are written: as the recipe says, and else as the files say that it extends.
pub(super) fn prove_records(recipe: &Recipe, problems: &mut Vec<Problem>) -> Option<Recording> {
    let mut recording = Some(DEFAULT_RECORDING);
    for base in recipe.bases.iter().rev() {
        let mut found = Vec::new();
        let outer = recording.unwrap_or(DEFAULT_RECORDING);
        let next = prove_record(base.text.record.get(), outer, &mut found);
        recording = recording.and(next);
        problems.extend(found.into_iter().map(|problem| problem.within(&base.source)));
    }
    let outer = recording.unwrap_or(DEFAULT_RECORDING);
    recording.and(prove_record(recipe.text.record.get(), outer, problems))
}

/// When rows are written: as this says, and where it says nothing as around it.
pub(super) fn prove_record(
    text: Option<&RecordText>,
    outer: Recording,
    problems: &mut Vec<Problem>,
) -> Option<Recording> {
    let mut recording = outer;
    let Some(text) = text else { return Some(recording) };
    let before = problems.len();
    if let Some(every) = text.every.get() {
        let hint =
            "the unit gives a reading each 0.6144 s, and there are no rows between; write \"0.7 s\" or more";
        not_zero(every, SHORTEST_EVERY, hint, problems);
        recording.every = every.value.0;
    }
    if let Some(every) = text.impedance_every.get() {
        let hint = "each measurement takes some 5 s of the step; leave 10 s or more between them";
        not_zero(every, SHORTEST_IMPEDANCE_EVERY, hint, problems);
        recording.impedance_every = Some(every.value.0);
    }
    if let Some(changes) = text.on_change.get() {
        // A table of changes stands for itself: what is not in it gives no rows.
        recording.voltage_change = change(&changes.voltage, |v| v.0, problems);
        recording.current_change = change(&changes.current, |a| a.0, problems);
        recording.temperature_change = change(&changes.temperature, |t| t.0.0, problems).map(|t| t.0);
    }
    (problems.len() == before).then_some(recording)
}

fn not_zero(period: &Spanned<Period>, least: Duration, hint: &str, problems: &mut Vec<Problem>) {
    if period.value.0 < least || period.value.0.is_zero() {
        problems.push(
            Problem::new("too-short", period.span.clone(), "this time is too short", "this time").hint(hint),
        );
    }
}

fn change<T: Copy>(
    field: &Field<Spanned<T>>,
    number: fn(T) -> f64,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let given = field.get()?;
    if number(given.value) > 0.0 {
        return Some(given.value);
    }
    problems.push(
        Problem::new(
            "bad-change",
            given.span.clone(),
            "a change is above zero in either direction",
            "this change",
        )
        .hint("write how far the value has to move from the last row, such as \"5 mV\""),
    );
    None
}
