//! From the shape of a bench file to a bench: defaults, ranges, names.

use super::file::{BenchFile, CellTable, Kinds, SlotEntry, UnitTable};
use super::scalar::ChemistryName;
use super::serials::Serials;
use super::{Bench, Noise, SlotSpec, UnitSpec};
use crate::diagnostic::read::{self, Field, Spanned};
use crate::diagnostic::{Problem, Source, sort};
use crate::identity::SerialNumber;
use crate::recipe::{Chemistry, LyingCellText};
use crate::simulator::cell::CellSpec;
use crate::units::{Amperes, Celsius, Coulombs, Ohms, Volts};
use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

/// More units than one host was ever asked to look after.
const MOST_UNITS: usize = 1000;

impl Bench {
    /// The seed of a bench that sets none.
    pub const SEED: u64 = 1;

    /// Reads a bench file. Unknown keys are refused, numbers carry units and keep to their ranges.
    ///
    /// # Errors
    /// Every problem of the file, in the order of the text.
    pub fn parse(source: &Source) -> Result<Self, Vec<Problem>> {
        let (file, mut problems) = read::file::<BenchFile>(source);
        let bench = file.map(|file| convert(&file, &mut problems));
        sort(&mut problems);
        match bench {
            Some(bench) if problems.is_empty() => Ok(bench),
            _ => Err(problems),
        }
    }

    /// One unit with these cells in its slots, from the first on, as a recipe's test has them: what they
    /// leave out is as in a nominal cell of this chemistry and capacity. Problems are added to those
    /// there are.
    pub fn of_cells(
        cells: &[LyingCellText],
        chemistry: Chemistry,
        capacity: Coulombs,
        seed: u64,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut bench = Self::nominal(chemistry, capacity, seed);
        for unit in &mut bench.units {
            unit.slots = [const { SlotSpec::Empty }; 4];
            for (slot, text) in unit.slots.iter_mut().zip(cells) {
                let table = table_of(text, chemistry, capacity);
                let lying =
                    if text.reversed.get() == Some(&true) { SlotSpec::Reversed } else { SlotSpec::Cell };
                *slot = cell(&table, problems).map_or(SlotSpec::Empty, lying);
            }
        }
        bench
    }

    /// The JSON schema of a bench file, from the shapes that read it.
    pub fn schema() -> schemars::Schema {
        let mut schema = schemars::schema_for!(BenchFile);
        schema.insert("title".to_owned(), "A bench of simulated Batlab units".into());
        schema
    }
}

fn convert(file: &BenchFile, problems: &mut Vec<Problem>) -> Bench {
    let none = Kinds(Vec::new());
    let kinds = file.cell.get().unwrap_or(&none);
    let specs: BTreeMap<&str, CellSpec> = kinds
        .0
        .iter()
        .filter_map(|kind| Some((kind.name.value.as_str(), cell(kind.table.as_ref()?, problems)?)))
        .collect();

    let mut bench = Bench { seed: file.seed.get().copied().unwrap_or(Bench::SEED), units: Vec::new() };
    let Some(tables) = file.unit.get() else { return bench };
    let mut serials = Serials::default();
    for table in &tables.value {
        let mut like = unit(table, kinds, &specs, problems);
        like.line = file.line.get().map(|name| name.0).unwrap_or_default();
        let count = Ranges(problems).or(&table.count, 1..=MOST_UNITS as u32, "1 to 1000", 1);
        match serials.take(table, count) {
            Ok(given) => {
                bench.units.extend(given.into_iter().map(|serial| UnitSpec { serial, ..like.clone() }));
            }
            Err(problem) => problems.push(problem),
        }
    }
    if tables.value.is_empty() || bench.units.len() > MOST_UNITS {
        let message = format!("a bench has 1 to {MOST_UNITS} units, here are {}", bench.units.len());
        let problem = Problem::new("wrong-count", tables.span.clone(), message, "here");
        problems.push(problem.hint("each unit begins with a header [[unit]]"));
    }
    bench
}

/// A cell of a recipe's test as a kind of a bench file. Without spreads: a test says what it means.
fn table_of(text: &LyingCellText, chemistry: Chemistry, capacity: Coulombs) -> CellTable {
    let span = text.span.clone();
    let none = || Field::Present(Spanned { value: super::scalar::Percent(0.0), span: span.clone() });
    let or = |field: &Field<Spanned<super::scalar::Percent>>| match field {
        Field::Absent => none(),
        written => written.clone(),
    };
    CellTable {
        chemistry: match &text.chemistry {
            Field::Absent => Field::Present(ChemistryName(chemistry)),
            Field::Broken => Field::Broken,
            Field::Present(chemistry) => Field::Present(ChemistryName(*chemistry)),
        },
        capacity: match &text.capacity {
            Field::Absent => Field::Present(Spanned { value: capacity, span: span.clone() }),
            written => written.clone(),
        },
        capacity_spread: or(&text.capacity_spread),
        resistance: text.resistance.clone(),
        resistance_spread: or(&text.resistance_spread),
        state_of_charge: text.state_of_charge.clone(),
        temperature: text.temperature.clone(),
        self_discharge: text.self_discharge.clone(),
        span,
    }
}

fn cell(table: &CellTable, problems: &mut Vec<Problem>) -> Option<CellSpec> {
    let mut ranges = Ranges(problems);
    let capacity = ranges.get(&table.capacity, Coulombs(3.6)..=Coulombs(3.6e6), "1 mAh to 1000 Ah");
    let chemistry = table.chemistry.get().copied();
    // The rest is looked at even without these two, to tell its problems too.
    let usual = CellSpec::typical(
        chemistry.map_or(Chemistry::LiIon, |name| name.0),
        capacity.unwrap_or(Coulombs::from_ampere_hours(2.5)),
    );
    let spec = CellSpec {
        capacity_spread: ranges.percent(
            &table.capacity_spread,
            0.0..=0.5,
            "0 % to 50 %",
            usual.capacity_spread,
        ),
        resistance: ranges.or(
            &table.resistance,
            Ohms(1e-6)..=Ohms(10.0),
            "1 uohm to 10 ohm",
            usual.resistance,
        ),
        resistance_spread: ranges.percent(
            &table.resistance_spread,
            0.0..=0.9,
            "0 % to 90 %",
            usual.resistance_spread,
        ),
        state_of_charge: ranges.percent(
            &table.state_of_charge,
            0.0..=1.0,
            "0 % to 100 %",
            usual.state_of_charge,
        ),
        temperature: ranges.get(&table.temperature, TEMPERATURES, TEMPERATURES_TEXT),
        self_discharge: ranges.or(
            &table.self_discharge,
            Amperes(0.0)..=Amperes(1.0),
            "0 mA to 1 A",
            usual.self_discharge,
        ),
        ..usual
    };
    (chemistry.is_some() && capacity.is_some()).then_some(spec)
}

const TEMPERATURES: RangeInclusive<Celsius> = Celsius(-40.0)..=Celsius(85.0);
const TEMPERATURES_TEXT: &str = "-40 degC to 85 degC";

fn unit(
    table: &UnitTable,
    kinds: &Kinds,
    specs: &BTreeMap<&str, CellSpec>,
    problems: &mut Vec<Problem>,
) -> UnitSpec {
    let serial = SerialNumber(table.serial.get().map_or(0, |serial| serial.value));
    let usual = UnitSpec::typical(serial);
    let mut ranges = Ranges(problems);
    let firmware = ranges.or(&table.firmware, 1..=7, "1 to 7", u64::from(usual.firmware));
    let noise = Noise {
        voltage: ranges.or(
            &table.voltage_noise,
            Volts(0.0)..=Volts(0.1),
            "0 mV to 100 mV",
            usual.noise.voltage,
        ),
        current: ranges.or(
            &table.current_noise,
            Amperes(0.0)..=Amperes(0.5),
            "0 mA to 500 mA",
            usual.noise.current,
        ),
        temperature: ranges
            .spanned(&table.temperature_noise, |kelvins| kelvins.0, 0.0..=5.0, "0 degC to 5 degC")
            .unwrap_or(usual.noise.temperature),
    };
    let mut spec = UnitSpec {
        firmware: u16::try_from(firmware).unwrap_or(usual.firmware),
        supply: table.supply.get().copied().unwrap_or(usual.supply),
        ambient: ranges.or(&table.ambient, TEMPERATURES, TEMPERATURES_TEXT, usual.ambient),
        clock_slow: ranges.percent(&table.clock_slow, -0.05..=0.05, "-5 % to 5 %", usual.clock_slow),
        driver_error: ranges.percent(&table.driver_error, 0.0..=0.2, "0 % to 20 %", usual.driver_error),
        gain_error: ranges.percent(&table.gain_error, 0.0..=0.05, "0 % to 5 %", usual.gain_error),
        noise,
        zero_amp_threshold: ranges.get(&table.zero_amp_threshold, Amperes(0.0)..=Amperes(4.0), "0 A to 4 A"),
        ..usual
    };
    for table in table.miswritten.get().map(Vec::as_slice).unwrap_or_default() {
        match table.miswritten() {
            Ok(miswritten) => spec.miswritten.extend(miswritten),
            Err((written, allowed)) => ranges.outside(written.span.clone(), allowed),
        }
    }
    if let Some(slots) = table.slots.get() {
        for (slot, entry) in spec.slots.iter_mut().zip(&slots.0) {
            let (name, lying): (_, fn(CellSpec) -> SlotSpec) = match entry {
                None | Some(SlotEntry::Empty) => continue,
                Some(SlotEntry::Cell(name)) => (name, SlotSpec::Cell),
                Some(SlotEntry::Reversed(name)) => (name, SlotSpec::Reversed),
            };
            match kinds.find(name) {
                // A kind that could not be read has told its own problem.
                Ok(kind) => *slot = specs.get(kind).cloned().map_or(SlotSpec::Empty, lying),
                Err(problem) => problems.push(problem),
            }
        }
    }
    spec
}

/// Holds values to their ranges, and tells of those that do not keep to them.
struct Ranges<'p>(&'p mut Vec<Problem>);

impl Ranges<'_> {
    fn spanned<W, T: PartialOrd>(
        &mut self,
        field: &Field<Spanned<W>>,
        value: impl FnOnce(&W) -> T,
        range: RangeInclusive<T>,
        allowed: &str,
    ) -> Option<T> {
        let written = field.get()?;
        let value = value(&written.value);
        if range.contains(&value) {
            return Some(value);
        }
        self.outside(written.span.clone(), allowed);
        None
    }

    fn outside(&mut self, span: Range<usize>, allowed: &str) {
        let problem = Problem::new("out-of-range", span, "this is out of range", "this value");
        self.0.push(problem.hint(format!("it may be {allowed}")));
    }

    fn get<T: PartialOrd + Copy>(
        &mut self,
        field: &Field<Spanned<T>>,
        range: RangeInclusive<T>,
        allowed: &str,
    ) -> Option<T> {
        self.spanned(field, |value| *value, range, allowed)
    }

    fn or<T: PartialOrd + Copy>(
        &mut self,
        field: &Field<Spanned<T>>,
        range: RangeInclusive<T>,
        allowed: &str,
        usual: T,
    ) -> T {
        self.get(field, range, allowed).unwrap_or(usual)
    }

    fn percent(
        &mut self,
        field: &Field<Spanned<super::scalar::Percent>>,
        range: RangeInclusive<f64>,
        allowed: &str,
        usual: f64,
    ) -> f64 {
        self.spanned(field, |percent| percent.0, range, allowed).unwrap_or(usual)
    }
}
