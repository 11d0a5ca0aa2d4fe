//! A slot whose unit lacks its supply: nothing flows until it is back, or until the wait for it is over.

use super::{Runner, Shared, SlotError};
use crate::clock::Instant;
use crate::event::Event;
use crate::plan::Direction;
use crate::program::Gap;
use crate::station::reporter::Reporter;
use crate::station::supply::Supply;
use crate::units::format_duration;
use crate::wire::ErrorFlags;

/// What the unit stops cells for that is no cell's fault, and may come back.
const SUPPLY: ErrorFlags = ErrorFlags::NO_PSU.with(ErrorFlags::LOW_VCC);

/// Since when a slot has waited, and for what.
#[derive(Debug)]
pub(super) struct Held {
    lacks: ErrorFlags,
    since: Instant,
    /// Whether the program knows: what passed to the end can only be told when it has settled.
    told: bool,
}

impl Runner {
    /// Whether a stop by the unit is for want of its supply, and to be waited out.
    pub(super) fn is_to_be_held(&mut self, error: ErrorFlags, shared: &Shared<'_>) -> bool {
        let by_supply = error.intersects(SUPPLY) && error.without(SUPPLY).is_empty();
        by_supply && !shared.patience.is_zero() && self.holds.take(shared.now())
    }

    /// Holds the slot until there is again what the unit lacks.
    pub(super) fn hold(&mut self, lacks: ErrorFlags, shared: &mut Shared<'_>) -> Result<(), SlotError> {
        self.quiet(shared)?;
        self.held = Some(Held { lacks, since: shared.now(), told: false });
        Ok(())
    }

    /// What the slot waits for.
    pub(in crate::station) fn lacks(&self) -> Option<ErrorFlags> {
        self.held.as_ref().filter(|_| !self.is_done()).map(|held| held.lacks)
    }

    /// Tells the program of its interruption, once all that passed is known.
    pub(super) fn tell_held(&mut self) {
        let Some(held) = self.held.as_mut().filter(|held| !held.told) else { return };
        held.told = true;
        let why = format!("the unit stopped the cell for want of its supply: {}", held.lacks);
        let gap = self.gap();
        self.program.interrupt(&why, gap);
    }

    /// Takes what passed and was not told, by the direction in which it did.
    pub(super) fn gap(&mut self) -> Gap {
        let owed = std::mem::take(&mut self.owed);
        match self.flowed {
            Some((Direction::Charge, _)) => Gap { charge_in: owed, ..Gap::default() },
            Some((Direction::Discharge, _)) | None => Gap { charge_out: owed, ..Gap::default() },
        }
    }

    /// Takes in what there is of the unit's supply.
    pub(in crate::station) fn on_supply(&mut self, supply: Supply, now: Instant, reporter: &mut Reporter) {
        self.program.on_supply(supply.external, now);
        let back = |held: &mut Held| {
            let external = supply.external || !held.lacks.intersects(ErrorFlags::NO_PSU);
            held.told && external && (supply.vcc || !held.lacks.intersects(ErrorFlags::LOW_VCC))
        };
        if let Some(Held { lacks, since, .. }) = self.held.take_if(back) {
            let seconds = (now - since).as_secs_f64();
            let what = format!("the unit's supply ({lacks}) is back after {seconds:.0} s; the test goes on");
            reporter.cell_fact(self.live(), Event::Notice { what });
        }
    }

    /// Gives up a wait that has lasted too long. The test can be gone on with some other time.
    pub(super) fn watch_hold(&mut self, shared: &mut Shared<'_>) {
        let now = shared.now();
        if let Some(held) = self.held.take_if(|held| now - held.since >= shared.patience) {
            let time = format_duration(shared.patience);
            let why = format!(
                "the unit stopped the cell for want of its supply ({}), which did not come back within {time}",
                held.lacks
            );
            shared.reporter.cell_fact(self.live(), Event::Fault { what: why.clone() });
            self.lose(&why);
        }
    }
}
