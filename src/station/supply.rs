//! Whether the unit has its external supply, for cells that wait for it.

use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::wire::communications;
use std::time::Duration;

/// The unit itself looks at its supply about once a second.
const INTERVAL: Duration = Duration::from_millis(1500);

/// Asks the unit from time to time, as long as somebody wants to know.
#[derive(Debug, Default)]
pub(super) struct SupplyWatch {
    due: Instant,
    seen: bool,
}

impl SupplyWatch {
    /// The next moment at which the unit is to be asked.
    pub(super) fn wake_at(&self) -> Instant {
        self.due
    }

    /// Asks the unit, if it is time. One damaged reply is not believed, and a supply only when it is there
    /// at two looks on end: the processor that stops the cells hears of it up to a second later.
    ///
    /// # Errors
    /// The unit does not answer.
    pub(super) fn look(&mut self, line: &mut Line) -> Result<Option<bool>, LineError> {
        let now = line.clock().now();
        if now < self.due {
            return Ok(None);
        }
        self.due = now + INTERVAL;
        let present = line.read_twice(communications::PSU)?.is_present();
        let before = std::mem::replace(&mut self.seen, present);
        Ok(Some(present && before))
    }
}
