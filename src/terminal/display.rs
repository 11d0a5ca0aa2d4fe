//! Shows a run, in the way that was chosen.

use super::progress::Progress;
use super::{CellView, plain, table};
use crate::event::Entry;
use crate::record::Summary;
use std::io::{self, IsTerminal, Write};

/// How a run is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A line a cell, kept up to date, on standard error; the table on standard output.
    Progress,
    /// A line for each fact worth a person's time, then the table, on standard output.
    Plain,
    /// Each fact as a JSON object on a line, and last the summary, on standard output.
    Json,
    /// Nothing but the table.
    Quiet,
}

impl Mode {
    /// The mode for where the program finds itself: progress on a terminal, plain lines elsewhere.
    pub fn of_this_terminal() -> Self {
        if io::stderr().is_terminal() && io::stdout().is_terminal() { Self::Progress } else { Self::Plain }
    }
}

/// Whether colour is welcome: standard output is a terminal and `NO_COLOR` is not set to anything
/// (<https://no-color.org>).
pub fn colour_wanted() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !refused
}

/// Shows a run. It never fails: where nobody reads any more, nothing more is written, and the cells
/// go on.
pub struct Display {
    mode: Mode,
    colour: bool,
    out: Box<dyn Write + Send>,
    lost: bool,
    progress: Option<Progress>,
}

impl Display {
    /// Shows on standard output and standard error.
    pub fn new(mode: Mode, colour: bool) -> Self {
        Self::with_output(mode, colour, Box::new(io::stdout()))
    }

    /// Shows on `out` what would go to standard output.
    pub fn with_output(mode: Mode, colour: bool, out: Box<dyn Write + Send>) -> Self {
        let progress = (mode == Mode::Progress).then(Progress::new);
        Self { mode, colour, out, lost: false, progress }
    }

    /// Whether standard output was closed by its reader.
    pub fn output_lost(&self) -> bool {
        self.lost
    }

    /// Shows a fact.
    pub fn note(&mut self, entry: &Entry) {
        match self.mode {
            Mode::Quiet => {}
            Mode::Json => match serde_json::to_string(entry) {
                Ok(line) => self.line(&line),
                Err(error) => self.line(&serde_json::json!({ "unprintable": error.to_string() }).to_string()),
            },
            Mode::Plain => {
                if let Some(line) = plain::line(entry, self.colour) {
                    self.line(&line);
                }
            }
            Mode::Progress => {
                let line =
                    plain::is_remarkable(&entry.event).then(|| plain::line(entry, self.colour)).flatten();
                if let (Some(progress), Some(line)) = (&self.progress, line) {
                    progress.above(&line);
                }
            }
        }
    }

    /// Whether it shows how the cells are, beside what is told.
    pub fn shows_cells(&self) -> bool {
        self.progress.is_some()
    }

    /// Shows the cells as they are now; only in [`Mode::Progress`].
    pub fn tick(&mut self, cells: &[CellView]) {
        if let Some(progress) = &mut self.progress {
            progress.show(cells);
        }
    }

    /// Leaves the cells' lines as they are, for good.
    pub fn end(&mut self) {
        if let Some(progress) = self.progress.take() {
            progress.leave();
        }
    }

    /// Shows what the run came to, and takes the cells' lines away.
    pub fn summary(&mut self, summary: &Summary) {
        if let Some(progress) = self.progress.take() {
            progress.clear();
        }
        if self.mode == Mode::Json {
            let line = match summary.to_json() {
                Ok(value) => serde_json::json!({ "event": "summary", "summary": value }),
                Err(error) => serde_json::json!({ "event": "summary", "unprintable": error.to_string() }),
            };
            self.line(&line.to_string());
        } else {
            for line in table::lines(summary, self.colour) {
                self.line(&line);
            }
        }
    }

    fn line(&mut self, text: &str) {
        if !self.lost {
            self.lost = writeln!(self.out, "{text}").and_then(|()| self.out.flush()).is_err();
        }
    }
}
