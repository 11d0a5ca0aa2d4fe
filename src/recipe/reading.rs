//! Reading a recipe with all that belongs to it: the files that it extends and names, its parameters and
//! what others set them to.

use super::params::Resolved;
use super::{Base, BaseText, NominalCapacity, Param, ParamsText, RecipeText, Setting};
use crate::diagnostic::read::{Constants, Read, Reader, Shape, table};
use crate::diagnostic::{Files, NamedFile, NoFiles, Problem, Source, sort};
use std::sync::Arc;
use toml::de::DeTable;

/// So many files may extend each other.
const LONGEST_CHAIN: usize = 4;

/// What a recipe is read with.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// The files that it may name.
    pub files: &'c dyn Files,
    /// Values for its parameters.
    pub settings: &'c [Setting],
    /// The nominal capacity, where it is not the recipe's.
    pub capacity: Option<&'c NominalCapacity>,
    /// The summary of another run that criteria compare with, instead of the recipe's.
    pub reference: Option<&'c Arc<Source>>,
}

impl Context<'_> {
    /// A recipe that stands alone.
    pub const ALONE: Context<'static> =
        Context { files: &NoFiles, settings: &[], capacity: None, reference: None };
}

/// A recipe with all that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// What its own file says.
    pub text: RecipeText,
    /// What it extends, the nearest first.
    pub bases: Vec<Base>,
    /// Its parameters with the values of this run.
    pub params: Vec<Param>,
    /// The nominal capacity, where it is not the recipe's.
    pub capacity: Option<NominalCapacity>,
    /// The summary of another run that its criteria compare with.
    pub reference: Option<Arc<Source>>,
    /// Every other file that it was made from.
    pub files: Vec<NamedFile>,
}

/// Reads a recipe that stands alone.
///
/// # Errors
/// Every way in which the text is not a recipe, in the order of the text.
pub fn read(source: &Source) -> Result<Recipe, Vec<Problem>> {
    read_with(source, &Context::ALONE)
}

/// Reads a recipe.
///
/// # Errors
/// Every way in which the text, or one that it names, is not what it has to be, in the order of the text.
pub fn read_with(source: &Source, context: &Context<'_>) -> Result<Recipe, Vec<Problem>> {
    match read_what_is_good(source, context) {
        (Some(recipe), problems) if problems.is_empty() => Ok(recipe),
        (_, problems) => Err(problems),
    }
}

/// Reads as much of a recipe as can be read, for a check that tells all problems at once.
pub(crate) fn read_what_is_good(source: &Source, context: &Context<'_>) -> (Option<Recipe>, Vec<Problem>) {
    let own = match table(source) {
        Ok(own) => own,
        Err(problems) => return (None, problems),
    };
    let mut problems = Vec::new();
    let mut chain = Chain { context, files: Vec::new(), params: Resolved::default(), problems: Vec::new() };
    let mut bases = Vec::new();
    chain.follow(source, &own, &mut bases, &mut problems);
    if let Some(text) = params(source, &own, context) {
        chain.params.declare(&text, &mut problems);
    }
    chain.params.set(context.settings, &mut problems);
    let Chain { files, params, problems: in_bases, .. } = chain;
    let mut reader = Reader::new(source, context.files, &params.constants);
    reader.opened = files;
    let text = RecipeText::read_table(&own, 0..0, &mut reader);
    let reference = match context.reference {
        Some(reference) => Some(Arc::clone(reference)),
        None => text.as_ref().and_then(|text| {
            let name = text.accept.get()?.reference.get()?;
            reader.open(&name.value, &name.span)
        }),
    };
    problems.extend(in_bases);
    problems.append(&mut reader.problems);
    sort(&mut problems);
    let recipe = text.map(|text| Recipe {
        text,
        bases,
        params: params.params,
        capacity: context.capacity.cloned(),
        reference,
        files: reader.opened,
    });
    (recipe, problems)
}

/// The parameters of a file, read before the rest of it. What is wrong with them is told when the file
/// itself is read.
fn params(source: &Source, own: &DeTable<'_>, context: &Context<'_>) -> Option<ParamsText> {
    let constants = Constants::default();
    let mut reader = Reader::new(source, context.files, &constants);
    ParamsText::read(own.get("params")?, &mut reader)
}

/// The files that extend each other.
struct Chain<'c> {
    context: &'c Context<'c>,
    files: Vec<NamedFile>,
    params: Resolved,
    problems: Vec<Problem>,
}

impl Chain<'_> {
    /// Reads what a file extends, the farthest first, so that each may use the parameters of those
    /// behind it.
    fn follow(
        &mut self,
        source: &Source,
        own: &DeTable<'_>,
        bases: &mut Vec<Base>,
        problems: &mut Vec<Problem>,
    ) {
        let Some(node) = own.get("extends") else { return };
        let Some(name) = node.get_ref().as_str() else { return };
        let span = node.span();
        if self.files.len() >= LONGEST_CHAIN || self.files.iter().any(|file| file.name == name) {
            problems.push(
                Problem::new(
                    "endless-extends",
                    span,
                    format!("more than {LONGEST_CHAIN} files extend each other, or one of them itself"),
                    "this one",
                )
                .hint("put what is shared into one file"),
            );
            return;
        }
        let constants = Constants::default();
        let mut opening = Reader::new(source, self.context.files, &constants);
        let opened = opening.open(name, &span);
        problems.append(&mut opening.problems);
        let Some(base) = opened else { return };
        self.files.push(NamedFile { name: name.to_owned(), source: Arc::clone(&base) });
        let mut inside = Vec::new();
        match table(&base) {
            Ok(table) => {
                let mut farther = Vec::new();
                self.follow(&base, &table, &mut farther, &mut inside);
                if let Some(text) = params(&base, &table, self.context) {
                    self.params.declare(&text, &mut inside);
                }
                // Bounds of settings are checked when all parameters are known; here only values count.
                self.params.set(self.context.settings, &mut Vec::new());
                let mut reader = Reader::new(&base, self.context.files, &self.params.constants);
                let text = BaseText::read_table(&table, 0..0, &mut reader);
                inside.append(&mut reader.problems);
                bases.extend(text.map(|text| Base { source: Arc::clone(&base), text }));
                bases.append(&mut farther);
            }
            Err(errors) => inside = errors,
        }
        self.problems.extend(inside.into_iter().map(|problem| problem.within(&base)));
    }
}
