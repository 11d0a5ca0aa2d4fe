//! What a person points at: a unit, or one slot of it.

use crate::identity::{SerialNumber, Slot};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A unit as a person names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitName {
    /// By its serial number.
    Serial(SerialNumber),
    /// By the port that it is on.
    Port(PathBuf),
}

/// A unit, or one of its slots: `4711`, `4711:0`, `/dev/ttyACM0`, `/dev/ttyACM0:2`. A name of digits alone is
/// a serial number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The unit.
    pub unit: UnitName,
    /// The slot; all of them where none is named.
    pub slot: Option<Slot>,
}

impl FromStr for UnitName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a unit is named by its serial number or its port".into());
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::Port(PathBuf::from(text)));
        }
        let number = text.parse().map_err(|_| format!("`{text}` is more than a serial number can be"))?;
        Ok(Self::Serial(SerialNumber(number)))
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // In an address on another machine the first number behind a colon is its port.
        let start = text.find("://").map_or(0, |scheme| {
            let host = scheme + "://".len();
            text.get(host..).and_then(|rest| rest.find(':')).map_or(text.len(), |colon| host + colon + 1)
        });
        let colon = text.get(start..).and_then(|rest| rest.rfind(':')).map(|colon| start + colon);
        match colon.and_then(|colon| text.split_at_checked(colon)) {
            // A colon may stand in the name of a port, such as those below /dev/serial/by-path.
            Some((unit, slot)) if is_number(&slot[1..]) => {
                let slot: u8 = slot[1..].parse().unwrap_or(u8::MAX);
                Ok(Self { unit: unit.parse()?, slot: Some(Slot::try_from(slot)?) })
            }
            Some((unit, slot)) if is_number(unit) => {
                Err(format!("slot `{}` does not exist; slots are 0 to 3", &slot[1..]))
            }
            _ => Ok(Self { unit: text.parse()?, slot: None }),
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Target {
    /// The slots that it means.
    pub fn slots(&self) -> Vec<Slot> {
        self.slot.map_or_else(|| Slot::ALL.to_vec(), |slot| vec![slot])
    }
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(serial) => write!(f, "unit {serial}"),
            Self::Port(port) => write!(f, "the unit on {}", port.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_a_target_or_an_error(text in "[0-9:/.a-z\\PC]{0,16}") {
            if let Ok(Target { unit: UnitName::Port(port), .. }) = text.parse() {
                prop_assert!(text.starts_with(&port.display().to_string()));
            }
        }
    }

    #[test]
    fn units_and_slots_are_read() {
        let serial = |number| UnitName::Serial(SerialNumber(number));
        let port = |path: &str| UnitName::Port(path.into());
        for (text, unit, slot) in [
            ("4711", serial(4711), None),
            ("4711:0", serial(4711), Some(0)),
            ("/dev/ttyACM0:3", port("/dev/ttyACM0"), Some(3)),
            ("COM3", port("COM3"), None),
            ("COM3:1", port("COM3"), Some(1)),
            ("tcp://host:4000", port("tcp://host:4000"), None),
            ("tcp://host:4000:2", port("tcp://host:4000"), Some(2)),
            ("/dev/serial/by-path/usb-0:1.2:1.0", port("/dev/serial/by-path/usb-0:1.2:1.0"), None),
        ] {
            let slot = slot.and_then(Slot::new);
            assert_eq!(text.parse(), Ok(Target { unit, slot }), "{text}");
        }
    }

    #[test]
    fn what_is_no_slot_or_no_unit_is_refused() {
        for (text, why) in [
            ("4711:4", "slots are 0 to 3"),
            ("4711:999", "slots are 0 to 3"),
            ("4711:x", "slots are 0 to 3"),
            ("4711:", "slots are 0 to 3"),
            ("u:7", "slots are 0 to 3"),
            ("", "serial number or its port"),
            (":1", "serial number or its port"),
            ("4294967296", "more than a serial number"),
        ] {
            let error = text.parse::<Target>().unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
