//! Something that fills up: a bar with the time left on a terminal, a few lines elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};

/// Drawings a second at most; a person reads no faster.
const REFRESH: u8 = 5;
/// Where there is no terminal, a line for each such part of the whole.
const PARTS: u64 = 4;

/// How far something has been filled, on standard error.
pub struct Filling {
    bar: ProgressBar,
    lines: bool,
    what: &'static str,
    told: u64,
}

impl Filling {
    /// Something of so many bytes, of which none are there. Nothing is shown where that is not wanted.
    pub fn new(what: &'static str, bytes: u64, wanted: bool) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let target = match wanted && is_terminal {
            true => ProgressDrawTarget::stderr_with_hz(REFRESH),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(bytes), target);
        let template = "{msg} [{bar:30}] {bytes} of {total_bytes}, {binary_bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what);
        Self { bar, lines: wanted && !is_terminal, what, told: 0 }
    }

    /// What is there already when it begins, and so says nothing about the time left.
    pub fn begin_at(&mut self, bytes: u64) {
        self.bar.set_position(bytes);
        self.bar.reset_eta();
        self.told = bytes;
    }

    /// So many bytes are there.
    pub fn is_at(&mut self, bytes: u64) {
        self.bar.set_position(bytes);
        let whole = self.bar.length().unwrap_or(bytes).max(1);
        let part = |bytes: u64| bytes.saturating_mul(PARTS) / whole;
        if self.lines && part(bytes) > part(self.told) {
            self.told = bytes;
            let left = self.bar.eta().as_secs();
            let what = self.what;
            // Where nobody reads, nobody is told.
            let _ = writeln!(io::stderr().lock(), "{what}: {bytes} of {whole} bytes, some {left} s left");
        }
    }

    /// Takes the bar away.
    pub fn end(self) {
        self.bar.finish_and_clear();
    }
}
