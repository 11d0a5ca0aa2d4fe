//! An impedance that is measured in the middle of another step.

use crate::clock::Instant;
use crate::units::Hertz;
use std::time::Duration;

/// The frequency of impedances that are measured inside other steps: the unit's nearest to the
/// customary 1 kHz (26 x 39.0625 Hz).
pub const INTERLUDE_FREQUENCY: Hertz = Hertz(1015.625);

/// When the next one is due, and whether one is under way.
#[derive(Debug, Default)]
pub(super) struct Interlude {
    every: Option<Duration>,
    due: Option<Instant>,
    under_way: bool,
}

impl Interlude {
    /// One each `every`, from now on.
    pub(super) fn each(every: Option<Duration>, now: Instant) -> Self {
        Self { every, due: every.map(|every| now + every), under_way: false }
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.under_way
    }

    /// Takes the one under way for measured; says whether there was one.
    pub(super) fn is_over(&mut self) -> bool {
        std::mem::take(&mut self.under_way)
    }

    /// Begins one if it is due.
    pub(super) fn consider(&mut self, now: Instant) {
        if let (Some(every), Some(due)) = (self.every, self.due)
            && !self.under_way
            && now >= due
        {
            self.under_way = true;
            self.due = Some(now + every);
        }
    }
}
