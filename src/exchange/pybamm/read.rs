//! Steps of an experiment as a recipe.

use super::Cycle;
use super::grammar::{Does, Electric, Parsed, parse};
use crate::exchange::draft::{Cell, Draft, Limits, Record, SHORTEST_EVERY, Step, What, drivable, tidy, time};
use crate::exchange::json::Value;
use crate::exchange::{CellHint, Fate, ImportError, Note};
use crate::plan::{Direction, HOLD_MARGIN, envelope};
use crate::recipe::DemandText;
use crate::units::{Amperes, CurrentSpec, Ohms, Volts, Watts};

/// How long a step takes where its text says nothing, in seconds.
const DAY: f64 = 86400.0;

/// Whether a text that is no JSON looks like steps, one a line.
pub(crate) fn is_likely(text: &str) -> bool {
    let first = lines(text).into_iter().next();
    first.and_then(|cycle| cycle.texts.into_iter().next()).is_some_and(|text| parse(&text).is_ok())
}

/// The steps of a text, one a line; quotes, commas and brackets of a Python list are left out, and so are comments.
pub(crate) fn lines(text: &str) -> Vec<Cycle> {
    let cycle = |(index, line): (usize, &str)| {
        let line = line.trim().trim_matches(|c: char| "\"',[]".contains(c) || c.is_whitespace());
        let step = (!line.is_empty() && !line.starts_with('#')).then(|| line.to_owned())?;
        Some(Cycle { at: format!("line {}", index + 1), texts: vec![step] })
    };
    text.lines().enumerate().filter_map(cycle).collect()
}

/// The steps of a JSON list: texts, and lists of texts.
///
/// # Errors
/// Something else stands in it.
pub(crate) fn cycles(value: &Value) -> Result<Vec<Cycle>, ImportError> {
    let text = |value: &Value, at: &str| match value {
        Value::Text(text) => Ok(text.clone()),
        other => Err(ImportError::refused(at, format!("expected a step as a text, found {}", other.kind()))),
    };
    let Value::List(list) = value else {
        return Err(ImportError::refused(
            "the file",
            format!("expected a list of steps, found {}", value.kind()),
        ));
    };
    let cycle = |(index, value): (usize, &Value)| {
        let at = format!("[{index}]");
        let texts = match value {
            Value::List(inside) => inside.iter().map(|value| text(value, &at)).collect::<Result<_, _>>()?,
            one => vec![text(one, &at)?],
        };
        Ok(Cycle { at, texts })
    };
    list.iter().enumerate().map(cycle).collect()
}

/// Makes a recipe of the steps.
///
/// # Errors
/// PyBaMM would not take one either, or it cannot be done.
pub(crate) fn read(cycles: &[Cycle], hint: CellHint, notes: &mut Vec<Note>) -> Result<Draft, ImportError> {
    let cell = Cell::find(hint, None, None, notes);
    let mut reading = Reading { cell, before: None, notes };
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = cycles;
    while let Some((cycle, after)) = rest.split_first() {
        let same = after.iter().take_while(|next| next.texts == cycle.texts).count();
        let inside = reading.cycle(cycle)?;
        rest = after.get(same..).unwrap_or_default();
        match u32::try_from(same + 1) {
            Ok(times) if same > 0 && !inside.is_empty() => {
                steps.push(Step::of(What::Repeat { times, steps: inside }));
            }
            _ => steps.extend(inside),
        }
    }
    if steps.is_empty() {
        return Err(ImportError::refused("the file", "there is no step in it that can be done here"));
    }
    Ok(Draft {
        name: "imported".to_owned(),
        description: "Steps of a PyBaMM experiment".to_owned(),
        cell,
        limits: Limits::default(),
        record: Record::default(),
        steps,
        remarks: Vec::new(),
    })
}

/// The steps under way.
struct Reading<'a> {
    cell: Cell,
    /// The current of the step before, where that was a constant one.
    before: Option<CurrentSpec>,
    notes: &'a mut Vec<Note>,
}

impl Reading<'_> {
    fn cycle(&mut self, cycle: &Cycle) -> Result<Vec<Step>, ImportError> {
        let mut steps = Vec::new();
        for text in &cycle.texts {
            let at = format!("{}, {text:?}", cycle.at);
            let parsed = parse(text).map_err(|what| ImportError::refused(at.as_str(), what))?;
            steps.push(self.step(&parsed, &at)?);
        }
        Ok(steps)
    }

    fn note(&mut self, fate: Fate, at: &str, what: impl Into<String>) {
        self.notes.push(Note::new(fate, at, what));
    }

    fn step(&mut self, parsed: &Parsed, at: &str) -> Result<Step, ImportError> {
        let before = self.before.take();
        let refused = |what: String| ImportError::refused(at, what);
        let every = parsed.period.map(|period| {
            if period < SHORTEST_EVERY {
                let what = format!(
                    "a period of {period} s is less than the {SHORTEST_EVERY} s in which a unit has a reading"
                );
                self.note(Fate::NotCarried, at, what);
            }
            period.max(SHORTEST_EVERY)
        });
        let step = match parsed.does {
            Does::Rest => {
                let step = Step::of(What::Rest(self.time(parsed, DAY, at)?));
                self.idle_end(parsed, at);
                step
            }
            Does::Charge(value) => self.drive(Direction::Charge, value, parsed, at)?,
            Does::Discharge(value) => self.drive(Direction::Discharge, value, parsed, at)?,
            Does::Hold(Electric::Voltage(voltage)) => self.hold(voltage, before, parsed, at)?,
            Does::Hold(_) => {
                return Err(refused(
                    "only a voltage can be held here; charge or discharge with it".to_owned(),
                ));
            }
        };
        Ok(Step { every: every.and_then(time), ..step })
    }

    /// The time that is said, or else the one that PyBaMM takes.
    fn time(&mut self, parsed: &Parsed, default: f64, at: &str) -> Result<std::time::Duration, ImportError> {
        let seconds = parsed.duration.unwrap_or_else(|| {
            let what = format!("no time is said; the original ends it after {} h", tidy(default / 3600.0));
            self.note(Fate::Default, at, what);
            default
        });
        time(seconds).ok_or_else(|| {
            ImportError::refused(at, format!("{seconds} s is no time for a step: 400 days at most"))
        })
    }

    /// A rest knows no end but its time; PyBaMM says nothing of that.
    fn idle_end(&mut self, parsed: &Parsed, at: &str) {
        if parsed.until.is_some() {
            self.note(
                Fate::Changed,
                at,
                "what ends a rest beside its time counts for nothing in the original",
            );
        }
    }

    fn drive(
        &mut self,
        direction: Direction,
        value: Electric,
        parsed: &Parsed,
        at: &str,
    ) -> Result<Step, ImportError> {
        let demand = match value {
            Electric::Current(current) => self.current(CurrentSpec::Absolute(Amperes(tidy(current))), at),
            Electric::Rate(rate) => self.current(CurrentSpec::Rate(tidy(rate)), at),
            Electric::Power(power) => DemandText::Power(Watts(tidy(power))),
            Electric::Resistance(ohms) => DemandText::Resistance(Ohms(tidy(ohms))),
            Electric::Voltage(_) => {
                return Err(ImportError::refused(at, "a voltage is held: \"Hold at 4.2 V\""));
            }
        };
        let default = match value {
            Electric::Rate(rate) if rate > 0.0 => 2.0 * 3600.0 / rate,
            _ => DAY,
        };
        let bound = self.time(parsed, default, at)?;
        let step = Step::of(What::Drive { direction, demand, hold: None }).at_most(bound);
        let past = if direction == Direction::Charge { '>' } else { '<' };
        match parsed.until {
            Some((operator, Electric::Voltage(voltage)))
                if operator.is_none_or(|operator| operator == past) =>
            {
                Ok(step.until(format!("voltage {past}= {}", Volts(tidy(voltage)))))
            }
            Some(_) => Err(ImportError::refused(
                at,
                format!(
                    "a {direction} ends by a voltage that it comes to, or by its time; this one cannot be said here"
                ),
            )),
            None => Ok(self.ended(step, direction, demand, bound.as_secs_f64(), at)),
        }
    }

    /// A step that is ended by its time alone, and by the envelope where it could pass a whole capacity.
    fn ended(
        &mut self,
        step: Step,
        direction: Direction,
        demand: DemandText,
        seconds: f64,
        at: &str,
    ) -> Step {
        let outer = envelope(self.cell.chemistry);
        let (fence, past) = match direction {
            Direction::Charge => (outer.voltage_high - HOLD_MARGIN, ">="),
            Direction::Discharge => (outer.voltage_low + HOLD_MARGIN, "<="),
        };
        let fence = Volts(tidy(fence.0));
        let current = match demand {
            DemandText::Current(spec) => spec.resolve(self.cell.capacity),
            DemandText::Power(power) => Amperes(power.0 / outer.voltage_low.0),
            DemandText::Resistance(ohms) => outer.voltage_high / ohms,
        };
        if current.0 * seconds < self.cell.capacity.0 {
            return step;
        }
        let what = format!(
            "it may pass a whole capacity; the recipe ends it at {fence}, 20 mV inside of the limits, too"
        );
        self.note(Fate::Added, at, what);
        step.until(format!("voltage {past} {fence}"))
    }

    fn hold(
        &mut self,
        voltage: f64,
        before: Option<CurrentSpec>,
        parsed: &Parsed,
        at: &str,
    ) -> Result<Step, ImportError> {
        let until = match parsed.until {
            None => None,
            Some((None, Electric::Current(current))) => Some(Amperes(tidy(current))),
            Some((None, Electric::Rate(rate))) => Some(CurrentSpec::Rate(rate).resolve(self.cell.capacity)),
            Some((None, Electric::Voltage(_))) => {
                let what = "a voltage that ends the holding of one counts for nothing in the original";
                self.note(Fate::Changed, at, what);
                None
            }
            Some(_) => {
                return Err(ImportError::refused(
                    at,
                    "a held voltage ends by the current that it falls to, without a sign",
                ));
            }
        };
        let largest = before.unwrap_or(CurrentSpec::Rate(1.0)).resolve(self.cell.capacity);
        let current = drivable(largest).unwrap_or(largest);
        let whence = if before.is_some() { "that of the step before" } else { "1C" };
        self.note(
            Fate::Added,
            at,
            format!("the largest current while the voltage is held is {current}, {whence}"),
        );
        let bound = self.time(parsed, DAY, at)?;
        let step = Step::of(What::Hold { voltage: Volts(tidy(voltage)), current }).at_most(bound);
        Ok(until.into_iter().fold(step, |step, current| step.until(format!("current < {current}"))))
    }

    /// A current that the unit can drive.
    fn current(&mut self, spec: CurrentSpec, at: &str) -> DemandText {
        let asked = spec.resolve(self.cell.capacity);
        let spec = match drivable(asked) {
            Some(nearest) if asked.0 > 0.0 => {
                self.note(
                    Fate::NotCarried,
                    at,
                    format!("the unit drives steps of 1/128 A, and {nearest} for {asked}"),
                );
                CurrentSpec::Absolute(nearest)
            }
            _ => spec,
        };
        self.before = Some(spec);
        DemandText::Current(spec)
    }
}
