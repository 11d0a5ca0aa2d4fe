//! The proof of charge and discharge: a current that the unit can drive, a voltage that it can
//! hold, a bound in time, and an end that is not a trip.

use super::Proof;
use super::reach::{Reach, Way};
use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, Spanned};
use crate::plan::envelope::{CURRENT_MARGIN, HOLD_MARGIN};
use crate::plan::{CellKind, Demand, Direction, Drive, EndCondition, Hold, Limits, Measure, Then, Timeout};
use crate::recipe::{DemandText, StepText};
use crate::units::{Amperes, Coulombs, CurrentSpec, Volts};
use crate::wire::{Encoding, Setpoint};

/// How far the current may be from one that the setpoint register can hold.
const SETPOINT_TOLERANCE: f64 = 0.01;
/// What rounding may cost when a margin is compared.
const ROUNDING: f64 = 1e-9;

/// One step of the setpoint register, 1/128 A.
pub(super) fn smallest_setpoint() -> Amperes {
    Setpoint::from_raw(1).amperes()
}

/// The limit of the current in a direction.
fn limit_of(direction: Direction, limits: &Limits) -> Amperes {
    match direction {
        Direction::Charge => limits.current_charge,
        Direction::Discharge => limits.current_discharge,
    }
}

/// The highest current that is far enough below a limit.
pub(super) fn highest_below(limit: Amperes) -> Amperes {
    Amperes((limit.0 / (1.0 + CURRENT_MARGIN.0)).min(limit.0 - CURRENT_MARGIN.1.0))
}

/// What could be asked for instead of a power or resistance that takes too much current.
fn at_most_of(demand: Demand, highest: Amperes, limits: &Limits) -> String {
    match demand {
        Demand::Resistance(_) => {
            format!(
                "write at least \"{:.2} ohm\"",
                (limits.voltage_high.0 / highest.0 * 100.0).ceil() / 100.0
            )
        }
        _ => format!("write at most \"{:.2} W\"", (limits.voltage_low.0 * highest.0 * 100.0).floor() / 100.0),
    }
}

impl Proof<'_> {
    pub(super) fn drive(
        &mut self,
        text: &StepText,
        demand: Option<&Spanned<DemandText>>,
        direction: Direction,
    ) -> Option<Drive> {
        let at_most = self.bound(text, direction.into());
        let (cell, limits) = (self.cell.clone()?, self.limits?);
        let voltages = (limits.voltage_low, limits.voltage_high);
        let demand = demand.and_then(|given| self.demand(given, direction, &cell, &limits));
        let hold = match &text.hold {
            Field::Absent => Some(None),
            Field::Broken => None,
            Field::Present(given) => {
                if let Some(Demand::Resistance(_)) = demand {
                    self.report(
                        Problem::new(
                            "misplaced-key",
                            given.span.clone(),
                            "a constant resistance holds no voltage",
                            "the value of this key",
                        )
                        .hint("end the step by its voltage, and hold that in a step of its own"),
                    );
                }
                self.hold(given, direction.into(), &limits).map(Some)
            }
        };
        let reach = Reach {
            way: direction.into(),
            voltage: voltages,
            temperature: match direction {
                Direction::Charge => (limits.temperature_charge_low, limits.temperature_charge),
                Direction::Discharge => (limits.temperature_discharge_low, limits.temperature_discharge),
            },
            demand,
            current: demand.map(|it| (it.lowest_current(voltages), it.highest_current(voltages))),
            hold: text.hold.get().map(|given| given.value),
            // A broken hold is still one: conditions that need it are not refused for its lack.
            holds: !text.hold.is_absent(),
            at_most: at_most.as_ref().map(|at_most| at_most.time),
            chemistry: cell.chemistry,
            capacity: cell.capacity,
        };
        let until = self.until(&text.until, Some(&reach));
        let drive = Drive { demand: demand?, hold: hold?, until: until?, at_most: at_most? };
        self.ends_before_the_limit(text, &drive, direction, &cell, voltages);
        Some(drive)
    }

    /// The time bound of a step, which it has to have.
    fn bound(&mut self, text: &StepText, way: Way) -> Option<Timeout> {
        match &text.at_most {
            Field::Absent => {
                self.report(
                    Problem::new(
                        "no-time-bound",
                        text.span.clone(),
                        format!("this {way} has no `at_most`"),
                        "it may never end",
                    )
                    .hint("every step is bounded in time; add such as at_most = \"5 h\""),
                );
                None
            }
            field => field.get().and_then(|given| self.timeout(&given.value, Then::Next)),
        }
    }

    /// Constant voltage by itself.
    pub(super) fn hold_alone(&mut self, text: &StepText) -> Option<Hold> {
        let at_most = self.bound(text, Way::Hold);
        let (cell, limits) = (self.cell.clone()?, self.limits?);
        let voltage = text.hold.get().and_then(|given| self.hold(given, Way::Hold, &limits));
        let current = match &text.current {
            Field::Absent => {
                self.report(
                    Problem::new("missing-key", text.span.clone(), "this hold has no `current`", "in here")
                        .hint("say the largest current in either direction, such as current = \"C/2\""),
                );
                None
            }
            field => field.get().and_then(|given| {
                // It may flow either way, so it has to suit both.
                let charge = self.setpoint(given, Direction::Charge, &cell, &limits)?;
                self.setpoint(given, Direction::Discharge, &cell, &limits)?;
                Some(charge)
            }),
        };
        let reach = Reach {
            current: current.map(|current| (Amperes(0.0), current)),
            hold: voltage,
            holds: true,
            ..Reach::idle(&cell, &limits, Way::Hold, at_most.as_ref().map(|at_most| at_most.time))
        };
        let until = self.until(&text.until, Some(&reach));
        Some(Hold { voltage: voltage?, current: current?, until: until?, at_most: at_most? })
    }

    fn demand(
        &mut self,
        given: &Spanned<DemandText>,
        direction: Direction,
        cell: &CellKind,
        limits: &Limits,
    ) -> Option<Demand> {
        let demand = match given.value {
            DemandText::Current(spec) => {
                let given = Spanned { value: spec, span: given.span.clone() };
                return self.setpoint(&given, direction, cell, limits).map(Demand::Current);
            }
            DemandText::Power(power) => Demand::Power(power),
            DemandText::Resistance(resistance) => Demand::Resistance(resistance),
        };
        let problem = |code, message: String, label: String, hint: String| {
            Problem::new(code, given.span.clone(), message, label).hint(hint)
        };
        let voltages = (limits.voltage_low, limits.voltage_high);
        let (low, high) = (demand.lowest_current(voltages), demand.highest_current(voltages));
        let between = format!("{low:.4} to {high:.4} between the voltage limits");
        let limit = limit_of(direction, limits);
        let highest = highest_below(limit);
        let half_a_step = smallest_setpoint() * 0.5;
        let positive = match demand {
            Demand::Current(current) => current.0 > 0.0,
            Demand::Power(power) => power.0 > 0.0,
            Demand::Resistance(resistance) => resistance.0 > 0.0,
        };
        let found = if !positive {
            problem(
                "bad-current",
                format!("{demand} is not above zero"),
                "this value".into(),
                "the key tells the direction; for no current write rest = \"...\"".into(),
            )
        } else if direction == Direction::Charge && matches!(demand, Demand::Resistance(_)) {
            problem(
                "bad-demand",
                "a resistance is a load; it cannot charge a cell".into(),
                "this value".into(),
                "charge with a current or a power".into(),
            )
        } else if high.0 > Setpoint::MAX.amperes().0 {
            problem(
                "above-hardware",
                format!("the unit drives at most {}", Setpoint::MAX.amperes()),
                between,
                at_most_of(demand, highest, limits),
            )
        } else if high.0 > highest.0 + ROUNDING {
            problem(
                "above-limit",
                format!("with {demand} the current comes too near to its limit of {limit}"),
                between,
                format!(
                    "a current stays 2 % and 20 mA below its limit; {}, or raise [limits]",
                    at_most_of(demand, highest, limits)
                ),
            )
        } else if half_a_step / low > SETPOINT_TOLERANCE {
            problem(
                "register-step",
                format!("with {demand} the current is too small to be kept to within 1 %"),
                between,
                format!(
                    "the unit drives steps of 1/128 A, so keep the current above {:.2}",
                    half_a_step / SETPOINT_TOLERANCE
                ),
            )
        } else {
            return Some(demand);
        };
        self.report(found);
        None
    }

    pub(super) fn setpoint(
        &mut self,
        given: &Spanned<CurrentSpec>,
        direction: Direction,
        cell: &CellKind,
        limits: &Limits,
    ) -> Option<Amperes> {
        let current = given.value.resolve(cell.capacity);
        let limit = limit_of(direction, limits);
        let shown = match given.value {
            CurrentSpec::Absolute(_) => "this current".to_owned(),
            CurrentSpec::Rate(_) => {
                format!("this is {current:.4} for a cell of {} Ah", cell.capacity.ampere_hours())
            }
        };
        let highest = highest_below(limit);
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

    fn hold(&mut self, given: &Spanned<Volts>, way: Way, limits: &Limits) -> Option<Volts> {
        let (low, high) = (limits.voltage_low + HOLD_MARGIN, limits.voltage_high - HOLD_MARGIN);
        if given.value.0 >= low.0 - ROUNDING && given.value.0 <= high.0 + ROUNDING {
            return Some(given.value);
        }
        let advice = match way {
            _ if given.value.0 > high.0 => format!("hold at most \"{high:.3}\""),
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
        voltages: (Volts, Volts),
    ) {
        let watched = |c: &EndCondition| c.watches(&[Measure::Voltage, Measure::Power, Measure::Energy]);
        // What takes a constant power watches the voltage by itself, in its current.
        let falls =
            |c: &EndCondition| !matches!(drive.demand, Demand::Current(_)) && c.watches(&[Measure::Current]);
        if drive.hold.is_some() || drive.until.iter().any(|c| watched(c) || falls(c)) {
            return;
        }
        let current = drive.demand.highest_current(voltages);
        let passed = |seconds: f64| Coulombs(current.0 * seconds);
        let bound = passed(drive.at_most.time.as_secs_f64());
        let most = drive.until.iter().fold(bound, |most, condition| match condition.plain() {
            Some((Measure::Charge, _, charge)) => most.min(Coulombs(charge)),
            Some((Measure::Time, _, seconds)) => most.min(passed(seconds)),
            _ => most,
        });
        if most < cell.capacity {
            return;
        }
        let (example, way) = match direction {
            Direction::Charge => (format!("hold = \"{}\"", cell.chemistry.usual_full()), "full"),
            Direction::Discharge => {
                (format!("until = \"voltage < {}\"", cell.chemistry.usual_empty()), "empty")
            }
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
