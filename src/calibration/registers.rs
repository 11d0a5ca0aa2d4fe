//! What the calibration registers of a unit hold.

use crate::driver::{Line, LineError};
use crate::identity::{SerialNumber, Slot};
use crate::wire::{self, Address, Doubt, doubtful, serial_number, unit};

/// Rounds of reading everything, until two agree.
const ROUNDS: usize = 4;

/// Why a calibration is not known.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The unit does not answer, or its port is gone.
    #[error(transparent)]
    Line(#[from] LineError),
    /// No two rounds agree.
    #[error(
        "{ROUNDS} readings of the calibration differ from one another: the line is bad; see to the cable and read it again"
    )]
    Differ,
}

/// The calibration registers of a unit, all of them, in the order of [`wire::calibration`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registers(Vec<(Address, u16)>);

/// Who a unit says it is; each half is 65535 while it is blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The high half of its serial number.
    pub device_id: u16,
    /// The low half.
    pub serial_num: u16,
}

impl Registers {
    /// Reads them. Replies carry no checksum, and what is read may be written back for good one day: so all
    /// is read until two rounds agree.
    ///
    /// # Errors
    /// No reply, the port is gone, or no two rounds agree.
    pub fn read(line: &mut Line) -> Result<Self, ReadError> {
        let addresses: Vec<Address> = wire::calibration().collect();
        let mut values = line.read_many(addresses.clone())?;
        for _ in 1..ROUNDS {
            let again = line.read_many(addresses.clone())?;
            if again == values {
                return Ok(Self(addresses.into_iter().zip(values).collect()));
            }
            values = again;
        }
        Err(ReadError::Differ)
    }

    /// All of them from a source that has each.
    pub(super) fn collect(mut of: impl FnMut(Address) -> Option<u16>) -> Option<Self> {
        wire::calibration().map(|address| Some((address, of(address)?))).collect::<Option<_>>().map(Self)
    }

    /// What one of them holds.
    pub fn get(&self, address: Address) -> Option<u16> {
        self.0.iter().find(|(register, _)| *register == address).map(|(_, raw)| *raw)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Address, u16)> {
        self.0.iter().copied()
    }

    /// Those that hold what no calibrated unit holds: blank or absurd values.
    pub fn doubts(&self) -> Vec<Doubt> {
        let mut doubts: Vec<Doubt> = Vec::new();
        for doubt in Slot::ALL.into_iter().flat_map(|slot| doubtful(slot, true, |it| self.get(it))) {
            // The unit's own matter to every slot.
            if doubts.iter().all(|known| known.address != doubt.address) {
                doubts.push(doubt);
            }
        }
        doubts
    }
}

impl Identity {
    /// Reads it.
    ///
    /// # Errors
    /// No reply, or the port is gone.
    pub fn read(line: &mut Line) -> Result<Self, LineError> {
        let serial_num = line.read_twice(unit::SERIAL_NUM)?;
        Ok(Self { device_id: line.read_twice(unit::DEVICE_ID)?, serial_num })
    }

    /// The serial number; none while both halves are blank.
    pub fn serial(self) -> Option<SerialNumber> {
        serial_number(self.device_id, self.serial_num)
    }
}

impl From<SerialNumber> for Identity {
    fn from(serial: SerialNumber) -> Self {
        let [a, b, c, d] = serial.0.to_be_bytes();
        Self { device_id: u16::from_be_bytes([a, b]), serial_num: u16::from_be_bytes([c, d]) }
    }
}
