//! Hooks: code in rhai that is called at moments of the test of a cell. A read-only view goes in, decisions
//! come out; nothing here knows setpoints, limits or ports, and no decision can widen anything.
//!
//! `docs/hooks.md` tells how to write them. Reading and checking is [`check`], one cell's hooks are a
//! [`Session`].

mod batch;
mod check;
mod decision;
mod desk;
mod engine;
mod fault;
mod kept;
mod moment;
mod script;
mod session;
mod view;

pub use batch::{Batch, Mate};
pub use check::{check, read};
pub use decision::{Bound, Decision, Wish};
pub use engine::{
    DEEPEST_CALL, DEEPEST_EXPRESSION, LARGEST_LIST, LARGEST_MAP, LONGEST_CALL, LONGEST_STRING,
    MOST_FUNCTIONS, MOST_OPERATIONS, MOST_VARIABLES,
};
pub use fault::Fault;
pub use kept::MOST_KEPT;
pub use moment::Moment;
pub use script::{Place, Script};
pub use session::Session;
pub use view::{CellView, CycleView, ResultView, SampleView, StepView, Values, Vocabulary};

#[cfg(test)]
mod tests;
