//! Recipes from and for other tools: what can be said is said, and what cannot is told of.
//!
//! `docs/exchange.md` has the tables, theirs beside ours.

mod draft;
mod ends;
mod json;
mod note;
mod origin;
mod pybamm;
mod text;
mod unicycler;
mod vendor;
mod vendor_log;

pub use note::{Fate, Note};
pub use origin::Origin;
pub use vendor_log::{LogError, Logs, write as write_vendor_logs};

use crate::diagnostic::{Problem, Source};
use crate::plan::{self, Plan};
use crate::recipe::Chemistry;
use crate::units::Coulombs;

/// What the foreign file does not say of the cell, said beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CellHint {
    /// The chemistry; it goes before what the file says.
    pub chemistry: Option<Chemistry>,
    /// The nominal capacity; it goes before what the file says.
    pub capacity: Option<Coulombs>,
}

/// A recipe that was made of a foreign file.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// What the file was taken for.
    pub origin: Origin,
    /// The recipe, a TOML text that was proved.
    pub recipe: String,
    /// What became of what is not carried over as it stands.
    pub notes: Vec<Note>,
}

/// A foreign text that was made of a recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// The text.
    pub text: String,
    /// What of the recipe it does not say.
    pub notes: Vec<Note>,
}

/// Why there is no recipe.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// The text is not JSON.
    #[error("{line}:{column}: this is no JSON: {what}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// Nothing tells what the text is.
    #[error("{what}; say it with --from, one of vendor, unicycler and pybamm")]
    Unknown {
        /// What was found instead.
        what: String,
    },
    /// Something in it that the tool it is for would not take either, or that no recipe can do.
    #[error("{key}: {what}")]
    Refused {
        /// Where: the name of the key, with the names around it.
        key: String,
        /// What is wrong there.
        what: String,
    },
    /// The recipe that says the same is not safe, or this hardware cannot do it.
    #[error("a recipe that does the same cannot be run")]
    Unsafe {
        /// The recipe.
        recipe: Box<Source>,
        /// What is wrong with it.
        problems: Vec<Problem>,
    },
}

impl ImportError {
    fn refused(key: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Refused { key: key.into(), what: what.into() }
    }
}

/// Why there is no foreign text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// No step of the recipe can be said there.
    #[error("no step of this recipe can be said there")]
    Nothing,
    /// The format has no loops, and there would be too many steps.
    #[error("without loops these are more than {0} steps; export a recipe with fewer repeats")]
    TooLong(usize),
}

/// Makes a recipe of a foreign text. The recipe is proved before it is given.
///
/// # Errors
/// The text cannot be read, is of no known kind, or cannot be made into a recipe that may be run.
pub fn import(text: &str, from: Option<Origin>, hint: CellHint) -> Result<Imported, ImportError> {
    let found = origin::find(text, from)?;
    let mut notes = Vec::new();
    let draft = match &found {
        origin::Found::Library(table) => vendor::library(table, hint, &mut notes)?,
        origin::Found::Playlist(table) => vendor::playlist(table, hint, &mut notes)?,
        origin::Found::Unicycler(value) => unicycler::read(value, hint, &mut notes)?,
        origin::Found::Pybamm(cycles) => pybamm::read(cycles, hint, &mut notes)?,
    };
    let recipe = draft.text(&notes);
    let source = Source::new("the recipe made of it", recipe);
    match plan::check(&source) {
        Ok(_) => Ok(Imported { origin: found.origin(), recipe: source.text, notes }),
        Err(problems) => Err(ImportError::Unsafe { recipe: Box::new(source), problems }),
    }
}

/// Says a plan as a protocol of aurora-unicycler, a JSON text.
///
/// # Errors
/// Nothing of the plan can be said.
pub fn to_unicycler(plan: &Plan) -> Result<Exported, ExportError> {
    unicycler::write(plan)
}

/// Says a plan as steps of a PyBaMM experiment, a JSON list: texts, and lists of texts for cycles.
///
/// # Errors
/// Nothing of the plan can be said, or only with too many steps.
pub fn to_pybamm(plan: &Plan) -> Result<Exported, ExportError> {
    pybamm::write(plan)
}
