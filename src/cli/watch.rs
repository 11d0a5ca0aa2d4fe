//! Showing a run from its directory alone, while it goes on or when it is over.

use super::failure::Failure;
use super::say;
use crate::report::Report;
use crate::terminal::{Display, Mode, colour_wanted};
use crate::verdict::Exit;
use std::path::Path;
use std::time::Duration;

/// How often the files are looked into. They grow once a second; many file systems, those of networks
/// among them, do not tell when a file grows.
const EVERY: Duration = Duration::from_millis(500);

/// After so many looks at which nothing had grown, a person is told: two minutes.
const QUIET: u32 = 240;

/// Shows the run until it ends, and ends as it did. Ctrl-C ends the showing and nothing else.
pub(super) fn watch(directory: &Path, json: bool) -> Result<Exit, Failure> {
    let mut report = Report::of_nothing_yet(&[directory]).map_err(Failure::refused)?;
    let mode = if json { Mode::Json } else { Mode::of_this_terminal() };
    let mut display = Display::new(mode, colour_wanted());
    let mut quiet = 0;
    let mut told = Vec::new();
    loop {
        let before = report.version();
        report.catch_up_with(&mut |entry| display.note(entry));
        display.tick(&report.views());
        for trouble in report.troubles_so_far() {
            if !told.contains(&trouble) {
                say::complain(format_args!("warning: {trouble}"));
                told.push(trouble);
            }
        }
        if display.output_lost() {
            return Ok(Exit::Passed);
        }
        if let Some(exit) = report.exit() {
            display.end();
            return Ok(exit);
        }
        quiet = if report.version() == before { quiet + 1 } else { 0 };
        if quiet == QUIET {
            say::complain(
                "notice: nothing was written for two minutes: the run rests, or the program was stopped; Ctrl-C ends the watch",
            );
        }
        std::thread::sleep(EVERY);
    }
}
