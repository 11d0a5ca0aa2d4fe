//! Whether the cell in a slot can be the one that was there before its unit was lost.

use crate::plan::Direction;
use crate::units::Volts;
use crate::wire::Mode;

/// How far a cell's voltage goes back by itself when its current ends: an empty one rises by as much as this,
/// and a full one falls by less.
const RELAXES: Volts = Volts(0.8);

/// How far it may be off in the other direction, or in any without a current: what passed before the unit's
/// watchdog ended it, and what the slot's contacts give.
const MOVES: Volts = Volts(0.15);

/// What was seen of a cell last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) voltage: Volts,
    /// Which way a current flowed then, or had flowed last.
    pub(super) flow: Option<Direction>,
}

impl Seen {
    /// Says what speaks against its being the same cell, now that nothing flows.
    pub(super) fn contradicts(&self, mode: Mode, now: Volts) -> Option<String> {
        match mode {
            Mode::NoCell => return Some("the cell is no longer in its slot".into()),
            Mode::Backwards => return Some("the cell is reversed".into()),
            _ => {}
        }
        let (down, up) = match self.flow {
            Some(Direction::Charge) => (RELAXES, MOVES),
            Some(Direction::Discharge) => (MOVES, RELAXES),
            None => (MOVES, MOVES),
        };
        let range = self.voltage - down..=self.voltage + up;
        (!range.contains(&now)).then(|| {
            format!(
                "the cell is not the one that was there: it has {now:.3}, and was last seen at {:.3}",
                self.voltage
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_relaxes_against_its_current_and_hardly_moves_otherwise() {
        let seen = |flow| Seen { voltage: Volts(3.6), flow };
        let same = |flow, now| seen(flow).contradicts(Mode::Idle, Volts(now)).is_none();
        assert!(same(None, 3.7) && !same(None, 3.8) && !same(None, 3.4));
        assert!(same(Some(Direction::Discharge), 4.3) && !same(Some(Direction::Discharge), 3.4));
        assert!(same(Some(Direction::Charge), 2.9) && !same(Some(Direction::Charge), 3.8));
        for mode in [Mode::NoCell, Mode::Backwards] {
            assert!(seen(None).contradicts(mode, Volts(3.6)).is_some());
        }
    }
}
