//! A firmware image that was proved good.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A firmware image. There is none that was not proved, so a wrong file never reaches the erase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image(Vec<u8>);

/// Why bytes are no image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Too short, so probably cut off.
    #[error("it has {0} bytes of {len}: it was cut off, or is another file", len = Image::LENGTH)]
    Short(usize),
    /// Too long.
    #[error("it has more than the {len} bytes of an image: it is another file", len = Image::LENGTH)]
    Long,
    /// The sum is wrong, so some byte is.
    #[error(
        "its checksum is {found:#04X}, and its bytes add up to {sum:#04X}: it is damaged, or another file"
    )]
    Checksum {
        /// The last byte.
        found: u8,
        /// What it had to be.
        sum: u8,
    },
    /// Nothing but one byte again and again: it would pass the unit's own check if that byte is 0, and leave
    /// a unit that does nothing and no longer enters its bootloader when asked.
    #[error("every byte of it is {0:#04X}: that is no firmware")]
    Uniform(u8),
}

impl Image {
    /// Bytes of an image: it fills the flash from 0x0400 to 0x3FFF.
    pub const LENGTH: usize = 0x3C00;

    /// Proves bytes: exactly so many, the last one the sum of all others modulo 256, and not all the same.
    ///
    /// # Errors
    /// One of that does not hold.
    pub fn prove(bytes: Vec<u8>) -> Result<Self, ImageError> {
        if bytes.len() > Self::LENGTH {
            return Err(ImageError::Long);
        }
        let (Self::LENGTH, Some((&found, rest))) = (bytes.len(), bytes.split_last()) else {
            return Err(ImageError::Short(bytes.len()));
        };
        let sum = rest.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        if sum != found {
            return Err(ImageError::Checksum { found, sum });
        }
        if rest.iter().all(|byte| *byte == found) {
            return Err(ImageError::Uniform(found));
        }
        Ok(Self(bytes))
    }

    /// Reads and proves a file; of a longer one no more is read than shows that it is too long.
    ///
    /// # Errors
    /// It cannot be read, or is no image.
    pub fn from_file(path: &Path) -> Result<Self, ImageError> {
        Self::from_reader(File::open(path)?)
    }

    /// Reads and proves what comes from a reader.
    ///
    /// # Errors
    /// It cannot be read, or is no image.
    pub fn from_reader(reader: impl Read) -> Result<Self, ImageError> {
        let mut bytes = Vec::with_capacity(Self::LENGTH + 1);
        reader.take(Self::LENGTH as u64 + 1).read_to_end(&mut bytes)?;
        Self::prove(bytes)
    }

    /// Its bytes, [`LENGTH`](Self::LENGTH) of them.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}
