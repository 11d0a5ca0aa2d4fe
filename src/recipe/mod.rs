//! The text that a person wrote: the shapes of a recipe, each value with its place.
//!
//! The language is told in `docs/recipe-language.md`. Reading knows what may stand where; whether a
//! recipe makes sense and is safe is proved by [`plan`](crate::plan).

mod accept;
mod action;
mod base;
mod chemistry;
mod condition;
mod current;
mod demand;
mod frequency;
mod hooks;
mod interrupt;
mod limits;
pub mod notify;
mod params;
mod percent;
mod profile;
mod profile_file;
mod pulse;
mod reading;
mod setting;
mod step;
mod trial;
mod wait;

pub use crate::expression::Comparison;
pub use accept::{AcceptText, ClaimText, CriterionText, GradeText};
pub use action::{Action, TimeoutText};
pub use base::{Base, BaseText};
pub use chemistry::Chemistry;
pub use condition::{Condition, Ending};
pub use demand::DemandText;
pub use frequency::{Frequencies, FrequencyRange};
pub use hooks::{HooksText, ScriptFile, ScriptText};
pub use interrupt::OnInterrupt;
pub use limits::{CurrentLimits, CurrentPair, LimitText, Pair, TemperatureLimit, TemperatureLimits};
pub use params::{Param, ParamText, ParamValue, ParamsText};
pub use percent::Percent;
pub use profile::{ProfileColumn, ProfileFile, ProfileRow, ProfileTable, ProfileText};
pub use pulse::{PulseText, ResistanceText};
pub use reading::{Context, Recipe, read, read_with};
pub use setting::{NominalCapacity, Setting};
pub use step::StepText;
pub use trial::{BySlot, ExpectText, FaultKind, FaultText, LyingCellText, Named, TrialText};
pub use wait::WaitText;

pub(crate) use percent::{DECIMAL, number_before};
pub(crate) use reading::read_what_is_good;

use crate::diagnostic::read::{Period, Spanned};
use crate::units::{Amperes, Celsius, Coulombs, Volts};
use notify::NotifyText;

crate::shape! {
    /// A battery test recipe for batlab-run.
    pub struct RecipeText {
        /// A file beside this one with sections that several recipes share: cell, limits, record, params. Its limits can be tightened here, but not widened.
        optional extends: Spanned<String>,
        /// What the recipe is called and what it is for.
        needed recipe: Header,
        /// Named values that the recipe uses as params.NAME, and that --set NAME=VALUE sets.
        optional params: ParamsText,
        /// What may lie in a slot.
        optional cell: CellText,
        /// What may never be crossed while current flows; what is left out is the envelope of the chemistry.
        optional limits: LimitText,
        /// When a row is written; every second if nothing is said.
        optional record: RecordText,
        /// The steps, one after the other.
        needed step: Vec<StepText>,
        /// What makes the verdict: named criteria that every cell is judged by.
        optional accept: AcceptText,
        /// The bins that cells are sorted into, the best first.
        optional grade: Vec<GradeText>,
        /// Code that is called at moments of a run; it may narrow, end or fail, and never widen.
        optional hooks: HooksText,
        /// Who is told of a run by web hooks: one table, or a list of them.
        optional notify: NotifyText,
        /// What the recipe has to come to on simulated cells; `batlab-run test` runs these.
        optional test: Vec<TrialText>,
    }
}

crate::shape! {
    /// What the recipe is called and what it is for.
    pub struct Header {
        /// The name: 1 to 64 letters, digits, '-' and '_'.
        needed name: Spanned<String>,
        /// One line for people.
        optional description: Spanned<String>,
        /// What follows where a step is interrupted: `resume` (the default), `restart-step`,
        /// `restart-cycle`, `fail`.
        optional on_interrupt: OnInterrupt,
    }
}

crate::shape! {
    /// What may lie in a slot.
    pub struct CellText {
        /// The chemistry, which picks the envelope.
        needed chemistry: Chemistry,
        /// The nominal capacity, from which C-rates come.
        needed capacity: Spanned<Coulombs>,
    }
}

crate::shape! {
    /// When a row is written; the first and the last sample of a step always give one.
    pub struct RecordText {
        /// The longest time between two rows.
        optional every: Spanned<Period>,
        /// Changes that give a row.
        optional on_change: ChangeText,
        /// How often the impedance is measured inside charge, discharge and rest steps.
        optional impedance_every: Spanned<Period>,
    }
}

crate::shape! {
    /// Changes that give a row; any of them.
    pub struct ChangeText {
        /// Change of voltage.
        optional voltage: Spanned<Volts>,
        /// Change of current.
        optional current: Spanned<Amperes>,
        /// Change of temperature, a difference: "0.5 degC" or "0.5 K".
        optional temperature: Spanned<TemperatureChange>,
    }
}

/// A difference of two temperatures, for which a degree Celsius and a kelvin are the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TemperatureChange(pub Celsius);

/// The JSON schema of a recipe, from the shapes that read it. Where a quantity or a whole number may
/// stand, so may an expression of parameters.
pub fn schema() -> schemars::Schema {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<RecipeText>();
    let mut transform = schemars::transform::RecursiveTransform(allow_params);
    schemars::transform::Transform::transform(&mut transform, &mut schema);
    schema.insert("title".to_owned(), "batlab-run recipe".into());
    // What a recipe extends may say what lies in a slot.
    schema.insert(
        "anyOf".to_owned(),
        serde_json::json!([{ "required": ["cell"] }, { "required": ["extends"] }]),
    );
    schema
}

/// Lets an expression of parameters stand beside a quantity, and instead of a number.
fn allow_params(schema: &mut schemars::Schema) {
    const PARAMS: &str = r"params\.[A-Za-z]";
    let kind = schema.get("type").and_then(|kind| kind.as_str()).map(str::to_owned);
    let pattern = schema.get("pattern").and_then(|pattern| pattern.as_str()).map(str::to_owned);
    match (kind.as_deref(), pattern) {
        // A word in a list or a condition is none; a quantity begins with a number.
        (Some("string"), Some(pattern)) if pattern.contains("[0-9]") => {
            schema.insert("pattern".to_owned(), format!("({pattern})|({PARAMS})").into());
        }
        (Some("integer" | "number"), _) => {
            // The pattern is of strings only, and the bounds of a number are of numbers only.
            schema.insert("type".to_owned(), serde_json::json!([kind, "string"]));
            schema.insert("pattern".to_owned(), PARAMS.into());
        }
        _ => {}
    }
}

/// The JSON schema as the text of `schemas/recipe.schema.json`.
///
/// # Errors
/// None that is known; JSON values can always be written.
pub fn schema_text() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&schema()).map(|text| text + "\n")
}
