//! What is told on standard output and standard error. Whoever reads them may have gone (`| head`):
//! then nothing more is told, and the command goes on and ends as it would have.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a text to standard output as it is.
pub(super) fn out(text: impl Display) {
    let mut out = io::stdout().lock();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

/// Writes a line to standard error.
pub(super) fn complain(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
