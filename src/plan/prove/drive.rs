//! The proof of charge and discharge: a current that the unit can drive, a voltage that it can
//! hold, a bound in time, and an end that is not a trip.

use super::Proof;
use super::reach::{Direction, Reach};
use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, Spanned};
use crate::plan::envelope::{CURRENT_MARGIN, HOLD_MARGIN};
use crate::plan::{CellKind, Drive, EndCondition, Limits};
use crate::recipe::StepText;
use crate::units::{Amperes, Coulombs, CurrentSpec, Volts};
use crate::wire::{Encoding, Setpoint};
use std::time::Duration;

/// How far the current may be from one that the setpoint register can hold.
const SETPOINT_TOLERANCE: f64 = 0.01;
/// What rounding may cost when a margin is compared.
const ROUNDING: f64 = 1e-9;

/// One step of the setpoint register, 1/128 A.
pub(super) fn smallest_setpoint() -> Amperes {
    Setpoint::from_raw(1).amperes()
}

impl Proof {
    pub(super) fn drive(
        &mut self,
        text: &StepText,
        current: Option<&Spanned<CurrentSpec>>,
        direction: Direction,
    ) -> Option<Drive> {
        let at_most = match &text.at_most {
            Field::Absent => {
                self.report(
                    Problem::new(
                        "no-time-bound",
                        text.span.clone(),
                        format!("this {direction} has no `at_most`"),
                        "it may never end",
                    )
                    .hint("every step is bounded in time; add such as at_most = \"5 h\""),
                );
                None
            }
            field => field.get().and_then(|period| self.bounded(period)),
        };
        let (cell, limits) = (self.cell.clone()?, self.limits?);
        let amperes = current.and_then(|given| self.setpoint(given, direction, &cell, &limits));
        let hold = match &text.hold {
            Field::Absent => Some(None),
            Field::Broken => None,
            Field::Present(given) => self.hold(given, direction, &limits).map(Some),
        };
        let reach = Reach {
            direction,
            voltage: (limits.voltage_low, limits.voltage_high),
            temperature: match direction {
                Direction::Charge => (limits.temperature_charge_low, limits.temperature_charge),
                _ => (limits.temperature_discharge_low, limits.temperature_discharge),
            },
            current: amperes,
            hold: text.hold.get().map(|given| given.value),
            // A broken hold is still one: conditions that need it are not refused for its lack.
            holds: !text.hold.is_absent(),
            at_most,
            capacity: cell.capacity,
            chemistry: cell.chemistry,
        };
        let until = match &text.until {
            Field::Absent => Some(Vec::new()),
            Field::Broken => None,
            Field::Present(list) => self.until(list, &reach),
        };
        let drive = Drive { current: amperes?, hold: hold?, until: until?, at_most: at_most? };
        self.ends_before_the_limit(text, &drive, direction, &cell);
        Some(drive)
    }

    fn setpoint(
        &mut self,
        given: &Spanned<CurrentSpec>,
        direction: Direction,
        cell: &CellKind,
        limits: &Limits,
    ) -> Option<Amperes> {
        let current = given.value.resolve(cell.capacity);
        let limit = match direction {
            Direction::Charge => limits.current_charge,
            _ => limits.current_discharge,
        };
        let shown = match given.value {
            CurrentSpec::Absolute(_) => "this current".to_owned(),
            CurrentSpec::Rate(_) => {
                format!("this is {current:.4} for a cell of {} Ah", cell.capacity.ampere_hours())
            }
        };
        let highest = Amperes((limit.0 / (1.0 + CURRENT_MARGIN.0)).min(limit.0 - CURRENT_MARGIN.1.0));
        let below_limit = ((highest.0 + ROUNDING) / smallest_setpoint().0).floor().max(0.0);
        let problem = |code, message: String, hint: String| {
            Problem::new(code, given.span.clone(), message, shown.clone()).hint(hint)
        };
        // Above the register the highest setpoint stands in; that is refused first.
        let nearest = Setpoint::nearest(current).unwrap_or(Setpoint::MAX);
        let held = nearest.amperes();
        let step = smallest_setpoint();
        let found = if current <= Amperes(0.0) {
            problem(
                "bad-current",
                "a current is above zero in either direction".into(),
                "the key tells the direction; for no current write rest = \"...\"".into(),
            )
        } else if current.0 > Setpoint::MAX.amperes().0 {
            problem(
                "above-hardware",
                format!("the unit drives at most {}", Setpoint::MAX.amperes()),
                format!("with the current limit of {limit} at most \"{}\"", step * below_limit),
            )
        } else if current.0 > highest.0 + ROUNDING {
            problem(
                "above-limit",
                format!("{current:.4} comes too near to the current limit of {limit}"),
                format!(
                    "a current stays 2 % and 20 mA below its limit, so that the limit trips on faults only: at most \"{}\" here, or a higher [limits] current",
                    step * below_limit
                ),
            )
        } else if nearest == Setpoint::ZERO {
            problem(
                "register-step",
                format!("{current} is less than the unit can drive"),
                format!("the smallest current is \"{}\"", step),
            )
        } else if (held.0 / current.0 - 1.0).abs() > SETPOINT_TOLERANCE {
            let other = if held < current { held + step } else { held - step };
            let near = [held.min(other), held.max(other)].into_iter().filter(|near| near.0 > 0.0);
            let near: Vec<String> = near.map(|near| format!("\"{near}\"")).collect();
            problem(
                "register-step",
                format!("the unit cannot drive {current:.4} to within 1 %"),
                format!("it drives steps of 1/128 A; the nearest: {}", near.join(" or ")),
            )
        } else {
            return Some(current);
        };
        self.report(found);
        None
    }

    fn hold(&mut self, given: &Spanned<Volts>, direction: Direction, limits: &Limits) -> Option<Volts> {
        let (low, high) = (limits.voltage_low + HOLD_MARGIN, limits.voltage_high - HOLD_MARGIN);
        if given.value.0 >= low.0 - ROUNDING && given.value.0 <= high.0 + ROUNDING {
            return Some(given.value);
        }
        let advice = match direction {
            Direction::Charge => format!("hold at most \"{high:.3}\""),
            _ => format!("hold at least \"{low:.3}\""),
        };
        self.report(
            Problem::new(
                "hold-outside-limits",
                given.span.clone(),
                format!("{} cannot be held between limits of {} and {}", given.value, limits.voltage_low, limits.voltage_high),
                format!("possible: {low:.3} to {high:.3}"),
            )
            .hint(format!(
                "the loop needs 20 mV to the limit, or the unit stops the cell on it; {advice}, or move [limits] voltage"
            )),
        );
        None
    }

    /// Refuses a step that would pass more than a whole cell's charge with nothing that watches the
    /// voltage: it could only end in the voltage limit, as a trip.
    fn ends_before_the_limit(
        &mut self,
        text: &StepText,
        drive: &Drive,
        direction: Direction,
        cell: &CellKind,
    ) {
        let watched = |c: &EndCondition| {
            matches!(c, EndCondition::Voltage(..) | EndCondition::Power(..) | EndCondition::Energy(..))
        };
        if drive.hold.is_some() || drive.until.iter().any(watched) {
            return;
        }
        let passed = |time: Duration| Coulombs(drive.current.0 * time.as_secs_f64());
        let most = drive.until.iter().fold(passed(drive.at_most), |most, condition| match condition {
            EndCondition::Charge(_, charge) => most.min(*charge),
            EndCondition::Time(_, time) => most.min(passed(*time)),
            _ => most,
        });
        if most < cell.capacity {
            return;
        }
        let (example, way) = match direction {
            Direction::Charge => (format!("hold = \"{}\"", cell.chemistry.usual_full()), "full"),
            _ => (format!("until = \"voltage < {}\"", cell.chemistry.usual_empty()), "empty"),
        };
        self.report(
            Problem::new(
                "no-voltage-end",
                text.span.clone(),
                format!(
                    "this {direction} may pass {:.3} Ah, a whole cell and more, and nothing watches the voltage",
                    most.ampere_hours()
                ),
                "it would end in the voltage limit, which fails the cell",
            )
            .hint(format!("say when the cell is {way}, such as {example}, or shorten `at_most`")),
        );
    }
}
