//! What is told on standard output and standard error. Whoever reads them may have gone (`| head`):
//! then nothing more is told, and the command goes on and ends as it would have.

use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Write};

/// Writes a text to standard output as it is.
pub(super) fn out(text: impl Display) {
    let mut out = io::stdout().lock();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

/// Writes a line to standard error.
pub(super) fn complain(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Asks a person. It is agreed where one types yes; never where there is none, or where a program reads what is told
/// (`json`), which has an option for it.
pub(super) fn is_agreed(question: impl Display, json: bool) -> bool {
    if json || !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return false;
    }
    complain(format_args!("{question} Type yes:"));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).is_ok() && answer.trim().eq_ignore_ascii_case("yes")
}
