//! When a read is not answered: one more is sent behind it. The measurement processor answers in order, so a reply to that
//! one alone shows that the read is lost, within milliseconds and not after its deadline.

use crate::clock::Instant;
use crate::wire::{Address, unit};
use std::time::Duration;

/// A read is chased after so long, at the soonest: nearly all replies are there by then, with four active cells, too.
const SOONEST: Duration = Duration::from_millis(6);

/// So many chase one read. A byte that is lost inside the unit is taken from the frame behind it, which is the first of them.
const MOST: u8 = 3;

/// What is read: registers that nobody waits for. In turn, so that a late reply is not taken for that to a later chaser.
const CHASERS: [Address; MOST as usize] =
    [unit::SINE_FREQ.address(), unit::SINE_OFFSET.address(), unit::SINE_MAGDIV.address()];

/// Whether, and when, something is to be sent behind what is not answered.
#[derive(Debug, Default)]
pub(super) struct Chase {
    /// When something went out or came in last.
    moved: Instant,
    /// How many were sent since a reply came.
    sent: u8,
    /// A request that nothing was ahead of, and when it went out.
    alone: Option<(u64, Instant)>,
    /// How long such a one takes: over a network, much longer.
    round: Duration,
}

impl Chase {
    /// A request went out, and whether nothing was ahead of it.
    pub(super) fn launched(&mut self, now: Instant, order: u64, is_first: bool) {
        self.moved = now;
        if is_first {
            self.alone = Some((order, now));
        }
    }

    /// A reply came.
    pub(super) fn landed(&mut self, now: Instant, order: u64) {
        self.moved = now;
        self.sent = 0;
        if let Some((_, began)) = self.alone.take_if(|(alone, _)| *alone == order) {
            self.round = (self.round * 3 + (now - began)) / 4;
        }
    }

    /// When the next is due, if no reply comes before.
    pub(super) fn due(&self) -> Option<Instant> {
        (self.sent < MOST).then(|| self.moved + SOONEST.max(self.round * 3 / 2))
    }

    /// What to read, now that it is due.
    pub(super) fn next(&mut self) -> Address {
        self.sent += 1;
        CHASERS[usize::from(self.sent - 1) % CHASERS.len()]
    }
}
