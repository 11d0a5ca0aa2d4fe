//! The cycle test of the vendor's tools as a recipe: fill, then rest, empty, rest and fill as often as is said, then
//! empty to the voltage for storage.

use super::limits::{self, Voltages};
use super::record;
use super::settings::{Settings, Train};
use crate::exchange::draft::{Cell, Draft, Limits, Step, What, bound, name_of, tidy, time};
use crate::exchange::{CellHint, Fate, ImportError, Note};
use crate::plan::{CURRENT_MARGIN, CURRENT_STEP, Direction, HIGHEST_CURRENT_LIMIT, HOLD_MARGIN};
use crate::recipe::DemandText;
use crate::units::{Amperes, CurrentSpec, Volts, format_duration};
use std::time::Duration;

/// Hours that a tapering current is given beyond those of a constant one.
const TAPERING: f64 = 12.0;

/// The recipe that does what the tool would do by its settings.
///
/// # Errors
/// No current would ever flow, the cutoffs leave nothing between them, or a time is one that no step may take.
pub(super) fn draft(
    settings: &Settings,
    hint: CellHint,
    notes: &mut Vec<Note>,
) -> Result<Draft, ImportError> {
    for (key, seconds) in [
        ("restPeriod", settings.rest),
        ("reportingPeriod", settings.report),
        ("impedanceReportingPeriod", settings.impedance),
    ] {
        if seconds > 0.0 && time(seconds).is_none() {
            let what = format!("{seconds} s is no time for a step: a microsecond to 400 days");
            return Err(ImportError::refused(key, what));
        }
    }
    let cell = Cell::find(hint, settings.chemistry, None, notes);
    let (limits, fence) = limits::find(settings, cell, notes)?;
    let mut cycle = Cycle { settings, cell, limits, fence, bounds: Vec::new(), notes };
    let steps = cycle.steps();
    if !steps.iter().any(|step| !matches!(step.what, What::Rest(_))) {
        return Err(ImportError::refused(
            "prechargeRate",
            "with this current the original never comes to its next step",
        ));
    }
    cycle.added();
    let Cycle { fence: limits, .. } = cycle;
    let record = record::record(settings, &limits, notes);
    let name = name_of(&settings.name).unwrap_or_else(|| "imported".to_owned());
    if name != settings.name {
        let what = format!("{:?} is no name here; the recipe is called {name:?}", settings.name);
        notes.push(Note::new(Fate::NotCarried, "cellPlaylistName", what));
    }
    let description = format!("As {} does it by its settings: {}", settings.tool, settings.name);
    let remarks = record::remarks(settings, &record, notes);
    Ok(Draft { name, description, cell, limits, record, steps, remarks })
}

/// The recipe under way.
struct Cycle<'a> {
    settings: &'a Settings,
    cell: Cell,
    limits: Voltages,
    fence: Limits,
    /// The bounds in time that the steps were given.
    bounds: Vec<Duration>,
    notes: &'a mut Vec<Note>,
}

impl<'a> Cycle<'a> {
    /// Tells something once, though several steps come to it.
    fn note(&mut self, fate: Fate, key: &str, what: impl Into<String>) {
        let note = Note::new(fate, key, what);
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// What the setpoint register holds of a current, and the recipe asks for; none where it is no current, and the
    /// original stays in the step for ever.
    fn held(&mut self, direction: Direction, key: &str, asked: Amperes) -> Option<Amperes> {
        let truncated = CURRENT_STEP * (asked.0 / CURRENT_STEP.0).trunc();
        if truncated < CURRENT_STEP {
            let what = format!(
                "{asked} is no current for the unit; the original stays in this step for ever, and the recipe ends before it"
            );
            self.note(Fate::NotCarried, key, what);
            return None;
        }
        let mut held = truncated;
        if held < self.settings.taper.step {
            held = self.settings.taper.step;
            let what = format!("{asked} is less than the original ever drives, {held}");
            self.note(Fate::Changed, key, what);
        } else if tidy(held.0 - asked.0) != 0.0 {
            let what =
                format!("{asked} is no step of the unit's register; the original cuts it down to {held}");
            self.note(Fate::Changed, key, what);
        }
        let limit = match direction {
            Direction::Charge => self.fence.charge,
            Direction::Discharge => self.fence.discharge,
        };
        let limit = limit.unwrap_or(HIGHEST_CURRENT_LIMIT);
        let highest = (limit.0 / (1.0 + CURRENT_MARGIN.0)).min(limit.0 - CURRENT_MARGIN.1.0);
        let highest = CURRENT_STEP * ((highest + 1e-9) / CURRENT_STEP.0).floor().max(0.0);
        if highest < CURRENT_STEP {
            let what = format!(
                "no current is far enough below the cutoff of {limit}; the recipe ends before this step"
            );
            self.note(Fate::NotCarried, key, what);
            return None;
        }
        if held > highest {
            let what = format!(
                "{held} is too near to the cutoff of {limit}, on which a step would end as a fault; the recipe says {highest}"
            );
            self.note(Fate::NotCarried, key, what);
            held = highest;
        }
        Some(held)
    }

    /// All steps, up to one that the original would never leave.
    fn steps(&mut self) -> Vec<Step> {
        let settings = self.settings;
        let asked = settings.warmup + settings.measured;
        let cycles = asked.ceil().clamp(0.0, f64::from(u32::MAX)) as u32;
        if asked.fract() != 0.0 {
            let what = format!("{asked} cycles are not whole; the original does {cycles}");
            self.note(Fate::Changed, "numMeasurementCycles", what);
        }
        let mut steps = Vec::new();
        let Some(precharge) = self.charge("precharge", "prechargeRate", settings.precharge, None) else {
            return steps;
        };
        steps.extend(precharge);
        if cycles > 0 {
            let (pass, whole) = self.pass();
            if !whole {
                steps.extend(pass);
                return steps;
            }
            if settings.warmup > 0.0 {
                let what =
                    "warm-up cycles are like the others to the original; the recipe repeats both together";
                self.note(Fate::NotCarried, "numWarmupCycles", what);
            }
            steps.push(Step::of(What::Repeat { times: cycles, steps: pass }));
        }
        steps.extend(self.storage());
        steps
    }

    /// Rest, empty, rest, fill; and whether the original would come to the end of it.
    fn pass(&mut self) -> (Vec<Step>, bool) {
        let settings = self.settings;
        let mut pass = Vec::new();
        pass.extend(self.rest("charge-rest"));
        let train = settings.pulse.as_ref().map(|pulse| pulse.discharge);
        let Some(discharge) = self.discharge("discharge", settings.discharge, train) else {
            return (pass, false);
        };
        pass.extend(discharge);
        pass.extend(self.rest("discharge-rest"));
        let train = settings.pulse.as_ref().map(|pulse| pulse.charge);
        let Some(charge) = self.charge("charge", "chargeRate", settings.charge, train) else {
            return (pass, false);
        };
        pass.extend(charge);
        (pass, true)
    }

    fn rest(&self, name: &str) -> Option<Step> {
        time(self.settings.rest).map(|time| Step::of(What::Rest(time)).named(name))
    }

    fn charge(&mut self, name: &str, key: &str, rate: Amperes, train: Option<Train>) -> Option<Vec<Step>> {
        let trickle = self.settings.trickle.as_ref().map(|trickle| trickle.charge);
        let taper = self.settings.taper.charge && train.is_none();
        self.leg(Direction::Charge, (name, key), rate, Legs { trickle, taper, train })
    }

    fn discharge(&mut self, name: &str, rate: Amperes, train: Option<Train>) -> Option<Vec<Step>> {
        let trickle = self.settings.trickle.as_ref().map(|trickle| trickle.discharge);
        let taper = self.settings.taper.discharge && train.is_none();
        self.leg(Direction::Discharge, (name, "dischargeRate"), rate, Legs { trickle, taper, train })
    }

    /// One way with the current, to the cutoff: at one current, or at a lower one from some voltage on.
    fn leg(
        &mut self,
        direction: Direction,
        (name, key): (&str, &str),
        rate: Amperes,
        legs: Legs,
    ) -> Option<Vec<Step>> {
        let Voltages { low, high, empty, full } = self.limits;
        let current = self.held(direction, key, rate)?;
        let (end, past, engages_at_once) = match direction {
            Direction::Charge => (full, '>', legs.trickle.is_some_and(|(engage, _)| engage <= low)),
            Direction::Discharge => (empty, '<', legs.trickle.is_some_and(|(engage, _)| engage >= high)),
        };
        let engages = legs.trickle.filter(|(engage, _)| match direction {
            Direction::Charge => *engage < full,
            Direction::Discharge => *engage > empty,
        });
        let mut steps = Vec::new();
        let mut last = current;
        if let Some((engage, lower)) = engages {
            if !engages_at_once {
                let step = self.driven(direction, current, legs.train)?;
                steps.push(step.named(name).until(format!("voltage {past} {engage}")));
            }
            let lower_key = match direction {
                Direction::Charge => "trickleChrgRate",
                Direction::Discharge => "trickleDischrgRate",
            };
            last = self.held(direction, lower_key, lower)?;
        }
        let last_name = if steps.is_empty() { name.to_owned() } else { format!("{name}-trickle") };
        let step = if legs.taper && last > self.settings.taper.step {
            let hold = match direction {
                Direction::Charge => Volts(tidy(end.min(high - HOLD_MARGIN).0)),
                Direction::Discharge => Volts(tidy(end.max(low + HOLD_MARGIN).0)),
            };
            if hold != end {
                let which =
                    if direction == Direction::Charge { "highVoltageCutoff" } else { "lowVoltageCutoff" };
                let what = format!(
                    "a held voltage stays 20 mV inside of the limits; the recipe holds {hold}, not {end}"
                );
                self.note(Fate::NotCarried, which, what);
            }
            let at_most = self.bounded(last, TAPERING);
            let demand = DemandText::Current(CurrentSpec::Absolute(last));
            Step::of(What::Drive { direction, demand, hold: Some(hold) })
                .until(format!("current < {}", self.settings.taper.step))
                .at_most(at_most)
        } else {
            self.driven(direction, last, legs.train)?.until(format!("voltage {past}= {end}"))
        };
        steps.push(step.named(&last_name));
        Some(steps)
    }

    /// A current, constant or switched; none where the original never comes back from the second level.
    fn driven(&mut self, direction: Direction, current: Amperes, train: Option<Train>) -> Option<Step> {
        let at_most = self.bounded(current, 0.0);
        // Without a time, the full current stays on.
        let Some((train, on)) = train.and_then(|train| Some((train, time(train.on)?))) else {
            return Some(Step::current(direction, current).at_most(at_most));
        };
        let Some(off) = time(train.off) else {
            let key = if direction == Direction::Charge { "pulseChrgOffTime" } else { "pulseDischrgOffTime" };
            let what = "is no time after which the full current comes back; the recipe ends before this step";
            self.note(Fate::NotCarried, key, what);
            return None;
        };
        let low = CURRENT_STEP * (train.low.0 / CURRENT_STEP.0).trunc().max(0.0);
        if tidy(low.0 - train.low.0) != 0.0 {
            let what = format!(
                "{} is no step of the unit's register; the original cuts it down to {low}",
                train.low
            );
            self.note(Fate::Changed, "pulseDischrgOffRate", what);
        }
        let in_one = current * on + low * off;
        let count = (2.0 * self.cell.capacity.0 / in_one.0).ceil().clamp(1.0, 1e6) as u32;
        Some(Step::of(What::Pulse { direction, high: current, low, on, off, count }))
    }

    /// Discharges to the voltage for storage.
    fn storage(&mut self) -> Vec<Step> {
        let Some(voltage) = self.settings.storage else { return Vec::new() };
        if voltage >= self.limits.high {
            let what =
                format!("{voltage} is above every voltage of the test; the original ends there at once");
            self.note(Fate::Changed, "storageDischargeVoltage", what);
            return Vec::new();
        }
        let Some(current) = self.held(Direction::Discharge, "dischargeRate", self.settings.discharge) else {
            return Vec::new();
        };
        let at_most = self.bounded(current, 0.0);
        let voltage = voltage.max(self.limits.empty);
        let step = Step::current(Direction::Discharge, current).at_most(at_most);
        vec![step.named("storage").until(format!("voltage < {voltage}"))]
    }

    fn bounded(&mut self, current: Amperes, more: f64) -> Duration {
        let bound = bound(self.cell, current, more);
        self.bounds.push(bound);
        bound
    }

    /// Tells what the recipe says beyond the settings.
    fn added(&mut self) {
        if let Some(longest) = self.bounds.iter().max() {
            let what = format!(
                "no step of the original is bounded in time; those of the recipe are, by what passes two nominal capacities, at \
                 most {}",
                format_duration(*longest)
            );
            self.note(Fate::Added, "at_most", what);
        }
    }
}

/// What one way with the current has beside it.
struct Legs {
    trickle: Option<(Volts, Amperes)>,
    taper: bool,
    train: Option<Train>,
}
