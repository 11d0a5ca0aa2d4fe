//! Running a recipe: from the file to the verdicts.

use super::args::RunArgs;
use super::bound::Bound;
use super::cell_list::ListedCell;
use super::conduct::Ready;
use super::failure::Failure;
use super::lost_units;
use super::notify::{self, Notifying};
use super::queue;
use super::script::Script;
use super::units::{self, Simulation, Units};
use crate::clock::{Clock, SystemClock};
use crate::event::Event;
use crate::identity::Place;
use crate::plan::{self, Plan};
use crate::pool::{self, Binding, CellArgument};
use crate::record::{FileInfo, Manifest, ManifestUnit, RecipeInfo, RecordError, Recorder, RunDirectory};
use crate::results::Judge;
use crate::scheduler::StopSwitch;
use crate::verdict::Exit;
use std::path::Path;
use std::sync::Arc;

/// Runs a recipe.
pub(super) fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let Some(recipe) = &args.recipe else {
        return Err(Failure::refused("no recipe is named; `batlab-run --help` shows how"));
    };
    if let Some(second) = args.more.first() {
        let mut failure = Failure::refused(format!(
            "a run has one recipe, and there are two files: {} and {}",
            recipe.display(),
            second.display()
        ));
        if matches!(args.sim, Some(None)) {
            failure = failure.hint(format!(
                "a bench of simulated units is written with an equals sign: --sim={} {}",
                recipe.display(),
                second.display()
            ));
        }
        return Err(failure.hint(
            "recipes are run one after the other, each by a command of its own; `check` takes several",
        ));
    }
    let script =
        Script::open(recipe, &args.settings)?.with_lists(args.cell_list.as_deref(), queue::source(args)?)?;
    let plan = Arc::new(script.prove()?);
    let listed = listed(&script, &plan)?;
    let queue = queue::info(args).map(|info| queue::Listed::of(&script, &plan, info.open)).transpose()?;
    let switch = StopSwitch::default();
    switch.listen().map_err(|error| Failure::fault(format!("signals cannot be caught: {error}")))?;
    let notifying = notify::open(args, &script, plan.name())?;
    let (units, bindings) = units_and_cells(args, &plan, &listed, &switch)
        .map_err(|failure| notifying.tell_not_begun(failure))?;
    let origin = |place: Place| {
        let unit = units.found.iter().find(|unit| unit.serial == place.unit);
        unit.map_or_else(|| units.clock.origin(), |unit| unit.line.clock().origin())
    };
    // Cells are bound in the order in which they are named.
    let bound = |(index, Binding { cell, place, voltage }): (usize, Binding)| {
        let its_plan = listed.get(index).map_or(&plan, |(_, its_plan)| its_plan);
        Bound {
            cell,
            place,
            voltage,
            plan: Arc::clone(its_plan),
            has_own_plan: !Arc::ptr_eq(its_plan, &plan),
            clock_origin: origin(place),
            uncalibrated: args.uncalibrated,
        }
    };
    let cells = bindings.into_iter().enumerate().map(bound).collect();
    let session = Session { args, script: &script, plan, cells };
    session.conduct(units, queue, notifying, &switch)
}

/// The units that there are, and the cells in them that are to be tested.
fn units_and_cells(
    args: &RunArgs,
    plan: &Plan,
    listed: &[(CellArgument, Arc<Plan>)],
    switch: &StopSwitch,
) -> Result<(Units, Vec<Binding>), Failure> {
    let units = units::open(args, plan, switch)?;
    if queue::info(args).is_some() {
        // Whatever lies in the slots now, the queue says what goes into them: into those of every unit.
        lost_units::demand_watchdogs(&args.unattended, &units.found, |_| true)?;
        return Ok((units, Vec::new()));
    }
    let named = if listed.is_empty() {
        args.cells.clone()
    } else {
        listed.iter().map(|(cell, _)| cell.clone()).collect()
    };
    let bindings = pool::bind(&units.found, &named).map_err(Failure::refused)?;
    if bindings.is_empty() {
        return Err(Failure::nothing("no slot of any unit holds a cell, the right way round"));
    }
    let is_in_use = |serial| bindings.iter().any(|binding| binding.place.unit == serial);
    lost_units::demand_watchdogs(&args.unattended, &units.found, is_in_use)?;
    Ok((units, bindings))
}

/// The cells of the list, each with its plan: that of the run where the list says nothing else.
pub(super) fn listed(script: &Script, plan: &Arc<Plan>) -> Result<Vec<(CellArgument, Arc<Plan>)>, Failure> {
    let cells = script.list.iter().flat_map(|(_, cells)| cells);
    let placed = |listed: &ListedCell| {
        let own = script.prove_for(listed)?;
        let plan = if own == **plan { Arc::clone(plan) } else { Arc::new(own) };
        let cell = listed.place.map(|place| CellArgument { name: listed.name.clone(), place });
        Ok(cell.map(|cell| (cell, plan)))
    };
    cells.filter_map(|listed| placed(listed).transpose()).collect()
}

/// A run that can begin.
struct Session<'s> {
    args: &'s RunArgs,
    script: &'s Script,
    /// The plan of the recipe as it stands.
    plan: Arc<Plan>,
    cells: Vec<Bound>,
}

impl Session<'_> {
    fn conduct(
        &self,
        units: Units,
        queue: Option<queue::Listed>,
        notifying: Notifying,
        switch: &StopSwitch,
    ) -> Result<Exit, Failure> {
        let seed = units.simulation.as_ref().map(|simulation| simulation.seed);
        let not_begun = |failure| notifying.tell_not_begun(failure);
        let port = super::report::port(&self.args.showing).map_err(not_begun)?;
        let recorder = self.recorder(&units.found, seed, &units.clock).map_err(not_begun)?;
        let opening = Event::RunStarted {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            recipe: self.plan.name().to_owned(),
            recipe_sha256: RecipeInfo::new(self.plan.name(), self.script.source.text.as_bytes()).sha256,
            simulated: seed.is_some(),
        };
        let queue = queue.map(|listed| {
            // Who puts cells into simulated slots takes out what lies in them first.
            let operator = units.simulation.as_ref().map(Simulation::operator);
            queue::Attendant::new(listed, &units.found, (&[], &[]), self.args.uncalibrated, operator)
        });
        let ready = Ready {
            unattended: self.args.unattended.clone(),
            queue,
            opening,
            about_cells: Vec::new(),
            judge: Judge::new(self.cells.iter().map(Bound::subject).collect()),
            cells: self.cells.iter().map(Bound::tested).collect(),
            done: Vec::new(),
            expected: Some(plan::forecast(&self.plan).expected),
            units,
            recorder,
            notifying,
            port,
        };
        ready.conduct(&self.args.showing, switch)
    }

    fn recorder(
        &self,
        found: &[pool::FoundUnit],
        seed: Option<u64>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Recorder, Failure> {
        let today = SystemClock::start().origin();
        let directory =
            RunDirectory::create(self.args.out.as_deref(), Path::new("runs"), today, self.plan.name())
                .map_err(not_begun)?;
        let mut recipe = RecipeInfo::new(self.plan.name(), self.script.source.text.as_bytes());
        let list = self.script.list.as_ref().map(|(source, _)| ("cells.csv", source.text.as_bytes()));
        let named = self.plan.files().iter().map(|file| (file.name.as_str(), file.source.text.as_bytes()));
        let reference = self.script.reference.as_ref().map(|it| ("reference.json", it.text.as_bytes()));
        let queue = self.script.queue.as_ref().map(|(source, _)| (queue::LIST, source.text.as_bytes()));
        let inputs: Vec<(&str, &[u8])> = named.chain(list).chain(queue).chain(reference).collect();
        recipe.set = self.args.settings.set.iter().map(|it| format!("{}={}", it.name, it.value)).collect();
        recipe.cell_list = list.map(|(name, _)| name.to_owned());
        recipe.queue = queue::info(self.args);
        recipe.reference = reference.map(|(name, _)| name.to_owned());
        recipe.files = inputs.iter().map(|(name, bytes)| FileInfo::new(name, bytes)).collect();
        let plan = serde_json::to_value(&*self.plan).map_err(|error| Failure::defect(error.to_string()))?;
        let cells = self.cells.iter().map(Bound::described).collect::<Result<_, _>>()?;
        let units = found.iter().map(manifest_unit).collect();
        let started = clock.wall(clock.now());
        let manifest = Manifest {
            simulated: seed.is_some(),
            seed,
            uncalibrated: self.args.uncalibrated,
            ..Manifest::begun(recipe, plan, started, units, cells)
        };
        let cells: Vec<_> = self.cells.iter().map(Bound::recorded).collect();
        Recorder::start(directory, self.script.source.text.as_bytes(), &inputs, manifest, &cells)
            .map_err(Failure::fault)
    }
}

/// Why there is no directory for a run.
fn not_begun(error: RecordError) -> Failure {
    match error {
        RecordError::RunGoesOn { .. } => Failure::refused(error).hint("name another one with --out"),
        other => Failure::refused(other),
    }
}

fn manifest_unit(unit: &pool::FoundUnit) -> ManifestUnit {
    ManifestUnit::new(unit.serial, unit.firmware.0, unit.line.name(), unit.calibration.clone())
}
