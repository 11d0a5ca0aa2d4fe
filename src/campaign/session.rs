//! What one life of the program does with the bench: it finds the units, tests their cells, keeps what is told.

use super::bug::Bug;
use super::desk::Desk;
use super::life::{Life, LifeClock};
use super::port::{Port, Standing};
use super::scenario::Scenario;
use super::turns::Turns;
use crate::clock::{Clock, Instant};
use crate::driver::{Config, Line};
use crate::event::{Entry, Event};
use crate::identity::{CellName, Place};
use crate::plan::Plan;
use crate::pool::{self, Binding, FoundUnit};
use crate::record::{
    self, BoundCell, CellTruth, HostInfo, Manifest, ManifestCell, ManifestUnit, Measurement, RecipeInfo,
    Recorder, RunDirectory, ToolInfo,
};
use crate::results::{Judge, Subject};
use crate::scheduler::{self, StopSwitch};
use crate::station::{self, Live};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The world that a program comes into.
pub(super) struct World<'w> {
    pub(super) scenario: &'w Scenario,
    pub(super) plan: &'w Arc<Plan>,
    pub(super) standings: &'w [Standing],
    pub(super) directory: &'w Path,
    pub(super) bug: Option<Bug>,
}

/// When the program dies, if it does.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Death {
    /// At this moment of the world.
    pub(super) at: Option<Instant>,
    /// When so many lines of the journal are written.
    pub(super) line: Option<u64>,
}

/// What is left of a life.
#[derive(Default)]
pub(super) struct Left {
    /// Whether it was killed; if not, it did its work.
    pub(super) killed: bool,
    /// What it wrote to the journal.
    pub(super) entries: Vec<Entry>,
    /// How many rows of each cell it had handed to the system.
    pub(super) handed_over: BTreeMap<Place, u64>,
    /// How long each file was when it died.
    pub(super) lengths: super::files::Lengths,
}

impl World<'_> {
    /// The first life: a run that begins.
    ///
    /// # Errors
    /// What must not happen: a defect, a file that cannot be written.
    pub(super) fn begin(&self, born: Instant, death: Death) -> Result<Left, String> {
        let life = Arc::new(Life::new(born, death.at));
        let turns = Arc::new(Turns::default());
        let found = self.find(&life, &turns);
        let killed = Left { killed: true, ..Left::default() };
        if life.is_over(self.now()) {
            return Ok(killed);
        }
        let bindings = pool::bind(&found, &[]).map_err(|error| error.to_string())?;
        if bindings.is_empty() {
            return Ok(Left::default());
        }
        let clock = self.clock(&life, 0)?;
        let recorder = self.recorder(&found, &bindings, &clock)?;
        let subjects = bindings
            .iter()
            .map(|it| Subject::new(it.cell.clone(), it.place, Arc::clone(self.plan), it.voltage));
        let judge = Judge::new(subjects.collect());
        let mut desk = Desk::new(recorder, judge, (born, clock.origin()), 0, death.line, self.bug);
        desk.tell(
            None,
            Event::RunStarted {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                recipe: self.plan.name().to_owned(),
                recipe_sha256: RecipeInfo::new(self.plan.name(), self.scenario.recipe.as_bytes()).sha256,
                simulated: true,
            },
        )?;
        for unit in &found {
            let event = Event::UnitFound {
                port: unit.line.name().to_owned(),
                firmware: unit.firmware.0,
                watchdog: unit.firmware.has_watchdog(),
            };
            desk.tell(Some(unit.serial), event)?;
        }
        self.test(&turns, found, &bindings, desk)
    }

    /// Tests the cells to the end, or to the end of the program.
    fn test(
        &self,
        turns: &Turns,
        found: Vec<FoundUnit>,
        bindings: &[Binding],
        mut desk: Desk,
    ) -> Result<Left, String> {
        if !desk.is_dead() {
            let cells: Vec<_> = bindings
                .iter()
                .map(|it| station::BoundCell {
                    live: Live::new(it.cell.clone(), it.place),
                    voltage: it.voltage,
                    plan: Arc::clone(self.plan),
                    uncalibrated: false,
                })
                .collect();
            turns.open(self.standings.iter().map(|it| it.clock.now()).collect());
            let end = scheduler::start(found, &cells, &StopSwitch::default()).finish(&mut desk);
            if end.exit == crate::verdict::Exit::Defect {
                return Err("a station had a defect".into());
            }
            if let Some(why) = end.lost {
                return Err(why);
            }
            if !desk.is_dead() {
                desk.finish(end.exit, self.truth(bindings))?;
            }
        }
        let lengths = super::files::Lengths::of(self.directory)?;
        Ok(Left {
            killed: desk.is_dead(),
            entries: std::mem::take(&mut desk.entries),
            handed_over: std::mem::take(&mut desk.handed_over),
            lengths,
        })
    }

    fn now(&self) -> Instant {
        self.standings.iter().map(|it| it.clock.now()).max().unwrap_or_default()
    }

    fn clock(&self, life: &Arc<Life>, number: usize) -> Result<Arc<dyn Clock>, String> {
        let standing = self.standings.get(number).ok_or("the bench has no unit")?;
        Ok(Arc::new(LifeClock { world: Arc::clone(&standing.clock), life: Arc::clone(life) }))
    }

    /// The units that answer.
    fn find(&self, life: &Arc<Life>, turns: &Arc<Turns>) -> Vec<FoundUnit> {
        let line = |standing: &Standing| {
            standing.fate().witness.new_life();
            let seed = self.scenario.seed ^ standing.number as u64;
            let port = Port::new(standing, life, turns, seed, self.bug);
            let clock = LifeClock { world: Arc::clone(&standing.clock), life: Arc::clone(life) };
            Line::new(Box::new(port), Arc::new(clock), Config::default())
        };
        self.standings.iter().filter_map(|standing| pool::identify(line(standing)).ok()).collect()
    }

    fn recorder(
        &self,
        found: &[FoundUnit],
        bindings: &[Binding],
        clock: &Arc<dyn Clock>,
    ) -> Result<Recorder, String> {
        let text = self.scenario.recipe.as_bytes();
        let manifest = Manifest {
            tool: ToolInfo::default(),
            host: HostInfo::default(),
            simulated: true,
            seed: Some(self.scenario.seed),
            recipe: RecipeInfo::new(self.plan.name(), text),
            plan: serde_json::to_value(&**self.plan).map_err(|error| error.to_string())?,
            started: clock.origin(),
            ended: None,
            outcome: None,
            exit_code: None,
            units: found
                .iter()
                .map(|unit| ManifestUnit {
                    serial: unit.serial,
                    firmware: unit.firmware.0,
                    port: unit.line.name().to_owned(),
                    calibration: unit.calibration.clone(),
                    clock: None,
                    eeprom_writes: None,
                })
                .collect(),
            cells: bindings
                .iter()
                .map(|it| ManifestCell {
                    name: it.cell.clone(),
                    unit: it.place.unit,
                    slot: it.place.slot,
                    voltage_found_volt: it.voltage.0,
                    plan: None,
                })
                .collect(),
            uncalibrated: false,
            calibration_doubted: Vec::new(),
            settings_changed: Vec::new(),
            measurement: Measurement::default(),
            metrics: record::metrics(),
            simulator_truth: None,
        };
        let cells: Vec<_> = bindings
            .iter()
            .map(|it| BoundCell {
                name: it.cell.clone(),
                place: it.place,
                voltage_found: it.voltage,
                clock_origin: clock.origin(),
            })
            .collect();
        let directory =
            RunDirectory::create(Some(self.directory), self.directory, clock.origin(), self.plan.name());
        directory
            .and_then(|directory| Recorder::start(directory, text, &[], manifest, &cells))
            .map_err(|error| error.to_string())
    }

    fn truth(&self, bindings: &[Binding]) -> BTreeMap<CellName, CellTruth> {
        let truth = |it: &Binding| {
            let standing =
                self.standings.iter().find(|standing| standing.unit().serial() == it.place.unit)?;
            let books = standing.fate().books(&mut standing.unit(), it.place.slot)?;
            let truth = CellTruth {
                charging_capacity_ah: books.charged.ampere_hours(),
                discharging_capacity_ah: books.discharged.ampere_hours(),
                charging_energy_wh: books.energy_in.watt_hours(),
                discharging_energy_wh: books.energy_out.watt_hours(),
                capacity_ah: books.capacity.ampere_hours(),
                resistance_ohm: books.resistance.0,
            };
            Some((it.cell.clone(), truth))
        };
        bindings.iter().filter_map(truth).collect()
    }
}
