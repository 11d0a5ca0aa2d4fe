//! A run from the first step to the last: each unit's station on a thread, one place where all reports meet.

mod crew;
mod room;
mod signals;
mod switch;
mod wish;

pub use room::Room;
pub use signals::listen;
pub use switch::StopSwitch;

use crate::clock::{Clock, SystemClock};
use crate::event::{Event, Note};
use crate::identity::{CellName, SerialNumber};
use crate::pool::{FoundUnit, Lookout, Missing};
use crate::station::{BoundCell, FindAgain, NotFound, Patience, Reporter, Station};
use crate::transport::Waker;
use crate::verdict::{Exit, Verdict};
use crew::Crew;
use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Reports, or lots of them, that are taken in at most before those that matter are synced, all together.
const BATCH: usize = 256;

/// The longest time between two ticks, where nobody looks on.
pub const TICK: Duration = Duration::from_millis(1500);

/// Who hears what happens in a run.
pub trait Observer {
    /// Takes in a report, in the order of each unit. Of several that wait together each is taken in before
    /// [`Observer::commit`].
    ///
    /// # Errors
    /// It could not be kept. The run is then stopped safely, because nothing may be lost; what is told until its end is
    /// handed over all the same.
    fn note(&mut self, note: &Note) -> Result<(), String>;

    /// Is called after the reports that waited together: what was taken in is brought where it must be, the disk for
    /// one, and only then does anything follow from it.
    ///
    /// # Errors
    /// As for a report.
    fn commit(&mut self) -> Result<(), String> {
        Ok(())
    }

    /// Is called as often as [`Observer::tick_every`] says.
    ///
    /// # Errors
    /// As for a report.
    fn tick(&mut self) -> Result<(), String>;

    /// The real time between two ticks, at most. A tick that is due soon comes with reports, so that no thread wakes for it
    /// alone.
    fn tick_every(&self) -> Duration {
        TICK
    }

    /// Cells that were put into free slots since this was asked last, where the run has a queue.
    fn more_cells(&mut self) -> Vec<BoundCell> {
        Vec::new()
    }

    /// Whether no more cells will come.
    fn has_all_cells(&self) -> bool {
        true
    }
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct RunEnd {
    /// What became of each cell.
    pub verdicts: BTreeMap<CellName, Verdict>,
    /// The exit code.
    pub exit: Exit,
    /// Whether every slot of every unit in the run was seen without current at the end.
    pub safe: bool,
    /// Why reports could not be kept, if so.
    pub lost: Option<String>,
}

/// A run that has begun. Dropped before it is finished, as when the thread that holds it panics, it
/// stops every cell and waits until all are safe.
pub struct Run {
    crew: Crew,
    reports: Receiver<Vec<Note>>,
    verdicts: BTreeMap<CellName, Verdict>,
    switch: StopSwitch,
    /// The ways by which more cells come to the stations, while more may come.
    intakes: BTreeMap<SerialNumber, (Sender<BoundCell>, Bell)>,
    /// Why not every station could begin.
    refused: Option<String>,
}

/// Ends the wait of a unit's station, over whichever line that has by now.
#[derive(Clone)]
struct Bell(Arc<Mutex<Waker>>);

impl Bell {
    fn at(waker: Waker) -> Self {
        Self(Arc::new(Mutex::new(waker)))
    }

    /// The station has another line. Who has rung before has set what is to be seen before.
    fn hang_at(&self, waker: Waker) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = waker;
    }

    fn ring(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).wake();
    }
}

/// How a run waits for what it loses, and what waits for its observer.
#[derive(Clone)]
pub struct Waiting {
    /// How long it waits for a unit, or for a unit's supply, to come back. Zero: not at all.
    pub at_most: Duration,
    /// Finds a lost unit again. Without it, a unit whose port is gone is not waited for.
    pub lookout: Option<Lookout>,
    /// What waits for the observer.
    pub room: Room,
    /// Whether the units are simulated and none waits for another, so that some can be tested after the others, and whoever
    /// hears of them may be behind.
    pub in_turn: bool,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { at_most: Patience::USUAL, lookout: None, room: Room::default(), in_turn: false }
    }
}

impl Waiting {
    fn patience(&self, serial: SerialNumber, bell: &Bell) -> Patience {
        let find_again = self.lookout.clone().map(|lookout| -> FindAgain {
            let bell = bell.clone();
            Box::new(move |line, at_most| match lookout.wait_for(line, serial, at_most) {
                Ok(unit) => {
                    bell.hang_at(unit.line.waker());
                    Ok(unit.line)
                }
                Err(Missing::Stopped(_)) => Err(NotFound::Stopped),
                Err(missing) => Err(NotFound::Missing(missing.to_string())),
            })
        });
        Patience { at_most: self.at_most, find_again }
    }
}

/// Starts a run that waits as is usual for units on ports that are there, and for supplies.
pub fn start(units: Vec<FoundUnit>, cells: &[BoundCell], switch: &StopSwitch) -> Run {
    start_waiting(units, cells, switch, &Waiting::default())
}

/// Starts a thread for each unit that has cells bound to it, and lets it begin. Each cell brings its plan.
/// Units without cells are left alone, unless an earlier process left settings in them that are to be put back. Where
/// the system gives no thread, the run ends at once, safely.
pub fn start_waiting(
    units: Vec<FoundUnit>,
    cells: &[BoundCell],
    switch: &StopSwitch,
    waiting: &Waiting,
) -> Run {
    begin(units, cells, switch, waiting, false)
}

/// Starts a thread for each unit, with cells or without, and lets each take more cells into its free slots as they
/// come ([`Observer::more_cells`]).
pub fn start_with_queue(
    units: Vec<FoundUnit>,
    cells: &[BoundCell],
    switch: &StopSwitch,
    waiting: &Waiting,
) -> Run {
    begin(units, cells, switch, waiting, true)
}

fn begin(
    units: Vec<FoundUnit>,
    cells: &[BoundCell],
    switch: &StopSwitch,
    waiting: &Waiting,
    queue: bool,
) -> Run {
    // A queue may fill any slot at any time.
    let by_turns = waiting.in_turn && !queue;
    let lot = if by_turns { Reporter::LOT } else { 1 };
    let (sender, reports) = sync_channel((waiting.room.on_the_way / lot).max(1));
    let verdicts = cells.iter().map(|bound| (bound.live.cell.clone(), Verdict::NotRun)).collect();
    let mut crew = Crew::default();
    let mut in_turn = VecDeque::new();
    let mut intakes = BTreeMap::new();
    let mut refused = None;
    for unit in units {
        let bound: Vec<_> =
            cells.iter().filter(|bound| bound.live.place.unit == unit.serial).cloned().collect();
        if bound.is_empty() && unit.left.is_empty() && !queue {
            continue;
        }
        let (serial, bell) = (unit.serial, Bell::at(unit.line.waker()));
        let rung = bell.clone();
        switch.add_waker(Waker::new(move || rung.ring()));
        let clock = Arc::clone(unit.line.clock());
        let reporter = Reporter::new(sender.clone(), waiting.room.held_back, clock, unit.serial);
        let reporter = reporter.in_lots_of(lot);
        let patience = waiting.patience(unit.serial, &bell);
        let station =
            Station::new(unit.line, unit.firmware, switch.flag(), reporter, patience).left_with(unit.left);
        let station = if queue {
            let (sender, intake) = channel();
            intakes.insert(unit.serial, (sender, bell));
            station.with_intake(intake)
        } else {
            station
        };
        let work = (serial, station, bound);
        if by_turns {
            in_turn.push_back(work);
        } else if let Err(why) = crew.add(work) {
            refused = Some(why);
            break;
        }
    }
    let refused = refused.or_else(|| crew.add_in_turn(in_turn).err());
    if refused.is_some() {
        switch.want();
    }
    Run { crew, reports, verdicts, switch: switch.clone(), intakes, refused }
}

impl Run {
    /// Hands every report on until all stations have ended.
    pub fn finish(mut self, observer: &mut dyn Observer) -> RunEnd {
        let clock = SystemClock::start();
        let mut ticked = clock.now();
        let every = observer.tick_every();
        let mut lost = self.refused.take();
        loop {
            let heard = match self.reports.recv_timeout(every.saturating_sub(clock.now() - ticked)) {
                Ok(first) => {
                    let waiting = std::iter::once(first).chain(self.reports.try_iter()).take(BATCH);
                    let mut taken = Ok(());
                    for note in waiting.flatten() {
                        judge(&mut self.verdicts, &note);
                        // After a loss, too: what tells of the safe end may find a file that takes it.
                        taken = taken.and(observer.note(&note));
                    }
                    taken.and(observer.commit())
                }
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let now = clock.now();
            let mut drawn = Ok(());
            if now - ticked >= every * 3 / 4 {
                ticked = now;
                drawn = observer.tick();
            }
            self.hand_over(observer);
            if let Err(why) = heard.and(drawn)
                && lost.is_none()
            {
                lost = Some(why);
                self.switch.want();
            }
        }
        // Once more, or what came after the last tick would not be seen.
        lost = lost.or(observer.tick().err());
        let (exit, safe) = self.join(lost.is_some());
        // Ended now, the results would not be complete.
        self.switch.ended(if safe { exit.graver(Exit::Stopped) } else { exit });
        RunEnd { verdicts: std::mem::take(&mut self.verdicts), exit, safe, lost }
    }

    /// Hands cells that have come to the stations of their units, and closes the ways when none will come.
    fn hand_over(&mut self, observer: &mut dyn Observer) {
        if self.intakes.is_empty() {
            return;
        }
        for bound in observer.more_cells() {
            self.verdicts.insert(bound.live.cell.clone(), Verdict::NotRun);
            if let Some((sender, bell)) = self.intakes.get(&bound.live.place.unit) {
                // A station that has ended takes no more; its cells stay as they are: not run.
                let _ = sender.send(bound);
                bell.ring();
            }
        }
        if observer.has_all_cells() || self.switch.is_wanted() {
            for (sender, bell) in std::mem::take(&mut self.intakes).into_values() {
                drop(sender);
                bell.ring();
            }
        }
    }

    /// Waits for all stations. Gives how the run ended, and whether all is safe.
    fn join(&mut self, lost: bool) -> (Exit, bool) {
        let mut exit = Exit::of_run(self.verdicts.values().copied());
        let (mut defect, mut safe) = (false, true);
        for ended in self.crew.join() {
            match ended {
                Some(ended) => {
                    defect |= ended.panicked;
                    safe &= ended.safe;
                }
                None => (defect, safe) = (true, false),
            }
        }
        if defect {
            exit = Exit::Defect;
        } else if lost || !safe {
            exit = Exit::Fault;
        }
        (exit, safe)
    }
}

fn judge(verdicts: &mut BTreeMap<CellName, Verdict>, note: &Note) {
    if let Note::Fact(entry) = note
        && let (Event::CellEnded { verdict, .. }, Some(cell)) = (&entry.event, &entry.cell)
    {
        verdicts.insert(cell.clone(), *verdict);
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if self.crew.is_empty() {
            return;
        }
        self.switch.want();
        // A station must not wait for somebody who takes its reports.
        while self.reports.recv().is_ok() {}
        self.join(true);
    }
}
