//! Why a command ends before it has done anything: what to tell, and the exit code.

use crate::diagnostic::{Colour, Problem, Source, SourceError, render};
use crate::record::RecordError;
use crate::verdict::Exit;
use std::fmt::Display;
use std::io::{self, IsTerminal};

/// Ends a command.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) text: String,
}

impl Failure {
    /// The command line or a file is wrong.
    pub(super) fn refused(why: impl Display) -> Self {
        Self { exit: Exit::Refused, text: format!("error: {why}") }
    }

    /// The equipment or the disk failed.
    pub(super) fn fault(why: impl Display) -> Self {
        Self { exit: Exit::Fault, text: format!("error: {why}") }
    }

    /// There is no unit or no cell.
    pub(super) fn nothing(why: impl Display) -> Self {
        let hint = "hint: with --sim it is done on simulated cells";
        Self { exit: Exit::NothingToRun, text: format!("error: {why}\n{hint}") }
    }

    /// The system does not list its ports.
    pub(super) fn no_ports(error: io::Error) -> Self {
        Self::nothing(format!("the system does not tell which ports there are: {error}"))
    }

    /// A new file was not made.
    pub(super) fn not_created(why: RecordError) -> Self {
        if let RecordError::Exists { .. } = why { Self::refused(why) } else { Self::fault(why) }
    }

    /// The program is wrong.
    pub(super) fn defect(why: impl Display) -> Self {
        Self { exit: Exit::Defect, text: format!("defect of this program: {why}") }
    }

    /// A file has problems, each shown at its place.
    pub(super) fn problems(source: &Source, problems: &[Problem]) -> Self {
        Self { exit: Exit::Refused, text: render(source, problems, colour_of_errors()) }
    }
}

impl Failure {
    /// The same with a hint on a line of its own.
    pub(super) fn hint(self, hint: impl Display) -> Self {
        Self { text: format!("{}\nhint: {hint}", self.text.trim_end()), ..self }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::refused(error)
    }
}

/// Whether colour is welcome on standard error.
fn colour_of_errors() -> Colour {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if std::io::stderr().is_terminal() && !refused { Colour::On } else { Colour::Off }
}
