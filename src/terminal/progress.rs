//! A line for each cell that is kept up to date, on standard error.

use super::CellView;
use crate::identity::Place;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;

/// Drawings a second at most; a person reads no faster.
const REFRESH: u8 = 5;

/// The lines of the cells, in the order they were first shown.
pub(super) struct Progress {
    all: MultiProgress,
    style: Option<ProgressStyle>,
    lines: BTreeMap<Place, ProgressBar>,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            all: MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(REFRESH)),
            // Not as wide as the terminal: an echoed ^C would wrap, and leave a line behind.
            style: ProgressStyle::with_template("{msg}").ok(),
            lines: BTreeMap::new(),
        }
    }

    pub(super) fn show(&mut self, cells: &[CellView]) {
        for cell in cells {
            let bar = self.lines.entry(cell.place).or_insert_with(|| {
                let bar = self.all.add(ProgressBar::no_length());
                if let Some(style) = &self.style {
                    bar.set_style(style.clone());
                }
                bar
            });
            bar.set_message(cell.to_string());
        }
    }

    /// Writes a line above those of the cells. A terminal that is gone is no reason to stop.
    pub(super) fn above(&self, line: &str) {
        let _ = self.all.println(line);
    }

    /// Leaves the lines as they are.
    pub(super) fn leave(self) {
        for line in self.lines.values() {
            line.abandon();
        }
    }

    pub(super) fn clear(self) {
        let _ = self.all.clear();
    }
}
