//! A recipe as the command line names it: its file, those beside it, what is set, and the list of cells.

use super::args::Settings;
use super::cell_list::{self, ListedCell};
use super::failure::Failure;
use crate::diagnostic::{Beside, Problem, Source};
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

    /// Reads the files again that a run was made from, as its directory keeps them.
    ///
    /// # Errors
    /// One is missing, or not what it was.
    pub(super) fn of_run(directory: &Path, manifest: &Manifest) -> Result<Self, Failure> {
        let info = &manifest.recipe;
        let recipe = Source::from_file(&directory.join("recipe.toml"))?;
        let is_same = |name: &str, text: &str, sha256: &str| {
            if FileInfo::new(name, text.as_bytes()).sha256 == *sha256 {
                return Ok(());
            }
            let why =
                format!("{name} is not what the run was made from: its SHA-256 is not the one in run.json");
            Err(Failure::refused(why).hint("take it from a backup; a changed recipe is another run"))
        };
        is_same("recipe.toml", &recipe.text, &info.sha256)?;
        let inputs = directory.join("inputs");
        for file in &info.files {
            let source = Source::from_file(&inputs.join(&file.name))?;
            is_same(&format!("inputs/{}", file.name), &source.text, &file.sha256)?;
        }
        let set = info.set.iter().map(|text| Setting::from_argument("--set", text));
        let settings = Settings {
            set: set.collect::<Result<_, _>>().map_err(Failure::refused)?,
            reference: info.reference.as_ref().map(|name| inputs.join(name)),
        };
        let cells = info.cell_list.as_ref().map(|name| inputs.join(name));
        let queue = info.queue.as_ref().and_then(|queue| queue.list.as_ref()).map(|name| inputs.join(name));
        let queue = queue.map(|path| Source::from_file(&path)).transpose()?;
        let script =
            Self::open(&directory.join("recipe.toml"), &settings)?.with_lists(cells.as_deref(), queue)?;
        Ok(Self { files: Beside::file(&inputs.join("recipe.toml")), ..script })
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
