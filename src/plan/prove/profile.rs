//! The proof of profiles: every row can be driven.

use super::Proof;
use super::drive::{highest_below, smallest_setpoint};
use super::pulse::SHORTEST_LEVEL;
use super::reach::{Reach, Way};
use crate::diagnostic::Problem;
use crate::diagnostic::read::Field;
use crate::plan::{Limits, Profile, ProfilePoint, ProfileQuantity};
use crate::recipe::{ProfileColumn, ProfileRow, ProfileTable, StepText};
use crate::units::{Amperes, Volts};
use crate::wire::Setpoint;
use std::time::Duration;

/// The shortest row in which the current turns: the way over no current takes up to 0.9 s.
const SHORTEST_TURN: Duration = Duration::from_secs(2);
/// How far a setpoint may be from a row, as a part of the profile's largest current.
const TOLERANCE: f64 = 0.01;
/// So many problems of one profile are told.
const MOST_TOLD: usize = 10;

impl Proof<'_> {
    pub(super) fn profile(&mut self, text: &StepText) -> Option<Profile> {
        let given = text.profile.get()?;
        let scale = match &given.value.scale {
            Field::Absent => Some(1.0),
            field => field.get().and_then(|scale| {
                if scale.value > 0.0 && scale.value.is_finite() {
                    return Some(scale.value);
                }
                self.report(
                    Problem::new("bad-value", scale.span.clone(), "a scale is above zero", "this number")
                        .hint("write such as 0.5; the signs in the file tell the direction"),
                );
                None
            }),
        };
        let times = match &given.value.times {
            Field::Absent => Some(1),
            field => field.get().and_then(|times| {
                if times.value > 0 {
                    return Some(times.value);
                }
                self.report(
                    Problem::new(
                        "bad-repeat",
                        times.span.clone(),
                        "a profile of no times does nothing",
                        "this number",
                    )
                    .hint("write how often, at least 1, or take the step out"),
                );
                None
            }),
        };
        let (cell, limits) = (self.cell.clone()?, self.limits?);
        let (scale, times) = (scale?, times?);
        let file = &given.value.file.value;
        let good = self.rows(&file.table, scale, &limits);
        let length = file.table.rows.last().map_or(Duration::ZERO, |row| row.at);
        let duration = self.fits(&given.span, length.saturating_mul(times));
        let until = self.until(&text.until, Some(&Reach::idle(&cell, &limits, Way::Varied, duration)));
        duration?;
        let driven = file.table.rows.len().saturating_sub(1);
        let point = |row: &ProfileRow| ProfilePoint { at: row.at, value: row.value * scale };
        let quantity = match file.table.column {
            ProfileColumn::Current => ProfileQuantity::Current,
            ProfileColumn::Power => ProfileQuantity::Power,
        };
        good.then_some(Profile {
            file: file.name.clone(),
            quantity,
            points: file.table.rows.iter().take(driven).map(point).collect(),
            length,
            times,
            until: until?,
        })
    }

    /// Whether every row can be driven.
    fn rows(&mut self, table: &ProfileTable, scale: f64, limits: &Limits) -> bool {
        let voltages = (limits.voltage_low, limits.voltage_high);
        // The largest and the smallest current of a row between the voltage limits.
        let currents = |value: f64| {
            let at = |voltage: Volts| match table.column {
                ProfileColumn::Current => Amperes((value * scale).abs()),
                ProfileColumn::Power => Amperes((value * scale / voltage.0).abs()),
            };
            (at(voltages.0), at(voltages.1))
        };
        let peak = table.rows.iter().map(|row| currents(row.value).0.0).fold(0.0, f64::max);
        let step = smallest_setpoint();
        let mut told = 0;
        let mut before = 0.0;
        for pair in table.rows.windows(2) {
            let [row, next] = pair else { continue };
            let (high, low) = currents(row.value);
            let charging = row.value > 0.0;
            let limit = if charging { limits.current_charge } else { limits.current_discharge };
            let lasts = next.at.saturating_sub(row.at);
            let turns = before * row.value < 0.0;
            let (code, span, message, hint) = if lasts < SHORTEST_LEVEL {
                let message = format!("this row lasts {} s only", lasts.as_secs_f64());
                let hint = "the unit reads each 0.6144 s; leave 1 s or more to the next row".to_owned();
                ("too-short", &row.at_span, message, hint)
            } else if turns && lasts < SHORTEST_TURN {
                let message = "the current turns here, and the row is over before it flows".to_owned();
                let hint =
                    "turning takes up to 0.9 s without current; leave 2 s or more to the next row".to_owned();
                ("too-short", &row.value_span, message, hint)
            } else if high > Setpoint::MAX.amperes() || high > highest_below(limit) {
                let message = format!("this row takes {high:.4}, too near to the current limit of {limit}");
                let hint = "a current stays 2 % and 20 mA below its limit; scale the profile down, or raise [limits] current".to_owned();
                ("above-limit", &row.value_span, message, hint)
            } else if row.value != 0.0 && low < step * 0.5 {
                let message = format!("{low:.4} is less than the unit can drive");
                let hint = format!("write 0 for no current, or at least {step}");
                ("register-step", &row.value_span, message, hint)
            } else if row.value != 0.0
                && table.column == ProfileColumn::Current
                && off_by(high) > TOLERANCE * peak
            {
                let message =
                    format!("the unit cannot drive {high:.4} to within 1 % of the profile's {peak:.4} A");
                (
                    "register-step",
                    &row.value_span,
                    message,
                    "it drives steps of 1/128 A; scale the profile up".to_owned(),
                )
            } else {
                before = if row.value == 0.0 { before } else { row.value };
                continue;
            };
            before = if row.value == 0.0 { before } else { row.value };
            told += 1;
            if told <= MOST_TOLD {
                self.report(
                    Problem::new(code, span.clone(), message, "in this row").hint(hint).within(&table.source),
                );
            }
        }
        if peak == 0.0 {
            let span = table.rows.first().map_or(0..0, |row| row.value_span.clone());
            self.report(
                Problem::new("bad-profile", span, "no current flows in this profile", "all rows are zero")
                    .hint("write rest = \"...\" for no current")
                    .within(&table.source),
            );
        }
        told == 0 && peak > 0.0
    }
}

/// How far the nearest setpoint is from a current, in amperes.
fn off_by(current: Amperes) -> f64 {
    Setpoint::nearest(current).map_or(f64::INFINITY, |setpoint| (setpoint.amperes().0 - current.0).abs())
}
