//! A unit's calibration: read, kept in a file, and written back.
//!
//! The constants lie in the unit's EEPROM, are made once, on a bench that owners do not have, and cannot be
//! made again from anything in the unit: whoever loses them needs a file.

mod kept;
mod registers;
mod restore;
#[cfg(test)]
mod tests;
mod text;
mod vendor;

pub use kept::Kept;
pub use registers::{Identity, ReadError, Registers};
pub use restore::{Change, NotRestored, Restore, RestoreError};
pub use text::{Made, to_toml};
