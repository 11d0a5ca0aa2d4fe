//! A unit in its bootloader, and the bytes of its flash.

use super::Image;
use crate::driver::{Answer, Config, Fault, FaultKind, Line, LineError, Request};
use crate::pool::{NotAtRest, at_rest};
use crate::wire::bootloader::{ADDR, BOOTLOAD, DATA, Running};
use crate::wire::{ACCEPTED, Command, unit};
use std::ops::Range;
use std::time::Duration;

/// Where in the flash an image begins.
const START: u16 = 0x0400;
/// What an erased byte holds.
const ERASED: u16 = 0xFF;
/// How often something is done again after the unit was not heard.
const PATIENCE: u32 = 3;
/// How long a unit may take from being asked to its bootloader.
const REBOOT: Duration = Duration::from_millis(700);
/// How often it is looked whether it is there.
const LOOKS: u32 = 4;

/// A unit in its bootloader. Whoever brought it there has seen that no cell was energised.
pub struct Loader<'l> {
    pub(super) line: &'l mut Line,
    /// How many requests it takes at once.
    pub(super) in_flight: usize,
}

/// Why a unit is not in its bootloader.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// A cell is energised, or may be; nothing was done to the unit.
    #[error("it is not flashed: {0}")]
    NotAtRest(#[from] NotAtRest),
    /// It does not answer.
    #[error("it does not answer on the way into its bootloader: {0}")]
    Line(#[from] LineError),
    /// It was asked, and its firmware runs on.
    #[error(
        "it was asked into its bootloader, and its firmware still runs; unplug it, plug it in again and repeat this"
    )]
    StillRuns,
}

impl<'l> Loader<'l> {
    /// Brings a unit into its bootloader, unless it is there already, and measures how many requests it takes
    /// at once. Nothing is erased by it.
    ///
    /// # Errors
    /// A cell is energised; the unit does not answer, or does not go.
    pub fn enter(line: &'l mut Line) -> Result<Self, EnterError> {
        if line.start()? == Running::Application {
            let line = at_rest(line)?.line();
            restart(line)?;
            let mut looks = 0;
            while line.start()? == Running::Application {
                looks += 1;
                if looks == LOOKS {
                    return Err(EnterError::StillRuns);
                }
                line.pause(line.clock().now() + REBOOT).map_err(LineError::from)?;
            }
        }
        let mut loader = Self { line, in_flight: 1 };
        loader.measure()?;
        Ok(loader)
    }

    /// Asks as much at once as any unit takes. The published bootloader has no buffer, loses most of that, and
    /// gets one request at a time; reads that are lost or torn change nothing.
    fn measure(&mut self) -> Result<(), LineError> {
        let commands = vec![Command::Read(ADDR.address()); Config::MOST_IN_FLIGHT];
        match self.run(commands, Config::MOST_IN_FLIGHT)? {
            Some(_) => self.in_flight = Config::MOST_IN_FLIGHT,
            // The rest of a torn frame is spent on this.
            None => drop(self.line.read(ADDR)?),
        }
        Ok(())
    }

    /// Runs commands one after another; `None` if one was lost.
    fn run(&mut self, commands: Vec<Command>, in_flight: usize) -> Result<Option<Vec<u16>>, LineError> {
        match self.line.call(Request::Burst { commands, in_flight }) {
            Ok(Answer::Values(values)) => Ok(Some(values)),
            Ok(_) | Err(LineError::Fault(_)) => Ok(None),
            Err(gone) => Err(gone),
        }
    }

    /// Does something again after the unit was not heard: for some seconds each time it is asked whether it is
    /// there. A busy host alone can make it seem silent.
    pub(super) fn patiently<T>(
        &mut self,
        mut act: impl FnMut(&mut Self) -> Result<T, LineError>,
    ) -> Result<T, LineError> {
        for _ in 0..PATIENCE {
            match act(self) {
                Err(LineError::Fault(_)) => drop(self.line.start()?),
                done => return done,
            }
        }
        act(self)
    }

    /// Reads bytes of the flash; `None` if a reply was lost again and again.
    pub(super) fn read(&mut self, places: Range<usize>) -> Result<Option<Vec<u8>>, LineError> {
        let commands: Vec<Command> =
            places.flat_map(|at| [point(at), Command::Read(DATA.address())]).collect();
        let byte = |pair: &[u16]| match *pair {
            [ACCEPTED, byte] => u8::try_from(byte).ok(),
            _ => None,
        };
        for _ in 0..=PATIENCE {
            let replies = self.run(commands.clone(), self.in_flight)?;
            let bytes: Option<Vec<u8>> = replies.and_then(|replies| replies.chunks(2).map(byte).collect());
            if bytes.is_some() {
                return Ok(bytes);
            }
            self.line.start()?;
        }
        Ok(None)
    }

    /// Writes bytes of an image and reads each back. Tells whether every one is there; if not, the place
    /// before them and any of them may hold anything.
    pub(super) fn write(&mut self, image: &Image, places: Range<usize>) -> Result<bool, LineError> {
        let bytes = image.bytes().get(places.clone()).unwrap_or_default();
        let data = DATA.address();
        let commands = places
            .zip(bytes)
            .flat_map(|(at, byte)| [point(at), Command::Write(data, u16::from(*byte)), Command::Read(data)]);
        let replies = self.run(commands.collect(), self.in_flight)?;
        let is_there = |(three, byte): (&[u16], &u8)| *three == [ACCEPTED, ACCEPTED, u16::from(*byte)];
        Ok(replies.is_some_and(|replies| replies.chunks(3).zip(bytes).all(is_there)))
    }

    /// Erases the flash, unless that was done since the unit started: the first byte written does it, and one
    /// of nothing but ones takes nothing away where it does not.
    pub(super) fn erase(&mut self) -> Result<(), LineError> {
        self.set_pointer(0)?;
        self.line.call(Request::Write(DATA.address(), ERASED)).map(drop)
    }

    /// Makes sure that a place holds a byte: every step on its own, read back, and repeated where a reply is
    /// lost. Gives what the place holds instead, if it cannot become that byte without an erase.
    pub(super) fn ensure(&mut self, at: usize, byte: u8) -> Result<Option<u8>, LineError> {
        self.set_pointer(at)?;
        let [found, _] = self.line.read(DATA)?.to_le_bytes();
        if found == byte {
            return Ok(None);
        }
        if !can_become(found, byte) {
            return Ok(Some(found));
        }
        match self.line.call(Request::WriteVerified(DATA.address(), u16::from(byte))) {
            Ok(_) => Ok(None),
            Err(LineError::Fault(Fault { kind: FaultKind::Differs { read, .. }, .. })) => {
                Ok(Some(read.to_le_bytes()[0]))
            }
            Err(error) => Err(error),
        }
    }

    fn set_pointer(&mut self, at: usize) -> Result<(), LineError> {
        self.line.call(Request::WriteVerified(ADDR.address(), to(at))).map(drop)
    }

    /// Asks the bootloader to start what was flashed. Tells whether it found the image good.
    pub(super) fn leave(&mut self) -> Result<bool, LineError> {
        match self.line.call(Request::Write(BOOTLOAD.address(), 0)) {
            Err(LineError::Fault(Fault { kind: FaultKind::Refused { .. }, .. })) => return Ok(false),
            Err(gone @ LineError::Transport(_)) => return Err(gone),
            // What runs now tells more than an acknowledgement.
            Ok(_) | Err(LineError::Fault(_)) => {}
        }
        Ok(self.line.start()? == Running::Application)
    }
}

/// Restarts a unit into its bootloader. The acknowledgement may be lost on the way: what runs afterwards tells.
fn restart(line: &mut Line) -> Result<(), LineError> {
    match line.call(Request::Write(unit::BOOTLOAD.address(), 0)) {
        Ok(_) | Err(LineError::Fault(Fault { kind: FaultKind::NoAcknowledgement { .. }, .. })) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether a byte of the flash can become another one: writing only takes ones away.
pub(super) const fn can_become(found: u8, byte: u8) -> bool {
    found & byte == byte
}

/// Sets the bootloader's pointer to a byte of the image.
fn point(at: usize) -> Command {
    Command::Write(ADDR.address(), to(at))
}

fn to(at: usize) -> u16 {
    START.saturating_add(u16::try_from(at).unwrap_or(u16::MAX))
}
