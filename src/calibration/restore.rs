//! Writing a calibration back: only what differs, since EEPROM wears, and each value read back.

use super::{Identity, Kept, Registers};
use crate::driver::{Line, LineError, Request};
use crate::identity::SerialNumber;
use crate::pool::AtRest;
use crate::wire::{Address, Calibration, Doubt, Encoding, unit};
use std::fmt;

/// A register that is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The register.
    pub address: Address,
    /// What it holds.
    pub now: u16,
    /// What it is to hold.
    pub to: u16,
}

/// What is to be written, worked out and not done yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    /// The registers that differ, the serial number's last: a unit that has it is whole.
    pub changes: Vec<Change>,
    /// Values of the file that differ and that no calibrated unit has; they are left out.
    pub left_out: Vec<Doubt>,
}

/// Why nothing is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The constants of one unit make another measure wrongly.
    #[error(
        "the file is of unit {of}, and this is unit {is}: its constants would make this one measure wrongly"
    )]
    OtherUnit {
        /// Whose the file is.
        of: SerialNumber,
        /// Which unit this is.
        is: SerialNumber,
    },
    /// The file does not say whose it is.
    #[error("the file does not say of which unit it is, and this is unit {is}")]
    Nobody {
        /// Which unit this is.
        is: SerialNumber,
    },
}

/// A register that could not be written.
#[derive(Debug)]
pub struct NotRestored {
    /// How many were, before it.
    pub done: usize,
    /// What happened; it names the register.
    pub error: LineError,
}

impl Restore {
    /// Works out what differs. A blank unit gets its serial number back with the rest. With `force` another
    /// unit's file is taken, too, and values that no calibrated unit has; a serial number that is there is
    /// never changed.
    ///
    /// # Errors
    /// The file is another unit's, or nobody's.
    pub fn new(is: Identity, now: &Registers, kept: &Kept, force: bool) -> Result<Self, RestoreError> {
        let serial = Self::serial(is, kept, force)?;
        let doubts = if force { Vec::new() } else { kept.registers.doubts() };
        let (mut changes, mut left_out) = (Vec::new(), Vec::new());
        for (address, to) in kept.registers.iter() {
            let Some(now) = now.get(address).filter(|now| *now != to) else { continue };
            match doubts.iter().find(|doubt| doubt.address == address) {
                Some(doubt) => left_out.push(doubt.clone()),
                None => changes.push(Change { address, now, to }),
            }
        }
        changes.extend(serial);
        Ok(Self { changes, left_out })
    }

    /// The halves of the serial number that are blank and are to be written.
    fn serial(is: Identity, kept: &Kept, force: bool) -> Result<Vec<Change>, RestoreError> {
        let Some(of) = kept.serial else {
            return match is.serial() {
                Some(is) if !force => Err(RestoreError::Nobody { is }),
                _ => Ok(Vec::new()),
            };
        };
        let to = Identity::from(of);
        let halves = [
            (unit::SERIAL_NUM.address(), is.serial_num, to.serial_num),
            (unit::DEVICE_ID.address(), is.device_id, to.device_id),
        ];
        // A restore that broke off may have written one half only.
        let fits = halves.iter().all(|(_, now, to)| now == to || *now == u16::MAX);
        match is.serial() {
            Some(is) if !fits && !force => Err(RestoreError::OtherUnit { of, is }),
            Some(_) if !fits => Ok(Vec::new()),
            _ => {
                let differ = halves.into_iter().filter(|(_, now, to)| now != to);
                Ok(differ.map(|(address, now, to)| Change { address, now, to }).collect())
            }
        }
    }

    /// Writes what differs into a unit at rest, each value read back until it agrees.
    ///
    /// # Errors
    /// The unit refuses one, or does not answer; those before it are written.
    pub fn write(&self, unit: AtRest<'_>) -> Result<(), NotRestored> {
        let line: &mut Line = unit.line();
        for (change, done) in self.changes.iter().zip(0..) {
            let request = Request::WriteVerified(change.address, change.to);
            line.call(request).map_err(|error| NotRestored { done, error })?;
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    /// `slot 2: TEMP_CALIB_R: blank -> 1500`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, now, to } = self;
        write!(f, "{address}: {} -> {}", Calibration::from_raw(*now), Calibration::from_raw(*to))
    }
}

impl fmt::Display for NotRestored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}; the {} registers before it are written, and restoring again goes on there",
            self.error, self.done
        )
    }
}

impl std::error::Error for NotRestored {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Slot;
    use crate::wire::cell;

    fn registers(of: impl Fn(Address) -> Option<u16>) -> Registers {
        let usual = |address: Address| match address.name() {
            "TEMP_CALIB_R" => 1500,
            "TEMP_CALIB_B" => 3380,
            name if name.contains("_OFF") => 7,
            _ => 16_384,
        };
        Registers::collect(|address| Some(of(address).unwrap_or(usual(address)))).unwrap()
    }

    fn kept(serial: u32) -> Kept {
        Kept { serial: Some(SerialNumber(serial)), registers: registers(|_| None) }
    }

    const MINE: u32 = 100_001;

    #[test]
    fn only_what_differs_is_written() {
        let is = Identity::from(SerialNumber(MINE));
        let same = Restore::new(is, &registers(|_| None), &kept(MINE), false).unwrap();
        assert_eq!((same.changes.len(), same.left_out.len()), (0, 0));
        let lost = cell::TEMP_CALIB_R.at(Slot::ALL[2]).address();
        let now = registers(|address| (address == lost).then_some(u16::MAX));
        let restore = Restore::new(is, &now, &kept(MINE), false).unwrap();
        assert_eq!(restore.changes, [Change { address: lost, now: u16::MAX, to: 1500 }]);
        assert_eq!(restore.changes[0].to_string(), "slot 2: TEMP_CALIB_R: blank -> 1500");
    }

    #[test]
    fn what_no_calibrated_unit_has_is_written_only_by_force() {
        let is = Identity::from(SerialNumber(MINE));
        let blank = cell::CURRENT_CALIB_SCA.at(Slot::ALL[1]).address();
        let bad = registers(|address| (address == blank).then_some(u16::MAX));
        let kept = Kept { registers: bad, ..kept(MINE) };
        let restore = Restore::new(is, &registers(|_| None), &kept, false).unwrap();
        assert_eq!((restore.changes.len(), restore.left_out[0].address), (0, blank));
        let forced = Restore::new(is, &registers(|_| None), &kept, true).unwrap();
        assert_eq!((forced.changes.len(), forced.left_out.len()), (1, 0));
    }

    #[test]
    fn another_units_file_is_refused() {
        let is = Identity::from(SerialNumber(MINE));
        let now = registers(|_| None);
        assert!(matches!(Restore::new(is, &now, &kept(100_002), false), Err(RestoreError::OtherUnit { .. })));
        let nobody = Kept { serial: None, ..kept(1) };
        assert!(matches!(Restore::new(is, &now, &nobody, false), Err(RestoreError::Nobody { .. })));
        assert_eq!(Restore::new(is, &now, &kept(100_002), true).unwrap().changes, []);
    }

    #[test]
    fn a_blank_unit_gets_its_serial_number_back_last() {
        let is = Identity { device_id: u16::MAX, serial_num: u16::MAX };
        let blank = registers(|_| Some(u16::MAX));
        let restore = Restore::new(is, &blank, &kept(MINE), false).unwrap();
        let last: Vec<_> =
            restore.changes.iter().rev().take(2).map(|it| (it.address.name(), it.to)).collect();
        assert_eq!((restore.changes.len(), last), (50, vec![("DEVICE_ID", 1), ("SERIAL_NUM", 34_465)]));
        // Broken off between the halves.
        let half = Identity { serial_num: 34_465, ..is };
        assert_eq!(Restore::new(half, &blank, &kept(MINE), false).unwrap().changes.len(), 49);
        assert!(Restore::new(half, &blank, &kept(100_002), false).is_err());
    }
}
