//! What is seen of a unit itself, by its own record and its true currents, and which laws that breaks.
//!
//! Nothing here asks the program what it did. Registers and their encodings are read from the protocol anew.

use crate::clock::Instant;
use crate::identity::{SerialNumber, Slot};
use crate::plan::{Limits, Plan, Step};
use crate::simulator::cell::Books;
use crate::simulator::{Answered, Deed, Unit};
use std::collections::VecDeque;
use std::time::Duration;

/// So long a cell may carry current after its station has lost control.
pub(super) const CONTROL: Duration = Duration::from_secs(26);
/// So often the true currents are looked at.
pub(super) const LOOK: Duration = Duration::from_secs(1);
/// So long a register may hold what a damaged frame made of it, while the program lives and the line is whole.
const MENDED: Duration = Duration::from_secs(10);
/// Frames that are on their way.
const FLIGHT: usize = 256;
/// Amperes below which nothing flows.
const NOTHING: f64 = 0.001;
/// A true current may be off by the driver's calibration until the loop has closed.
const TRIM: (f64, f64) = (1.06, 0.05);
/// The limits after a reset, to which they may be put back where nothing flows.
const DEFAULTS: [u16; 6] = [30_584, 20_389, 32_000, 32_000, 25_092, 20_825];
/// Registers.
const MODE: u8 = 0x00;
const SETPOINT: u8 = 0x03;
const FIRST_LIMIT: u8 = 0x0A;
const LAST_LIMIT: u8 = 0x0F;
const CHARGE: u16 = 3;
const IMPEDANCE: u16 = 5;

/// A law that did not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// Which, in a word or two.
    pub law: &'static str,
    /// What was seen, and when.
    pub what: String,
}

/// A stretch from a mode in which current flows to the next write of MODE, and what truly passed in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drive {
    begin: Instant,
    end: Instant,
    pub(super) passed: Books,
}

impl Drive {
    /// A moment that is surely in the step that it belongs to: begin and end are told some time after they were.
    pub(super) fn middle(&self) -> Instant {
        self.begin + self.end.since(self.begin) / 2
    }
}

#[derive(Clone, Debug, Default)]
struct Seen {
    /// The limits that were read since they were written last, by the program that lives now.
    proved: [Option<u16>; 6],
    setpoint: u16,
    mode: u16,
    open: Option<(Instant, Books)>,
    drives: Vec<Drive>,
    energised: u32,
}

/// Who looks at one unit.
pub(super) struct Witness {
    serial: SerialNumber,
    watchdog: bool,
    limits: Limits,
    /// The largest setpoint that the plan can ask for.
    most: u16,
    slots: [Seen; 4],
    /// Frames that the station sent and the unit has not taken.
    flight: VecDeque<(u8, u8, u16)>,
    /// When the unit last took a frame from its station.
    controlled: Instant,
    looked: Instant,
    /// Whether a current without control has been told of since then.
    told: bool,
    /// Registers that a damaged frame has changed, and since when.
    strays: Vec<(Instant, u8, u8)>,
    breaches: Vec<Breach>,
}

impl Witness {
    /// Of a unit with this firmware, whose cells are tested by this plan.
    pub(super) fn new(serial: SerialNumber, firmware: u16, plan: &Plan) -> Self {
        let limits = *plan.limits();
        let most =
            largest(plan.steps(), &limits).min(limits.current_charge.0.max(limits.current_discharge.0));
        Self {
            serial,
            watchdog: firmware >= 4,
            limits,
            most: (most * 1.1 * 128.0).round() as u16,
            slots: std::array::from_fn(|_| Seen::default()),
            flight: VecDeque::new(),
            controlled: Instant::ORIGIN,
            looked: Instant::ORIGIN,
            told: false,
            strays: Vec::new(),
            breaches: Vec::new(),
        }
    }

    /// Whether the unit stops its cells by itself when it is left alone.
    pub(super) fn has_watchdog(&self) -> bool {
        self.watchdog
    }

    /// A program begins that knows nothing of what was proved before.
    pub(super) fn new_life(&mut self) {
        self.flight.clear();
        self.slots.iter_mut().for_each(|slot| slot.proved = [None; 6]);
    }

    /// What the station sends, as it leaves the program.
    pub(super) fn sent(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(start) = rest.iter().position(|byte| *byte == 0xAA) {
            let Some([_, namespace, address, low, high]) = rest[start..].first_chunk::<5>() else { break };
            self.flight.push_back((*namespace, *address, u16::from_le_bytes([*low, *high])));
            rest = &rest[start + 5..];
        }
        while self.flight.len() > FLIGHT {
            self.flight.pop_front();
        }
    }

    /// When the true currents are to be looked at next.
    pub(super) fn looks_at(&self) -> Instant {
        self.looked + LOOK
    }

    /// Goes through the unit's record, and looks at its true currents now and then. `whole`: a living program has
    /// a whole line to it.
    pub(super) fn look(&mut self, unit: &mut Unit, now: Instant, whole: bool) {
        for deed in unit.take_deeds() {
            match deed {
                Deed::Restarted(at) => self.restarted(at),
                Deed::Answered(answered) => self.answered(&answered, unit),
            }
        }
        if now >= self.looked + LOOK {
            self.looked = now;
            self.currents(unit, now);
            self.mended(unit, now, whole);
        }
    }

    fn restarted(&mut self, _: Instant) {
        self.strays.clear();
        for slot in &mut self.slots {
            slot.proved = [None; 6];
            slot.setpoint = 256;
            slot.mode = 0;
        }
    }

    fn answered(&mut self, deed: &Answered, unit: &Unit) {
        let address = deed.address | if deed.read.is_none() { 0x80 } else { 0 };
        let is = |frame: &(u8, u8, u16)| {
            frame.0 == deed.namespace
                && frame.1 == address
                && deed.written.is_none_or(|written| written == frame.2)
        };
        let from_station = match self.flight.iter().position(is) {
            Some(index) => {
                self.flight.drain(..=index);
                (self.controlled, self.told) = (deed.at, false);
                true
            }
            None => false,
        };
        let Some(slot) = self.slots.get_mut(usize::from(deed.namespace)) else { return };
        let limit = (FIRST_LIMIT..=LAST_LIMIT).contains(&deed.address);
        if let (Some(value), true) = (deed.read, limit && from_station) {
            slot.proved[usize::from(deed.address - FIRST_LIMIT)] = Some(value);
        }
        let Some(value) = deed.written else { return };
        if limit {
            slot.proved[usize::from(deed.address - FIRST_LIMIT)] = None;
        }
        if deed.address == SETPOINT {
            slot.setpoint = value;
        }
        let energises = deed.address == MODE && (CHARGE..=IMPEDANCE).contains(&value);
        if deed.address == MODE {
            slot.mode = value;
            if let (Some((begin, before)), Some(books)) = (slot.open.take(), deed.books) {
                slot.drives.push(Drive { begin, end: deed.at, passed: books.since(&before) });
            }
            slot.open = deed.books.filter(|_| energises).map(|books| (deed.at, books));
            slot.energised += u32::from(energises);
        }
        if !from_station {
            self.strays.push((deed.at, deed.namespace, deed.address));
            return;
        }
        let (proved, setpoint, active) =
            (slot.proved, slot.setpoint, (CHARGE..=IMPEDANCE).contains(&slot.mode));
        let where_ = format!("unit {} slot {} at {}", self.serial, deed.namespace, shown(deed.at));
        if energises {
            for (index, proof) in proved.into_iter().enumerate() {
                match proof {
                    None => self.breach(
                        "limits before current",
                        format!("{where_}: mode {value} is written and limit {:#04x} was not read back since it was written", index as u8 + FIRST_LIMIT),
                    ),
                    Some(limit) if !self.allows(unit, deed.namespace, index, limit) => self.breach(
                        "limits before current",
                        format!("{where_}: mode {value} is written and limit {:#04x} holds {limit}", index as u8 + FIRST_LIMIT),
                    ),
                    Some(_) => {}
                }
            }
            if value != IMPEDANCE && setpoint != 0 {
                self.breach(
                    "envelope",
                    format!("{where_}: mode {value} is written and the setpoint is {setpoint}"),
                );
            }
        }
        if deed.address == SETPOINT && value > self.most {
            let most = self.most;
            self.breach("envelope", format!("{where_}: setpoint {value}, and the plan's largest is {most}"));
        }
        if limit {
            let index = usize::from(deed.address - FIRST_LIMIT);
            let put_back = !active && value.abs_diff(DEFAULTS[index]) <= 1;
            if !put_back && !self.allows(unit, deed.namespace, index, value) {
                self.breach("envelope", format!("{where_}: limit {:#04x} is set to {value}", deed.address));
            }
        }
    }

    /// Whether a limit register may hold a value while current flows.
    fn allows(&self, unit: &Unit, namespace: u8, index: usize, raw: u16) -> bool {
        let volts = f64::from(raw) * 4.5 / 32_768.0;
        let amperes = f64::from(raw) * 4.096 / 32_768.0;
        let limits = &self.limits;
        match index {
            0 => volts <= limits.voltage_high.0 + 0.0002,
            1 => volts >= limits.voltage_low.0 - 0.0002,
            2 => amperes <= limits.current_charge.0 + 0.0002,
            3 => amperes <= limits.current_discharge.0 + 0.0002,
            4 => celsius(unit, namespace, raw).is_none_or(|it| it <= limits.temperature_charge.0 + 0.1),
            _ => celsius(unit, namespace, raw).is_none_or(|it| it <= limits.temperature_discharge.0 + 0.1),
        }
    }

    fn currents(&mut self, unit: &mut Unit, now: Instant) {
        for slot in Slot::ALL {
            let current = unit.current(slot).0;
            let (serial, strays) = (self.serial, self.strays.iter().any(|stray| stray.1 == slot.number()));
            let limit =
                if current > 0.0 { self.limits.current_charge.0 } else { self.limits.current_discharge.0 };
            if !strays && current.abs() > limit * TRIM.0 + TRIM.1 {
                let at = shown(now);
                self.breach("envelope", format!("unit {serial} slot {slot} at {at}: {current:.3} A flow"));
            }
            let alone = now.since(self.controlled);
            if self.watchdog && !self.told && current.abs() > NOTHING && alone > CONTROL {
                self.told = true;
                let (at, alone) = (shown(now), alone.as_secs_f64());
                self.breach(
                    "26 s",
                    format!("unit {serial} slot {slot} at {at}: {current:.3} A flow, and its station has not reached it for {alone:.1} s"),
                );
            }
        }
    }

    /// What a damaged frame did has to be put right in time.
    fn mended(&mut self, unit: &mut Unit, now: Instant, whole: bool) {
        if !whole {
            // The time counts from where the line is whole.
            self.strays.iter_mut().for_each(|stray| stray.0 = stray.0.max(now));
            return;
        }
        let due: Vec<_> = self.strays.extract_if(.., |stray| now >= stray.0 + MENDED).collect();
        for (_, namespace, address) in due {
            let Some(slot) = Slot::new(namespace) else { continue };
            let Some(value) = unit.register(namespace, address) else { continue };
            let flows = unit.current(slot).0.abs() > NOTHING;
            let bad = match address {
                SETPOINT => value > self.most,
                FIRST_LIMIT..=LAST_LIMIT => {
                    !self.allows(unit, namespace, usize::from(address - FIRST_LIMIT), value)
                }
                _ => false,
            };
            if flows && bad {
                let (serial, at) = (self.serial, shown(now));
                self.breach(
                    "envelope",
                    format!("unit {serial} slot {slot} at {at}: register {address:#04x} still holds {value}, which a damaged frame had made of it"),
                );
            }
        }
    }

    fn breach(&mut self, law: &'static str, what: String) {
        self.breaches.push(Breach { law, what });
    }

    /// What did not hold.
    pub(super) fn breaches(&self) -> &[Breach] {
        &self.breaches
    }

    /// Every stretch of current in a slot that has ended.
    pub(super) fn drives(&self, slot: Slot) -> &[Drive] {
        &self.slots[slot.index()].drives
    }

    /// How often current was switched on in a slot.
    pub(super) fn energised(&self, slot: Slot) -> u32 {
        self.slots[slot.index()].energised
    }
}

/// The temperature that a raw limit stands for, by the thermistor of its slot.
fn celsius(unit: &Unit, namespace: u8, raw: u16) -> Option<f64> {
    let (divider, beta) = (unit.register(namespace, 0x16)?, unit.register(namespace, 0x17)?);
    let resistance = f64::from(divider) / (32_768.0 / f64::from(raw) - 1.0);
    let inverse = 1.0 / 298.15 + (resistance / 10_000.0).ln() / f64::from(beta);
    Some(1.0 / inverse - 273.15)
}

/// The largest current that a plan's steps ask for.
pub(super) fn largest(steps: &[Step], limits: &Limits) -> f64 {
    let of = |step: &Step| match step.kind.steps() {
        Some(inner) => largest(inner, limits),
        None => step.kind.highest_current(limits).0,
    };
    steps.iter().map(of).fold(0.0, f64::max)
}

/// A moment in seconds.
pub(super) fn shown(at: Instant) -> String {
    format!("{:.3} s", at.since(Instant::ORIGIN).as_secs_f64())
}
