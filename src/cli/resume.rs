//! Going on with a run that was interrupted, in its own directory.

use super::args::{Showing, Unattended};
use super::conduct::Ready;
use super::failure::Failure;
use super::lost_units;
use super::queue::{self, Attendant};
use super::script::Script;
use super::units::{self, Units};
use super::{notify, say};
use crate::clock::Clock;
use crate::plan::Plan;
use crate::pool;
use crate::record::{Manifest, RecordError, Recorder, RunDirectory};
use crate::resume::{self, Interrupted, Onward, Prospect, ResumeError};
use crate::scheduler::StopSwitch;
use crate::transport::PortAddress;
use crate::verdict::Exit;
use clap::Args;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Which run to go on with, and how.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  batlab-run resume --dry-run runs/20260131T215500Z_capacity   what it would do, cell by cell
  batlab-run resume runs/20260131T215500Z_capacity             on every Batlab that is connected
  batlab-run resume --port /dev/ttyACM1 runs/20260131T215500Z_capacity

The recipe is the one in the directory, and what it says in on_interrupt is done with the steps that were under
way. A cell goes on if its unit, its slot and its voltage are as it was left; the others go on without it.

Exit codes: as of a run; 2 the run came to its end, or cannot be gone on with; 4 no cell is as it was left.")]
pub struct ResumeArgs {
    /// The directory of the run.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,

    /// Only say what would be done. Units are read, and nothing is changed.
    #[arg(long)]
    pub dry_run: bool,

    /// Use the unit on this port, or behind ser2net at tcp://HOST:PORT or rfc2217://HOST:PORT; may be given
    /// several times. Without it, every port with a Batlab's USB ids is tried.
    #[arg(long = "port", value_name = "PORT")]
    pub ports: Vec<PortAddress>,

    /// Go on although the firmware or the calibration of a unit is not what it was; that is recorded.
    #[arg(long)]
    pub accept_changes: bool,

    /// What holds while nobody watches.
    #[command(flatten)]
    pub unattended: Unattended,

    /// How it is told of.
    #[command(flatten)]
    pub showing: Showing,
}

/// Goes on with a run, or says what would be done.
pub(super) fn resume(args: &ResumeArgs) -> Result<Exit, Failure> {
    let manifest = Manifest::read(&args.directory).map_err(Failure::refused)?;
    if manifest.simulated {
        return Err(Failure::refused(
            "a run on simulated units in memory cannot be gone on with: its cells are gone with the program that made them",
        )
        .hint("start it anew, or let `batlab-run simulate` hold the cells and run on its port: such a run can be gone on with"));
    }
    let run = RunDirectory::reopen(&args.directory).map_err(not_taken)?;
    let script = Script::of_run(&args.directory, &manifest)?;
    let Proved { plan, plans, queue } = proved_again(&script, &manifest)?;
    let more = queue.as_ref().is_some_and(|queue| queue.is_more_than(&manifest.cells));
    let interrupted = Interrupted::read(&run, &manifest, &plans, more).map_err(refused)?;
    let (clock, set_back) = interrupted.clock();
    let switch = StopSwitch::default();
    switch.listen().map_err(|error| Failure::fault(format!("signals cannot be caught: {error}")))?;
    let clock = Arc::new(clock);
    let queue = queue.filter(|_| more);
    let left = Left { args, run, script, plan, interrupted, queue, clock, set_back, switch };
    if args.dry_run { left.show() } else { left.go_on() }
}

/// A run that was interrupted, and that nobody else has.
struct Left<'a> {
    args: &'a ResumeArgs,
    run: RunDirectory,
    script: Script,
    plan: Arc<Plan>,
    interrupted: Interrupted,
    /// The cells that wait, if there are more.
    queue: Option<queue::Listed>,
    clock: Arc<dyn Clock>,
    /// By how much the wall clock was set back.
    set_back: Option<Duration>,
    switch: StopSwitch,
}

impl Left<'_> {
    fn units(&self, meet: units::Meet) -> Result<Units, Failure> {
        let clock = Arc::clone(&self.clock);
        if self.queue.is_none() && !self.interrupted.needs_units() {
            return Units::none(clock, &self.switch);
        }
        units::attached(&self.args.ports, self.args.showing.trace.as_deref(), clock, meet, &self.switch)
    }

    fn prospects(&self, units: &Units) -> Vec<Prospect<'_>> {
        resume::prospects(&self.interrupted, &units.found, self.args.accept_changes)
    }

    /// Shows what would be done, and gives how that would begin.
    fn show(&self) -> Result<Exit, Failure> {
        let units = self.units(pool::observe)?;
        let prospects = self.prospects(&units);
        if self.args.showing.json {
            say::out(format_args!("{}\n", resume::json(&self.interrupted, &prospects, &*self.clock)));
        } else {
            for torn in self.interrupted.past.torn() {
                say::out(format_args!("would be cut off: {torn}\n"));
            }
            say::out(resume::text(&self.interrupted, &prospects, &*self.clock));
        }
        Ok(if self.queue.is_none() && resume::none_may_go_on(&prospects) {
            Exit::NothingToRun
        } else {
            Exit::Passed
        })
    }

    fn go_on(mut self) -> Result<Exit, Failure> {
        let showing = &self.args.showing;
        let notifying = notify::of_run(showing, None, &self.script, self.plan.name())?;
        let not_begun = |failure| notifying.tell_not_begun(failure);
        let mut units = self.units(pool::identify).map_err(not_begun)?;
        let prospects = self.prospects(&units);
        if self.queue.is_none() && resume::none_may_go_on(&prospects) {
            let told = resume::text(&self.interrupted, &prospects, &*self.clock);
            let text = format!("error: no cell is as it was left\n{told}");
            return Err(not_begun(Failure { exit: Exit::NothingToRun, text }));
        }
        let now = self.clock.wall(self.clock.now());
        let Onward { opening, about_cells, cells, done } = Onward::new(&self.interrupted, &prospects, now);
        let is_in_use =
            |serial| self.queue.is_some() || cells.iter().any(|cell| cell.live.place.unit == serial);
        lost_units::demand_watchdogs(&self.args.unattended, &units.found, is_in_use).map_err(not_begun)?;
        let port = super::report::port(showing).map_err(not_begun)?;
        let notices = notices(&prospects, self.set_back);
        let over: Vec<_> = done.iter().map(|(live, _)| live.cell.clone()).collect();
        let under_way: Vec<_> = cells.iter().map(|cell| (cell.live.cell.clone(), cell.live.place)).collect();
        let uncalibrated = self.interrupted.past.manifest.uncalibrated;
        drop(prospects);
        for unit in &mut units.found {
            let (left, unknown) = self.interrupted.settings_left(unit.serial);
            unit.left = left;
            units.passed_over.extend(unknown);
        }
        units.passed_over.extend(notices);
        let queue = self
            .queue
            .take()
            .map(|listed| Attendant::new(listed, &units.found, (&over, &under_way), uncalibrated, None));
        let Self { run, interrupted: Interrupted { past, judge, .. }, switch, .. } = self;
        let recorder = Recorder::go_on(run, past).map_err(|error| not_begun(Failure::fault(error)))?;
        let ready = Ready {
            unattended: self.args.unattended.clone(),
            units,
            recorder,
            judge,
            notifying,
            port,
            opening,
            about_cells,
            cells,
            done,
            queue,
            expected: None,
        };
        ready.conduct(showing, &switch)
    }
}

/// What a person should know of how the run goes on.
fn notices(prospects: &[Prospect<'_>], set_back: Option<Duration>) -> BTreeSet<String> {
    let accepted = prospects.iter().flat_map(|prospect| {
        let unit = prospect.cell.place.unit;
        prospect.accepted.iter().map(move |change| format!("unit {unit}: accepted: {change}"))
    });
    let set_back = set_back.map(|by| {
        let seconds = by.as_secs_f64();
        format!("the wall clock was set back: times go on from the last recorded moment, {seconds:.0} s ahead of it")
    });
    accepted.chain(set_back).collect()
}

/// What was proved again from the recipe in the directory of the run.
struct Proved {
    plan: Arc<Plan>,
    /// Of the cells, in their order.
    plans: Vec<Arc<Plan>>,
    queue: Option<queue::Listed>,
}

/// Proves the plan of the run and those of its cells again, from the recipe in its directory.
fn proved_again(script: &Script, manifest: &Manifest) -> Result<Proved, Failure> {
    let json = |plan: &Plan| serde_json::to_value(plan).map_err(|error| Failure::defect(error.to_string()));
    let plan = Arc::new(script.prove_alone()?);
    let listed = super::run::listed(script, &plan)?;
    let queue = manifest.recipe.queue.as_ref();
    let queue = queue.map(|info| queue::Listed::of(script, &plan, info.open)).transpose()?;
    let mut plans = Vec::new();
    let mut same = json(&plan)? == manifest.plan;
    for cell in &manifest.cells {
        let own = listed.iter().find(|(listed, _)| listed.name == cell.name).map(|(_, plan)| plan);
        let own = own.or_else(|| queue.as_ref().map(|queue| queue.plan(&cell.name))).unwrap_or(&plan);
        same &= json(own)? == *cell.plan.as_ref().unwrap_or(&manifest.plan);
        plans.push(Arc::clone(own));
    }
    if same {
        return Ok(Proved { plan, plans, queue });
    }
    let (made, this) = (&manifest.tool.version, env!("CARGO_PKG_VERSION"));
    Err(Failure::refused(format!(
        "recipe.toml proves to another plan than the one that run.json has, so that nobody can say where its cells are in it: the run was made by batlab-run {made}, this is {this}"
    ))
    .hint("go on with the version that the run was made by"))
}

fn not_taken(error: RecordError) -> Failure {
    match error {
        RecordError::RunGoesOn { .. } => Failure::refused(error).hint("`batlab-run watch` shows it"),
        other => Failure::fault(other),
    }
}

fn refused(error: ResumeError) -> Failure {
    let over = matches!(error, ResumeError::Over(_));
    let failure = Failure::refused(error);
    if over { failure.hint("`batlab-run report` makes its reports again") } else { failure }
}
