//! Units that come and go: who is on which port, and what has changed since the last look.

use super::census::Census;
use super::discover::{Introduction, PoolError, introduce, meet};
use super::ports::Ports;
use super::search::Opener;
use crate::clock::Clock;
use crate::transport::{PortAddress, PortMark};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How often a remote port is asked who is there: no list of this machine tells that. Each time its server
/// has a client for some 0.3 s.
const REMOTE: Duration = Duration::from_secs(30);

/// Follows the ports. Whoever has it looks once a second; a port is opened only when something was plugged
/// in, and closed again when that has told who it is. Nothing of a unit is changed.
pub struct Follower {
    ports: Ports,
    open: Opener,
    clock: Arc<dyn Clock>,
    census: Census,
    present: BTreeMap<PortAddress, Occupant>,
}

/// Who is on a port.
#[derive(Clone, Debug, PartialEq)]
pub enum Occupant {
    /// A unit that can test cells.
    Unit(Introduction),
    /// A unit in its bootloader, which knows no serial number.
    Bootloader,
    /// Nobody who could be asked, and why: silent, used by another program, or a unit that is not known.
    Nobody(String),
}

impl Occupant {
    /// Whether two are the same but for the words in which it is told.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unit(one), Self::Unit(other)) => one.serial == other.serial,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// What happened on a port.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Somebody came.
    Came(Occupant),
    /// Somebody left, or the port is gone.
    Left(Occupant),
}

impl Follower {
    /// Follows these ports, of which none is known yet.
    pub fn new(ports: Ports, open: Opener, clock: Arc<dyn Clock>) -> Self {
        Self { ports, open, clock, census: Census::default(), present: BTreeMap::new() }
    }

    /// Looks at the ports, and talks to what came: that takes 0.3 s for a unit, 2 s for one that starts, and
    /// some seconds for what does not answer.
    ///
    /// # Errors
    /// The system does not say which ports there are.
    pub fn look(&mut self) -> io::Result<Vec<(PortAddress, Change)>> {
        let mut changes = Vec::new();
        let now = self.clock.now();
        let listing: BTreeMap<PortAddress, PortMark> = self.ports.list()?;
        for (port, _) in self.census.take_in(now, &listing) {
            if let Some(who) = self.present.remove(&port) {
                changes.push((port, Change::Left(who)));
            }
        }
        while let Some(port) = self.census.due(now) {
            let who = self.ask(&port);
            let now = self.clock.now();
            match &who {
                Occupant::Unit(_) if port.is_remote() => self.census.ask_again(&port, now + REMOTE),
                Occupant::Unit(unit) => self.census.settle(&port, Some(unit.serial)),
                Occupant::Bootloader => self.census.put_off(&port, now, true),
                Occupant::Nobody(_) => self.census.put_off(&port, now, false),
            }
            let before = self.present.insert(port.clone(), who.clone());
            if !before.as_ref().is_some_and(|before| before.is(&who)) {
                // Where nobody could be asked, somebody may have been all the time.
                let left = before.filter(|before| !matches!(before, Occupant::Nobody(_)));
                changes.extend(left.map(|left| (port.clone(), Change::Left(left))));
                changes.push((port, Change::Came(who)));
            }
        }
        Ok(changes)
    }

    fn ask(&self, port: &PortAddress) -> Occupant {
        let line = match (self.open)(port) {
            Ok(line) => line,
            Err(error) => return Occupant::Nobody(format!("{error} ({})", error.source)),
        };
        match meet(line).and_then(|mut unit| introduce(&mut unit)) {
            Ok(unit) => Occupant::Unit(unit),
            Err(PoolError::Bootloader { .. }) => Occupant::Bootloader,
            Err(error) => Occupant::Nobody(error.to_string()),
        }
    }
}
