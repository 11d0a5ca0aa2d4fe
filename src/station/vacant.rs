//! What lies in the slots whose cells are not under test, for runs that take more cells than there are slots.

use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::event::{Event, Holds};
use crate::identity::Slot;
use crate::units::Volts;
use crate::wire::{Mode, cell};
use std::time::Duration;

/// Free slots are looked at so often: a cell is not changed for another one between two looks.
const INTERVAL: Duration = Duration::from_millis(500);

/// A cell is believed when it was seen on so many looks on end: contacts bounce, and a slot's voltage is of its last
/// slice, which is measured anew within 0.6 s. That a slot is empty is believed at once.
const BELIEVED: u32 = 3;

/// A voltage that has moved so far is told anew.
const MOVED: Volts = Volts(0.001);

/// Looks at free slots.
#[derive(Debug, Default)]
pub(super) struct Vacant {
    due: Instant,
    slots: [Look; 4],
}

/// What was seen of one slot.
#[derive(Clone, Copy, Debug, Default)]
struct Look {
    told: Option<(Holds, Option<Volts>)>,
    seen: Option<Holds>,
    times: u32,
}

impl Vacant {
    /// The next moment at which there is something to look at.
    pub(super) fn wake_at(&self) -> Instant {
        self.due
    }

    /// Looks at these slots, if it is time, and gives what has changed in them. What is known of the others is
    /// forgotten.
    ///
    /// # Errors
    /// The unit does not answer.
    pub(super) fn look(&mut self, line: &mut Line, free: &[Slot]) -> Result<Vec<(Slot, Event)>, LineError> {
        let now = line.clock().now();
        if now < self.due {
            return Ok(Vec::new());
        }
        self.due = now + INTERVAL;
        let mut changes = Vec::new();
        for slot in Slot::ALL {
            let look = &mut self.slots[slot.index()];
            if !free.contains(&slot) {
                *look = Look::default();
                continue;
            }
            let holds = match line.read_twice(cell::MODE.at(slot))? {
                Mode::NoCell => Holds::Empty,
                Mode::Backwards => Holds::Reversed,
                _ => Holds::Cell,
            };
            if !look.is_believed(holds) {
                continue;
            }
            let voltage = match holds {
                Holds::Cell => line.read_twice(cell::VOLTAGE.at(slot))?.volts().ok(),
                Holds::Empty | Holds::Reversed => None,
            };
            if look.is_news(holds, voltage) {
                look.told = Some((holds, voltage));
                changes.push((slot, Event::SlotFound { holds, voltage }));
            }
        }
        Ok(changes)
    }
}

impl Look {
    fn is_believed(&mut self, holds: Holds) -> bool {
        self.times = if self.seen == Some(holds) { self.times.saturating_add(1) } else { 1 };
        self.seen = Some(holds);
        holds == Holds::Empty || self.times >= BELIEVED
    }

    fn is_news(&self, holds: Holds, voltage: Option<Volts>) -> bool {
        match (self.told, voltage) {
            (Some((before, _)), _) if before != holds => true,
            (Some((_, Some(before))), Some(now)) => (before - now).abs() > MOVED,
            (Some((_, before)), now) => before.is_none() && now.is_some(),
            (None, _) => true,
        }
    }
}
