//! The shape of a bench file.

use super::miswritten::MiswrittenTable;
use super::scalar::{ChemistryName, Kelvins, LineName, Percent};
use crate::diagnostic::read::{Node, Read, Reader, Spanned};
use crate::diagnostic::{Problem, nearest};
use crate::units::{Amperes, Celsius, Coulombs, Ohms, Volts};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::ops::Range;
use toml::de::DeValue;

crate::shape! {
    /// A bench of simulated units: kinds of cells by name, and the units whose slots they lie in.
    pub(super) struct BenchFile {
        /// Where all chance on this bench comes from: the spreads of the cells, the errors of the units,
        /// the noise. 1 if not set; --seed overrides it.
        optional seed: u64,
        /// How the lines of the units behave: "simple" (delays by chance; if not set) or "modelled" (USB frames,
        /// the inner lines with their buffers, the main loop); --line overrides it.
        optional line: LineName,
        /// Kinds of cells, each under a name that slots refer to.
        optional cell: Kinds,
        /// The units on the bench.
        needed unit: Spanned<Vec<UnitTable>>,
    }
}

crate::shape! {
    /// A kind of cell. Two of one kind differ by its spreads.
    pub(super) struct CellTable {
        /// Picks the open-circuit curve.
        needed chemistry: ChemistryName,
        /// Nominal capacity.
        needed capacity: Spanned<Coulombs>,
        /// How far a cell's capacity may lie from nominal, either way; 2 % if not set.
        optional capacity_spread: Spanned<Percent>,
        /// Ohmic resistance at 25 degC and half charge; if not set, 30 mohm for 2.5 Ah and in inverse
        /// proportion to capacity.
        optional resistance: Spanned<Ohms>,
        /// How far a cell's resistance may lie from that, either way; 10 % if not set.
        optional resistance_spread: Spanned<Percent>,
        /// Where the cell starts, from 0 % (empty) to 100 % (full); 30 % if not set.
        optional state_of_charge: Spanned<Percent>,
        /// The temperature it starts at; that of the surroundings if not set.
        optional temperature: Spanned<Celsius>,
        /// What it loses inside all the time, as a current; none if not set.
        optional self_discharge: Spanned<Amperes>,
    }
}

crate::shape! {
    /// A unit: what it is, how far it is from true, and what lies in its slots.
    pub(super) struct UnitTable {
        /// Its serial number.
        needed serial: Spanned<u32>,
        /// How many such units there are, up to 1000, with serial numbers counted up from `serial`; 1 if not set.
        optional count: Spanned<u32>,
        /// Version of its measurement firmware, 1 to 7; 7 if not set.
        optional firmware: Spanned<u64>,
        /// Whether the external 5 V supply is plugged in; true if not set.
        optional supply: bool,
        /// The temperature around unit and cells; 25 degC if not set.
        optional ambient: Spanned<Celsius>,
        /// How much its slice clock runs slow (below zero: fast); 0.13 % if not set.
        optional clock_slow: Spanned<Percent>,
        /// How far the driver's real current may lie from the setpoint, either way; 3 % if not set.
        optional driver_error: Spanned<Percent>,
        /// How far measured currents and voltages may lie from true, either way; 0.1 % if not set.
        optional gain_error: Spanned<Percent>,
        /// Standard deviation of a measured voltage; 0.2 mV if not set.
        optional voltage_noise: Spanned<Volts>,
        /// Standard deviation of a measured current; 0.5 mA if not set.
        optional current_noise: Spanned<Amperes>,
        /// Standard deviation of a measured temperature; 0.03 degC if not set.
        optional temperature_noise: Spanned<Kelvins>,
        /// The zero-amp threshold in the EEPROM; blank if not set, which the firmware takes for 0.25 A.
        optional zero_amp_threshold: Spanned<Amperes>,
        /// Calibration registers that do not hold what the factory wrote: blank or absurd ones.
        optional miswritten: Vec<MiswrittenTable>,
        /// What lies in slots 0, 1, 2 and 3: the name of a kind of cell, { reversed = "name" }, or "empty".
        needed slots: Slots,
    }
}

/// Kinds of cells in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kinds(pub Vec<Kind>);

/// A named kind of cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kind {
    pub name: Spanned<String>,
    /// `None` if it could not be read; its problem has been reported.
    pub table: Option<CellTable>,
}

/// The word that stands for a slot without a cell.
pub(super) const EMPTY: &str = "empty";

impl Read for Kinds {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Table(table) = node.get_ref() else {
            reader.expected(
                node,
                "tables of cells",
                "a kind of cell begins with a header such as [cell.good]",
            );
            return None;
        };
        let mut kinds = Vec::new();
        for (key, value) in table {
            let name = Spanned { value: key.get_ref().to_string(), span: key.span() };
            if name.value == EMPTY {
                let problem =
                    Problem::new("reserved-name", key.span(), "no kind can be called `empty`", "here");
                reader.problems.push(problem.hint("`empty` is a slot without a cell; use another name"));
            }
            kinds.push(Kind { name, table: CellTable::read(value, reader) });
        }
        Some(Self(kinds))
    }
}

impl Kinds {
    /// The names, for hints.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|kind| kind.name.value.as_str())
    }

    /// The name, if a kind is called so, or the problem that none is.
    pub fn find<'n>(&self, name: &'n Spanned<String>) -> Result<&'n str, Problem> {
        if self.names().any(|known| known == name.value) {
            return Ok(&name.value);
        }
        let message = format!("no kind of cell is called `{}`", name.value);
        let problem = Problem::new("unknown-cell", name.span.clone(), message, "this name");
        Err(problem.hint(match nearest(&name.value, self.names().chain([EMPTY])) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("begin a table [cell.NAME] for it, or write \"{EMPTY}\""),
        }))
    }
}

impl JsonSchema for Kinds {
    fn schema_name() -> Cow<'static, str> {
        "Kinds".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<CellTable>();
        json_schema!({
            "type": "object",
            "propertyNames": { "not": { "const": EMPTY } },
            "additionalProperties": table,
        })
    }
}

/// What lies in a slot, by name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SlotEntry {
    Empty,
    Cell(Spanned<String>),
    Reversed(Spanned<String>),
}

/// The slots of a unit, four of them; `None` is one that could not be read, whose problem has been reported.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Slots(pub [Option<SlotEntry>; 4]);

const SLOT_HINT: &str = "a slot holds the name of a kind of cell, { reversed = \"name\" }, or \"empty\"";

impl Read for SlotEntry {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::String(name) if name.as_ref() == EMPTY => Some(Self::Empty),
            DeValue::String(name) => Some(Self::Cell(Spanned { value: name.to_string(), span: node.span() })),
            DeValue::Table(_) => {
                let name = Reversed::read(node, reader)?.reversed.into_option()?;
                Some(Self::Reversed(name))
            }
            _ => {
                reader.expected(node, "what lies in this slot", SLOT_HINT);
                None
            }
        }
    }
}

crate::shape! {
    /// A cell the wrong way round.
    struct Reversed {
        /// The name of its kind.
        needed reversed: Spanned<String>,
    }
}

impl Read for Slots {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Array(items) = node.get_ref() else {
            reader.expected(node, "a list of four slots", format!("in brackets; {SLOT_HINT}"));
            return None;
        };
        let entries: Vec<_> = items.iter().map(|item| SlotEntry::read(item, reader)).collect();
        if items.len() != 4 {
            let span: Range<usize> = node.span();
            let problem = Problem::new(
                "wrong-count",
                span,
                format!("a unit has four slots, here are {}", items.len()),
                "this list",
            );
            reader.problems.push(problem.hint("write \"empty\" for a slot without a cell"));
            return None;
        }
        entries.try_into().ok().map(Self)
    }
}

impl JsonSchema for Slots {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Slots".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let reversed = generator.subschema_for::<Reversed>();
        let item = json_schema!({ "anyOf": [{ "type": "string" }, reversed] });
        json_schema!({ "type": "array", "items": item, "minItems": 4, "maxItems": 4 })
    }
}
