//! The end of a run whose files could not be kept: what is there is put in order, and the rest is said.

use super::failure::Failure;
use super::observe::Watcher;
use super::{report, say};
use crate::event::Event;
use crate::record;
use crate::scheduler::RunEnd;
use crate::verdict::Exit;

/// Tells everybody who can still be told, and makes the reports from what the files hold. Every file that takes something
/// gets it; one that does not was complained about once, and that is why this is called.
pub(super) fn conclude(mut watcher: Watcher, end: &RunEnd, why: &str) -> Failure {
    let exit = end.exit.graver(Exit::Fault);
    let _ = watcher.tell(None, Event::Fault { what: why.to_owned() });
    let _ = watcher.settle();
    let _ = watcher.tell(None, Event::RunEnded { exit });
    let _ = watcher.close();
    let run = watcher.recorder.give_up();
    match record::remake(&run) {
        Ok(remade) => watcher.display.summary(&remade.summary),
        Err(error) => say::complain(format_args!("warning: the run has no summary: {error}")),
    }
    report::of_finished_run(run.path());
    let state = if end.safe { "Every cell was stopped." } else { "NOT every cell is known to be stopped!" };
    let directory = run.path().display();
    Failure { exit, text: format!("error: {why}\n{state} What was kept is in {directory}") }.hint(format!(
        "when the cause is gone, `batlab-run resume {directory}` goes on with the cells that were under test, and `batlab-run report {directory}` makes all reports again of what was kept"
    ))
}
