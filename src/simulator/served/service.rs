//! The loop that carries bytes between the ports and the units while time passes.

use super::ledger::Ledger;
use super::link::{Link, LinkError};
use super::presence::Presence;
use super::pty::{Heard, Pty};
use crate::clock::{Clock, Instant, SystemClock};
use crate::identity::SerialNumber;
use crate::simulator::bench::Bench;
use crate::simulator::{Mishap, Unit, befall};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::ffi::OsString;
use std::io::{self, PipeReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The shortest sleep. It is about what the system adds to any sleep, and a twentieth of a USB frame.
const SHORTEST_SLEEP: Duration = Duration::from_micros(50);
/// The longest sleep, where nothing happens of itself.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
/// How often the books are written at most.
const BOOKS_EVERY: Duration = Duration::from_secs(1);
/// How often a port is read in a row, so that a host that never stops writing stops no other unit.
const READS_MOST: usize = 16;
/// Bytes that wait for a host that has the port open and does not read; more are lost, as they are
/// in a unit.
const WAITING_MOST: usize = 4096;

/// How a bench is served.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Where the port of a single unit is linked; with several, their number is added.
    pub link: PathBuf,
    /// Simulated seconds in a second, above zero.
    pub speed: f64,
    /// Where the books are written.
    pub books: Option<PathBuf>,
    /// What befalls the first unit.
    pub mishaps: Vec<Mishap>,
}

/// Why a bench cannot be served, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The link cannot be made.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The system gives no pseudo-terminal, or it failed.
    #[error("pseudo-terminal of unit {serial}: {cause}")]
    Pty {
        /// The unit.
        serial: SerialNumber,
        /// What the system said.
        cause: io::Error,
    },
    /// Waiting failed.
    #[error("waiting for the ports: {0}")]
    Wait(#[source] io::Error),
    /// The books cannot be written.
    #[error("the books cannot be written to {}: {cause}", path.display())]
    Books {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// A bench whose units can be opened as serial ports as long as [`Service::run`] runs.
#[derive(Debug)]
pub struct Service {
    served: Vec<Served>,
    ledger: Ledger,
    speed: f64,
    books: Option<PathBuf>,
    /// What is still to befall the first unit, the last one first.
    mishaps: Vec<Mishap>,
}

/// One unit and its port.
#[derive(Debug)]
struct Served {
    unit: Unit,
    pty: Pty,
    presence: Presence,
    link: Link,
    /// Bytes that the port did not take yet.
    waiting: Vec<u8>,
    /// Whether the port, or what tells of its openings, has something to tell.
    told: bool,
    /// Whether a program has the port open.
    open: bool,
    /// The simulated moment at which the unit may have something to say, or has changed by itself.
    due: Instant,
}

impl Service {
    /// Opens a port for every unit of a bench and links it.
    ///
    /// # Errors
    /// A link cannot be made, the system has no pseudo-terminal left, or the books cannot be written.
    pub fn open(bench: &Bench, options: &Options) -> Result<Self, ServeError> {
        let mut served = Vec::with_capacity(bench.units.len());
        for (index, spec) in bench.units.iter().enumerate() {
            let failed = |cause| ServeError::Pty { serial: spec.serial, cause };
            let (pty, other) = Pty::open().map_err(failed)?;
            let presence = Presence::new(pty.device(), other).map_err(failed)?;
            let path = match bench.units.len() {
                1 => options.link.clone(),
                _ => numbered(&options.link, index),
            };
            let link = Link::make(&path, pty.device())?;
            let unit = Unit::new(spec, bench.seed);
            let (waiting, due) = (Vec::new(), Instant::ORIGIN);
            served.push(Served { unit, pty, presence, link, waiting, told: true, open: false, due });
        }
        let ledger = Ledger::open(bench, served.iter().map(|one| one.link.path()));
        let mut mishaps = options.mishaps.clone();
        mishaps.sort_by_key(|mishap| std::cmp::Reverse(mishap.at));
        let (speed, books) = (options.speed, options.books.clone());
        let mut service = Self { served, ledger, speed, books, mishaps };
        service.look(0.0);
        service.write_books(0.0)?;
        Ok(service)
    }

    /// The units: serial number, link, and the pseudo-terminal that it points at.
    pub fn ports(&self) -> impl Iterator<Item = (SerialNumber, &Path, &Path)> {
        self.served.iter().map(|one| (one.unit.serial(), one.link.path(), one.pty.device()))
    }

    /// Serves until a byte can be read from `stop` or its other end is closed.
    ///
    /// # Errors
    /// A port or the file of the books fails.
    pub fn run(&mut self, stop: &PipeReader) -> Result<(), ServeError> {
        let clock = SystemClock::start();
        let mut books_written = Instant::ORIGIN;
        loop {
            self.befall(self.simulated(clock.now()));
            for index in 0..self.served.len() {
                // Each by its own time: seeing to the others has taken some.
                self.see_to(index, self.simulated(clock.now()))?;
            }
            let wall = clock.now();
            let now = self.simulated(wall);
            let books_due = books_written + BOOKS_EVERY;
            if self.ledger.changed() && wall >= books_due {
                self.write_books(seconds(now))?;
                books_written = wall;
            }
            let mut sleep = self.sleep(now);
            if self.ledger.changed() {
                sleep = sleep.min((books_due - wall).max(SHORTEST_SLEEP));
            }
            if self.wait(stop, sleep).map_err(ServeError::Wait)? {
                let end = self.simulated(clock.now());
                for one in &mut self.served {
                    one.unit.advance_to(end);
                }
                self.look(seconds(end));
                return self.write_books(seconds(end));
            }
        }
    }

    /// The books as a table for people, as they are now.
    pub fn summary(&self) -> String {
        self.ledger.table()
    }

    /// Does to the first unit what is due.
    fn befall(&mut self, now: Instant) {
        let Some(first) = self.served.first_mut() else { return };
        while let Some(mishap) = self.mishaps.pop_if(|mishap| mishap.at <= now) {
            first.unit.advance_to(mishap.at);
            befall(&mut first.unit, mishap.kind, mishap.slot);
            first.due = now;
        }
    }

    /// Sees to one unit, if it or its port has something to say.
    fn see_to(&mut self, index: usize, now: Instant) -> Result<(), ServeError> {
        let Some(one) = self.served.get_mut(index).filter(|one| one.told || one.due <= now) else {
            return Ok(());
        };
        let serial = one.unit.serial();
        one.exchange(now).map_err(|cause| ServeError::Pty { serial, cause })?;
        self.ledger.look(index, &mut one.unit, seconds(now));
        Ok(())
    }

    fn simulated(&self, wall: Instant) -> Instant {
        Instant::from_micros((wall.as_micros() as f64 * self.speed) as u64)
    }

    fn look(&mut self, seconds: f64) {
        for (index, one) in self.served.iter_mut().enumerate() {
            self.ledger.look(index, &mut one.unit, seconds);
        }
    }

    fn write_books(&mut self, seconds: f64) -> Result<(), ServeError> {
        self.ledger.balance(self.served.iter_mut().map(|one| &mut one.unit), seconds);
        match &self.books {
            Some(path) => {
                let failed = |cause| ServeError::Books { path: path.clone(), cause };
                self.ledger.write(path).map_err(failed)
            }
            None => Ok(()),
        }
    }

    /// How long nothing happens of itself.
    fn sleep(&self, now: Instant) -> Duration {
        let mut sleep = LONGEST_SLEEP;
        if let Some(next) = self.mishaps.last() {
            sleep = sleep.min((next.at - now).div_f64(self.speed));
        }
        for one in &self.served {
            sleep = sleep.min((one.due - now).div_f64(self.speed));
            if let Some(look_again) = Presence::LOOK_AGAIN
                && !one.presence.can_wait()
            {
                sleep = sleep.min(look_again);
            }
        }
        sleep.max(SHORTEST_SLEEP)
    }

    /// Sleeps until a port has bytes or the time is over, and tells whether it is time to stop.
    fn wait(&mut self, stop: &PipeReader, sleep: Duration) -> io::Result<bool> {
        let mut sources = vec![PollFd::new(stop, PollFlags::IN)];
        for one in &self.served {
            if one.presence.can_wait() {
                let room = if one.waiting.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
                sources.push(PollFd::new(&one.pty, PollFlags::IN | room));
            }
            if let Some(source) = one.presence.source() {
                sources.push(PollFd::from_borrowed_fd(source, PollFlags::IN));
            }
        }
        let timeout = Timespec::try_from(sleep).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        match poll(&mut sources, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(other) => return Err(other.into()),
        }
        let mut told = sources.iter().map(|source| !source.revents().is_empty());
        let stop = told.next().unwrap_or(false);
        let told: Vec<bool> = told.collect();
        let mut told = told.into_iter();
        for one in &mut self.served {
            // What cannot be waited for is looked at each time.
            let port = !one.presence.can_wait() || told.next().unwrap_or(false);
            let presence = one.presence.source().is_some() && told.next().unwrap_or(false);
            one.told = port || presence;
        }
        Ok(stop)
    }
}

impl Served {
    /// Gives the unit what the host wrote, and the host what the unit sends.
    fn exchange(&mut self, now: Instant) -> io::Result<()> {
        self.unit.advance_to(now);
        if self.told {
            self.listen(now)?;
        }
        if !self.open {
            self.waiting.clear();
        }
        if self.open && self.waiting.len() < WAITING_MOST {
            self.unit.take_output(now, &mut self.waiting);
        } else {
            self.unit.take_output(now, &mut Vec::new());
        }
        if !self.waiting.is_empty() {
            let taken = self.pty.write(&self.waiting)?;
            self.waiting.drain(..taken.min(self.waiting.len()));
        }
        self.due = self.unit.next_output().unwrap_or(now + LONGEST_SLEEP);
        Ok(())
    }

    /// Gives the unit what the host wrote, and looks whether the port is open.
    fn listen(&mut self, now: Instant) -> io::Result<()> {
        let mut buffer = [0; 1024];
        for _ in 0..READS_MOST {
            let heard = self.pty.read(&mut buffer)?;
            let count = match heard {
                Heard::Bytes(count) => count,
                Heard::Nothing | Heard::Nobody => 0,
            };
            self.unit.receive(now, buffer.get(..count).unwrap_or_default());
            self.open = self.presence.look(heard)?;
            if count < buffer.len() {
                break;
            }
        }
        Ok(())
    }
}

/// Seconds since the start.
fn seconds(now: Instant) -> f64 {
    now.as_micros() as f64 / 1e6
}

/// The path with a number at its end.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut text = OsString::from(path.as_os_str());
    text.push(number.to_string());
    PathBuf::from(text)
}
