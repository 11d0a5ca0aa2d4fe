//! A recipe that is being made, and its text. Whether it is right is proved from the text, as of every recipe.

use super::{CellHint, Fate, Note};
use crate::plan::{self, CURRENT_STEP, Direction, LONGEST_STEP};
use crate::recipe::{Chemistry, DemandText};
use crate::units::{Amperes, Celsius, Coulombs, CurrentSpec, Hertz, Volts};
use std::time::Duration;

/// The shortest time between rows that a recipe may ask for, in seconds.
pub(super) const SHORTEST_EVERY: f64 = plan::SHORTEST_EVERY.as_secs_f64();
/// The longest time that a step may take, in seconds.
const LONGEST: f64 = LONGEST_STEP.as_secs_f64();

/// What may lie in a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) chemistry: Chemistry,
    pub(super) capacity: Coulombs,
}

impl Cell {
    /// The cell of a file that says so much of it. What neither it nor the hint says is told of.
    pub(super) fn find(
        hint: CellHint,
        chemistry: Option<Chemistry>,
        capacity: Option<Coulombs>,
        notes: &mut Vec<Note>,
    ) -> Self {
        let mut added = |key: &str, what: String| notes.push(Note::new(Fate::Added, key, what));
        let chemistry = hint.chemistry.or(chemistry).unwrap_or_else(|| {
            added(
                "cell.chemistry",
                "the file names none; the recipe says li-ion, whose envelope fences its voltages and temperatures; \
                 --chemistry lfp says otherwise"
                    .to_owned(),
            );
            Chemistry::LiIon
        });
        let capacity = hint.capacity.or(capacity).unwrap_or_else(|| {
            added(
                "cell.capacity",
                "the file names none; the recipe says 2.5 Ah. C-rates come from it, and a step that passes twice as much \
                 is a fault: say it with --capacity, or in the recipe"
                    .to_owned(),
            );
            Coulombs::from_ampere_hours(2.5)
        });
        Self { chemistry, capacity }
    }
}

/// A recipe that is being made.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) cell: Cell,
    pub(super) limits: Limits,
    pub(super) record: Record,
    pub(super) steps: Vec<Step>,
    /// Lines of comment at the end.
    pub(super) remarks: Vec<String>,
}

/// The limits of a recipe; what is not there is the envelope.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) voltage: Option<(Volts, Volts)>,
    pub(super) charge: Option<Amperes>,
    pub(super) discharge: Option<Amperes>,
    pub(super) charge_temperature: Option<Celsius>,
    pub(super) discharge_temperature: Option<Celsius>,
}

/// When a row is written.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) every: Option<Duration>,
    pub(super) voltage_change: Option<Volts>,
    pub(super) current_change: Option<Amperes>,
    pub(super) impedance_every: Option<Duration>,
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) name: Option<String>,
    pub(super) what: What,
    /// Conditions as a recipe has them, of which any one ends the step.
    pub(super) until: Vec<String>,
    pub(super) at_most: Option<Duration>,
    pub(super) every: Option<Duration>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Drive { direction: Direction, demand: DemandText, hold: Option<Volts> },
    Hold { voltage: Volts, current: Amperes },
    Rest(Duration),
    Pulse { direction: Direction, high: Amperes, low: Amperes, on: Duration, off: Duration, count: u32 },
    Impedance { from: Hertz, to: Hertz },
    Repeat { times: u32, steps: Vec<Step> },
}

impl Step {
    /// A step that nothing is said of but what it does.
    pub(super) fn of(what: What) -> Self {
        Self { name: None, what, until: Vec::new(), at_most: None, every: None }
    }

    /// A constant current.
    pub(super) fn current(direction: Direction, current: Amperes) -> Self {
        let demand = DemandText::Current(CurrentSpec::Absolute(current));
        Self::of(What::Drive { direction, demand, hold: None })
    }

    /// The same step by this name.
    pub(super) fn named(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }

    /// The same step, ended by this condition too.
    pub(super) fn until(mut self, condition: impl Into<String>) -> Self {
        self.until.push(condition.into());
        self
    }

    /// The same step with a bound in time.
    pub(super) fn at_most(self, time: Duration) -> Self {
        Self { at_most: Some(time), ..self }
    }
}

/// The time that so many seconds are, if a step may take it.
pub(super) fn time(seconds: f64) -> Option<Duration> {
    let allowed = seconds > 0.0 && seconds <= LONGEST;
    // To a microsecond, so that a quotient does not end in digits that nobody wrote.
    allowed.then(|| Duration::from_secs_f64((seconds * 1e6).round() / 1e6)).filter(|time| !time.is_zero())
}

/// Whole hours in which a current passes two nominal capacities, and so many hours more: a bound that no healthy cell
/// comes to.
pub(super) fn bound(cell: Cell, current: Amperes, more: f64) -> Duration {
    let hours = (2.0 * cell.capacity.ampere_hours() / current.0).ceil() + more;
    time(hours * 3600.0).unwrap_or(LONGEST_STEP)
}

/// A number without the last bits of a division or of a product, which nobody wrote.
pub(super) fn tidy(number: f64) -> f64 {
    (number * 1e9).round() / 1e9
}

/// The nearest current that the unit can drive, where this one is off by more than a recipe may be.
pub(super) fn drivable(current: Amperes) -> Option<Amperes> {
    let nearest = Amperes((current.0 / CURRENT_STEP.0).round().max(1.0) * CURRENT_STEP.0);
    ((nearest.0 / current.0 - 1.0).abs() > 0.01).then_some(nearest)
}

/// What a name of a recipe or step may be made of, out of any text.
pub(super) fn name_of(text: &str) -> Option<String> {
    let fits = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let name: String = text.trim().chars().map(fits).take(64).collect();
    name.chars().any(|c| c != '-').then_some(name)
}
