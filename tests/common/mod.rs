#![allow(dead_code)] // Each test file uses its own part.
//! A small run of two cells, told note by note.

use batlab_run::clock::Instant;
use batlab_run::event::{
    Circumstances, CycleResult, EndReason, ImpedancePoint, OpenCircuit, ResistancePoint, Sample, StepResult,
    StepType, Totals,
};
use batlab_run::event::{CriterionResult, Entry, Event, Graded, Note};
use batlab_run::identity::{CellName, Place, SerialNumber, Slot};
use batlab_run::record::{
    BoundCell, CellTruth, Manifest, ManifestCell, ManifestUnit, Measurement, RecipeInfo, Recorder,
    RunDirectory, RunEnd, Summary, ToolInfo,
};
use batlab_run::terminal::{Display, Mode};
use batlab_run::units::{Amperes, Celsius, Coulombs, Hertz, Joules, Ohms, Volts, VoltsPerSecond};
use batlab_run::verdict::{Exit, Outcome, Verdict};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub type Fault = Box<dyn Error>;

pub const AMPERE_HOUR: f64 = 3600.0;
pub const RECIPE: &str = "[recipe]\nname = \"short\"\n";
const UNIT: SerialNumber = SerialNumber(7);
const NAMES: [&str; 2] = ["alpha", "beta"];

fn origin() -> DateTime<Utc> {
    DateTime::from_timestamp(946_684_800, 0).unwrap_or_default()
}

fn place(slot: u8) -> Place {
    Place { unit: UNIT, slot: Slot::ALL[usize::from(slot)] }
}

fn seconds(value: f64) -> Instant {
    Instant::ORIGIN + Duration::from_secs_f64(value)
}

/// A sample of a charge, so many seconds after the clock's origin; the test began at 0.5 s.
pub fn sample(at: f64) -> Sample {
    let charge = Coulombs(at * 1.25);
    let totals = Totals { charge_in: charge, energy_in: Joules(charge.0 * 3.7), ..Totals::default() };
    Sample {
        at: seconds(at),
        test_start: seconds(0.5),
        step_start: seconds(0.5),
        step_id: 1,
        step_count: 1,
        cycle: 1,
        step_type: StepType::ConstantCurrentCharge,
        voltage: Volts(3.7),
        current: Amperes(1.25),
        temperature: Celsius(25.125),
        total: totals,
        step: totals,
        in_cycle: totals,
        impedance: None,
    }
}

pub fn note_row(slot: u8, sample: &Sample) -> Note {
    Note::Row(place(slot), Box::new(*sample))
}

/// A recorder at work in a scratch directory.
pub struct Bench {
    pub recorder: Recorder,
    pub entries: Vec<Entry>,
    scratch: tempfile::TempDir,
}

impl Bench {
    pub fn start(simulated: bool) -> Result<Self, Fault> {
        let scratch = tempfile::tempdir()?;
        let directory =
            RunDirectory::create(Some(&scratch.path().join("out")), scratch.path(), origin(), "short")?;
        let cells: Vec<BoundCell> = NAMES
            .iter()
            .zip(0..)
            .map(|(name, slot)| {
                let voltage_found = Volts(3.5 + f64::from(slot) / 8.0);
                Ok(BoundCell {
                    name: name.parse()?,
                    place: place(slot),
                    voltage_found,
                    clock_origin: origin(),
                })
            })
            .collect::<Result<_, String>>()?;
        let recorder =
            Recorder::start(directory, RECIPE.as_bytes(), &[], manifest(simulated, &cells), &cells)?;
        Ok(Self { recorder, entries: Vec::new(), scratch })
    }

    fn fact(&mut self, at: f64, slot: Option<u8>, event: Event) -> Result<(), Fault> {
        let cell = slot.and_then(|slot| NAMES.get(usize::from(slot))).map(|name| name.parse::<CellName>());
        let entry = Entry {
            time: origin() + TimeDelta::milliseconds((at * 1000.0) as i64),
            test_time_second: at,
            unit: Some(UNIT),
            slot: slot.and_then(Slot::new),
            cell: cell.transpose()?,
            event,
        };
        self.recorder.accept(&Note::Fact(Box::new(entry.clone())))?;
        self.recorder.commit()?;
        self.entries.push(entry);
        Ok(())
    }

    /// Tells an impedance of the first cell as older versions did.
    pub fn impedance(&mut self, at: f64, ohms: f64) -> Result<(), Fault> {
        let point = ImpedancePoint { frequency: Hertz(1015.625), magnitude: Ohms(ohms), averages: 4 };
        self.fact(at, Some(0), Event::ImpedanceMeasured { point, at: None })
    }

    /// Empties, fills, empties and measures the first cell, which is a cycle and two kinds of resistance; the second trips in its first step.
    pub fn run_two_cells(&mut self) -> Result<Summary, Fault> {
        let simulated = Event::RunStarted {
            version: "0.0.0".into(),
            recipe: "short".into(),
            recipe_sha256: "00".into(),
            simulated: true,
        };
        self.fact(0.0, None, simulated)?;
        self.fact(0.0, None, Event::UnitFound { port: "sim0".into(), firmware: 7, watchdog: true })?;
        let register = "ZERO_AMP_THRESH".to_owned();
        self.fact(0.0, None, Event::SettingChanged { register: register.clone(), before: 2000, after: 80 })?;
        for slot in 0..2 {
            self.fact(0.5, Some(slot), Event::CellBound { voltage: Volts(3.5 + f64::from(slot) / 8.0) })?;
        }
        let mut total = Totals::default();
        let voltage_end = || EndReason::Condition("voltage < 2.8 V".into());
        let steps = [
            (None, "discharge", StepType::ConstantCurrentDischarge, voltage_end()),
            (
                Some("fill, slowly"),
                "charge",
                StepType::ConstantCurrentCharge,
                EndReason::Condition("current < 0.125 A".into()),
            ),
            (None, "rest", StepType::Rest, EndReason::Completed),
            (Some("capacity"), "discharge", StepType::ConstantCurrentDischarge, voltage_end()),
            (None, "impedance", StepType::Impedance, EndReason::Completed),
            (Some("dcir"), "resistance", StepType::ConstantCurrentDischarge, EndReason::Completed),
        ];
        let mut emptied = Totals::default();
        let mut cycle = CycleResult { cycle: 1, ..CycleResult::default() };
        for (number, (name, kind, step_type, reason)) in (1_u32..).zip(steps) {
            let result = self.step(0, number, name, kind, step_type, reason, &mut total)?;
            if number == 1 {
                emptied = total;
                continue;
            }
            cycle.add(&result);
            if name == Some("capacity") {
                let passed = total - emptied;
                let (first_capacity, reason) = (Some(passed.charge_out), Some(result.reason));
                let result = Box::new(CycleResult { passed, first_capacity, reason, ..cycle.clone() });
                self.fact(39.5, Some(0), Event::CycleEnded { result })?;
            }
        }
        self.fact(
            61.0,
            Some(0),
            Event::CellEnded {
                verdict: Verdict::Pass,
                why: "every step ran to its end".into(),
                resumable: false,
            },
        )?;
        self.criterion(51.0, 0, Outcome::Pass, "2.5000 Ah")?;
        let shown = "2.5000 Ah >= 2.4 Ah".to_owned();
        let result = Graded { grade: "A".into(), bin: 1, reject: false, shown };
        self.fact(51.0, Some(0), Event::CellGraded { result })?;
        let why = "every step ran to its end, and its criterion holds".to_owned();
        self.fact(51.0, Some(0), Event::CellJudged { verdict: Verdict::Pass, why })?;
        let mut total = Totals::default();
        let trip = EndReason::Tripped("temperature 61.5 degC above 60 degC".into());
        self.step(1, 1, Some("fill"), "charge", StepType::ConstantVoltageCharge, trip, &mut total)?;
        self.fact(
            11.0,
            Some(1),
            Event::CellEnded { verdict: Verdict::Error, why: "a limit stopped it".into(), resumable: false },
        )?;
        self.criterion(51.25, 1, Outcome::Incomplete, "unknown")?;
        let why = "a limit stopped it".to_owned();
        self.fact(51.25, Some(1), Event::CellJudged { verdict: Verdict::Error, why })?;
        for slot in 0..2 {
            self.fact(61.5, Some(slot), Event::MadeSafe { mode: "STOPPED".into() })?;
        }
        self.fact(61.5, None, Event::SettingRestored { register, value: 2000 })?;
        self.fact(62.0, None, Event::RunEnded { exit: Exit::Fault })?;
        let truth = CellTruth { capacity_ah: 2.5, resistance_ohm: 0.03, ..CellTruth::default() };
        let books = NAMES
            .iter()
            .map(|name| Ok((name.parse()?, truth.clone())))
            .collect::<Result<BTreeMap<_, _>, String>>()?;
        self.finish(Some(books))
    }

    fn criterion(&mut self, at: f64, slot: u8, outcome: Outcome, value: &str) -> Result<(), Fault> {
        let result = CriterionResult {
            criterion: "capacity".into(),
            outcome,
            that: "cell.capacity >= 2.4 Ah".into(),
            shown: format!("{value} >= 2.4 Ah"),
            values: BTreeMap::from([("cell.capacity".to_owned(), value.to_owned())]),
        };
        self.fact(at, Some(slot), Event::CriterionJudged { result: Box::new(result) })
    }

    #[expect(clippy::too_many_arguments, reason = "each is a column of the step's table")]
    fn step(
        &mut self,
        slot: u8,
        number: u32,
        name: Option<&str>,
        kind: &str,
        step_type: StepType,
        reason: EndReason,
        total: &mut Totals,
    ) -> Result<StepResult, Fault> {
        let start = f64::from(number) * 10.0 - 9.5;
        let what = format!("{kind} at 1.25 A");
        let name = name.map(str::to_owned);
        let begun =
            Event::StepStarted { step_id: number, step_count: number, cycle: 1, name: name.clone(), what };
        self.fact(start, Some(slot), begun)?;
        let before = *total;
        // A coulombic efficiency of 1.25 / 1.2625: the charge takes a little more than comes out.
        let (current, each) = match kind {
            "charge" => (1.2625, &mut total.charge_in),
            "discharge" | "resistance" => (-1.25, &mut total.charge_out),
            _ => (0.0, &mut total.charge_out),
        };
        let first = *each;
        let measured = ImpedancePoint { frequency: Hertz(1015.625), magnitude: Ohms(0.031_25), averages: 3 };
        let mut last = sample(start);
        for second in 0..10_u32 {
            let passed = f64::from(second) * 0.9;
            let charge = first + Coulombs(passed * f64::abs(current));
            match kind {
                "charge" => {
                    *total = Totals { charge_in: charge, energy_in: Joules(charge.0 * 3.7), ..*total }
                }
                "discharge" | "resistance" => {
                    *total = Totals { charge_out: charge, energy_out: Joules(charge.0 * 3.6), ..*total }
                }
                _ => {}
            }
            last = Sample {
                at: seconds(start + passed),
                step_start: seconds(start),
                step_id: number,
                step_count: number,
                step_type,
                voltage: Volts(3.7 - f64::from(second) / 64.0),
                current: Amperes(current),
                total: *total,
                step: *total - before,
                in_cycle: *total,
                impedance: (kind == "impedance" && second == 9).then_some(measured),
                ..last
            };
            self.recorder.accept(&note_row(slot, &last))?;
        }
        if kind == "impedance" {
            let at = Some(Circumstances {
                step_id: number,
                step_count: number,
                cycle: 1,
                time: last.at - seconds(0.5),
                voltage: Some(Volts(3.5625)),
                current: Some(Amperes(-0.75)),
                temperature: Some(Celsius(25.125)),
            });
            self.fact(start + 8.1, Some(slot), Event::ImpedanceMeasured { point: measured, at })?;
        }
        let point =
            |after, ohms| ResistancePoint { after: Duration::from_secs(after), resistance: Ohms(ohms) };
        let flowing = (current != 0.0).then_some(Amperes(current));
        let result = StepResult {
            step_id: number,
            step_count: number,
            cycle: 1,
            name,
            kind: kind.to_owned(),
            reason,
            continued: false,
            start: Duration::from_secs_f64(start),
            duration: last.at - seconds(start),
            passed: *total - before,
            voltage_start: Volts(3.75),
            voltage_end: last.voltage,
            voltage_mean: (current != 0.0).then_some(Volts(3.625)),
            voltage_min: Some(last.voltage),
            voltage_max: Some(Volts(3.7)),
            current_start: flowing,
            current_end: flowing,
            current_mean: Amperes(current),
            current_min: flowing,
            current_max: flowing,
            temperature_start: Some(Celsius(25.0)),
            temperature_end: Some(Celsius(25.5)),
            temperature_mean: Celsius(25.25),
            temperature_min: Celsius(25.0),
            temperature_max: Celsius(25.5),
            open_circuit: (kind == "rest").then_some(OpenCircuit {
                voltage: last.voltage,
                drift: VoltsPerSecond(-1.0 / 64.0 / 0.9),
                over: Duration::from_millis(4050),
            }),
            impedance: if kind == "impedance" { vec![measured] } else { Vec::new() },
            resistance: if kind == "resistance" {
                vec![point(1, 0.03125), point(9, 0.046_875)]
            } else {
                Vec::new()
            },
        };
        self.fact(
            start + 9.0,
            Some(slot),
            Event::StepEnded { result: Box::new(result.clone()), next: None },
        )?;
        Ok(result)
    }

    pub fn finish(&mut self, books: Option<BTreeMap<CellName, CellTruth>>) -> Result<Summary, Fault> {
        let ended = origin() + TimeDelta::seconds(62);
        Ok(self.recorder.finish(RunEnd { ended, exit: Exit::Fault, simulator_truth: books })?)
    }

    /// Every file of the run, by its path in the run directory.
    pub fn files(&self) -> Result<HashMap<String, String>, Fault> {
        fn gather(root: &Path, at: &Path, into: &mut HashMap<String, String>) -> Result<(), Fault> {
            for entry in fs::read_dir(at)? {
                let path = entry?.path();
                if path.is_dir() {
                    gather(root, &path, into)?;
                } else {
                    let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
                    into.insert(name, fs::read_to_string(&path)?);
                }
            }
            Ok(())
        }
        let root = self.scratch.path().join("out");
        let mut files = HashMap::new();
        gather(&root, &root, &mut files)?;
        Ok(files)
    }

    /// What a display without colour writes of the run to standard output.
    pub fn shown(&self, mode: Mode, summary: &Summary) -> Result<String, Fault> {
        let page = Page::default();
        let mut display = Display::with_output(mode, false, Box::new(page.clone()));
        self.entries.iter().for_each(|entry| display.note(entry));
        display.summary(summary);
        let bytes = page.0.lock().map_err(|_| "poisoned")?.clone();
        Ok(String::from_utf8(bytes)?)
    }
}

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().map_err(|_| io::ErrorKind::Other)?.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn manifest(simulated: bool, cells: &[BoundCell]) -> Manifest {
    let said = || "as the test has it".to_owned();
    let recipe = RecipeInfo::new("short", RECIPE.as_bytes());
    let plan = serde_json::json!({ "name": "short" });
    let calibration = BTreeMap::from([("0.TEMP_CALIB_B".to_owned(), 3380)]);
    let cell = |cell: &BoundCell| ManifestCell::new(cell.name.clone(), cell.place, cell.voltage_found);
    let (units, cells) =
        (vec![ManifestUnit::new(UNIT, 7, "sim0", calibration)], cells.iter().map(cell).collect());
    Manifest {
        tool: ToolInfo { name: "batlab-run".into(), version: "0.0.0".into() },
        simulated,
        seed: simulated.then_some(1),
        measurement: Measurement {
            voltage: said(),
            current: said(),
            charge: said(),
            energy: said(),
            temperature: said(),
            impedance: said(),
            dc_resistance: said(),
            ..Measurement::default()
        },
        ..Manifest::begun(recipe, plan, origin(), units, cells)
    }
}
