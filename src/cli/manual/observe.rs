//! Shows a current by hand: what happens, and every reading.

use super::tell_json;
use crate::cli::say;
use crate::clock::Instant;
use crate::event::{Event, Note, Sample};
use crate::identity::Place;
use crate::plan::Limits;
use crate::scheduler::Observer;
use crate::terminal::{Display, Mode, colour_wanted};
use serde_json::json;

/// Who shows it.
pub(super) struct Watcher {
    json: bool,
    display: Display,
}

impl Watcher {
    pub(super) fn new(json: bool) -> Self {
        Self { json, display: Display::new(if json { Mode::Json } else { Mode::Plain }, colour_wanted()) }
    }

    /// Says within which limits it will be: what was not set is the chemistry's envelope.
    pub(super) fn begin(&self, limits: &Limits) {
        if self.json {
            return;
        }
        let Limits { voltage_low, voltage_high, current_charge, current_discharge, .. } = limits;
        say::out(format_args!(
            "limits: {voltage_low} to {voltage_high}; charge to {current_charge}, {} to {}; discharge to {current_discharge}, {} to {}\n",
            limits.temperature_charge_low,
            limits.temperature_charge,
            limits.temperature_discharge_low,
            limits.temperature_discharge,
        ));
    }

    fn reading(&self, place: Place, sample: &Sample) {
        let charge = sample.total.charge_in - sample.total.charge_out;
        if self.json {
            return tell_json(&json!({
                "event": "reading",
                "unit": place.unit,
                "slot": place.slot,
                "test_time_second": sample.at.since(Instant::ORIGIN).as_secs_f64(),
                "voltage_volt": sample.voltage.0,
                "current_ampere": sample.current.0,
                "temperature_celsius": sample.temperature.0,
                "charge_coulomb": charge.0,
                "impedance_ohm": sample.impedance.map(|point| point.magnitude.0),
            }));
        }
        let seconds = (sample.at - sample.test_start).as_secs_f64();
        say::out(format_args!(
            "{seconds:>8.1} s  {place}  {:.4}  {:>9.4}  {:.1}  {:+.5} Ah\n",
            sample.voltage,
            sample.current,
            sample.temperature,
            charge.ampere_hours()
        ));
    }
}

impl Observer for Watcher {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        match note {
            Note::Fact(entry) => {
                if let (Event::LimitsVerified { .. }, Some(cell), false) =
                    (&entry.event, &entry.cell, self.json)
                {
                    say::out(format_args!("{cell}: the limits are in the unit, written and read back\n"));
                }
                self.display.note(entry);
            }
            Note::Row(place, sample) => self.reading(*place, sample),
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), String> {
        Ok(())
    }
}
