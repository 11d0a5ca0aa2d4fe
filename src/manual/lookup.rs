//! Registers by name or number.

use crate::diagnostic::nearest;
use crate::identity::Slot;
use crate::wire::{Address, Namespace, RegisterInfo, registers};

/// Why there is no such register.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// No namespace is called so.
    #[error(
        "there is no namespace `{0}`; there are cell0 to cell3 (0 to 3), unit (4), bootloader (5) and comms (255){hint}",
        hint = .1.as_ref().map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
    )]
    Namespace(String, Option<String>),
    /// The namespace has no register called so.
    #[error(
        "namespace {namespace} has no register `{wanted}`{hint}; it has {all}",
        hint = .nearest.as_ref().map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
    )]
    Register {
        /// Where it was looked for.
        namespace: String,
        /// What was looked for.
        wanted: String,
        /// What was probably meant.
        nearest: Option<String>,
        /// All that there are, with their numbers.
        all: String,
    },
}

/// The names of namespaces, the first of each the one that is shown.
const NAMESPACES: [(&str, Namespace); 11] = [
    ("cell0", Namespace::Cell(Slot::ALL[0])),
    ("cell1", Namespace::Cell(Slot::ALL[1])),
    ("cell2", Namespace::Cell(Slot::ALL[2])),
    ("cell3", Namespace::Cell(Slot::ALL[3])),
    ("unit", Namespace::Unit),
    ("bootloader", Namespace::Bootloader),
    ("comms", Namespace::Communications),
    ("slot0", Namespace::Cell(Slot::ALL[0])),
    ("slot1", Namespace::Cell(Slot::ALL[1])),
    ("slot2", Namespace::Cell(Slot::ALL[2])),
    ("slot3", Namespace::Cell(Slot::ALL[3])),
];

/// The namespace of a name or a number: `cell0`, `unit`, `255`.
///
/// # Errors
/// There is none; the error lists those that there are.
pub fn namespace(text: &str) -> Result<Namespace, LookupError> {
    let named = NAMESPACES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    let numbered = || number(text).and_then(|number| Namespace::from_number(u8::try_from(number).ok()?));
    named.map(|(_, namespace)| *namespace).or_else(numbered).ok_or_else(|| {
        let near = nearest(text, NAMESPACES.iter().map(|(name, _)| *name));
        LookupError::Namespace(text.to_owned(), near.map(str::to_owned))
    })
}

/// The register of a name or a number in a namespace: `VOLTAGE`, `7`, `0x07`.
///
/// # Errors
/// There is none; the error lists those that there are.
pub fn address(namespace: Namespace, text: &str) -> Result<Address, LookupError> {
    let all = || registers().filter(move |info| info.space == namespace.space());
    let named = all().find(|info| info.name.eq_ignore_ascii_case(text)).map(|info| info.register);
    let numbered = || number(text).and_then(|number| u8::try_from(number).ok());
    named.or_else(numbered).and_then(|register| Address::new(namespace, register)).ok_or_else(|| {
        let shown = |info: &RegisterInfo| format!("{} (0x{:02X})", info.name, info.register);
        LookupError::Register {
            namespace: name(namespace).to_owned(),
            wanted: text.to_owned(),
            nearest: nearest(text, all().map(|info| info.name)).map(str::to_owned),
            all: all().map(shown).collect::<Vec<_>>().join(", "),
        }
    })
}

/// What a namespace is called on the command line.
fn name(namespace: Namespace) -> &'static str {
    NAMESPACES.iter().find(|(_, known)| *known == namespace).map_or("unit", |(name, _)| name)
}

fn number(text: &str) -> Option<u32> {
    let is_number =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'x' || byte == b'X');
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok().filter(|_| is_number),
        None => text.parse().ok().filter(|_| is_number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_found_by_name_and_number() {
        let found = |space: &str, register: &str| {
            address(namespace(space).unwrap(), register).map(|address| address.to_string())
        };
        assert_eq!(found("cell2", "voltage"), Ok("slot 2: VOLTAGE".into()));
        assert_eq!(found("2", "0x07"), Ok("slot 2: VOLTAGE".into()));
        assert_eq!(found("UNIT", "16"), Ok("unit: ZERO_AMP_THRESH".into()));
        assert_eq!(found("255", "LED0"), Ok("communications: LED0".into()));
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is() {
        let error = namespace("cel0").unwrap_err().to_string();
        assert!(error.contains("cell0 to cell3") && error.contains("did you mean `cell0`?"), "{error}");
        for wrong in ["6", "+4", "-1", "0x", "256", "", "99999999999"] {
            assert!(namespace(wrong).is_err(), "{wrong}");
        }
        let error = address(Namespace::Unit, "FIRMWARE").unwrap_err().to_string();
        assert!(error.contains("WATCHDOG_TIMER (0x11)"), "{error}");
        let error = address(Namespace::Unit, "FIRMWARE_VRE").unwrap_err().to_string();
        assert!(error.contains("did you mean `FIRMWARE_VER`?"), "{error}");
        // One beyond the map would answer 257, which is also a value.
        assert!(address(Namespace::Unit, "0x12").is_err());
    }
}
