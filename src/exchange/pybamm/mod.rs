//! Steps of PyBaMM experiments (the texts that `pybamm.step.string` takes, version 26.10), in and out.

mod grammar;
mod read;
mod write;

pub(super) use read::{cycles, is_likely, lines, read};
pub(super) use write::write;

/// Texts that belong together, as a tuple of an experiment does.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cycle {
    /// Where it stands, in words.
    pub(super) at: String,
    pub(super) texts: Vec<String>,
}
