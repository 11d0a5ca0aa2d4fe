//! A unit that was lost, and whoever finds it again.

use crate::driver::Line;
use std::time::Duration;

/// Waits until the unit at the end of a dead line is back, on whatever port, at most so long by the line's
/// clock. A station knows no ports but its own; who starts it knows how to look.
pub type FindAgain = Box<dyn FnMut(Line, Duration) -> Result<Line, NotFound> + Send>;

/// Why a unit was not found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// The run is to end.
    Stopped,
    /// It did not come back in time, or not as a unit that can test cells; in words.
    Missing(String),
}

/// How long a run waits for what it needs, and who finds a lost unit again.
pub struct Patience {
    /// How long it waits for a unit that was lost, or for a unit's supply. Zero: not at all.
    pub at_most: Duration,
    /// Finds a lost unit again. Without it, a unit whose port is gone is not waited for.
    pub find_again: Option<FindAgain>,
}

impl Patience {
    /// What a run waits unless it is told otherwise.
    pub const USUAL: Duration = Duration::from_secs(30 * 60);
}
