//! Finding out what is on a port: a unit's serial number, firmware, calibration, and its slots.

use crate::driver::{Line, LineError};
use crate::identity::{SerialNumber, Slot};
use crate::units::Volts;
use crate::wire::bootloader::Running;
use crate::wire::{
    self, Address, FirmwareVersion, Mode, WatchdogCount, cell, communications, serial_number, unit,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// A slot that was written IDLE falls to NO_CELL or BACKWARDS on the next slices: one rotation and
/// one slice.
const ROTATION: Duration = Duration::from_millis(720);

/// A unit that answered and of which nothing was changed, whatever it does.
pub struct MetUnit {
    /// The line to it.
    pub line: Line,
    /// Who it is; none while that was never written.
    pub serial: Option<SerialNumber>,
    /// Firmware of its measurement processor.
    pub firmware: FirmwareVersion,
}

/// A unit that answered and is ready for a test.
pub struct FoundUnit {
    /// The line to it.
    pub line: Line,
    /// Who it is.
    pub serial: SerialNumber,
    /// Firmware of its measurement processor.
    pub firmware: FirmwareVersion,
    /// Whether it sees its external supply.
    pub supplied: bool,
    /// Raw calibration registers by name, as the manifest keeps them.
    pub calibration: BTreeMap<String, u16>,
    /// What is in its slots.
    pub slots: [FoundSlot; 4],
    /// Settings that a run left changed that is to be gone on with, each with what it held before.
    pub left: Vec<(Address, u16)>,
}

/// What was found in a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoundSlot {
    /// Its mode, after it was given the time to notice an absent cell.
    pub mode: Mode,
    /// Its voltage, if it is in range.
    pub voltage: Option<Volts>,
}

impl FoundSlot {
    /// Whether there is a cell, the right way round.
    pub fn has_cell(&self) -> bool {
        self.mode == Mode::Idle && self.voltage.is_some()
    }
}

/// Why a port gives no unit.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// Nothing that talks like a Batlab.
    #[error("no Batlab answers on {port}: {source}")]
    Silent {
        /// The port.
        port: String,
        /// What happened instead.
        #[source]
        source: LineError,
    },
    /// A unit without firmware.
    #[error(
        "the unit on {port} is in its bootloader, its firmware has to be flashed before it can test cells: batlab-run firmware flash {port} FILE"
    )]
    Bootloader {
        /// The port.
        port: String,
    },
    /// A firmware whose laws are not known.
    #[error(
        "the unit on {port} has firmware {firmware}, which this program does not know (it knows 1 to 7), so nothing is switched on"
    )]
    Firmware {
        /// The port.
        port: String,
        /// The version.
        firmware: FirmwareVersion,
    },
    /// A unit that was never given a serial number.
    #[error(
        "the unit on {port} has a blank serial number (SERIAL_NUM and DEVICE_ID read 65535), so its cells cannot be told from another's"
    )]
    Blank {
        /// The port.
        port: String,
    },
}

/// Finds out which unit is on a line. It only reads: a test that goes on there goes on.
///
/// # Errors
/// Nothing answers, or a bootloader answers.
pub fn meet(mut line: Line) -> Result<MetUnit, PoolError> {
    let port = line.name().to_owned();
    match line.start() {
        Ok(Running::Application) => {}
        Ok(Running::Bootloader) => return Err(PoolError::Bootloader { port }),
        Err(source) => return Err(PoolError::Silent { port, source }),
    }
    match ask_who(&mut line) {
        Ok((serial, firmware)) => Ok(MetUnit { line, serial, firmware }),
        Err(source) => Err(PoolError::Silent { port, source }),
    }
}

fn ask_who(line: &mut Line) -> Result<(Option<SerialNumber>, FirmwareVersion), LineError> {
    let low = line.read_twice(unit::SERIAL_NUM)?;
    let high = line.read_twice(unit::DEVICE_ID)?;
    Ok((serial_number(high, low), line.read_twice(unit::FIRMWARE_VER)?))
}

/// Talks to what is on a line, until it is known which unit it is and what is in its slots.
/// A slot in which current flows is stopped: whoever switched it on does not watch it any more.
///
/// # Errors
/// Nothing answers, a bootloader answers, or the unit has no serial number or an unknown firmware.
pub fn identify(line: Line) -> Result<FoundUnit, PoolError> {
    ready(meet(line)?)
}

/// A unit that can test cells, as it tells of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// Who it is.
    pub serial: SerialNumber,
    /// Firmware of its measurement processor.
    pub firmware: FirmwareVersion,
    /// Whether it sees its external supply.
    pub supplied: bool,
}

/// What a unit tells of itself, if it can test cells. Nothing of it is changed.
///
/// # Errors
/// It does not answer any more, or has no serial number or an unknown firmware.
pub fn introduce(unit: &mut MetUnit) -> Result<Introduction, PoolError> {
    let MetUnit { line, serial, firmware } = unit;
    let port = line.name().to_owned();
    let Some(serial) = *serial else { return Err(PoolError::Blank { port }) };
    let firmware = *firmware;
    if !firmware.is_known() {
        return Err(PoolError::Firmware { port, firmware });
    }
    match line.read(communications::PSU) {
        Ok(supply) => Ok(Introduction { serial, firmware, supplied: supply.is_present() }),
        Err(source) => Err(PoolError::Silent { port, source }),
    }
}

/// Makes a unit ready for a test, as [`identify`] does.
///
/// # Errors
/// It does not answer any more, or has no serial number or an unknown firmware.
pub fn ready(unit: MetUnit) -> Result<FoundUnit, PoolError> {
    look_into(unit, take_over)
}

/// Talks to what is on a line as [`identify`] does, and changes nothing: a slot in which current flows goes on,
/// and one that was stopped does not notice that its cell is gone.
///
/// # Errors
/// As for [`identify`].
pub fn observe(line: Line) -> Result<FoundUnit, PoolError> {
    look_into(meet(line)?, |line, _| only_read(line))
}

type Inside = ([FoundSlot; 4], BTreeMap<String, u16>);

fn look_into(
    mut unit: MetUnit,
    look: fn(&mut Line, FirmwareVersion) -> Result<Inside, LineError>,
) -> Result<FoundUnit, PoolError> {
    let Introduction { serial, firmware, supplied } = introduce(&mut unit)?;
    let MetUnit { mut line, .. } = unit;
    match look(&mut line, firmware) {
        Ok((slots, calibration)) => {
            Ok(FoundUnit { line, serial, firmware, supplied, calibration, slots, left: Vec::new() })
        }
        Err(source) => Err(PoolError::Silent { port: line.name().to_owned(), source }),
    }
}

fn take_over(line: &mut Line, firmware: FirmwareVersion) -> Result<Inside, LineError> {
    if firmware.has_watchdog() {
        // One that has bitten bites again each 0.1 s, and no slot would stay idle.
        line.write(unit::WATCHDOG_TIMER, WatchdogCount::KICK)?;
    }
    idle_slots(line)?;
    only_read(line)
}

fn only_read(line: &mut Line) -> Result<Inside, LineError> {
    Ok((read_slots(line)?, read_calibration(line)?))
}

fn idle_slots(line: &mut Line) -> Result<(), LineError> {
    let mut stopped = false;
    for slot in Slot::ALL {
        let mode = line.read(cell::MODE.at(slot))?;
        if mode == Mode::Stopped || mode.is_active() {
            // A cell pulled out of a stopped slot leaves it stopped; only an idle slot notices.
            line.write(cell::MODE.at(slot), Mode::Idle)?;
            stopped = true;
        }
    }
    if stopped {
        line.pause(line.clock().now() + ROTATION)?;
    }
    Ok(())
}

fn read_slots(line: &mut Line) -> Result<[FoundSlot; 4], LineError> {
    let mut slots = [FoundSlot { mode: Mode::NoCell, voltage: None }; 4];
    for (slot, found) in Slot::ALL.into_iter().zip(&mut slots) {
        let mode = line.read(cell::MODE.at(slot))?;
        let voltage = line.read_twice(cell::VOLTAGE.at(slot))?.volts().ok();
        *found = FoundSlot { mode, voltage };
    }
    Ok(slots)
}

fn read_calibration(line: &mut Line) -> Result<BTreeMap<String, u16>, LineError> {
    let addresses: Vec<_> = wire::calibration().collect();
    let values = line.read_many_twice(&addresses)?;
    Ok(addresses.iter().map(ToString::to_string).zip(values).collect())
}
