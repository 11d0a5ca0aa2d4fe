//! What one life of the program does with the bench: it finds the units, tests their cells, keeps what is told.

use super::bug::Bug;
use super::desk::Desk;
use super::files::{self, Lengths};
use super::life::{Life, LifeClock};
use super::port::{Port, Standing};
use super::scenario::Scenario;
use super::turns::Turns;
use crate::clock::{Clock, Instant};
use crate::driver::{Config, Line};
use crate::event::{Entry, Event};
use crate::identity::{CellName, Place};
use crate::plan::Plan;
use crate::pool::{self, Binding, FoundUnit, Lookout};
use crate::record::{
    BoundCell, CellTruth, Manifest, ManifestCell, ManifestUnit, PastCell, RecipeInfo, Recorder, RunDirectory,
};
use crate::results::{Judge, Subject};
use crate::resume::{self, Interrupted, Onward, ResumeError};
use crate::scheduler::{self, StopSwitch, Waiting};
use crate::station::{self, Live};
use crate::verdict::{Exit, Verdict};
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

/// The machine that one life of the program runs on.
struct Host {
    life: Arc<Life>,
    turns: Arc<Turns>,
    switch: StopSwitch,
}

impl Host {
    fn new(death: Death) -> Self {
        let switch = StopSwitch::default();
        Self { life: Arc::new(Life::new(death.at, &switch)), turns: Arc::default(), switch }
    }
}

/// When the program dies, if it does.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Death {
    /// At this moment of the world.
    pub(super) at: Option<Instant>,
    /// When so many lines of the journal are written.
    pub(super) line: Option<u64>,
}

/// How a life ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    /// It did its work.
    #[default]
    Done,
    /// It did not begin to: no cell was as it was left.
    Refused,
    /// It was killed.
    Killed,
}

/// What is left of a life.
#[derive(Default)]
pub(super) struct Left {
    /// How it ended.
    pub(super) end: End,
    /// What it wrote to the journal.
    pub(super) entries: Vec<Entry>,
    /// How many rows of each cell it had handed to the system.
    pub(super) handed_over: BTreeMap<Place, u64>,
    /// How long each file was when it died.
    pub(super) lengths: Lengths,
}

impl World<'_> {
    /// The first life: a run that begins.
    ///
    /// # Errors
    /// What must not happen: a defect, a file that cannot be written.
    pub(super) fn begin(&self, death: Death) -> Result<Left, String> {
        let host = Host::new(death);
        let found = self.find(&host);
        if host.life.is_over(self.now()) {
            return Ok(Left { end: End::Killed, ..Left::default() });
        }
        let bindings = pool::bind(&found, &[]).map_err(|error| error.to_string())?;
        if bindings.is_empty() {
            return Ok(Left::default());
        }
        let clock = self.clock(&host)?;
        let recorder = self.recorder(&found, &bindings, &clock)?;
        let subject =
            |it: &Binding| Subject::new(it.cell.clone(), it.place, Arc::clone(self.plan), it.voltage);
        let judge = Judge::new(bindings.iter().map(subject).collect());
        let desk = Desk::new(recorder, judge, &*clock, (0, death.line), BTreeMap::new(), self.bug);
        let opening = Event::RunStarted {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            recipe: self.plan.name().to_owned(),
            recipe_sha256: RecipeInfo::new(self.plan.name(), self.scenario.recipe.as_bytes()).sha256,
            simulated: true,
        };
        let cells = bindings.iter().map(|it| station::BoundCell {
            live: Live::new(it.cell.clone(), it.place),
            voltage: it.voltage,
            plan: Arc::clone(self.plan),
            uncalibrated: false,
            earlier: None,
        });
        let (about_cells, cells, done) = (Vec::new(), cells.collect(), Vec::new());
        self.test(&host, found, Onward { opening, about_cells, cells, done }, desk)
    }

    /// A later life: the run goes on from its files. `lines` is how long its journal is.
    ///
    /// # Errors
    /// As at the beginning; files that nothing can be made of.
    pub(super) fn go_on(&self, death: Death, lines: u64) -> Result<Left, String> {
        if lines == 0 {
            // Nothing had begun, and whoever starts it anew names another directory.
            files::clear(self.directory)?;
            return self.begin(death);
        }
        let run = RunDirectory::reopen(self.directory).map_err(|error| error.to_string())?;
        let manifest = Manifest::read(self.directory).map_err(|error| error.to_string())?;
        let plans = vec![Arc::clone(self.plan); manifest.cells.len()];
        let interrupted = match Interrupted::read(&run, &manifest, &plans, false) {
            Ok(interrupted) => interrupted,
            // Every cell was done; what is open is said by the reports.
            Err(ResumeError::Over(_)) => return Ok(Left::default()),
            Err(error) => return Err(error.to_string()),
        };
        let host = Host::new(death);
        let mut found = if interrupted.needs_units() { self.find(&host) } else { Vec::new() };
        if host.life.is_over(self.now()) {
            return Ok(Left { end: End::Killed, lengths: Lengths::of(self.directory)?, ..Left::default() });
        }
        let clock = self.clock(&host)?;
        let prospects = resume::prospects(&interrupted, &found, false);
        if resume::none_may_go_on(&prospects) {
            return Ok(Left { end: End::Refused, ..Left::default() });
        }
        let onward = Onward::new(&interrupted, &prospects, clock.wall(clock.now()));
        drop(prospects);
        for unit in &mut found {
            unit.left = interrupted.settings_left(unit.serial).0;
        }
        let Interrupted { past, judge, .. } = interrupted;
        let places: Vec<_> = past.cells.iter().map(PastCell::place).collect();
        let recorder = Recorder::go_on(run, past).map_err(|error| error.to_string())?;
        let rows = places.into_iter().map(|place| Ok((place, files::rows(self.directory, place)?)));
        let rows = rows.collect::<Result<_, String>>()?;
        let desk = Desk::new(recorder, judge, &*clock, (lines, death.line), rows, self.bug);
        self.test(&host, found, onward, desk)
    }

    /// Tests the cells to the end, or to the end of the program.
    fn test(
        &self,
        host: &Host,
        found: Vec<FoundUnit>,
        Onward { opening, about_cells, cells, done }: Onward,
        mut desk: Desk,
    ) -> Result<Left, String> {
        let cells_of_run = cells.iter().map(|it| (it.live.cell.clone(), Verdict::NotRun));
        desk.knows(cells_of_run.chain(done.into_iter().map(|(live, verdict)| (live.cell, verdict))));
        desk.tell(None, opening)?;
        for unit in &found {
            let event = Event::UnitFound {
                port: unit.line.name().to_owned(),
                firmware: unit.firmware.0,
                watchdog: unit.firmware.has_watchdog(),
            };
            desk.tell(Some(unit.serial), event)?;
        }
        for about in about_cells {
            desk.tell_of_cell(about)?;
        }
        if !desk.is_dead() {
            let at_work = |it: &Standing| {
                let serial = it.unit().serial();
                found.iter().any(|unit| unit.serial == serial).then(|| it.clock.now())
            };
            host.turns.open(self.standings.iter().map(at_work).collect());
            let plugs = self.standings.iter().filter_map(|it| Some((it.unit().serial(), it.plug()?)));
            let lookout = Lookout::over_simulated(plugs.collect::<Vec<_>>(), host.switch.flag());
            let waiting = Waiting { lookout: Some(lookout), ..Waiting::default() };
            let places: Vec<_> = cells.iter().map(|it| (it.live.cell.clone(), it.live.place)).collect();
            let end = scheduler::start_waiting(found, &cells, &host.switch, &waiting).finish(&mut desk);
            if end.exit == Exit::Defect {
                return Err("a station had a defect".into());
            }
            if let Some(why) = end.lost {
                return Err(why);
            }
            if !desk.is_dead() {
                desk.finish(end.exit, self.truth(&places))?;
            }
        }
        Ok(Left {
            end: if desk.is_dead() { End::Killed } else { End::Done },
            entries: std::mem::take(&mut desk.entries),
            handed_over: std::mem::take(&mut desk.handed_over),
            lengths: Lengths::of(self.directory)?,
        })
    }

    fn now(&self) -> Instant {
        self.standings.iter().map(|it| it.clock.now()).max().unwrap_or_default()
    }

    /// The clock of the run: that of the first unit.
    fn clock(&self, host: &Host) -> Result<Arc<dyn Clock>, String> {
        let standing = self.standings.first().ok_or("the bench has no unit")?;
        Ok(Arc::new(LifeClock { world: Arc::clone(&standing.clock), life: Arc::clone(&host.life) }))
    }

    /// The units that answer.
    fn find(&self, host: &Host) -> Vec<FoundUnit> {
        let line = |standing: &Standing| {
            standing.fate().witness.new_life();
            let seed = self.scenario.seed ^ standing.number as u64;
            let port = Port::new(standing, &host.life, &host.turns, seed, self.bug);
            let clock = LifeClock { world: Arc::clone(&standing.clock), life: Arc::clone(&host.life) };
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
        let plan = serde_json::to_value(&**self.plan).map_err(|error| error.to_string())?;
        let unit = |it: &FoundUnit| {
            ManifestUnit::new(it.serial, it.firmware.0, it.line.name(), it.calibration.clone())
        };
        let cell = |it: &Binding| ManifestCell::new(it.cell.clone(), it.place, it.voltage);
        let (units, described) = (found.iter().map(unit).collect(), bindings.iter().map(cell).collect());
        let recipe = RecipeInfo::new(self.plan.name(), text);
        let manifest = Manifest {
            simulated: true,
            seed: Some(self.scenario.seed),
            ..Manifest::begun(recipe, plan, clock.origin(), units, described)
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

    fn truth(&self, cells: &[(CellName, Place)]) -> BTreeMap<CellName, CellTruth> {
        let truth = |(cell, place): &(CellName, Place)| {
            let standing = self.standings.iter().find(|standing| standing.unit().serial() == place.unit)?;
            let books = standing.fate().books(&mut standing.unit(), place.slot)?;
            Some((cell.clone(), books.into()))
        };
        cells.iter().filter_map(truth).collect()
    }
}
