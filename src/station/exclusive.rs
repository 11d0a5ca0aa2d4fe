//! Who has all of a unit's slices: in hi-res one slot is measured, and the others are not.
//!
//! A slot that wants them asks, and gets them when no other is in the midst of a current. Until then no
//! other begins a step with current, so the wait is bounded by the steps under way. Who asked
//! first has them first. A slot that waits is idle and holds nothing, so none waits for another in a ring.

use crate::identity::Slot;
use std::collections::VecDeque;

/// The one who has the unit, and those who want it.
#[derive(Debug, Default)]
pub(super) struct Exclusive {
    holder: Option<Slot>,
    wanted: VecDeque<Slot>,
    /// Slots in the midst of a current.
    busy: [bool; 4],
}

impl Exclusive {
    /// Says whether a slot is in the midst of a current, or of a step with currents.
    pub(super) fn note(&mut self, slot: Slot, busy: bool) {
        self.busy[slot.index()] = busy;
    }

    /// Asks for the unit; says whether it is the slot's own now.
    pub(super) fn ask(&mut self, slot: Slot) -> bool {
        if self.holder == Some(slot) {
            return true;
        }
        if !self.wanted.contains(&slot) {
            self.wanted.push_back(slot);
        }
        let others_rest = Slot::ALL.into_iter().all(|other| other == slot || !self.busy[other.index()]);
        if self.holder.is_some() || self.wanted.front() != Some(&slot) || !others_rest {
            return false;
        }
        self.wanted.pop_front();
        self.holder = Some(slot);
        true
    }

    /// Whether a slot may switch a current on. One in the midst of a step may, unless another has the unit.
    pub(super) fn may_begin(&self, slot: Slot, in_midst: bool) -> bool {
        match self.holder {
            Some(holder) => holder == slot,
            None => in_midst || self.wanted.is_empty(),
        }
    }

    /// Whether a slot is not measured, because another has the unit.
    pub(super) fn is_blind(&self, slot: Slot) -> bool {
        self.holder.is_some_and(|holder| holder != slot)
    }

    /// Whether one slot has the unit.
    pub(super) fn is_held(&self) -> bool {
        self.holder.is_some()
    }

    /// Gives the unit back, or no longer wants it.
    pub(super) fn release(&mut self, slot: Slot) {
        self.wanted.retain(|other| *other != slot);
        if self.holder == Some(slot) {
            self.holder = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Slot; 4] = Slot::ALL;

    #[test]
    fn one_waits_until_the_others_have_come_to_the_end_of_a_step() {
        let mut unit = Exclusive::default();
        unit.note(ALL[1], true);
        assert!(!unit.ask(ALL[0]));
        // Slot 1 goes on with its step, but no other begins one.
        assert!(unit.may_begin(ALL[1], true) && !unit.may_begin(ALL[2], false));
        unit.note(ALL[1], false);
        assert!(!unit.may_begin(ALL[1], false));
        assert!(unit.ask(ALL[0]) && unit.is_blind(ALL[1]) && !unit.is_blind(ALL[0]));
        assert!(!unit.may_begin(ALL[1], true));
        unit.release(ALL[0]);
        assert!(!unit.is_held() && unit.may_begin(ALL[1], false));
    }

    proptest! {
        /// All that want it get it, in the order in which they asked, and never two at once.
        #[test]
        fn nobody_starves(order in Just(ALL.to_vec()).prop_shuffle(), busy in any::<[bool; 4]>()) {
            let mut unit = Exclusive::default();
            for slot in ALL {
                unit.note(slot, busy[slot.index()]);
            }
            let at_once: Vec<bool> = order.iter().map(|slot| unit.ask(*slot)).collect();
            prop_assert!(at_once.iter().filter(|granted| **granted).count() <= 1);
            for slot in ALL {
                unit.note(slot, false);
            }
            let mut served = Vec::new();
            for _ in 0..ALL.len() {
                let granted: Vec<_> = order.iter().filter(|slot| unit.ask(**slot)).copied().collect();
                prop_assert_eq!(granted.len(), 1);
                unit.release(granted[0]);
                served.push(granted[0]);
                // Whoever was served asks no more.
                unit.wanted.retain(|slot| !served.contains(slot));
                if served.len() == ALL.len() {
                    break;
                }
            }
            prop_assert_eq!(served[0], order[0]);
        }
    }
}
