//! Making the reports of a run again, or one page of several runs side by side.

use super::args::Showing;
use super::failure::Failure;
use super::say;
use crate::record::{self, RecordError, RunDirectory};
use crate::report::{self, Port, Report};
use crate::verdict::Exit;
use std::path::{Path, PathBuf};

/// Where a comparison goes unless told otherwise.
const COMPARISON: &str = "comparison.html";

/// Makes all reports of a run again in its directory; of several, or where `out` names a file, only a page for people,
/// and the directories stay as they are.
pub(super) fn report(directories: &[PathBuf], out: Option<&Path>) -> Result<Exit, Failure> {
    let report = Report::open(directories).map_err(Failure::refused)?;
    let path = match (out, directories) {
        (Some(out), _) => out,
        (None, [directory]) => return again(directory),
        (None, _) => Path::new(COMPARISON),
    };
    written(&report, path)
}

/// Makes all reports of a run again, while nobody else writes to its directory.
fn again(directory: &PathBuf) -> Result<Exit, Failure> {
    let run = RunDirectory::reopen(directory).map_err(|error| match error {
        RecordError::RunGoesOn { .. } => Failure::refused(error).hint(format!(
            "it writes its reports when it ends; `batlab-run watch {0}` shows it now, and `report --out FILE {0}` makes a page of what is there",
            directory.display()
        )),
        other => Failure::fault(other),
    })?;
    remake(&run);
    // The page tells what the summary says, and that is another now where it was damaged.
    let report = Report::open(&[directory]).map_err(Failure::refused)?;
    written(&report, &report::path_in(directory))
}

fn written(report: &Report, path: &Path) -> Result<Exit, Failure> {
    report.write(path).map_err(Failure::fault)?;
    for trouble in report.troubles() {
        say::complain(format_args!("warning: {trouble}"));
    }
    say::out(format_args!("report: {}\n", path.display()));
    Ok(Exit::Passed)
}

/// Makes everything of a run again but the page for people. Where that cannot be, what is there stays.
fn remake(run: &RunDirectory) {
    match record::remake(run) {
        Ok(remade) => {
            if remade.summary.cut_off {
                say::complain(
                    "note: the run has no end: it was killed; the summary is of what it came to until then",
                );
            }
            let at = |name: &str| format!("made again: {}\n", run.path().join(name).display());
            record::SUMMARIES.iter().for_each(|name| say::out(at(name)));
            remade.tables.iter().for_each(|name| say::out(at(name)));
        }
        Err(error) => say::complain(format_args!(
            "warning: {error}\nhint: the summary cannot be made again without it; one that is there stays as it is"
        )),
    }
}

/// Writes the report of a run that has just ended. The results are safe without it: where it cannot be
/// written, that is told, and the run's exit code stays what it is.
pub(super) fn of_finished_run(directory: &Path) {
    let path = report::path_in(directory);
    let written = Report::open(&[directory]).and_then(|report| {
        report.write(&path)?;
        Ok(report.troubles())
    });
    match written {
        Ok(troubles) => {
            for trouble in troubles {
                say::complain(format_args!("warning: {trouble}"));
            }
        }
        Err(error) => say::complain(format_args!(
            "warning: the run has no report: {error}\nhint: `batlab-run report {}` makes it again",
            directory.display()
        )),
    }
}

/// Takes the port of the live page, before anything is energised.
pub(super) fn port(showing: &Showing) -> Result<Option<Port>, Failure> {
    let Some(address) = showing.serve else { return Ok(None) };
    if !address.ip().is_loopback() {
        if !showing.serve_anyone {
            let why = format!("--serve {address}: other machines reach that address");
            let hint =
                "--serve 127.0.0.1:8080 is for this machine alone; --serve-anyone lets others read along";
            return Err(Failure::refused(why).hint(hint));
        }
        say::complain(format_args!("warning: whoever reaches {address} can read the results of this run"));
    }
    let refused = |error| {
        Failure::refused(format!("--serve {address}: {error}")).hint("another port may be free; 0 takes any")
    };
    let port = Port::take(address).map_err(refused)?;
    say::complain(format_args!("live page: http://{}/", port.address()));
    Ok(Some(port))
}
