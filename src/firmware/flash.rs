//! Flashing an image: erased once, written in order, each byte read back, gone on with after a break.

use super::loader::can_become;
use super::{Image, Loader};
use crate::driver::LineError;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Bytes written between two looks at the clock.
const CHUNK: usize = 64;

/// How far a flash has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The flash is being erased, unless this boot has done so already.
    Erasing,
    /// So many bytes were found to be those of the image.
    Found(usize),
    /// So many bytes of the image are in the flash and read back.
    Written(usize),
}

/// What a flash came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flashed {
    /// Bytes that an earlier, broken-off flash had left.
    pub found: usize,
    /// Bytes that this one wrote.
    pub written: usize,
    /// How many requests the bootloader took at once.
    pub in_flight: usize,
    /// How often bytes had to be gone over one by one, because a reply was lost.
    pub mended: usize,
    /// How long it took, from the erase to the start of the firmware.
    pub took: Duration,
}

/// Why an image is not in the flash. In each case the unit stays in its bootloader.
#[derive(Debug, thiserror::Error)]
pub enum FlashError {
    /// The line broke.
    #[error("the flash broke off at byte {at} of {len}: {source}; the unit stays in its bootloader, and flashing the same image again goes on from there", len = Image::LENGTH)]
    Broken {
        /// Bytes that were done.
        at: usize,
        /// What happened.
        #[source]
        source: LineError,
    },
    /// A byte holds zeros where the image has ones, and the unit erases once after each start.
    #[error(
        "byte {at} holds {found:#04X} and cannot become {wanted:#04X}: another image was begun since the unit started, and it erases its flash only once after each start; unplug it, plug it in again, and flash it then"
    )]
    Spoiled {
        /// Its place in the image.
        at: usize,
        /// What it holds.
        found: u8,
        /// What the image has.
        wanted: u8,
    },
    /// Every byte was read back, and the unit finds the image bad all the same.
    #[error(
        "the unit refuses to start the image although every byte of it was read back; unplug it, plug it in again, and flash it then"
    )]
    Refused,
}

impl Loader<'_> {
    /// Flashes an image and starts it. The unit erases its flash at the first byte written after its start, so:
    /// a flash that broke off while the unit stayed powered is gone on with, one that lost its power begins
    /// anew, and neither needs to be told which it is.
    ///
    /// # Errors
    /// The line broke; an earlier flash of another image is in the way; the unit refuses to start it.
    pub fn flash(mut self, image: &Image, tell: &mut dyn FnMut(Stage)) -> Result<Flashed, FlashError> {
        let clock = Arc::clone(self.line.clock());
        let began = clock.now();
        let in_flight = self.in_flight;
        tell(Stage::Erasing);
        self.patiently(Self::erase).map_err(|source| FlashError::Broken { at: 0, source })?;
        let found = self.already_there(image, tell)?;
        let (mut at, mut mended) = (found, 0);
        while at < Image::LENGTH {
            let end = Image::LENGTH.min(at + CHUNK);
            if !self.write(image, at..end).map_err(|source| FlashError::Broken { at, source })? {
                // From here on one at a time, whatever it took when it was asked.
                self.in_flight = 1;
                mended += 1;
                self.put(image, at.saturating_sub(1)..end)?;
            }
            at = end;
            tell(Stage::Written(at));
        }
        self.start(image)?;
        let took = clock.now() - began;
        Ok(Flashed { found, written: Image::LENGTH - found, in_flight, mended, took })
    }

    /// Makes sure of each of these bytes on its own.
    fn put(&mut self, image: &Image, places: Range<usize>) -> Result<(), FlashError> {
        for at in places {
            let Some(&wanted) = image.bytes().get(at) else { break };
            let instead = self.patiently(|loader| loader.ensure(at, wanted));
            if let Some(found) = instead.map_err(|source| FlashError::Broken { at, source })? {
                return Err(FlashError::Spoiled { at, found, wanted });
            }
        }
        Ok(())
    }

    /// How many bytes from the beginning on are those of the image. Bytes of another image behind them are told
    /// before they are spoiled: that image can still be completed.
    fn already_there(&mut self, image: &Image, tell: &mut dyn FnMut(Stage)) -> Result<usize, FlashError> {
        let mut at = 0;
        while at < Image::LENGTH {
            let end = Image::LENGTH.min(at + CHUNK);
            let there = self.read(at..end).map_err(|source| FlashError::Broken { at, source })?;
            // What is never heard is written again, which does no harm.
            let there = there.unwrap_or_default();
            let wanted = image.bytes().get(at..end).unwrap_or_default();
            let pairs = || there.iter().copied().zip(wanted.iter().copied());
            if let Some(place) = pairs().position(|(found, wanted)| !can_become(found, wanted))
                && let Some((found, wanted)) = pairs().nth(place)
            {
                return Err(FlashError::Spoiled { at: at + place, found, wanted });
            }
            let same = pairs().take_while(|(found, wanted)| found == wanted).count();
            at += same;
            tell(Stage::Found(at));
            if same < wanted.len() {
                break;
            }
        }
        Ok(at)
    }

    /// Starts what was flashed. If the unit finds it bad, every byte is gone over once more.
    fn start(&mut self, image: &Image) -> Result<(), FlashError> {
        let broken = |source| FlashError::Broken { at: Image::LENGTH, source };
        if self.leave().map_err(broken)? {
            return Ok(());
        }
        self.in_flight = 1;
        self.put(image, 0..Image::LENGTH)?;
        if self.leave().map_err(broken)? { Ok(()) } else { Err(FlashError::Refused) }
    }
}
