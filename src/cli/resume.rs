//! Going on with a run that was interrupted, in its own directory.

use super::args::Showing;
use super::conduct::Ready;
use super::failure::Failure;
use super::script::Script;
use super::{notify, say, units};
use crate::clock::Clock;
use crate::event::Event;
use crate::plan::Plan;
use crate::pool;
use crate::record::{Manifest, RecordError, Recorder, RunDirectory};
use crate::results::Ruling;
use crate::resume::{self, Interrupted, Prospect, ResumeError, State};
use crate::scheduler::StopSwitch;
use crate::station::{BoundCell, Live};
use crate::verdict::{Exit, Verdict};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

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

    /// Use the unit on this port; may be given several times. Without it, every port with a
    /// Batlab's USB ids is tried.
    #[arg(long = "port", value_name = "PATH")]
    pub ports: Vec<PathBuf>,

    /// Go on although the firmware or the calibration of a unit is not what it was; that is recorded.
    #[arg(long)]
    pub accept_changes: bool,

    /// How it is told of.
    #[command(flatten)]
    pub showing: Showing,
}

/// Goes on with a run.
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
    let (plan, plans) = proved_again(&script, &manifest)?;
    let interrupted = Interrupted::read(&run, &manifest, &plans).map_err(refused)?;
    let (clock, set_back) = interrupted.clock();
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let switch = StopSwitch::default();
    switch.listen().map_err(|error| Failure::fault(format!("signals cannot be caught: {error}")))?;
    let trace = args.showing.trace.as_deref();
    let meet = if args.dry_run { pool::observe } else { pool::identify };
    if args.dry_run {
        let units = units::attached(&args.ports, trace, Arc::clone(&clock), meet, &switch)?;
        let prospects = resume::prospects(&interrupted, &units.found, args.accept_changes);
        return Ok(shown(args, &interrupted, &prospects, &*clock));
    }
    let notifying = notify::of_run(&args.showing, None, &script, plan.name())?;
    let not_begun = |failure| notifying.tell_not_begun(failure);
    let mut units =
        units::attached(&args.ports, trace, Arc::clone(&clock), meet, &switch).map_err(not_begun)?;
    let prospects = resume::prospects(&interrupted, &units.found, args.accept_changes);
    let goes_on = |prospect: &&Prospect<'_>| matches!(prospect.state, State::GoesOn { .. });
    if prospects.iter().filter(goes_on).count() == 0 {
        let told = resume::text(&interrupted, &prospects, &*clock);
        let failure =
            Failure { exit: Exit::NothingToRun, text: format!("error: no cell is as it was left\n{told}") };
        return Err(not_begun(failure));
    }
    let port = super::report::port(&args.showing).map_err(not_begun)?;

    let why = interrupted.why();
    let (mut cells, mut done, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut about_cells = Vec::new();
    for Prospect { cell, state, .. } in &prospects {
        let live = Live::new(cell.name.clone(), cell.place);
        match state {
            State::GoesOn { voltage, .. } => cells.push(BoundCell {
                live,
                voltage: *voltage,
                plan: Arc::clone(&cell.plan),
                uncalibrated: manifest.uncalibrated,
                earlier: Some(Box::new(cell.earlier(why))),
            }),
            State::Done(verdict) => done.push((live, *verdict)),
            State::Refused(_) => refused.push((live, Verdict::Incomplete)),
        }
    }
    let is_done = |ruling: &Ruling| done.iter().any(|(live, _)| live.cell == ruling.cell);
    about_cells.extend(interrupted.judge.reopened().into_iter().filter(is_done));
    about_cells.extend(prospects.iter().filter_map(|prospect| {
        let event = prospect.told()?;
        Some(Ruling { cell: prospect.cell.name.clone(), place: prospect.cell.place, event })
    }));
    done.extend(refused);
    for unit in &mut units.found {
        let (left, unknown) = interrupted.settings_left(unit.serial);
        unit.left = left;
        units.passed_over.extend(unknown.into_iter().map(|register| {
            format!("unit {}: {register} was changed before and is no register that this version knows: it is not put back", unit.serial)
        }));
    }
    let accepted = prospects.iter().flat_map(|prospect| {
        prospect
            .accepted
            .iter()
            .map(|change| format!("unit {}: accepted: {change}", prospect.cell.place.unit))
    });
    for what in accepted {
        if !units.passed_over.contains(&what) {
            units.passed_over.push(what);
        }
    }
    units.passed_over.extend(set_back.map(|by| {
        format!("the wall clock was set back by {:.0} s: times go on from the last recorded moment, so much ahead of it", by.as_secs_f64())
    }));
    drop(prospects);
    let Interrupted { past, judge, .. } = interrupted;
    let now = clock.wall(clock.now());
    let opening = Event::RunResumed {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        last: past.latest,
        gap_second: (now - past.latest).as_seconds_f64(),
        healed: past.torn(),
    };
    let recorder = Recorder::go_on(run, past).map_err(|error| not_begun(Failure::fault(error)))?;
    let ready =
        Ready { units, recorder, judge, notifying, port, opening, about_cells, cells, done, expected: None };
    ready.conduct(&args.showing, &switch)
}

/// Shows what would be done, and gives how that would be: no cell can go on, or some can.
fn shown(args: &ResumeArgs, run: &Interrupted, prospects: &[Prospect<'_>], clock: &dyn Clock) -> Exit {
    if args.showing.json {
        say::out(format_args!("{}\n", resume::json(run, prospects, clock)));
    } else {
        for torn in run.past.torn() {
            say::out(format_args!("would be cut off: {torn}\n"));
        }
        say::out(resume::text(run, prospects, clock));
    }
    let goes_on = |prospect: &Prospect<'_>| matches!(prospect.state, State::GoesOn { .. });
    if prospects.iter().any(goes_on) { Exit::Passed } else { Exit::NothingToRun }
}

/// The plan of the run and those of its cells, proved again from the recipe in its directory.
fn proved_again(script: &Script, manifest: &Manifest) -> Result<(Arc<Plan>, Vec<Arc<Plan>>), Failure> {
    let json = |plan: &Plan| serde_json::to_value(plan).map_err(|error| Failure::defect(error.to_string()));
    let plan = Arc::new(script.prove_alone()?);
    let listed = super::run::listed(script, &plan)?;
    let mut plans = Vec::new();
    let mut same = json(&plan)? == manifest.plan;
    for cell in &manifest.cells {
        let own = listed.iter().find(|(listed, _)| listed.name == cell.name).map(|(_, plan)| plan);
        let own = own.unwrap_or(&plan);
        same &= json(own)? == *cell.plan.as_ref().unwrap_or(&manifest.plan);
        plans.push(Arc::clone(own));
    }
    if same {
        return Ok((plan, plans));
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
