//! Firmware of the measurement processor: what the vendor has published, and what is flashed into a unit.
//!
//! An [`Image`] is proved before anything is sent, and a [`Loader`] is a unit in its bootloader of which no
//! cell was energised when it went there. Only the two together erase anything.

mod flash;
mod image;
mod loader;
mod releases;
#[cfg(test)]
mod tests;

pub use flash::{FlashError, Flashed, Stage};
pub use image::{Image, ImageError};
pub use loader::{EnterError, Loader};
pub use releases::{Asset, Release, ReleaseError, Releases, VENDOR};
