//! The text that a person wrote: the shapes of a recipe, each value with its place.
//!
//! The language is told in `docs/recipe-language.md`. Reading knows what may stand where; whether a
//! recipe makes sense and is safe is proved by [`plan`](crate::plan).

mod chemistry;
mod condition;
mod current;
mod frequency;
mod limits;
mod percent;
mod step;
mod trial;

pub use chemistry::Chemistry;
pub use condition::{Bound, Comparison, Condition};
pub use frequency::{Frequencies, FrequencyRange};
pub use limits::{CurrentLimits, CurrentPair, LimitText, Pair, TemperatureLimit, TemperatureLimits};
pub use percent::Percent;
pub use step::StepText;
pub use trial::{BySlot, ExpectText, FaultKind, FaultText, LyingCellText, Named, TrialText};

pub(crate) use percent::{DECIMAL, number_before};

use crate::diagnostic::read::{Period, Spanned, file};
use crate::diagnostic::{Problem, Source};
use crate::units::{Amperes, Celsius, Coulombs, Volts};

crate::shape! {
    /// A battery test recipe for batlab-run.
    pub struct Recipe {
        /// What the recipe is called and what it is for.
        needed recipe: Header,
        /// What may lie in a slot.
        needed cell: CellText,
        /// What may never be crossed while current flows; what is left out is the envelope of the chemistry.
        optional limits: LimitText,
        /// When a row is written; every second if nothing is said.
        optional record: RecordText,
        /// The steps, one after the other.
        needed step: Vec<StepText>,
        /// What the recipe has to come to on simulated cells; `batlab-run test` runs these.
        optional test: Vec<TrialText>,
    }
    later "accept", "params", "hooks"
}

crate::shape! {
    /// What the recipe is called and what it is for.
    pub struct Header {
        /// The name: 1 to 64 letters, digits, '-' and '_'.
        needed name: Spanned<String>,
        /// One line for people.
        optional description: Spanned<String>,
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

/// Reads a recipe.
///
/// # Errors
/// Every way in which the text is not a recipe, in the order of the text.
pub fn read(source: &Source) -> Result<Recipe, Vec<Problem>> {
    match file(source) {
        (Some(recipe), problems) if problems.is_empty() => Ok(recipe),
        (_, problems) => Err(problems),
    }
}

/// Reads as much of a recipe as can be read, for a check that tells all problems at once.
pub(crate) fn read_what_is_good(source: &Source) -> (Option<Recipe>, Vec<Problem>) {
    file(source)
}

/// The JSON schema of a recipe, from the shapes that read it.
pub fn schema() -> schemars::Schema {
    let mut schema =
        schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Recipe>();
    schema.insert("title".to_owned(), "batlab-run recipe".into());
    schema
}

/// The JSON schema as the text of `schemas/recipe.schema.json`.
///
/// # Errors
/// None that is known; JSON values can always be written.
pub fn schema_text() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&schema()).map(|text| text + "\n")
}
