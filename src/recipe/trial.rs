//! `[[test]]`: what a recipe has to come to on simulated cells, as a recipe writes it.

use super::{Chemistry, ClaimText, Percent};
use crate::diagnostic::read::{Field, Node, Period, Read, Reader, Spanned, Word};
use crate::units::{Amperes, Celsius, Coulombs, Ohms};
use crate::verdict::Verdict;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use toml::de::DeValue;

crate::shape! {
    /// A test of the recipe: the simulated cells that it runs on, what goes wrong, and what has to come of it.
    pub struct TrialText {
        /// The test's name: 1 to 64 letters, digits, '-' and '_', once in a recipe.
        needed name: Spanned<String>,
        /// The bench that it runs on, a file beside the recipe: "sim/small.toml".
        optional bench: Spanned<String>,
        /// The cells that it runs on, one to four; one nominal cell, half full, if neither cells nor a bench are named.
        optional cells: Spanned<Vec<LyingCellText>>,
        /// Where all chance comes from; that of the bench, or 1, if not set.
        optional seed: u64,
        /// Values for the recipe's parameters in this test: { rate = "C/5" }.
        optional set: Named<Spanned<String>>,
        /// What goes wrong, in the first unit.
        optional faults: Vec<FaultText>,
        /// What has to come of it.
        needed expect: ExpectText,
    }
}

crate::shape! {
    /// A simulated cell in a slot. What is left out is as in a nominal cell of the recipe's kind.
    pub struct LyingCellText {
        /// Picks the open-circuit curve; the recipe's if not set.
        optional chemistry: Chemistry,
        /// Nominal capacity; the recipe's if not set.
        optional capacity: Spanned<Coulombs>,
        /// How far the cell's capacity may lie from nominal, either way; 0 % if not set.
        optional capacity_spread: Spanned<Percent>,
        /// Ohmic resistance at 25 degC and half charge; that of a typical cell if not set.
        optional resistance: Spanned<Ohms>,
        /// How far the cell's resistance may lie from that, either way; 0 % if not set.
        optional resistance_spread: Spanned<Percent>,
        /// Where the cell starts, from 0 % (empty) to 100 % (full); 30 % if not set.
        optional state_of_charge: Spanned<Percent>,
        /// The temperature it starts at; that of the surroundings if not set.
        optional temperature: Spanned<Celsius>,
        /// What it loses inside all the time, as a current; none if not set.
        optional self_discharge: Spanned<Amperes>,
        /// Whether it lies the wrong way round; false if not set.
        optional reversed: bool,
    }
}

crate::shape! {
    /// Something that goes wrong at a moment.
    pub struct FaultText {
        /// What happens.
        needed fault: FaultKind,
        /// The slot of the cell that it happens to, or whose step is waited for; 0 if not set.
        optional slot: Spanned<u32>,
        /// When it happens, from the start of the run.
        optional at: Spanned<Period>,
        /// The step in which it happens, by name.
        optional step: Spanned<String>,
        /// How long after the start of that step; at once if not set.
        optional after: Spanned<Period>,
        /// How long it lasts, where it can be over; to the end if not set.
        optional lasts: Spanned<Period>,
    }
}

crate::shape! {
    /// What has to come of a test.
    pub struct ExpectText {
        /// What becomes of every cell, or of each by its slot: "pass" or { 0 = "pass", 1 = "error" }.
        optional verdict: BySlot<Verdict>,
        /// The grade of every cell, or of each by its slot; "none" where it has none.
        optional grade: BySlot<String>,
        /// How named steps end, each time: the code, or the condition as it begins.
        optional ends: Named<BySlot<String>>,
        /// The longest time that every cell may take.
        optional at_most: Spanned<Period>,
        /// The shortest time that every cell may take.
        optional at_least: Spanned<Period>,
        /// Whether the events have to be those of the file in `snapshots/`; false if not set.
        optional snapshot: bool,
        /// What has to hold for every cell when it is done: "step.capacity.charge > 2.3 Ah".
        optional holds: Vec<ClaimText>,
    }
}

/// What can go wrong in a simulated unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The cell is taken out of its slot.
    PullCell,
    /// The external supply is unplugged.
    SupplyLost,
    /// The external supply is plugged in again.
    SupplyBack,
    /// The unit loses its power for a moment.
    UnitReset,
    /// The unit's own parts get too low a voltage.
    LowVcc,
    /// The unit's own parts get the voltage that they need again.
    VccBack,
    /// The unit is reset and stays in its bootloader.
    UnitBootloader,
    /// The unit's USB cable is out: nothing passes, and it has no power.
    UnitUnplugged,
    /// The way to the unit is gone, and the unit goes on by itself.
    LinkLost,
    /// The unit's watchdog bites.
    WatchdogTrip,
    /// The cell is turned round in its slot.
    TurnCell,
    /// The thermistor of the slot loses its contact.
    ThermistorOpen,
    /// The thermistor of the slot is bridged.
    ThermistorShort,
    /// VOLTAGE of the slot stays as it is.
    VoltageStuck,
    /// CURRENT of the slot stays as it is.
    CurrentStuck,
    /// TEMPERATURE of the slot stays as it is.
    TemperatureStuck,
    /// Some bytes on the line are lost, doubled or turned.
    LineNoise,
    /// Nothing passes on the line any more.
    LineSilent,
}

impl FaultKind {
    /// Whether it can be over, so that the test may say how long it lasts.
    pub const fn can_be_over(self) -> bool {
        matches!(
            self,
            Self::SupplyLost | Self::LowVcc | Self::UnitBootloader | Self::UnitUnplugged | Self::LinkLost
        )
    }
}

impl Word for FaultKind {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("pull-cell", Self::PullCell),
        ("supply-lost", Self::SupplyLost),
        ("supply-back", Self::SupplyBack),
        ("unit-reset", Self::UnitReset),
        ("low-vcc", Self::LowVcc),
        ("vcc-back", Self::VccBack),
        ("unit-bootloader", Self::UnitBootloader),
        ("unit-unplugged", Self::UnitUnplugged),
        ("link-lost", Self::LinkLost),
        ("watchdog-trip", Self::WatchdogTrip),
        ("turn-cell", Self::TurnCell),
        ("thermistor-open", Self::ThermistorOpen),
        ("thermistor-short", Self::ThermistorShort),
        ("voltage-stuck", Self::VoltageStuck),
        ("current-stuck", Self::CurrentStuck),
        ("temperature-stuck", Self::TemperatureStuck),
        ("line-noise", Self::LineNoise),
        ("line-silent", Self::LineSilent),
    ];
}

impl Word for Verdict {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("pass", Self::Pass),
        ("fail", Self::Fail),
        ("error", Self::Error),
        ("incomplete", Self::Incomplete),
        ("not-run", Self::NotRun),
    ];
}

/// Gives words their reading and their schema.
macro_rules! words {
    ($($name:ident),+) => {
        $(impl Read for $name {
            fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
                Self::read_word(node, reader)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let words: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
                json_schema!({ "type": "string", "enum": words })
            }
        })+
    };
}

pub(super) use words;

words!(FaultKind, Verdict);

/// A table of values under names that the person chooses, in the order of the names.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T>(pub Vec<(Spanned<String>, Field<T>)>);

impl<T: Read> Read for Named<T> {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Table(table) = node.get_ref() else {
            reader.expected(node, "a table", "write it such as { fill = \"condition\" }");
            return None;
        };
        let entries = table.iter().map(|(key, value)| {
            let name = Spanned { value: key.get_ref().to_string(), span: key.span() };
            (name, T::read(value, reader).map_or(Field::Broken, Field::Present))
        });
        Some(Self(entries.collect()))
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Named_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": value })
    }
}

/// One value for every cell, or one for each of some cells, by slot or by name.
#[derive(Clone, Debug, PartialEq)]
pub enum BySlot<T> {
    /// For every cell.
    All(Spanned<T>),
    /// For the cell in the slot of this number, or of this name.
    Each(Named<Spanned<T>>),
}

impl<T: Read> Read for BySlot<T> {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::Table(_) => Named::read(node, reader).map(Self::Each),
            _ => Spanned::read(node, reader).map(Self::All),
        }
    }
}

impl<T: JsonSchema> JsonSchema for BySlot<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("BySlot_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "object", "additionalProperties": one }] })
    }
}

impl<T> BySlot<T> {
    /// Every value, with the key of its cell; none where it is for every cell.
    pub fn each(&self) -> Vec<(Option<&str>, &Spanned<T>)> {
        match self {
            Self::All(value) => vec![(None, value)],
            Self::Each(Named(entries)) => entries
                .iter()
                .filter_map(|(key, value)| Some((Some(key.value.as_str()), value.get()?)))
                .collect(),
        }
    }
}
