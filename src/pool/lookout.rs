//! Finding a unit again that was lost while a run goes on.
//!
//! How a run uses it. One [`Lookout`] serves all units of a run; it is made when they have been found:
//!
//! - [`Lookout::over_ports`] with the same [`Ports`] and the same way to open one as at the start (so that a
//!   trace goes on), the names of the ports in use, and the flag of the stop switch; its [`Lookout::waker`]
//!   goes to the stop switch, or a stop would be noticed late.
//! - [`Lookout::over_simulated`] with the plugs of the simulated units.
//!
//! A station that has lost its unit (its line gives a [`crate::transport::TransportError`], or nothing but
//! silence) hands its dead line in: [`Lookout::wait_for`]. It gets a [`FoundUnit`] as at the start, over
//! a line with a new driver: no slot drives current, the watchdog was kicked, everything else may be as it was
//! or as after a reset. The station has to treat it like a unit that it has never seen: compare the
//! firmware, set it up, verify limits. A station knows no pool; whoever starts it gives it a closure
//! over `wait_for`.
//!
//! On ports the stations of several lost units search together: a port is tried by one of them, and what
//! is found goes to whom it belongs. The ports are listed once a second, which takes some milliseconds
//! and talks to none of them; there is no notification that all three systems have. Tried are only ports that
//! came since the start or were plugged in anew, and where the lost unit was; never one at which another
//! unit of the run is at work. A try takes 0.3 s where a unit answers, 2 s where it has just been plugged in,
//! and at most some 6 s where nothing does; a stop is noticed after it at the latest.
//!
//! A simulated unit is waited for in its own virtual time, until the moment at which [`Plug::pull`] says that
//! it is back.

use super::discover::{FoundUnit, PoolError};
use super::identify;
use super::ports::Ports;
use super::search::{Opener, Search};
use crate::clock::Clock;
use crate::driver::Line;
use crate::identity::SerialNumber;
use crate::transport::{Plug, Waker};
use crate::units::format_duration;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Finds units of a run again. Clones search together.
#[derive(Clone)]
pub struct Lookout {
    stop: Arc<AtomicBool>,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Ports(Arc<Search>),
    Simulated(Arc<BTreeMap<SerialNumber, Plug>>),
}

/// Why a unit was not found again.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    /// The run is to end.
    #[error("the run was stopped while unit {0} was waited for")]
    Stopped(SerialNumber),
    /// It came up in its bootloader. A bootloader knows no serial number, but no other unit is missing, and
    /// from no other port can anything be expected.
    #[error(
        "unit {serial} came up in its bootloader on {port}: its firmware has to be flashed before it can test cells"
    )]
    Bootloader {
        /// The unit.
        serial: SerialNumber,
        /// The port.
        port: String,
    },
    /// The time is over.
    #[error("unit {serial} did not come back within {}{}", format_duration(*.after), told(.instead))]
    TimedOut {
        /// The unit.
        serial: SerialNumber,
        /// How long it was waited for.
        after: Duration,
        /// What was found instead, for each port that was tried: nothing that answers, or another unit.
        instead: Vec<String>,
    },
}

fn told(instead: &[String]) -> String {
    if instead.is_empty() { ", and no port came".to_owned() } else { format!(": {}", instead.join("; ")) }
}

impl Lookout {
    /// A lookout over ports, which end waits as `stop` tells once its [waker](Self::waker) is called.
    /// `in_use` are the ports at which the units of the run were found, by the names of their lines.
    ///
    /// # Errors
    /// The system does not say which ports there are.
    pub fn over_ports(
        ports: Ports,
        in_use: &[(String, SerialNumber)],
        open: Opener,
        clock: Arc<dyn Clock>,
        stop: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let search = Search::new(ports, in_use, open, clock, Arc::clone(&stop))?;
        Ok(Self { stop, way: Way::Ports(Arc::new(search)) })
    }

    /// A lookout for simulated units, by their plugs.
    pub fn over_simulated(
        plugs: impl IntoIterator<Item = (SerialNumber, Plug)>,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Self { stop, way: Way::Simulated(Arc::new(plugs.into_iter().collect())) }
    }

    /// Makes every wait look at once whether it is to stop.
    pub fn waker(&self) -> Waker {
        match &self.way {
            Way::Ports(search) => {
                let search = Arc::clone(search);
                Waker::new(move || search.wake())
            }
            Way::Simulated(_) => Waker::new(|| {}),
        }
    }

    /// Waits until a unit of the run that was lost is back, at most so long by the clock of its line. Takes
    /// the line that is dead, because a device whose port is held open may not get its name back.
    ///
    /// # Errors
    /// It is not back in time, is back in its bootloader, or the run is to end.
    pub fn wait_for(
        &self,
        lost: Line,
        serial: SerialNumber,
        at_most: Duration,
    ) -> Result<FoundUnit, Missing> {
        match &self.way {
            Way::Ports(search) => {
                drop(lost);
                search.wait_for(serial, at_most)
            }
            Way::Simulated(plugs) => self.wait_for_plug(plugs.get(&serial), lost, serial, at_most),
        }
    }

    fn wait_for_plug(
        &self,
        plug: Option<&Plug>,
        lost: Line,
        serial: SerialNumber,
        at_most: Duration,
    ) -> Result<FoundUnit, Missing> {
        let timed_out = |instead| Err(Missing::TimedOut { serial, after: at_most, instead });
        let until = lost.clock().now() + at_most;
        if self.stop.load(Ordering::Relaxed) {
            return Err(Missing::Stopped(serial));
        }
        if !plug.is_some_and(|plug| plug.wait(until)) {
            return timed_out(Vec::new());
        }
        match identify(lost.afresh()) {
            Ok(unit) => Ok(unit),
            Err(PoolError::Bootloader { port }) => Err(Missing::Bootloader { serial, port }),
            Err(error) => timed_out(vec![error.to_string()]),
        }
    }
}
