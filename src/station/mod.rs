//! The owner of one unit while a run lasts: its slots, its watchdog, making it safe.

mod calibration;
mod changed;
mod charge;
mod counter;
mod exclusive;
mod fence;
mod frozen;
mod guard;
mod hi_res;
mod keeper;
mod live;
mod pace;
mod reporter;
mod runner;
mod sampler;
mod silence;
mod sine;
mod slices;
mod slot_error;
mod snapshot;
mod supply;
mod unattended;
mod witness;

pub use live::{Glimpse, Live};
pub use reporter::Reporter;

use crate::clock::Instant;
use crate::driver::{FaultKind, Line, LineError, Note, Output};
use crate::event::Event;
use crate::hooks::Batch;
use crate::identity::Slot;
use crate::plan::{self, Kind, Plan, Sine, Step};
use crate::program::{Company, Program};
use crate::units::Volts;
use crate::wire::bootloader::Running;
use crate::wire::{Encoding, FirmwareVersion, Lock, Mode, ReportInterval, ZeroAmpThreshold, cell, unit};
use changed::Changed;
use charge::Charge;
use exclusive::Exclusive;
use fence::Fenced;
use guard::{Guard, GuardError};
use keeper::Keeper;
use pace::Pace;
use runner::{Runner, Shared};
use silence::{Silences, is_silence};
use sine::Generator;
use slices::Slices;
use slot_error::SlotError;
use snapshot::Snapshot;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use supply::SupplyWatch;
use unattended::Unattended;

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
    /// Cells that have not been prepared yet.
    waiting: VecDeque<BoundCell>,
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
}

impl Station {
    /// A station for a unit that answers, told to end by `stop`.
    pub fn new(line: Line, firmware: FirmwareVersion, stop: Arc<AtomicBool>, reporter: Reporter) -> Self {
        Self {
            line,
            firmware,
            stop,
            reporter,
            waiting: VecDeque::new(),
            runners: Vec::new(),
            generator: Generator::default(),
            changed: Changed::default(),
            keeper: Keeper::default(),
            guard: Guard::default(),
            supply: SupplyWatch::default(),
            pace: Pace::default(),
            slices: Slices::default(),
            exclusive: Exclusive::default(),
            unattended: Unattended::default(),
            paced: false,
            batch: Batch::default(),
        }
    }

    /// Tests these cells to the end, and makes the unit safe, whatever happens.
    pub fn run(mut self, cells: Vec<BoundCell>) -> Ended {
        self.waiting = cells.into();
        let result = catch_unwind(AssertUnwindSafe(|| self.conduct()));
        // The current first; what there is to tell of the end can wait.
        let safe = catch_unwind(AssertUnwindSafe(|| self.end_current())).unwrap_or(false);
        let panicked = result.is_err();
        let told = catch_unwind(AssertUnwindSafe(|| {
            match result {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    let error = self.name(error);
                    self.fail_all(&error.to_string());
                }
                Err(_) => self.fail_all("a defect of this program ended the test"),
            }
            self.tell_measured_pace();
            self.put_back(safe);
        }));
        Ended { safe, panicked: panicked || told.is_err() }
    }

    /// A unit that has not answered for a moment may have been reset in that moment.
    fn name(&mut self, error: GuardError) -> GuardError {
        if matches!(error, GuardError::Line(LineError::Fault(_)))
            && self.line.start().is_ok()
            && let Err(reset @ GuardError::Reset(_)) = self.guard.look_for_reset(&mut self.line)
        {
            return reset;
        }
        error
    }

    fn conduct(&mut self) -> Result<(), GuardError> {
        self.prepare()?;
        // Before that nothing was driven.
        self.line.take_unattended();
        let mut silences = Silences::default();
        let mut unheard = None;
        loop {
            let round = match unheard.take() {
                None => self.round(),
                Some(error) => self.get_over(error),
            };
            match round {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(GuardError::Line(error))
                    if is_silence(&error) && silences.may_be_got_over(self.now()) =>
                {
                    unheard = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Does what is due, and waits for what comes. Says whether there is more to do.
    fn round(&mut self) -> Result<bool, GuardError> {
        let now = self.now();
        if self.stop.load(Ordering::Relaxed) || !self.reporter.is_heard() {
            for runner in &mut self.runners {
                runner.stop(now);
            }
        }
        self.look_after_absence()?;
        self.tell_supply()?;
        self.each_runner(Runner::attend)?;
        self.guard.attend(&mut self.line, &self.runners)?;
        self.pace.attend(&mut self.line)?;
        self.tell_pace();
        if !self.exclusive.is_held() {
            self.slices.attend(&mut self.line, &self.pace)?;
        }
        let now = self.now();
        let wake = |runner: &Runner| runner.wake_at();
        let Some(at) = self.runners.iter().filter_map(wake).min() else { return Ok(false) };
        let mut until = at.min(self.guard.wake_at()).min(self.pace.wake_at()).min(now + LONGEST_WAIT);
        if self.runners.iter().any(Runner::wants_supply) {
            until = until.min(self.supply.wake_at());
        }
        self.line.pump(until).map_err(LineError::from)?;
        self.take_outputs()?;
        Ok(true)
    }

    /// Tells cells that wait for the unit's supply whether it is there.
    fn tell_supply(&mut self) -> Result<(), GuardError> {
        if self.runners.iter().any(Runner::wants_supply)
            && let Some(present) = self.supply.look(&mut self.line)?
        {
            let now = self.now();
            self.runners.iter_mut().for_each(|runner| runner.on_supply(present, now));
        }
        Ok(())
    }

    /// Asks a unit again that was not heard, and goes on if it is as it was.
    fn get_over(&mut self, error: LineError) -> Result<bool, GuardError> {
        let begun = self.now();
        match self.line.start() {
            Ok(Running::Application) => {}
            Ok(Running::Bootloader) | Err(_) => return Err(GuardError::Lost(error)),
        }
        self.guard.look_for_reset(&mut self.line)?;
        let Self { line, generator, changed, reporter, runners, guard, pace, slices, exclusive, .. } = self;
        let mut shared = Shared { line, generator, changed, reporter, pace, slices, guard, exclusive };
        for runner in runners {
            runner.make_sure(&mut shared)?;
        }
        let seconds = (self.now() - begun).as_secs_f64();
        let what = format!("not heard: {error}; it answers again after {seconds:.1} s, and the test goes on");
        self.reporter.unit_fact(Event::Notice { what });
        Ok(true)
    }

    fn take_outputs(&mut self) -> Result<(), GuardError> {
        // A bound, so that a flood of packets cannot keep the rest of a round from its turn.
        for _ in 0..OUTPUTS {
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

    /// Does something with each runner. What only concerns its slot fails that cell alone.
    fn each_runner(
        &mut self,
        mut action: impl FnMut(&mut Runner, &mut Shared<'_>) -> Result<(), SlotError>,
    ) -> Result<(), GuardError> {
        let Self {
            line, generator, changed, reporter, runners, guard, keeper, pace, slices, exclusive, ..
        } = self;
        let mut shared = Shared { line, generator, changed, reporter, pace, slices, guard, exclusive };
        for runner in runners {
            let acted = action(runner, &mut shared);
            if let Some(registers) = runner.fence().take_renewed() {
                keeper.keep(registers);
            }
            match acted {
                Ok(()) => {}
                Err(SlotError::Line(error)) if concerns_unit(&error) => return Err(error.into()),
                Err(error) => {
                    let why = format!("slot {}: {error}", runner.slot());
                    if let Some(unseen) = runner.unseen_charge(shared.line.clock().now(), &why) {
                        shared.reporter.cell_fact(runner.live(), unseen);
                    }
                    runner.quiet(&mut shared)?;
                    // What looks like one slot's fault may be the first sign of a reset.
                    shared.guard.look_for_reset(shared.line)?;
                    shared.reporter.cell_fact(runner.live(), Event::Fault { what: why.clone() });
                    runner.fail(&why);
                }
            }
            shared.tell_changes();
            runner.report(shared.reporter);
        }
        Ok(())
    }

    /// Brings the unit and its slots to where a test can begin.
    fn prepare(&mut self) -> Result<(), LineError> {
        self.keeper.begin(&mut self.line)?;
        let facts = self.guard.begin(&mut self.line, &mut self.changed, self.firmware)?;
        facts.into_iter().for_each(|fact| self.reporter.unit_fact(fact));
        for slot in Slot::ALL {
            // Whatever ran before, here nothing flows. A slot without a cell stays as it is.
            let in_test = self.waiting.iter().any(|bound| bound.live.place.slot == slot);
            if in_test || self.line.read_twice(cell::MODE.at(slot))?.is_active() {
                fence::quiet(&mut self.line, slot)?;
            }
        }
        // Left frozen by a program that was killed, temperatures and supply would not be watched.
        self.line.write(unit::LOCK, Lock::OPEN)?;
        self.lower_threshold()?;
        if let Some(sine) = self.sine() {
            let set = Generator::set_amplitude(&mut self.line, &mut self.changed, sine);
            self.tell_changes();
            match set {
                Ok(()) => {}
                Err(SlotError::Line(error)) => return Err(error),
                Err(error) => {
                    self.refuse_waiting(&error.to_string());
                    return Ok(());
                }
            }
        }
        while let Some(bound) = self.waiting.front().cloned() {
            match self.prepare_cell(&bound) {
                Ok(runner) => self.runners.push(runner),
                Err(SlotError::Line(error)) if concerns_unit(&error) => return Err(error),
                Err(error) => self.refuse(&bound, &format!("slot {}: {error}", bound.live.place.slot)),
            }
            self.tell_changes();
            self.waiting.pop_front();
        }
        self.slices.attend(&mut self.line, &self.pace)
    }

    /// The sine that every cell that needs one can bear: the unit has one generator for all. A cell
    /// that bears none is refused.
    fn sine(&mut self) -> Option<Sine> {
        let mut smallest: Option<Sine> = None;
        for bound in std::mem::take(&mut self.waiting) {
            if needs_sine(&bound.plan) {
                let Some(sine) = plan::sine(bound.plan.limits()) else {
                    self.refuse(
                        &bound,
                        "the unit's smallest sine is too large for the limit of the discharge current",
                    );
                    continue;
                };
                smallest = Some(
                    smallest.map_or(sine, |other| if sine.mean() < other.mean() { sine } else { other }),
                );
            }
            self.waiting.push_back(bound);
        }
        smallest
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

    /// A current below ZERO_AMP_THRESH reads 0 and is not counted as charge, and a blank EEPROM
    /// means 0.25 A: the end of a taper would be invisible. It is EEPROM: written only if it differs.
    fn lower_threshold(&mut self) -> Result<(), LineError> {
        let threshold = ZeroAmpThreshold::from_raw(THRESHOLD);
        let before = self.line.read(unit::ZERO_AMP_THRESH)?;
        if !before.is_blank() && before.amperes() <= threshold.amperes() {
            return Ok(());
        }
        self.changed.set(&mut self.line, unit::ZERO_AMP_THRESH, threshold)
    }

    fn prepare_cell(&mut self, bound: &BoundCell) -> Result<Runner, SlotError> {
        let BoundCell { live, voltage, plan, .. } = bound;
        let (line, changed, slot) = (&mut self.line, &mut self.changed, live.place.slot);
        self.reporter.cell_fact(live, Event::CellBound { voltage: *voltage });
        if !self.firmware.has_hi_res() && any_step(plan.steps(), |step| step.hi_res) {
            return Err(SlotError::Wrong(format!(
                "the recipe measures in hi-res, which needs firmware 7, and unit {} has firmware {}; take hi_res out of it, or flash the unit",
                live.place.unit, self.firmware.0
            )));
        }
        let thermistor = calibration::judge(&self.keeper, bound, &mut self.reporter)?;
        let fence = Fenced::put_up(line, changed, slot, plan.limits(), thermistor)?;
        self.keeper.keep(fence.registers());
        self.reporter.cell_fact(live, Event::LimitsVerified { limits: *plan.limits() });
        changed.set(line, cell::REPORT_INTERVAL.at(slot), ReportInterval::exactly(REPORT)?)?;
        let charge = Charge::begin(line, slot)?;
        let company = Company {
            cell: live.cell.to_string(),
            batch: self.batch.clone(),
            clock: Arc::clone(line.clock()),
        };
        let program = Program::in_company(Arc::clone(plan), company);
        let now = line.clock().now();
        Ok(Runner::new(live.clone(), self.firmware, program, thermistor, fence, charge, now))
    }

    fn refuse_waiting(&mut self, why: &str) {
        for bound in std::mem::take(&mut self.waiting) {
            self.refuse(&bound, why);
        }
    }

    /// Ends the test of a cell that cannot even begin.
    fn refuse(&mut self, bound: &BoundCell, why: &str) {
        let live = &bound.live;
        let company = Company {
            cell: live.cell.to_string(),
            batch: self.batch.clone(),
            clock: Arc::clone(self.line.clock()),
        };
        let mut program = Program::in_company(Arc::clone(&bound.plan), company);
        program.fail(why);
        self.reporter.cell_fact(live, Event::Fault { what: why.to_owned() });
        while let Some(crate::program::Output::Fact(event)) = program.next_output() {
            self.reporter.cell_fact(live, event);
        }
    }

    fn fail_all(&mut self, why: &str) {
        self.reporter.unit_fact(Event::Fault { what: why.to_owned() });
        let now = self.now();
        for runner in &mut self.runners {
            if let Some(event) = runner.unseen_charge(now, why) {
                self.reporter.cell_fact(runner.live(), event);
            }
            runner.fail(why);
            runner.report(&mut self.reporter);
        }
        self.refuse_waiting(why);
    }

    /// Ends all current on the unit and reads every mode back. Says whether every slot is known to be
    /// without current.
    fn end_current(&mut self) -> bool {
        if self.line.driver().is_silent() {
            // It may be on its way back; if not, this ends by itself, and so does each of the tries below.
            let _ = self.line.start();
        }
        let mut ends: Vec<_> = Slot::ALL.map(|slot| (slot, self.end_current_of(slot))).into();
        for _ in 1..ROUNDS {
            for (slot, end) in ends.iter_mut().filter(|(_, end)| end.is_err()) {
                *end = self.end_current_of(*slot);
            }
        }
        let safe = ends.iter().all(|(_, end)| end.is_ok());
        for (slot, end) in ends {
            let event = match end {
                Ok(mode) => Event::MadeSafe { mode: mode.to_string() },
                Err(what) => Event::NotMadeSafe { what },
            };
            self.reporter.slot_fact(slot, event);
        }
        safe
    }

    fn end_current_of(&mut self, slot: Slot) -> Result<Mode, String> {
        if let Ok(mode @ (Mode::NoCell | Mode::Backwards)) = self.line.read_twice(cell::MODE.at(slot)) {
            return Ok(mode);
        }
        let mode = match fence::quiet(&mut self.line, slot) {
            // The setpoint may have failed where the mode has not.
            Err(error) => self.line.read(cell::MODE.at(slot)).map_err(|_| error.to_string())?,
            Ok(set) => set.mode,
        };
        if mode.is_active() { Err(format!("the mode is still {mode}")) } else { Ok(mode) }
    }

    /// Puts the settings back, if nothing flows any more: least of all may the watchdog be switched
    /// off while something does.
    fn put_back(&mut self, safe: bool) {
        if !safe {
            let what = "settings are left as they are, since not every slot is known to be without current";
            self.reporter.unit_fact(Event::Notice { what: what.to_owned() });
            return;
        }
        if let Err(error) = self.line.write(unit::LOCK, Lock::OPEN) {
            self.reporter.unit_fact(Event::Fault { what: error.to_string() });
        }
        for event in self.changed.restore(&mut self.line) {
            self.reporter.unit_fact(event);
        }
        let count = self.line.driver().eeprom_writes();
        self.reporter.unit_fact(Event::EepromWritten { count });
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

fn needs_sine(plan: &Plan) -> bool {
    plan.record().impedance_every.is_some()
        || any_step(plan.steps(), |step| {
            matches!(step.kind, Kind::Impedance { .. })
                || step.record.is_some_and(|record| record.impedance_every.is_some())
        })
}

/// Whether something holds for any step, those inside others among them.
fn any_step(steps: &[Step], what: fn(&Step) -> bool) -> bool {
    steps.iter().any(|step| what(step) || step.kind.steps().is_some_and(|inner| any_step(inner, what)))
}
