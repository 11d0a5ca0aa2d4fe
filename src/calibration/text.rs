//! The calibration of a unit as TOML: for people to read, and to be written back from.

use super::{Identity, Kept, Registers};
use crate::diagnostic::read::{self, Node, Read, Reader, Spanned};
use crate::diagnostic::{Problem, Source, nearest, sort};
use crate::identity::{SerialNumber, Slot};
use crate::wire::{self, Address, FirmwareVersion, Namespace, calibrated_value};
use chrono::{DateTime, SecondsFormat, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::ops::Range;
use toml::de::DeValue;

/// The form that is written and read.
const FORM: u32 = 1;

/// What is kept beside the registers.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// Who the unit says it is.
    pub identity: Identity,
    /// What it ran.
    pub firmware: FirmwareVersion,
    /// When it was read.
    pub at: DateTime<Utc>,
}

/// Writes a calibration.
pub fn to_toml(registers: &Registers, made: &Made) -> String {
    let Made { identity, firmware, at } = made;
    let mut text = String::from(
        "# The calibration of a Batlab. `batlab-run calibration restore UNIT FILE` writes it back.\n\
         # `raw` is what a register holds, 65535 while it is blank; `value` is for people and is not read.\n\n",
    );
    text.push_str(&format!("form = {FORM}\n"));
    if let Some(serial) = identity.serial() {
        text.push_str(&format!("serial = {serial}\n"));
    }
    text.push_str(&format!("device_id = {}\n", identity.device_id));
    text.push_str(&format!("firmware = {}\n", firmware.0));
    text.push_str(&format!("date = \"{}\"\n", at.to_rfc3339_opts(SecondsFormat::Secs, true)));
    let mut table = None;
    for (address, raw) in registers.iter() {
        if table.replace(address.namespace()) != Some(address.namespace()) {
            text.push_str(&format!("\n[{}]\n", header(address)));
        }
        let value = match calibrated_value(address, raw) {
            _ if raw == u16::MAX => ", value = \"blank\"".to_owned(),
            Some((value, unit)) if unit == "ohm" || unit == "K" => format!(", value = \"{value} {unit}\""),
            Some((value, unit)) => format!(", value = \"{value:.6} {unit}\""),
            None => String::new(),
        };
        text.push_str(&format!("{} = {{ raw = {raw}{value} }}\n", address.name()));
    }
    text
}

/// The table in which a register stands.
fn header(address: Address) -> String {
    address.slot().map_or_else(|| "unit".to_owned(), |slot| format!("slot{slot}"))
}

crate::shape! {
    /// The calibration of a unit.
    struct KeptFile {
        /// Version of this form: 1.
        needed form: Spanned<u32>,
        /// The unit's serial number, if it had one.
        optional serial: Spanned<u32>,
        /// The high half of it.
        optional device_id: Spanned<u32>,
        /// Version of the firmware that it ran; not used.
        optional firmware: u32,
        /// When it was read; not used.
        optional date: String,
        /// The unit's own registers.
        needed unit: Rows,
        /// The registers of slot 0.
        needed slot0: Rows,
        /// The registers of slot 1.
        needed slot1: Rows,
        /// The registers of slot 2.
        needed slot2: Rows,
        /// The registers of slot 3.
        needed slot3: Rows,
    }
}

crate::shape! {
    /// What a register holds.
    struct Row {
        /// The register, 0 to 65535.
        needed raw: Spanned<u32>,
        /// The same for people; not used.
        optional value: String,
    }
}

/// Registers by their names.
#[derive(Clone, Debug, PartialEq)]
struct Rows {
    span: Range<usize>,
    rows: Vec<(Spanned<String>, Option<Row>)>,
}

impl Read for Rows {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Table(table) = node.get_ref() else {
            reader.expected(node, "a table of registers", "write one such as TEMP_CALIB_R = { raw = 1500 }");
            return None;
        };
        let mut rows = Vec::new();
        for (key, value) in table {
            let name = Spanned { value: key.get_ref().to_string(), span: key.span() };
            rows.push((name, Row::read(value, reader)));
        }
        Some(Self { span: node.span(), rows })
    }

    fn form(key: &str) -> String {
        format!("[{key}]")
    }
}

impl JsonSchema for Rows {
    fn schema_name() -> Cow<'static, str> {
        "Registers".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let row = generator.subschema_for::<Row>();
        json_schema!({ "type": "object", "additionalProperties": row })
    }
}

/// Reads a calibration that was written by [`to_toml`].
pub(super) fn read(source: &Source) -> Result<Kept, Vec<Problem>> {
    let (file, mut problems) = read::file::<KeptFile>(source);
    let Some(file) = file else { return Err(problems) };
    let serial = identity(&file, &mut problems);
    let mut held: Vec<(Address, u16)> = Vec::new();
    let slots = [&file.slot0, &file.slot1, &file.slot2, &file.slot3];
    let of_slots = Slot::ALL.into_iter().map(Namespace::Cell).zip(slots);
    for (namespace, rows) in std::iter::once((Namespace::Unit, &file.unit)).chain(of_slots) {
        if let Some(rows) = rows.get() {
            take(namespace, rows, &mut held, &mut problems);
        }
    }
    let of = |address: Address| held.iter().find(|(register, _)| *register == address).map(|(_, raw)| *raw);
    match Registers::collect(of) {
        Some(registers) if problems.is_empty() => Ok(Kept { serial, registers }),
        _ => {
            sort(&mut problems);
            Err(problems)
        }
    }
}

fn identity(file: &KeptFile, problems: &mut Vec<Problem>) -> Option<SerialNumber> {
    if let Some(form) = file.form.get().filter(|form| form.value != FORM) {
        let message =
            format!("this program reads form {FORM} of such a file, and this is form {}", form.value);
        problems.push(wrong(form.span.clone(), message, "this form", "use a newer version of it"));
    }
    let serial = SerialNumber(file.serial.get()?.value);
    let high = Identity::from(serial).device_id;
    if let Some(written) = file.device_id.get().filter(|written| written.value != u32::from(high)) {
        let message = format!("the serial number {serial} has the device id {high}");
        problems.push(wrong(written.span.clone(), message, "this is another", "one of the two was changed"));
    }
    Some(serial)
}

/// Takes the registers of one table, and tells of those that are unknown, missing, or out of range.
fn take(namespace: Namespace, table: &Rows, held: &mut Vec<(Address, u16)>, problems: &mut Vec<Problem>) {
    let known: Vec<Address> = wire::calibration().filter(|it| it.namespace() == namespace).collect();
    let named = |name: &str| known.iter().find(|address| address.name() == name).copied();
    for (name, row) in &table.rows {
        let Some(address) = named(&name.value) else {
            let near = nearest(&name.value, known.iter().map(|address| address.name()));
            let hint = near.map_or_else(
                || "a table holds the calibration registers of one slot, or of the unit".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!("`{}` is no calibration register here", name.value);
            problems.push(wrong(name.span.clone(), message, "this name", &hint));
            continue;
        };
        let Some(raw) = row.as_ref().and_then(|row| row.raw.get()) else { continue };
        match u16::try_from(raw.value) {
            Ok(raw) => held.push((address, raw)),
            Err(_) => problems.push(wrong(
                raw.span.clone(),
                format!("{} does not fit into a register", raw.value),
                "this number",
                "a register holds 0 to 65535",
            )),
        }
    }
    let is_named = |address: &Address| table.rows.iter().any(|(name, _)| name.value == address.name());
    let missing: Vec<_> = known.iter().filter(|it| !is_named(it)).map(|it| it.name().to_owned()).collect();
    if !missing.is_empty() {
        let message = format!("registers are missing: {}", missing.join(", "));
        let hint = "what was not calibrated is kept as blank, raw = 65535, and is not left out";
        problems.push(wrong(table.span.clone(), message, "in this table", hint));
    }
}

fn wrong(span: Range<usize>, message: String, label: &str, hint: &str) -> Problem {
    Problem::new("bad-calibration", span, message, label).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Colour, render};
    use proptest::prelude::*;

    fn made() -> Made {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        Made { identity: Identity::from(SerialNumber(100_001)), firmware: FirmwareVersion(7), at }
    }

    fn told(text: String) -> String {
        let source = Source::new("kept.toml", text);
        render(&source, &read(&source).unwrap_err(), Colour::Off)
    }

    fn usual() -> Registers {
        Registers::collect(|address| {
            Some(match address.name() {
                "TEMP_CALIB_R" => 1500,
                "TEMP_CALIB_B" => 3380,
                "CURR_LOWV_SCA" => u16::MAX,
                name if name.contains("_OFF") => (-4_i16).cast_unsigned(),
                _ => 16_384,
            })
        })
        .unwrap()
    }

    #[test]
    fn the_file_is_for_people_too() {
        let text = to_toml(&usual(), &made());
        for line in [
            "serial = 100001",
            "device_id = 1",
            "firmware = 7",
            "date = \"2027-01-15T08:00:00Z\"",
            "VOLT_CH_CALIB_OFF = { raw = 65532, value = \"-0.000549 V\" }",
            "CURRENT_CALIB_OFF = { raw = 65532, value = \"-0.000500 A\" }",
            "CURRENT_CALIB_SCA = { raw = 16384 }",
            "TEMP_CALIB_R = { raw = 1500, value = \"1500 ohm\" }",
            "CURR_LOWV_SCA = { raw = 65535, value = \"blank\" }",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let good = to_toml(&usual(), &made());
        for (from, to, says) in [
            ("form = 1", "form = 2", "this is form 2"),
            ("device_id = 1", "device_id = 2", "has the device id 1"),
            ("TEMP_CALIB_R =", "TEMP_CALIB_X =", "did you mean `TEMP_CALIB_R`?"),
            ("raw = 1500", "raw = 65536", "does not fit into a register"),
            ("raw = 1500", "raw = -1", "kept.toml:"),
            ("raw = 1500", "raw = \"1500\"", "expected"),
            ("[slot2]", "[slot4]", "unknown key `slot4`"),
        ] {
            let told = told(good.replacen(from, to, 1));
            assert!(told.contains(says) && told.contains("kept.toml:"), "{told}");
        }
        let without: String =
            good.lines().filter(|it| !it.starts_with("TEMP_CALIB_B")).map(|it| format!("{it}\n")).collect();
        assert!(told(without).contains("registers are missing: TEMP_CALIB_B"));
        assert!(told("recipe = 1".to_owned()).contains("unknown key"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(raws in proptest::collection::vec(any::<u16>(), 48), serial: u32) {
            let mut raws = raws.into_iter();
            let registers = Registers::collect(|_| raws.next()).unwrap();
            let made = Made { identity: Identity::from(SerialNumber(serial)), ..made() };
            let read = read(&Source::new("kept.toml", to_toml(&registers, &made)));
            prop_assert_eq!(read.ok(), Some(Kept { serial: made.identity.serial(), registers }));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\]a-zA-Z0-9_={} \\n\"-]{0,200}") {
            let _ = Kept::read(&Source::new("kept.toml", text));
        }
    }
}
