//! A recipe as the command line names it: its file, those beside it, what is set, and the list of cells.

use super::args::Settings;
use super::cell_list::{self, ListedCell};
use super::failure::Failure;
use crate::diagnostic::{Beside, Files, Problem, Source};
use crate::plan::{self, Plan};
use crate::recipe::notify::NotifyText;
use crate::recipe::{self, Context, Setting};
use crate::record::{FileInfo, Manifest};
use crate::rehearsal::{self, Trial};
use std::path::Path;
use std::sync::Arc;

/// A recipe with all that the command line says of it.
pub(super) struct Script {
    pub(super) source: Arc<Source>,
    files: Beside,
    settings: Vec<Setting>,
    /// The summary of another run to compare with, if one was named beside the recipe's.
    pub(super) reference: Option<Arc<Source>>,
    /// The list of cells and its file, if one was given.
    pub(super) list: Option<List>,
    /// The cells of the queue, if there is one and its names are known.
    pub(super) queue: Option<List>,
}

/// A list of cells, and its file.
type List = (Arc<Source>, Vec<ListedCell>);

fn listed(source: Source, placed: bool) -> Result<List, Failure> {
    let source = Arc::new(source);
    let cells = cell_list::read(&source, placed).map_err(|problems| Failure::problems(&source, &problems))?;
    Ok((source, cells))
}

/// Whether a file that a run was made from is what it was.
fn is_same(name: &str, source: &Source, sha256: &str) -> Result<(), Failure> {
    if FileInfo::new(name, source.text.as_bytes()).sha256 == sha256 {
        return Ok(());
    }
    let why = format!("{name} is not what the run was made from: its SHA-256 is not the one in run.json");
    Err(Failure::refused(why).hint("take it from a backup; a changed recipe is another run"))
}

/// A plan, and the tests of its recipe, each with a plan of its own.
type Examined = (Plan, Vec<(Trial, Plan)>);

impl Script {
    /// Reads the files.
    pub(super) fn open(recipe: &Path, settings: &Settings) -> Result<Self, Failure> {
        let reference = settings.reference.as_deref();
        Ok(Self {
            source: Arc::new(Source::from_file(recipe)?),
            files: Beside::file(recipe),
            settings: settings.set.clone(),
            reference: reference.map(Source::from_file).transpose()?.map(Arc::new),
            list: None,
            queue: None,
        })
    }

    /// The same with a list of cells and a queue, where there are such.
    pub(super) fn with_lists(self, cells: Option<&Path>, queue: Option<Source>) -> Result<Self, Failure> {
        let list = cells.map(|path| listed(Source::from_file(path)?, true)).transpose()?;
        let queue = queue.map(|source| listed(source, false)).transpose()?;
        Ok(Self { list, queue, ..self })
    }

    /// Reads the files again that a run was made from, as its directory keeps them. What its `run.json` names may be a
    /// stranger's word: nothing is read outside the directory, and nothing that has no SHA-256 there.
    ///
    /// # Errors
    /// One is missing, is not what it was, or is none of the run's.
    pub(super) fn of_run(directory: &Path, manifest: &Manifest) -> Result<Self, Failure> {
        let info = &manifest.recipe;
        let recipe = Source::from_file(&directory.join("recipe.toml"))?;
        is_same("recipe.toml", &recipe, &info.sha256)?;
        let inputs = Beside::file(&directory.join("inputs").join("recipe.toml"));
        let input = |name: &String| {
            let of_run = info.files.iter().find(|file| file.name == *name);
            let Some(file) = of_run else {
                let why = format!("run.json names inputs/{name}, and not among the files of the run");
                return Err(Failure::refused(why).hint("take run.json from a backup"));
            };
            let source = inputs.open(name).map_err(|why| {
                Failure::refused(format!("inputs/{name}, which run.json names: {why}"))
                    .hint("take it, or run.json, from a backup")
            })?;
            is_same(&format!("inputs/{name}"), &source, &file.sha256)?;
            Ok(source)
        };
        info.files.iter().try_for_each(|file| input(&file.name).map(drop))?;
        let set = info.set.iter().map(|text| Setting::from_argument("--set", text));
        let settings = set.collect::<Result<_, _>>().map_err(Failure::refused)?;
        let reference = info.reference.as_ref().map(input).transpose()?.map(Arc::new);
        let list = info.cell_list.as_ref().map(input).transpose()?;
        let list = list.map(|source| listed(source, true)).transpose()?;
        let queue = info.queue.as_ref().and_then(|queue| queue.list.as_ref()).map(input).transpose()?;
        let queue = queue.map(|source| listed(source, false)).transpose()?;
        Ok(Self { source: Arc::new(recipe), files: inputs, settings, reference, list, queue })
    }

    /// Proves the recipe and its tests, as it is for all cells that the list says nothing of.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn examine(&self) -> Result<Plan, Vec<Problem>> {
        self.examine_tests().map(|(plan, _)| plan)
    }

    /// The same, or what to tell and how to end.
    pub(super) fn prove(&self) -> Result<Plan, Failure> {
        self.examine().map_err(|problems| self.refused(&problems))
    }

    /// Proves the recipe without its tests, whose files a run does not keep.
    pub(super) fn prove_alone(&self) -> Result<Plan, Failure> {
        let context = self.context(&self.settings);
        plan::check_with(&self.source, &context).map_err(|problems| self.refused(&problems))
    }

    /// Proves the tests of the recipe, each with its plan.
    pub(super) fn trials(&self) -> Result<Vec<(Trial, Plan)>, Failure> {
        self.examine_tests().map(|(_, trials)| trials).map_err(|problems| self.refused(&problems))
    }

    fn examine_tests(&self) -> Result<Examined, Vec<Problem>> {
        let context = self.context(&self.settings);
        let plan = plan::check_with(&self.source, &context)?;
        let recipe = recipe::read_with(&self.source, &context)?;
        let own = |trial: Trial| {
            if trial.settings.is_empty() {
                return Ok((trial, plan.clone()));
            }
            let settings: Vec<Setting> = self.settings.iter().chain(&trial.settings).cloned().collect();
            Ok((trial, plan::check_with(&self.source, &self.context(&settings))?))
        };
        let trials = rehearsal::trials(&self.source, &recipe, &plan, &self.files)?;
        let trials = trials.into_iter().map(own).collect::<Result<_, Vec<Problem>>>()?;
        Ok((plan, trials))
    }

    /// Proves the recipe for one cell of the list.
    pub(super) fn prove_for(&self, cell: &ListedCell) -> Result<Plan, Failure> {
        let settings: Vec<Setting> = self.settings.iter().chain(&cell.settings).cloned().collect();
        let context = Context { capacity: cell.capacity.as_ref(), ..self.context(&settings) };
        plan::check_with(&self.source, &context).map_err(|problems| self.refused(&problems))
    }

    /// Who is told of a run by web hooks, if the recipe says so.
    pub(super) fn notify(&self) -> Result<Option<NotifyText>, Failure> {
        let recipe = recipe::read_with(&self.source, &self.context(&self.settings));
        recipe.map(|recipe| recipe.text.notify.into_option()).map_err(|problems| self.refused(&problems))
    }

    fn context<'c>(&'c self, settings: &'c [Setting]) -> Context<'c> {
        Context { files: &self.files, settings, capacity: None, reference: self.reference.as_ref() }
    }

    /// What to tell of a recipe with problems.
    pub(super) fn refused(&self, problems: &[Problem]) -> Failure {
        let failure = Failure::problems(&self.source, problems);
        if !self.source.has_at_its_top("recipe") && self.source.has_at_its_top("unit") {
            return failure.hint(format!(
                "this is a bench of simulated units; write --sim={} and name a recipe",
                self.source.path
            ));
        }
        failure
    }
}
