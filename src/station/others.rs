//! The other slots, while one has its turn.
//!
//! A turn can take many calls: limits are proved, a current is switched on, a counter is read. What the other slots tell
//! meanwhile waits for theirs. But between any two calls it is looked at, and a current that has come to its end is ended
//! before anything else: so the time to that is bounded by one call and not by a turn.

use super::concerns_unit;
use super::runner::Runner;
use super::snapshot::Snapshot;
use crate::clock::Instant;
use crate::driver::{Line, LineError};
use std::time::Duration;

/// A pause is looked up from so often.
const GLANCE: Duration = Duration::from_millis(2);

/// Those before and those behind the one whose turn it is.
pub(super) struct Others<'s>([&'s mut [Runner]; 2]);

impl<'s> Others<'s> {
    /// These.
    pub(super) fn of(before: &'s mut [Runner], behind: &'s mut [Runner]) -> Self {
        Self([before, behind])
    }

    /// All of them: it is nobody's turn.
    pub(super) fn all(runners: &'s mut [Runner]) -> Self {
        Self([runners, &mut []])
    }

    /// Ends each current that has come to its end by what was told since the last look. To be called between two calls.
    ///
    /// # Errors
    /// The unit does not answer.
    pub(super) fn look_after(&mut self, line: &mut Line) -> Result<(), LineError> {
        let told: Vec<_> =
            line.told().map(|(at, packet)| (packet.slot, Snapshot::told(at, packet))).collect();
        for (slot, snapshot) in told {
            let Some(runner) =
                self.0.iter_mut().flat_map(|part| part.iter_mut()).find(|it| it.slot() == slot)
            else {
                continue;
            };
            match runner.end_if_told(snapshot, line) {
                Err(error) if concerns_unit(&error) => return Err(error),
                // What concerns the slot alone is found again, and told, in its own turn.
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Lets time pass until a moment, and looks after them.
    ///
    /// # Errors
    /// The unit does not answer.
    pub(super) fn pause(&mut self, line: &mut Line, until: Instant) -> Result<(), LineError> {
        loop {
            self.look_after(line)?;
            let now = line.clock().now();
            if now >= until {
                return Ok(());
            }
            line.pause(until.min(now + GLANCE))?;
        }
    }
}
