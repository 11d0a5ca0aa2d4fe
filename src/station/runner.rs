//! One cell on its slot: brings the slot to what the program commands, and tells the program what
//! the slot does.

mod counted;
mod foreseen;
mod held;
mod hi_res;
mod let_go;
mod reconcile;
mod stopped;

use super::BoundCell;
use super::allowance::Allowance;
use super::changed::Changed;
use super::charge::Charge;
use super::exclusive::Exclusive;
use super::fence::{self, Fenced, Set};
use super::frozen::FrozenWatch;
use super::guard::Guard;
use super::hi_res::{HiRes, LOOK};
use super::live::Live;
use super::others::Others;
use super::pace::Pace;
use super::reporter::Reporter;
use super::sampler::Sampler;
use super::setup::needs_sine;
use super::sine::{Generator, Measurement};
use super::slices::Slices;
use super::slot_error::SlotError;
use super::snapshot::{Measured, Snapshot};
use super::unfenced::{self, Unfenced};
use super::witness;
use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::event::Event;
use crate::identity::Slot;
use crate::plan::{self, Direction, Sine};
use crate::program::{Activity, Command, Program, Reading};
use crate::units::{Amperes, Coulombs};
use crate::wire::{FirmwareVersion, Mode, Setpoint, Thermistor};
use foreseen::Foreseen;
use held::Held;
use std::time::Duration;

/// After a change of current: one rotation of the slices, one slice, and the driver's ramp. Before
/// that, the unit judges limits on what was before, and its counter has not closed the last slice.
pub(super) const SETTLE: Duration = Duration::from_millis(820);
/// A slot that has told nothing for so long is asked.
const QUIET: Duration = Duration::from_millis(1500);
/// Without a fresh reading for so long, the slot does not earn the watchdog's kick.
const STALE: Duration = Duration::from_secs(3);
/// So many values on end that are none are a fault, not a damaged packet.
const ODD: u32 = 4;

/// So many times within so long a slot waits for its unit's supply.
const HOLDS: (usize, Duration) = (5, Duration::from_secs(3600));

/// What runs on the unit that all slots share.
pub(super) struct Shared<'s> {
    pub(super) line: &'s mut Line,
    pub(super) others: Others<'s>,
    pub(super) generator: &'s mut Generator,
    pub(super) changed: &'s mut Changed,
    pub(super) reporter: &'s mut Reporter,
    pub(super) pace: &'s Pace,
    pub(super) slices: &'s mut Slices,
    pub(super) guard: &'s mut Guard,
    pub(super) exclusive: &'s mut Exclusive,
    /// How long a slot waits for what its unit lacks.
    pub(super) patience: Duration,
}

impl Shared<'_> {
    /// Reports what has been changed on the unit.
    pub(super) fn tell_changes(&mut self) {
        for fact in self.changed.take_facts() {
            self.reporter.unit_fact(fact);
        }
    }

    /// Looks between two calls whether the current of another slot has come to its end.
    pub(super) fn look_after_others(&mut self) -> Result<(), LineError> {
        self.others.look_after(self.line)
    }

    fn now(&self) -> Instant {
        self.line.clock().now()
    }
}

#[derive(Debug)]
enum Applied {
    Idle,
    Drive(Direction, Setpoint),
    Sine(Measurement),
}

/// One cell under test.
pub(super) struct Runner {
    bound: BoundCell,
    slot: Slot,
    firmware: FirmwareVersion,
    program: Program,
    thermistor: Thermistor,
    fence: Fenced,
    charge: Charge,
    sampler: Sampler,
    applied: Applied,
    since: Instant,
    /// When the current came to what it is set to now.
    set_at: Instant,
    /// Whether current is being switched on or off, and not all of it has been read back yet.
    switching: bool,
    /// What the driver was set to when the current ended last.
    ended: Amperes,
    /// Whether a settled reading has been told since the current ended.
    settled: bool,
    last_seen: Instant,
    last_fresh: Instant,
    /// Up to when what the slot told was looked at for the end of its current, and that end where it was found.
    looked: Instant,
    foreseen: Option<Foreseen>,
    odd: u32,
    frozen: FrozenWatch,
    /// While the slot has every slice of the unit.
    hi_res: Option<HiRes>,
    /// What passed in hi-res and no reading has told yet, and the small current that is compared.
    owed: Coulombs,
    compared: Option<Amperes>,
    /// Which way a current flows, or flowed last, and how much.
    flowed: Option<(Direction, Amperes)>,
    /// While its unit lacks its supply, and how often it may.
    held: Option<Held>,
    holds: Allowance,
    /// Whether another slot has the unit.
    blind: bool,
    /// The absences from the line after which the slot was asked.
    absences: u64,
    /// Stops by limits or measured values that a torn frame had changed.
    torn: u32,
    /// When a torn frame last landed on what the unit judges the slot by.
    strayed: Option<Instant>,
}

impl Runner {
    /// A cell that lies idle behind its limits.
    pub(super) fn new(
        cell: Unfenced,
        firmware: FirmwareVersion,
        thermistor: Thermistor,
        fence: Fenced,
        charge: Charge,
        now: Instant,
    ) -> Self {
        let Unfenced { bound, program, seen, .. } = cell;
        let slot = bound.live.place.slot;
        Self {
            bound,
            slot,
            firmware,
            frozen: FrozenWatch::of(program.nominal()),
            hi_res: None,
            owed: Coulombs(0.0),
            compared: None,
            flowed: seen.and_then(|seen| seen.flowed()),
            held: None,
            holds: Allowance::of(HOLDS.0, HOLDS.1),
            blind: false,
            absences: 0,
            program,
            thermistor,
            fence,
            charge,
            sampler: Sampler::new(slot),
            applied: Applied::Idle,
            since: now,
            set_at: now,
            switching: false,
            ended: Amperes(0.0),
            settled: false,
            last_seen: now,
            last_fresh: now,
            looked: now,
            foreseen: None,
            odd: 0,
            torn: 0,
            strayed: None,
        }
    }

    pub(super) fn slot(&self) -> Slot {
        self.slot
    }

    pub(super) fn live(&self) -> &Live {
        &self.bound.live
    }

    /// The sine that its cell can bear, if its test may make one.
    pub(super) fn sine(&self) -> Option<Sine> {
        needs_sine(&self.bound.plan).then(|| plan::sine(self.bound.plan.limits())).flatten()
    }

    /// The fence of the slot.
    pub(super) fn fence(&mut self) -> &mut Fenced {
        &mut self.fence
    }

    /// Whether the program has ended and the slot is quiet.
    pub(super) fn is_done(&self) -> bool {
        self.program.command() == Command::Finished && matches!(self.applied, Applied::Idle)
    }

    /// Whether this slot stands in the way of the watchdog's kick: energised, and no fresh and
    /// plausible reading on which its program has moved.
    pub(super) fn starves(&self, now: Instant) -> bool {
        let stands = self.stands_for(now);
        !matches!(self.applied, Applied::Idle) && (now - self.last_fresh).max(stands) > STALE
    }

    /// How long the counter has not moved although current was switched on.
    fn stands_for(&self, now: Instant) -> Duration {
        let stands = match &self.hi_res {
            None => self.charge.stands_for(now),
            Some(hi_res) => hi_res.stands_for(now),
        };
        stands.min(now - self.since)
    }

    /// The next moment at which this slot needs attention.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        if self.is_done() {
            return None;
        }
        let mut at = self.last_seen + self.patience();
        if !self.blind && !self.settled && matches!(self.applied, Applied::Idle) {
            at = at.min(self.since + SETTLE);
        }
        if let Applied::Sine(measurement) = &self.applied {
            at = at.min(measurement.wake_at());
        }
        if let Some(wake) = self.program.wake_at() {
            at = at.min(wake);
        }
        Some(at)
    }

    /// How long a slot may tell nothing before it is asked.
    fn patience(&self) -> Duration {
        if self.hi_res.is_some() { LOOK } else { QUIET }
    }

    /// Whether it is in the midst of a current, or of a step with currents, or has not been read since.
    fn is_busy(&self) -> bool {
        let rests = matches!(self.applied, Applied::Idle) && self.settled && self.program.may_wait();
        !(rests || self.is_done())
    }

    /// Whether the program waits for the unit's supply.
    pub(super) fn wants_supply(&self) -> bool {
        self.program.wants_supply() || self.lacks().is_some()
    }

    /// Asks the program to end.
    pub(super) fn stop(&mut self, now: Instant) {
        self.program.stop(now);
    }

    /// Ends the test of this cell, because it or its slot can no longer be trusted.
    pub(super) fn fail(&mut self, why: &str) {
        self.program.fail(why);
    }

    /// Ends the test of this cell where it is, because its unit does not come back.
    pub(super) fn lose(&mut self, why: &str) {
        self.program.lose(why);
    }

    /// Ends this slot's current whatever the program says.
    pub(super) fn quiet(&mut self, shared: &mut Shared<'_>) -> Result<(), LineError> {
        self.switching = true;
        let Set { at, .. } = match self.take_foreseen() {
            Some(set) => set,
            None => fence::stop(shared.line, self.slot)?,
        };
        shared.look_after_others()?;
        fence::zero(shared.line, self.slot)?;
        if !matches!(self.applied, Applied::Idle) {
            self.charge.switched(at);
            if let Some(hi_res) = &self.hi_res {
                // The slice in which the current ends counts as one without any.
                self.owed += self.bound.live.look().current.abs() * hi_res.time_in_slice(at);
            }
        }
        self.ended = match &self.applied {
            Applied::Idle => self.ended,
            Applied::Drive(_, setpoint) => setpoint.amperes(),
            Applied::Sine(_) => Amperes(0.0),
        };
        self.applied = Applied::Idle;
        self.switching = false;
        self.since = at;
        self.set_at = at;
        self.settled = false;
        shared.generator.release(self.slot);
        Ok(())
    }

    /// When the counter was looked at last.
    fn looked_at(&self) -> Instant {
        self.hi_res.as_ref().map_or_else(|| self.charge.looked_at(), HiRes::looked_at)
    }

    /// What can have passed since the last look at the counter, if the unit cannot be asked any more and all current ended
    /// by then.
    pub(super) fn unseen_charge(&self, ended: Instant, why: &str) -> Option<Event> {
        let (ended, set) = match &self.applied {
            Applied::Idle if self.settled => return None,
            // It has ended, and the counter was not looked at since.
            Applied::Idle => (ended.min(self.since), self.ended),
            Applied::Drive(_, setpoint) => (ended, setpoint.amperes()),
            Applied::Sine(_) => (ended, Amperes(0.0)),
        };
        self.charge.gap(self.looked_at(), ended, set, why)
    }

    /// Makes sure of the slot after a silence. A switching on or off that was not seen through ends without a current, from
    /// which what is commanded begins anew; the setpoint of a current that flows is written once more, because a write that
    /// was not heard of may have ended in any way.
    pub(super) fn make_sure(&mut self, shared: &mut Shared<'_>) -> Result<(), LineError> {
        match &self.applied {
            _ if self.switching => {
                self.quiet(shared)?;
                if matches!(self.program.command(), Command::Idle | Command::Finished) {
                    self.program.on_switched(self.since);
                }
                Ok(())
            }
            Applied::Drive(_, setpoint) => self.fence.adjust(shared.line, *setpoint).map(drop),
            Applied::Idle | Applied::Sine(_) => Ok(()),
        }
    }

    /// Does what is due: tells the program the time, looks at a slot that has not told anything,
    /// measures, and brings the slot to what the program commands.
    pub(super) fn attend(&mut self, shared: &mut Shared<'_>) -> Result<(), SlotError> {
        self.leave_hi_res(shared)?;
        shared.exclusive.note(self.slot, self.is_busy());
        self.blind = shared.exclusive.is_blind(self.slot);
        if self.is_done() || self.foreseen.is_some() {
            return Ok(());
        }
        self.watch_hold(shared);
        let absences = shared.line.absences();
        if self.absences != absences && !self.blind {
            // What the slot does now comes before what the clock says: its time may be over, and its current was over before.
            self.poll(shared)?;
            self.absences = absences;
            self.own_up(self.last_seen, shared)?;
        }
        self.program.on_time(shared.now());
        if self.blind {
            self.last_seen = shared.now();
            return Ok(());
        }
        self.reconcile(shared)?;
        self.leave_hi_res(shared)?;
        shared.look_after_others()?;
        let now = shared.now();
        if let Applied::Sine(measurement) = &mut self.applied
            && let Some(point) = measurement.look(shared.line, self.slot)?
        {
            self.program.on_impedance(point, shared.now());
            self.reconcile(shared)?;
        }
        let to_settle = !self.settled && matches!(self.applied, Applied::Idle) && now >= self.since + SETTLE;
        if to_settle || now >= self.last_seen + self.patience() {
            self.poll(shared)?;
            self.own_up(self.last_seen, shared)?;
        }
        Ok(())
    }

    /// Hands the program's reports on.
    pub(super) fn report(&mut self, reporter: &mut Reporter) {
        unfenced::report(&mut self.program, &self.bound, Some(self.charge.sum()), reporter);
    }

    /// Takes in what the slot told by itself.
    pub(super) fn on_snapshot(
        &mut self,
        snapshot: Snapshot,
        shared: &mut Shared<'_>,
    ) -> Result<(), SlotError> {
        // While one slot is asked, what the others tell waits its turn. Told before its slot was asked, it is of the past.
        if self.is_done() || snapshot.heard < self.last_seen {
            return Ok(());
        }
        self.last_seen = snapshot.heard;
        if shared.exclusive.is_blind(self.slot) {
            return Ok(());
        }
        if self.expects(snapshot.mode) {
            self.take(snapshot, shared)?;
        } else {
            self.poll(shared)?;
        }
        Ok(self.own_up(snapshot.heard, shared)?)
    }

    /// Asks the slot. What it says then is believed, if it is asked twice.
    fn poll(&mut self, shared: &mut Shared<'_>) -> Result<(), SlotError> {
        let mut snapshot = Snapshot::take(shared.line, self.slot)?;
        if !self.expects(snapshot.mode) {
            snapshot = Snapshot::take(shared.line, self.slot)?;
        }
        self.last_seen = shared.now();
        if self.expects(snapshot.mode) {
            return self.take(snapshot, shared);
        }
        match (&self.applied, snapshot.mode) {
            // Nothing flows; the counter is to tell first what has passed, and has not closed the last slice yet.
            (Applied::Idle, Mode::NoCell | Mode::Backwards) if !self.rests(self.last_seen) => Ok(()),
            (Applied::Idle, Mode::NoCell) => {
                Err(SlotError::Wrong("the cell is no longer in its slot".into()))
            }
            (Applied::Idle, Mode::Backwards) => Err(SlotError::Wrong("the cell is reversed".into())),
            (Applied::Idle, mode) => {
                let mode = mode.to_string();
                self.quiet(shared)?;
                Err(SlotError::Wrong(format!(
                    "the slot was found in mode {mode}, but nothing had been switched on"
                )))
            }
            (_, Mode::Stopped) => self.on_stopped(shared),
            (_, mode) => {
                Err(SlotError::Wrong(format!("the slot was switched on, and is found in mode {mode}")))
            }
        }
    }

    /// Whether a mode goes with what was applied.
    fn expects(&self, mode: Mode) -> bool {
        match &self.applied {
            Applied::Idle => matches!(mode, Mode::Idle | Mode::Stopped),
            Applied::Drive(Direction::Charge, _) => mode == Mode::Charge,
            Applied::Drive(Direction::Discharge, _) => mode == Mode::Discharge,
            Applied::Sine(_) => mode == Mode::Impedance,
        }
    }

    /// Makes a reading of a snapshot whose mode is as expected, and gives it to the program. What
    /// the slot only told by itself, in a packet without a checksum, is asked again if much hangs on it.
    fn take(&mut self, mut snapshot: Snapshot, shared: &mut Shared<'_>) -> Result<(), SlotError> {
        let measured = match snapshot.measured(self.thermistor) {
            Ok(measured) => measured,
            Err(error) => return self.is_odd(error.into()),
        };
        let now = shared.now();
        let activity = match &self.applied {
            Applied::Drive(direction, _) => Activity::Driving(*direction),
            Applied::Sine(_) => Activity::Sine,
            Applied::Idle if now < self.since + SETTLE => return Ok(()),
            Applied::Idle => Activity::Settled,
        };
        let slice = match &mut self.hi_res {
            Some(hi_res) => hi_res.slice(&snapshot),
            None => self.sampler.take(snapshot, shared.slices, shared.pace),
        };
        let Some(mut slice) = slice else { return self.look_whether_frozen(now) };
        // Closed, or begun, before the slot was switched to what it does: it tells of what was before.
        if slice.begin < self.since && !self.settled {
            return Ok(());
        }
        let mut reading = Reading {
            at: slice.middle(),
            heard: now,
            activity,
            since: self.since,
            steady: slice.begin >= self.set_at,
            voltage: measured.voltage,
            current: measured.current,
            temperature: measured.temperature,
            passed: Coulombs(0.0),
        };
        if activity == Activity::Settled && (self.waits_to_begin() || self.held.is_some()) {
            // Of a step that has not begun, or cannot go on yet, there is nothing to be told.
            self.odd = 0;
            self.settled = self.count(&mut reading, slice, shared)?;
            self.owed += reading.passed;
            self.last_fresh = now;
            if self.settled {
                self.tell_held();
            }
            return self.reconcile(shared);
        }
        if self.program.doubts(&reading) {
            let (slot, thermistor) = (self.slot, self.thermistor);
            shared.look_after_others()?;
            let second = match self.asked_already(&snapshot) {
                Some(second) => Some(second),
                None => witness::second(&measured, shared.line, slot, thermistor, |mode| self.expects(mode))?,
            };
            let Some((asked, second)) = second else {
                return self.is_odd(SlotError::Wrong("its readings contradict each other".into()));
            };
            let Measured { voltage, current, temperature } = second;
            let told = std::mem::replace(&mut snapshot, asked).heard;
            self.last_seen = asked.heard;
            slice = match &mut self.hi_res {
                Some(hi_res) => hi_res.slice(&asked).unwrap_or(slice),
                None => self.sampler.again(asked, shared.slices, shared.pace).unwrap_or(slice),
            };
            let (at, steady) = (slice.middle(), slice.begin >= self.set_at);
            reading = Reading { at, steady, voltage, current, temperature, ..reading };
            let drives = matches!(self.applied, Applied::Drive(..)) && self.hi_res.is_none();
            if drives && self.foreseen.is_none() && self.program.ends_by(&reading) {
                // The current first; what passed can be asked afterwards.
                self.end_now(told, (asked, second), shared.line)?;
            }
            shared.look_after_others()?;
        }
        self.odd = 0;
        if self.count(&mut reading, slice, shared)? {
            self.watch_frozen(&snapshot, &reading)?;
            self.settled = activity == Activity::Settled;
            self.last_fresh = now;
            self.program.on_reading(&reading);
            self.show(&reading);
        }
        shared.look_after_others()?;
        self.reconcile(shared)
    }

    /// Whether a current is commanded that must wait for other slots, or for hi-res.
    fn waits_to_begin(&self) -> bool {
        matches!(self.program.command(), Command::Drive(..)) && self.program.may_wait()
    }

    /// Passes over a reading that is none, unless there have been too many on end.
    fn is_odd(&mut self, why: SlotError) -> Result<(), SlotError> {
        self.odd += 1;
        if self.odd >= ODD { Err(why) } else { Ok(()) }
    }

    fn show(&mut self, reading: &Reading) {
        let current = match reading.activity {
            Activity::Driving(direction) => direction.sign(reading.current),
            Activity::Sine => -reading.current,
            Activity::Settled => crate::units::Amperes(0.0),
        };
        if let (Some((_, flowed)), true) = (&mut self.flowed, current.0 != 0.0) {
            *flowed = current.abs();
        }
        let glance = self.program.glance();
        self.bound.live.update(|glimpse| {
            glimpse.at = reading.at;
            glimpse.voltage = reading.voltage;
            glimpse.current = current;
            glimpse.temperature = reading.temperature;
            if let Some((step, cycle, start, passed)) = glance {
                if glimpse.step_id != step.id {
                    glimpse.step_id = step.id;
                    glimpse.step = step.label();
                }
                glimpse.cycle = cycle;
                glimpse.step_time = reading.at - start;
                glimpse.charge = (passed.charge_in - passed.charge_out).abs();
            }
        });
    }
}
