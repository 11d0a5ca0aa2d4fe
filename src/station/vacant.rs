//! What lies in the slots whose cells are not under test, for runs that take more cells than there are slots.

use super::others::Others;
use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::event::{Event, Holds};
use crate::identity::Slot;
use crate::units::Volts;
use crate::wire::{Mode, cell};
use std::time::Duration;

/// Free slots are looked at so often: a cell is not changed for another one between two looks, and each look sees a
/// slice of its own (a rotation is 0.6144 s). So a slice in which a cell was put in or taken out is seen by one at most.
const INTERVAL: Duration = Duration::from_millis(700);

/// A cell is believed when it was seen on so many looks on end: contacts bounce. Its voltage is the median of these, so
/// that what one slice saw of a cell on its way tells nothing. That a slot is empty is believed at once.
const BELIEVED: usize = 3;

/// A voltage that has moved so far is told anew.
const MOVED: Volts = Volts(0.001);

/// Looks at free slots.
#[derive(Debug, Default)]
pub(super) struct Vacant {
    due: Instant,
    slots: [Look; 4],
}

/// What was seen of one slot.
#[derive(Debug, Default)]
struct Look {
    told: Option<(Holds, Option<Volts>)>,
    seen: Option<Holds>,
    /// The voltages of the last looks on end that saw that, the newest first.
    voltages: Vec<Option<Volts>>,
}

impl Vacant {
    /// The next moment at which there is something to look at.
    pub(super) fn wake_at(&self) -> Instant {
        self.due
    }

    /// Puts the next look off: free slots are not measured now, and have to be again before they tell anything.
    pub(super) fn put_off(&mut self, now: Instant) {
        self.due = now + INTERVAL;
    }

    /// Looks at these slots, if it is time, and gives what has changed in them. What is known of the others is
    /// forgotten.
    ///
    /// # Errors
    /// The unit does not answer.
    pub(super) fn look(
        &mut self,
        line: &mut Line,
        others: &mut Others<'_>,
        free: &[Slot],
    ) -> Result<Vec<(Slot, Event)>, LineError> {
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
            others.look_after(line)?;
            let holds = match line.read_twice(cell::MODE.at(slot))? {
                Mode::NoCell => Holds::Empty,
                Mode::Backwards => Holds::Reversed,
                _ => Holds::Cell,
            };
            others.look_after(line)?;
            let voltage = match holds {
                Holds::Cell => line.read_twice(cell::VOLTAGE.at(slot))?.volts().ok(),
                Holds::Empty | Holds::Reversed => None,
            };
            if let Some((holds, voltage)) = look.take(holds, voltage) {
                changes.push((slot, Event::SlotFound { holds, voltage }));
            }
        }
        Ok(changes)
    }
}

impl Look {
    /// Takes in what one look saw. Gives what is believed now, if that is news.
    fn take(&mut self, holds: Holds, voltage: Option<Volts>) -> Option<(Holds, Option<Volts>)> {
        if self.seen != Some(holds) {
            self.voltages.clear();
        }
        self.seen = Some(holds);
        self.voltages.insert(0, voltage);
        self.voltages.truncate(BELIEVED);
        let is_believed = holds == Holds::Empty || self.voltages.len() == BELIEVED;
        let voltage = median(&self.voltages);
        let news = (is_believed && self.is_news(holds, voltage)).then_some((holds, voltage));
        self.told = news.or(self.told);
        news
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

/// The one in the middle; one that could not be told counts as the lowest.
fn median(voltages: &[Option<Volts>]) -> Option<Volts> {
    let mut sorted = voltages.to_vec();
    let volts = |voltage: &Option<Volts>| voltage.map_or(f64::NEG_INFINITY, |voltage| voltage.0);
    sorted.sort_by(|one, other| volts(one).total_cmp(&volts(other)));
    sorted.get(sorted.len() / 2).copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [u32; 0] = [];

    fn tells(look: &mut Look, millivolts: &[u32]) -> Vec<u32> {
        let seen = millivolts.iter().map(|voltage| Some(Volts(f64::from(*voltage) / 1e3)));
        let told = seen.filter_map(|voltage| look.take(Holds::Cell, voltage)?.1);
        told.map(|voltage| (voltage.0 * 1e3).round() as u32).collect()
    }

    #[test]
    fn what_one_slice_saw_of_a_cell_on_its_way_is_not_told() {
        let mut look = Look::default();
        assert_eq!(tells(&mut look, &[1200, 3700]), NONE, "it may bounce");
        assert_eq!(tells(&mut look, &[3700, 3700, 3701, 900]), [3700]);
        assert_eq!(look.take(Holds::Empty, None), Some((Holds::Empty, None)), "at once");
        assert_eq!(tells(&mut look, &[3500, 3500]), NONE, "what lay there before tells nothing");
        assert_eq!(tells(&mut look, &[3500, 3510, 3510]), [3500, 3510]);
    }
}
