//! The owner of one unit while a run lasts: its slots, its watchdog, making it safe.

mod allowance;
mod backlog;
mod calibration;
mod changed;
mod charge;
mod counter;
mod earlier;
mod exclusive;
mod fence;
mod find_again;
mod frozen;
mod guard;
mod hi_res;
mod keeper;
mod live;
mod not_kept;
mod others;
mod outbox;
mod pace;
mod recover;
mod reporter;
mod runner;
mod safe_end;
mod same_cell;
mod sampler;
mod setup;
mod silence;
mod sine;
mod slices;
mod slot_error;
mod snapshot;
mod supply;
mod unattended;
mod unfenced;
mod unit_fault;
mod vacant;
mod witness;

pub use earlier::{Earlier, Unwatched};
pub use find_again::{FindAgain, NotFound, Patience};
pub use live::{Glimpse, Live};
pub use reporter::Reporter;
pub use same_cell::{LastSeen, NotTheSame};

use crate::clock::Instant;
use crate::driver::{FaultKind, Line, LineError, Note, Output};
use crate::event::Event;
use crate::hooks::Batch;
use crate::identity::Slot;
use crate::plan::Plan;
use crate::units::{Volts, format_duration};
use crate::wire::bootloader::Running;
use crate::wire::{Address, FirmwareVersion};
use allowance::Allowance;
use changed::Changed;
use exclusive::Exclusive;
use guard::Guard;
use keeper::Keeper;
use others::Others;
use pace::Pace;
use runner::{Runner, Shared};
use safe_end::Cause;
use setup::needs_sine;
use silence::{is_silence, silences};
use sine::Generator;
use slices::Slices;
use slot_error::SlotError;
use snapshot::Snapshot;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;
use supply::SupplyWatch;
use unattended::Unattended;
use unfenced::Unfenced;
use unit_fault::UnitFault;
use vacant::Vacant;

/// Slots tell about themselves so often: more often than there is something new to tell (a rotation of the
/// unit's slices is 0.6144 s), so that no slice is missed, and that what stays the same shows where the
/// slices lie.
const REPORT: Duration = Duration::from_millis(500);

/// The longest that a station waits without looking whether it is to stop.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Currents below this read 0 while a run lasts: 40 steps of the converter (5 mA), above its noise
/// and below any current that the driver can be set to (one step is 7.8 mA).
const THRESHOLD: u16 = 40;

/// What a line gives that is taken in before the rest of a round has its turn.
const OUTPUTS: u32 = 64;

/// How often it is tried to end the current of a slot.
const ROUNDS: u32 = 3;

/// A cell that is bound to a slot of this station's unit.
#[derive(Clone)]
pub struct BoundCell {
    /// Its name and place, and where others can look at it.
    pub live: Live,
    /// What was measured of it when it was found.
    pub voltage: Volts,
    /// What is to be done with it.
    pub plan: Arc<Plan>,
    /// Whether it may be energised although calibration registers of its slot are blank or absurd.
    pub uncalibrated: bool,
    /// What an earlier process began with it, if this goes on with that.
    pub earlier: Option<Box<Earlier>>,
}

/// How a station ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Whether every slot of the unit was seen without current at the end.
    pub safe: bool,
    /// Whether the program itself failed.
    pub panicked: bool,
}

/// The owner of one unit.
pub struct Station {
    line: Line,
    firmware: FirmwareVersion,
    stop: Arc<AtomicBool>,
    reporter: Reporter,
    /// Cells that are not behind their limits.
    unfenced: VecDeque<Unfenced>,
    /// Cells that are.
    runners: Vec<Runner>,
    generator: Generator,
    changed: Changed,
    keeper: Keeper,
    guard: Guard,
    supply: SupplyWatch,
    pace: Pace,
    slices: Slices,
    exclusive: Exclusive,
    unattended: Unattended,
    /// Whether the pace has been told.
    paced: bool,
    /// The cells of this unit that are done, for the hooks of the others.
    batch: Batch,
    patience: Patience,
    interruptions: Allowance,
    /// Writes to EEPROM over lines that were lost.
    worn: u64,
    /// Where more cells come from while the run goes on, and the slots that are free for them.
    intake: Option<Receiver<BoundCell>>,
    vacant: Vacant,
}

impl Station {
    /// A station for a unit that answers, told to end by `stop`.
    pub fn new(
        line: Line,
        firmware: FirmwareVersion,
        stop: Arc<AtomicBool>,
        reporter: Reporter,
        patience: Patience,
    ) -> Self {
        Self {
            line,
            firmware,
            stop,
            reporter,
            unfenced: VecDeque::new(),
            runners: Vec::new(),
            generator: Generator::default(),
            changed: Changed::default(),
            keeper: Keeper::default(),
            guard: Guard::of(firmware),
            supply: SupplyWatch::default(),
            pace: Pace::default(),
            slices: Slices::default(),
            exclusive: Exclusive::default(),
            unattended: Unattended::default(),
            paced: false,
            batch: Batch::default(),
            patience,
            interruptions: recover::interruptions(),
            worn: 0,
            intake: None,
            vacant: Vacant::default(),
        }
    }

    /// The same, and it takes more cells as they come, until no more can. It tells what lies in its free slots.
    #[must_use]
    pub fn with_intake(self, intake: Receiver<BoundCell>) -> Self {
        Self { intake: Some(intake), ..self }
    }

    /// A station for a unit that an earlier process left with these settings changed, each with what it held before.
    #[must_use]
    pub fn left_with(mut self, settings: Vec<(Address, u16)>) -> Self {
        self.changed = Changed::left(settings);
        self
    }

    /// Tests these cells to the end, and makes the unit safe, whatever happens.
    pub fn run(mut self, cells: Vec<BoundCell>) -> Ended {
        let result = catch_unwind(AssertUnwindSafe(|| {
            self.take_up(cells);
            self.conduct()
        }));
        // The current first; what there is to tell of the end can wait.
        let safe = catch_unwind(AssertUnwindSafe(|| self.end_current())).unwrap_or(false);
        let panicked = result.is_err();
        let told = catch_unwind(AssertUnwindSafe(|| {
            match result {
                Ok(Ok(())) => {}
                Ok(Err(fault)) => {
                    // Another unit in its place tells nothing of the one that was lost.
                    let in_control = safe && !matches!(fault, UnitFault::NotTheSame(_));
                    self.end_all(Cause::UnitLost, &fault.to_string(), in_control);
                }
                Err(_) => self.end_all(Cause::Defect, "a defect of this program ended the test", safe),
            }
            self.tell_measured_pace();
            self.put_back(safe);
        }));
        // Nothing is controlled any more.
        self.reporter.deliver();
        Ended { safe, panicked: panicked || told.is_err() }
    }

    fn conduct(&mut self) -> Result<(), UnitFault> {
        // A unit that was found a moment ago is to be there; what befalls it later may be got over.
        self.set_up()?;
        // Before that nothing was driven.
        self.line.take_unattended();
        let mut silences = silences();
        let mut befell = None;
        loop {
            let round = match befell.take() {
                None => self.round(),
                // Where the unit fell silent while it was set up, it has to be set up once more.
                Some(UnitFault::Line(error))
                    if self.unfenced.is_empty() && is_silence(&error) && silences.take(self.now()) =>
                {
                    self.get_over(error)
                }
                Some(fault) => self.recover(fault),
            };
            match round {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(fault) if fault.is_got_over() => befell = Some(fault),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Does what is due, and waits for what comes. Says whether there is more to do.
    fn round(&mut self) -> Result<bool, UnitFault> {
        let now = self.now();
        if self.stop.load(Ordering::Relaxed) || !self.reporter.is_heard() {
            for runner in &mut self.runners {
                runner.stop(now);
            }
            self.intake = None;
        }
        self.look_after_absence();
        self.look_after_backlog()?;
        self.take_in()?;
        self.tell_supply()?;
        self.each_runner(Runner::attend)?;
        self.guard.attend(&mut self.line, &mut self.runners)?;
        self.look_after_all()?;
        self.pace.attend(&mut self.line)?;
        self.tell_pace();
        if !self.exclusive.is_held() {
            self.slices.attend(&mut self.line, &mut Others::all(&mut self.runners), &self.pace)?;
        }
        let now = self.now();
        let wake = |runner: &Runner| runner.wake_at();
        let vacant = self.intake.as_ref().map(|_| self.vacant.wake_at());
        let Some(at) = self.runners.iter().filter_map(wake).chain(vacant).min() else { return Ok(false) };
        let mut until = at.min(self.guard.wake_at()).min(self.pace.wake_at()).min(now + LONGEST_WAIT);
        if self.runners.iter().any(Runner::wants_supply) {
            until = until.min(self.supply.wake_at());
        }
        self.line.pump(until).map_err(LineError::from)?;
        self.take_outputs()?;
        Ok(true)
    }

    /// Takes in the cells that have come, and tells what lies in the slots that are free.
    fn take_in(&mut self) -> Result<(), UnitFault> {
        let Some(intake) = self.intake.take() else { return Ok(()) };
        let mut come = Vec::new();
        self.intake = loop {
            match intake.try_recv() {
                Ok(cell) => come.push(cell),
                Err(TryRecvError::Empty) => break Some(intake),
                Err(TryRecvError::Disconnected) => break None,
            }
        };
        if !come.is_empty() {
            self.admit_more(come)?;
        }
        if self.exclusive.is_held() {
            self.vacant.put_off(self.now());
        } else if self.intake.is_some() {
            let busy = |slot| self.runners.iter().any(|runner| runner.slot() == slot && !runner.is_done());
            let free: Vec<Slot> = Slot::ALL.into_iter().filter(|slot| !busy(*slot)).collect();
            let mut others = Others::all(&mut self.runners);
            for (slot, event) in self.vacant.look(&mut self.line, &mut others, &free)? {
                self.reporter.slot_fact(slot, event);
            }
        }
        Ok(())
    }

    /// Tells cells that wait for the unit's supply whether it is there.
    fn tell_supply(&mut self) -> Result<(), UnitFault> {
        self.ask_for_supply();
        if self.runners.iter().any(Runner::wants_supply)
            && let Some(supply) = self.supply.look(&mut self.line, &mut Others::all(&mut self.runners))?
        {
            let now = self.now();
            for runner in &mut self.runners {
                runner.on_supply(supply, now, &mut self.reporter);
            }
        }
        Ok(())
    }

    /// Says once that somebody has to see to the unit's supply, for want of which cells wait.
    fn ask_for_supply(&mut self) {
        let lacks = self.runners.iter().find_map(Runner::lacks);
        let told = std::mem::replace(&mut self.supply.told, lacks.is_some());
        if let Some(lacks) = lacks.filter(|_| !told) {
            let time = format_duration(self.patience.at_most);
            let what = format!("the unit's supply was lost ({lacks}); its cells wait for it for {time}");
            self.needs_person(&what);
        }
    }

    /// Asks a unit again that was not heard, and goes on if it is as it was.
    fn get_over(&mut self, error: LineError) -> Result<bool, UnitFault> {
        let begun = self.now();
        match self.line.start() {
            Ok(Running::Application) => {}
            // That is more than a moment.
            Ok(Running::Bootloader) | Err(_) => return self.recover(error.into()),
        }
        self.guard.look_for_reset(&mut self.line)?;
        for index in 0..self.runners.len() {
            if let Some((runner, _, mut shared)) = self.turn(index) {
                runner.make_sure(&mut shared)?;
            }
        }
        let seconds = (self.now() - begun).as_secs_f64();
        let what = format!("not heard: {error}; it answers again after {seconds:.1} s, and the test goes on");
        self.reporter.unit_fact(Event::Notice { what });
        Ok(true)
    }

    fn take_outputs(&mut self) -> Result<(), UnitFault> {
        // A bound, so that a flood of packets cannot keep the rest of a round from its turn.
        for _ in 0..OUTPUTS {
            self.look_after_all()?;
            let Some(output) = self.line.next_output() else { break };
            match output {
                Output::Stream(heard, packet) => {
                    let snapshot = Snapshot::told(heard, &packet);
                    self.each_runner(|runner, shared| {
                        if runner.slot() == packet.slot {
                            runner.on_snapshot(snapshot, shared)
                        } else {
                            Ok(())
                        }
                    })?;
                }
                Output::Note(note) => {
                    if let Note::Strayed(address) = note {
                        let now = self.now();
                        self.runners.iter_mut().for_each(|runner| runner.on_strayed(address, now));
                        if let Some(what) = self.keeper.mend(&mut self.line, address)? {
                            self.reporter.unit_fact(Event::Notice { what });
                        }
                    }
                    let event = Event::Notice { what: note.to_string() };
                    self.reporter.unit_fact(event);
                }
                // Requests are made by calls that take their own replies.
                Output::Reply { .. } => {}
            }
        }
        Ok(())
    }

    /// Ends what has come to its end by what slots have told, before any of them has its turn.
    fn look_after_all(&mut self) -> Result<(), UnitFault> {
        Ok(Others::all(&mut self.runners).look_after(&mut self.line)?)
    }

    /// One cell, what is known of the unit's registers, and all that the cell's turn takes of the unit.
    fn turn(&mut self, index: usize) -> Option<(&mut Runner, &mut Keeper, Shared<'_>)> {
        let Self { line, generator, changed, reporter, pace, slices, guard, exclusive, .. } = self;
        let (before, rest) = self.runners.split_at_mut_checked(index)?;
        let (runner, behind) = rest.split_first_mut()?;
        let (others, patience) = (Others::of(before, behind), self.patience.at_most);
        let shared =
            Shared { line, others, generator, changed, reporter, pace, slices, guard, exclusive, patience };
        Some((runner, &mut self.keeper, shared))
    }

    /// Does something with each runner. What only concerns its slot fails that cell alone.
    fn each_runner(
        &mut self,
        mut action: impl FnMut(&mut Runner, &mut Shared<'_>) -> Result<(), SlotError>,
    ) -> Result<(), UnitFault> {
        for index in 0..self.runners.len() {
            self.look_after_all()?;
            let Some((runner, keeper, mut shared)) = self.turn(index) else { break };
            let acted = action(runner, &mut shared);
            if let Some(registers) = runner.fence().take_renewed() {
                keeper.keep(registers);
            }
            match acted {
                Ok(()) => {}
                Err(SlotError::Line(error)) if concerns_unit(&error) => return Err(error.into()),
                Err(SlotError::WatchdogBit) => return Err(UnitFault::WatchdogBit),
                Err(error) => {
                    let why = format!("slot {}: {error}", runner.slot());
                    let now = shared.line.clock().now();
                    let (unseen, rests) = (runner.unseen_charge(now, &why), runner.rests(now));
                    runner.quiet(&mut shared)?;
                    // What looks like one slot's fault may be the first sign of a reset.
                    shared.guard.look_for_reset(shared.line)?;
                    // The counter tells what passed, unless it was running when something was found wrong.
                    if (!rests || runner.close_account(&mut shared).is_err())
                        && let Some(unseen) = unseen
                    {
                        shared.reporter.cell_fact(runner.live(), unseen);
                    }
                    shared.reporter.cell_fact(runner.live(), Event::Fault { what: why.clone() });
                    runner.fail(&why);
                }
            }
            shared.tell_changes();
            runner.report(shared.reporter);
        }
        Ok(())
    }

    /// Tells how fast the unit's clock runs, as soon as that is known.
    fn tell_pace(&mut self) {
        if !self.paced && self.pace.known().is_some() {
            self.paced = true;
            self.tell_measured_pace();
        }
    }

    fn tell_measured_pace(&mut self) {
        if let Some(pace::Measured { ratio, uncertainty, over }) = self.pace.known() {
            let over_second = over.as_secs_f64();
            self.reporter.unit_fact(Event::ClockMeasured { ratio, uncertainty, over_second });
        }
    }

    fn tell_changes(&mut self) {
        for fact in self.changed.take_facts() {
            self.reporter.unit_fact(fact);
        }
    }

    fn now(&self) -> Instant {
        self.line.clock().now()
    }
}

/// Whether an error is of the whole unit, and not of one register of one slot.
fn concerns_unit(error: &LineError) -> bool {
    match error {
        LineError::Transport(_) => true,
        LineError::Fault(fault) => !matches!(
            fault.kind,
            FaultKind::Refused { .. }
                | FaultKind::Differs { .. }
                | FaultKind::NotWritable(_)
                | FaultKind::NoAccess
                | FaultKind::Unsteady
        ),
    }
}
