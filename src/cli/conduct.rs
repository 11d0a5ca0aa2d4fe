//! A run from its first fact to its last file, whether it begins or goes on.

use super::args::{Showing, Unattended};
use super::failure::Failure;
use super::notify::Notifying;
use super::observe::Watcher;
use super::queue::Attendant;
use super::say;
use super::units::Units;
use super::{lost, lost_units, room};
use crate::event::Event;
use crate::pool::FoundUnit;
use crate::record::{Recorder, RunEnd};
use crate::report::Port;
use crate::results::{Judge, Ruling};
use crate::scheduler::{self, StopSwitch, Waiting};
use crate::station::{BoundCell, Live};
use crate::terminal::{Display, Mode, colour_wanted};
use crate::verdict::{Exit, Verdict};
use std::sync::Arc;
use std::time::Duration;

/// A run of which everything is ready: the stations can start.
pub(super) struct Ready {
    pub(super) units: Units,
    pub(super) unattended: Unattended,
    pub(super) recorder: Recorder,
    pub(super) judge: Judge,
    pub(super) notifying: Notifying,
    /// Of the live page, if there is to be one.
    pub(super) port: Option<Port>,
    /// The first fact.
    pub(super) opening: Event,
    /// What is to be told of cells before their stations start.
    pub(super) about_cells: Vec<Ruling>,
    /// The cells that are tested, each with its plan.
    pub(super) cells: Vec<BoundCell>,
    /// Those of the run that are not, and what became of them.
    pub(super) done: Vec<(Live, Verdict)>,
    /// What sees to the queue, if there is one.
    pub(super) queue: Option<Attendant>,
    /// How long the run will take, if that is known.
    pub(super) expected: Option<Duration>,
}

impl Ready {
    /// Lets the stations work until all are done, and writes what the run came to.
    pub(super) fn conduct(self, showing: &Showing, switch: &StopSwitch) -> Result<Exit, Failure> {
        let Units { found, simulation, clock, trace, lookout, passed_over } = self.units;
        let (recorder, cells) = (self.recorder, self.cells);
        let directory = recorder.directory().display().to_string();
        let server = self.port.map(|port| port.serve(recorder.directory().to_owned())).transpose();
        let server = server.map_err(|error| self.notifying.tell_not_begun(Failure::fault(error)))?;
        let lives: Vec<Live> = cells
            .iter()
            .map(|cell| &cell.live)
            .chain(self.done.iter().map(|(live, _)| live))
            .cloned()
            .collect();
        let Notifying { notifier, notice } = self.notifying.begin(recorder.directory(), lives.len());
        let mode = mode(showing);
        let display = Display::new(mode, colour_wanted());
        let verdicts = self.done.into_iter().map(|(live, verdict)| (live.cell, verdict)).collect();
        let waiting = self.queue.iter().flat_map(Attendant::plans);
        let plans: Vec<_> = cells.iter().map(|cell| Arc::clone(&cell.plan)).chain(waiting).collect();
        let mut watcher =
            Watcher::new(recorder, display, self.judge, lives, self.expected, clock, switch.clone())
                .with_trace(trace)
                .with_notifier(notifier)
                .with_verdicts(verdicts)
                .with_queue(self.queue);

        watcher.tell(None, self.opening).map_err(Failure::fault)?;
        let room = room::too_little(watcher.recorder.directory(), &plans);
        for what in passed_over.into_iter().chain(notice).chain(room) {
            watcher.tell(None, Event::Notice { what }).map_err(Failure::fault)?;
        }
        for unit in &found {
            tell_of_unit(&mut watcher, unit).map_err(Failure::fault)?;
        }
        for about in self.about_cells {
            watcher.tell_of_cell(about).map_err(Failure::fault)?;
        }

        let in_turn = simulation.is_some();
        let waiting = Waiting { in_turn, ..lost_units::waiting(&self.unattended, lookout) };
        let run = if watcher.has_queue() {
            scheduler::start_with_queue(found, &cells, switch, &waiting)
        } else {
            scheduler::start_waiting(found, &cells, switch, &waiting)
        };
        let end = run.finish(&mut watcher);
        if let Some(why) = &end.lost {
            return Err(lost::conclude(watcher, &end, why));
        }
        let ended = watcher.settle().and_then(|by_verdicts| {
            let exit = end.exit.graver(by_verdicts);
            watcher.tell(None, Event::RunEnded { exit }).map(|()| exit)
        });
        let exit = match ended {
            Ok(exit) => exit,
            Err(why) => return Err(lost::conclude(watcher, &end, &why)),
        };
        let simulator_truth = simulation.map(|simulation| watcher.truth(&simulation));
        let ended = watcher.wall();
        let summary = match watcher.recorder.finish(RunEnd { ended, exit, simulator_truth }) {
            Ok(summary) => summary,
            Err(error) => return Err(lost::conclude(watcher, &end, &error.to_string())),
        };
        switch.ended(exit);
        super::report::of_finished_run(watcher.recorder.directory());
        if watcher.close().map_err(Failure::fault)? {
            // The page tells all events, and these are the last.
            super::report::of_finished_run(watcher.recorder.directory());
        }
        watcher.display.summary(&summary);
        if let Some(server) = server {
            server.farewell();
        }
        if matches!(mode, Mode::Progress | Mode::Plain) {
            say::out(format_args!("results: {directory}\n"));
        }
        Ok(exit)
    }
}

fn mode(showing: &Showing) -> Mode {
    match (showing.json, showing.quiet) {
        (true, _) => Mode::Json,
        (_, true) => Mode::Quiet,
        _ => Mode::of_this_terminal(),
    }
}

fn tell_of_unit(watcher: &mut Watcher, unit: &FoundUnit) -> Result<(), String> {
    let event = Event::UnitFound {
        port: unit.line.name().to_owned(),
        firmware: unit.firmware.0,
        watchdog: unit.firmware.has_watchdog(),
    };
    watcher.tell(Some(unit.serial), event)?;
    if !unit.supplied {
        let what = without_supply(unit.firmware.has_no_psu_discharge_stop()).to_owned();
        watcher.needs_person(unit.serial, &what);
        watcher.tell(Some(unit.serial), Event::Notice { what })?;
    }
    Ok(())
}

/// What a unit without its external supply cannot do.
fn without_supply(stops_discharge: bool) -> &'static str {
    if stops_discharge {
        "no external supply (NO_PSU): this unit stops every charge and, with its firmware, every discharge; connect it"
    } else {
        "no external supply (NO_PSU): this unit stops every charge; connect it"
    }
}
