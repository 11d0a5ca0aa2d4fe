//! Whether the unit has its external supply, for cells that wait for it.

use super::others::Others;
use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::units::Volts;
use crate::wire::{communications, unit};
use std::time::Duration;

/// The unit itself looks at its supply about once a second.
const INTERVAL: Duration = Duration::from_millis(1500);

/// The unit stops its cells below 4.25 V; what is to carry current again is to be well above that.
const ENOUGH: Volts = Volts(4.4);

/// What a unit has to drive currents with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Supply {
    /// Its external supply, which it needs to charge.
    pub(super) external: bool,
    /// Enough voltage for its own parts.
    pub(super) vcc: bool,
}

/// Asks the unit from time to time, as long as somebody wants to know.
#[derive(Debug, Default)]
pub(super) struct SupplyWatch {
    due: Instant,
    seen: Supply,
    /// Whether a person has been asked for it.
    pub(super) told: bool,
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
    pub(super) fn look(
        &mut self,
        line: &mut Line,
        others: &mut Others<'_>,
    ) -> Result<Option<Supply>, LineError> {
        let now = line.clock().now();
        if now < self.due {
            return Ok(None);
        }
        self.due = now + INTERVAL;
        let external = line.read_twice(communications::PSU)?.is_present();
        others.look_after(line)?;
        let vcc = line.read_twice(unit::VCC)?.volts().is_ok_and(|vcc| vcc >= ENOUGH);
        let before = std::mem::replace(&mut self.seen, Supply { external, vcc });
        Ok(Some(Supply { external: external && before.external, vcc: vcc && before.vcc }))
    }
}
