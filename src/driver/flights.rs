//! What was sent and not answered yet, and what was given up and may still be answered.

use super::reads::Item;
use crate::clock::Instant;
use crate::wire::{Address, Command, Namespace, Response};

/// Who waits for a reply.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner {
    /// One of the reads that share the line.
    Read(Item),
    /// The request that has the line alone.
    Alone,
    /// Nobody: it was sent to show what became of those before it.
    Nobody,
}

/// A command that was sent and not answered yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    pub(super) address: Address,
    pub(super) is_write: bool,
    pub(super) owner: Owner,
    deadline: Instant,
    order: u64,
}

impl Flight {
    /// Its number among all commands that were sent, from 1.
    pub(super) fn order(&self) -> u64 {
        self.order
    }
}

/// A command that was given up; its reply may still come, and must not be taken for a later one's.
#[derive(Clone, Copy, Debug)]
struct Ghost {
    address: Address,
    is_write: bool,
    order: u64,
    until: Instant,
}

/// How a response belongs to what was sent.
pub(super) enum Match {
    /// It answers this flight. The flights sent before it on the same path are lost: the measurement
    /// processor answers in order.
    Flight(Flight),
    /// It answers a command that was given up.
    Late,
    /// Nobody asked.
    Unasked,
}

#[derive(Debug, Default)]
pub(super) struct Flights {
    /// In order of sending.
    flying: Vec<Flight>,
    ghosts: Vec<Ghost>,
    sent: u64,
    /// Those that were taken for lost since a later reply came first, and may lie in the unit's buffer all the same: a
    /// torn frame can be answered as another register's.
    doubtful: Vec<Flight>,
    /// The newest command that had been sent when the last of them was taken for lost. A reply to a later one shows
    /// that the unit is past them all, if it cannot be one of theirs.
    doubted: u64,
}

/// The communications processor answers by itself; everything else goes through the measurement processor.
fn same_path(a: Address, b: Address) -> bool {
    (a.namespace() == Namespace::Communications) == (b.namespace() == Namespace::Communications)
}

impl Flights {
    /// How many commands may lie in the unit's buffers.
    pub(super) fn in_unit(&self) -> usize {
        self.flying.len() + self.doubtful.len()
    }

    /// How many commands were ever sent.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// Whether nobody waits for a reply.
    pub(super) fn is_empty(&self) -> bool {
        self.flying.iter().all(|flight| matches!(flight.owner, Owner::Nobody))
    }

    /// Whether a read that nobody waits for would show what became of those under way: each is one that the measurement
    /// processor's application answers.
    pub(super) fn can_be_chased(&self) -> bool {
        let is_read = |flight: &Flight| match flight.owner {
            Owner::Read(_) => {
                !matches!(flight.address.namespace(), Namespace::Communications | Namespace::Bootloader)
            }
            Owner::Alone => false,
            Owner::Nobody => true,
        };
        !self.is_empty() && self.flying.iter().all(is_read)
    }

    pub(super) fn clear(&mut self) {
        self.flying.clear();
        self.ghosts.clear();
        self.doubtful.clear();
    }

    /// Whether a command may go: not while the reply to an earlier one like it may still come.
    pub(super) fn permits(&self, command: Command) -> bool {
        let alike = |g: &Ghost| g.address == command.address() && g.is_write == command.is_write();
        self.ghosts.is_empty() || !self.ghosts.iter().any(alike)
    }

    pub(super) fn launch(&mut self, command: Command, owner: Owner, deadline: Instant) {
        self.sent += 1;
        let (address, is_write) = (command.address(), command.is_write());
        self.flying.push(Flight { address, is_write, owner, deadline, order: self.sent });
    }

    /// Finds what a response answers. `lost` gets the flights that it overtook.
    pub(super) fn land(&mut self, response: Response, mut lost: impl FnMut(Flight)) -> Match {
        let (address, is_write) = (response.address, response.is_write);
        let found = self.flying.iter().position(|f| f.address == address && f.is_write == is_write);
        let Some(place) = found else {
            let ghost = self.ghosts.iter().position(|g| g.address == address && g.is_write == is_write);
            return match ghost {
                Some(place) => {
                    self.ghosts.remove(place);
                    Match::Late
                }
                None => Match::Unasked,
            };
        };
        let flight = self.flying.remove(place);
        if !self.ghosts.is_empty() {
            self.ghosts.retain(|g| g.order > flight.order || !same_path(g.address, address));
        }
        let alike = |f: &Flight| f.address == address && f.is_write == is_write;
        if flight.order > self.doubted && !self.doubtful.iter().any(alike) {
            self.doubtful.clear();
        }
        if place > 0 {
            let Self { flying, doubtful, doubted, sent, .. } = self;
            flying.retain(|f| {
                let overtaken = f.order < flight.order && same_path(f.address, address);
                if overtaken {
                    lost(*f);
                    doubtful.push(*f);
                    *doubted = *sent;
                }
                !overtaken
            });
        }
        Match::Flight(flight)
    }

    /// Takes out a flight whose time is over; its reply is reckoned with until `late`.
    pub(super) fn expire(&mut self, now: Instant, late: Instant) -> Option<Flight> {
        let place = self.flying.iter().position(|f| f.deadline <= now)?;
        let flight = self.flying.remove(place);
        let Flight { address, is_write, order, .. } = flight;
        self.ghosts.push(Ghost { address, is_write, order, until: late });
        Some(flight)
    }

    /// Forgets the ghosts, and the doubts, whose time is over.
    pub(super) fn lay_ghosts(&mut self, now: Instant) {
        self.ghosts.retain(|g| g.until > now);
        self.doubtful.retain(|f| f.deadline > now);
    }

    /// The moment at which the next flight is overdue, or the next doubt over.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.flying.iter().chain(&self.doubtful).map(|f| f.deadline).min()
    }

    /// The moment at which the next ghost is forgotten.
    pub(super) fn ghost_deadline(&self) -> Option<Instant> {
        self.ghosts.iter().map(|g| g.until).min()
    }
}
