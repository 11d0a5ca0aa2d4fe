//! `report.html`: a run as a person wants to look at it, in one file that needs nothing else.
//!
//! A report is made from the files of the run directory alone, and the same files give the same bytes.
//! They are read as they grow, so that one way leads to the report of a finished run, to that of one
//! that was killed, and to the live page of one that goes on.

mod criteria;
mod curve;
mod data;
mod detail;
mod error;
mod events;
mod facts;
mod metric;
mod page;
mod plan;
mod request;
mod run;
mod series;
mod serve;
mod sparse;
mod table;
#[cfg(test)]
mod tests;
mod thin;
mod trouble;
mod views;

pub use error::ReportError;
pub use serve::{Port, Server};
pub use trouble::Trouble;

use crate::event::Entry;
use crate::record::{Manifest, replace};
use crate::terminal::CellView;
use crate::verdict::Exit;
use detail::Detail;
use run::Run;
use std::path::{Path, PathBuf};

/// The report of a run, or of several side by side.
#[derive(Clone, Debug)]
pub struct Report {
    runs: Vec<Run>,
    labels: Vec<String>,
}

impl Report {
    /// Opens run directories and reads all that is there.
    ///
    /// # Errors
    /// One of them has no manifest, or none that can be understood. Whatever else is missing or damaged
    /// is told in the report, and by [`Report::troubles`].
    pub fn open(directories: &[impl AsRef<Path>]) -> Result<Self, ReportError> {
        let mut report = Self::of_nothing_yet(directories)?;
        report.catch_up();
        Ok(report)
    }

    /// Opens run directories, and reads nothing but their manifests yet.
    ///
    /// # Errors
    /// As [`Report::open`].
    pub fn of_nothing_yet(directories: &[impl AsRef<Path>]) -> Result<Self, ReportError> {
        let directories: Vec<&Path> = directories.iter().map(AsRef::as_ref).collect();
        let manifests = directories.iter().map(|it| Manifest::read(it)).collect::<Result<Vec<_>, _>>()?;
        let detail = Detail::for_cells(manifests.iter().map(|manifest| manifest.cells.len()).sum());
        let labels = labels(&directories, manifests.iter().map(|manifest| manifest.recipe.name.as_str()));
        let open = |(directory, manifest): (&&Path, _)| Run::open(directory, manifest, detail);
        Ok(Self { runs: directories.iter().zip(manifests).map(open).collect(), labels })
    }

    /// Reads what was written since the last time.
    pub fn catch_up(&mut self) {
        self.catch_up_with(&mut |_| {});
    }

    /// The same, and hands over each entry of the journals.
    pub fn catch_up_with(&mut self, each: &mut dyn FnMut(&Entry)) {
        self.runs.iter_mut().for_each(|run| run.catch_up(each));
    }

    /// The cells as they are now.
    pub fn views(&self) -> Vec<CellView> {
        self.runs.iter().flat_map(views::of).collect()
    }

    /// How the run ended, or the first of several that did; none while it goes on.
    pub fn exit(&self) -> Option<Exit> {
        self.runs.iter().find_map(|run| run.manifest.outcome)
    }

    /// Whether every run has come to its end.
    pub fn is_over(&self) -> bool {
        self.runs.iter().all(|run| !run.is_open())
    }

    /// Tells one state of the files from another: a page of the same version is the same page.
    pub fn version(&self) -> String {
        self.runs.iter().map(Run::version).collect::<Vec<_>>().join("-")
    }

    /// What could not be read, each as a path from the run's directory.
    pub fn troubles(&self) -> Vec<Trouble> {
        self.runs.iter().flat_map(|run| run.troubles(false)).collect()
    }

    /// The same while a run goes on, when a line may be half written at any moment.
    pub fn troubles_so_far(&self) -> Vec<Trouble> {
        self.runs.iter().flat_map(|run| run.troubles(true)).collect()
    }

    /// The page. A live one asks the server that it came from for what is new.
    ///
    /// # Errors
    /// It cannot be put together.
    pub fn html(&self, live: bool) -> Result<String, ReportError> {
        page::html(&self.runs, &self.labels, live)
    }

    /// Writes the page to a file, the old one or the new one at any moment.
    ///
    /// # Errors
    /// It cannot be put together, or the disk refuses it.
    pub fn write(&self, path: &Path) -> Result<(), ReportError> {
        replace(path, self.html(false)?.as_bytes())?;
        Ok(())
    }
}

/// Where the report of a run lies.
pub fn path_in(directory: &Path) -> PathBuf {
    directory.join("report.html")
}

/// What runs are called: one by its recipe, several by their directories, as a report that lies in a
/// directory must not change when that is moved.
fn labels<'m>(directories: &[&Path], recipes: impl Iterator<Item = &'m str>) -> Vec<String> {
    if directories.len() == 1 {
        return recipes.map(str::to_owned).collect();
    }
    let name = |path: &&Path| {
        path.file_name().map_or_else(|| path.display().to_string(), |it| it.to_string_lossy().into_owned())
    };
    let names: Vec<String> = directories.iter().map(name).collect();
    let is_alone = |name: &String| names.iter().filter(|it| *it == name).count() == 1;
    let full = |(name, path): (&String, &&Path)| {
        if is_alone(name) { name.clone() } else { path.display().to_string() }
    };
    names.iter().zip(directories).map(full).collect()
}
