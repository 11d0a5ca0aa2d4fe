//! A current by hand, as a recipe of one step: so it is proved, fenced, watched and ended like any other.

use crate::diagnostic::Source;
use crate::plan::IMPEDANCE_EXPECTED;
use crate::units::format_duration;
use std::fmt::Write;
use std::time::Duration;

/// What a cell is to do. Currents, conditions and frequencies are texts as in a recipe.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Charge.
    Charge(Drive),
    /// Discharge.
    Discharge(Drive),
    /// Bear a sine current of this frequency, its impedance measured over and over, for about so long.
    Sine(String, Duration),
    /// Have its impedance measured at these frequencies.
    Impedance(Vec<String>),
}

/// A current, and what ends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drive {
    /// How much: a current, a C-rate, a power, or in a discharge a resistance.
    pub how_much: String,
    /// The voltage that is held from there on.
    pub hold: Option<String>,
    /// Conditions, any of which ends it.
    pub until: Vec<String>,
    /// It ends after this time in any case.
    pub at_most: Duration,
}

/// What is done with a cell by hand, and what the cell is.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// What is done.
    pub act: Act,
    /// What the cell is made of, which gives the envelope: `li-ion` or `lfp`.
    pub chemistry: String,
    /// Its nominal capacity.
    pub capacity: String,
    /// The lowest and the highest voltage, where they are tighter than the envelope.
    pub voltage: Option<(String, String)>,
    /// The largest current, where it is tighter than the envelope.
    pub current: Option<String>,
    /// The highest temperature, where it is tighter than the envelope.
    pub temperature: Option<String>,
    /// How often a reading is told.
    pub every: Duration,
}

impl Action {
    /// The recipe that does it.
    pub fn recipe(&self) -> Source {
        Source::new("(the recipe of this command)", self.text())
    }

    fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let name = match self.act {
            Act::Charge(_) => "charge",
            Act::Discharge(_) => "discharge",
            Act::Sine(..) => "sine",
            Act::Impedance(_) => "impedance",
        };
        writeln!(out, "[recipe]\nname = {}\n", quoted(name))?;
        writeln!(out, "[cell]\nchemistry = {}", quoted(&self.chemistry))?;
        writeln!(out, "capacity = {}\n\n[limits]", quoted(&self.capacity))?;
        if let Some((low, high)) = &self.voltage {
            writeln!(out, "voltage = [{}, {}]", quoted(low), quoted(high))?;
        }
        if let Some(current) = &self.current {
            writeln!(out, "current = {}", quoted(current))?;
        }
        if let Some(highest) = &self.temperature {
            writeln!(out, "temperature = {{ charge = {0}, discharge = {0} }}", quoted(highest))?;
        }
        writeln!(out, "\n[record]\nevery = {}\n\n[[step]]", time(self.every))?;
        match &self.act {
            Act::Charge(drive) | Act::Discharge(drive) => {
                writeln!(out, "{name} = {}", quoted(&drive.how_much))?;
                if let Some(hold) = &drive.hold {
                    writeln!(out, "hold = {}", quoted(hold))?;
                }
                if !drive.until.is_empty() {
                    writeln!(out, "until = [{}]", list(&drive.until))?;
                }
                writeln!(out, "at_most = {}", time(drive.at_most))
            }
            Act::Sine(frequency, length) => {
                let times = length.as_secs_f64() / IMPEDANCE_EXPECTED.as_secs_f64();
                writeln!(out, "repeat = {}\n\n  [[step.step]]", times.ceil().max(1.0))?;
                writeln!(out, "  impedance = {}", quoted(frequency))
            }
            Act::Impedance(frequencies) => writeln!(out, "impedance = [{}]", list(frequencies)),
        }
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")
}

fn time(duration: Duration) -> String {
    quoted(&format_duration(duration))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan;
    use crate::units::{Amperes, Celsius, Volts};

    fn action(act: Act) -> Action {
        Action {
            act,
            chemistry: "li-ion".into(),
            capacity: "2.5 Ah".into(),
            voltage: Some(("2.8 V".into(), "4.22 V".into())),
            current: Some("2 A".into()),
            temperature: Some("40 degC".into()),
            every: Duration::from_secs(1),
        }
    }

    fn drive(how_much: &str) -> Drive {
        Drive {
            how_much: how_much.into(),
            hold: None,
            until: vec!["voltage > 4.1 V".into()],
            at_most: Duration::from_secs(5400),
        }
    }

    #[test]
    fn every_act_is_a_recipe_that_can_be_proved() {
        let acts = [
            Act::Charge(Drive {
                hold: Some("4.2 V".into()),
                until: vec!["current < C/20".into()],
                ..drive("C/2")
            }),
            Act::Charge(drive("1 A")),
            Act::Discharge(Drive {
                until: vec!["voltage < 3 V".into(), "charge > 1 Ah".into()],
                ..drive("4 W")
            }),
            Act::Sine("1 kHz".into(), Duration::from_secs(60)),
            Act::Impedance(vec!["78.125 Hz".into(), "1 kHz".into()]),
        ];
        for act in acts {
            let recipe = action(act).recipe();
            let plan =
                plan::check(&recipe).unwrap_or_else(|problems| panic!("{}\n{problems:?}", recipe.text));
            let limits = plan.limits();
            assert_eq!((limits.voltage_low, limits.voltage_high), (Volts(2.8), Volts(4.22)));
            assert_eq!((limits.current_charge, limits.current_discharge), (Amperes(2.0), Amperes(2.0)));
            assert_eq!(limits.temperature_charge, Celsius(40.0));
        }
    }

    #[test]
    fn what_no_recipe_may_do_no_hand_may_do() {
        let unwatched = Drive { until: vec![], at_most: Duration::from_secs(36_000), ..drive("1 A") };
        for (act, code) in [
            (Act::Charge(unwatched), "no-voltage-end"),
            (Act::Charge(drive("3 A")), "above-limit"),
            (Act::Discharge(drive("1 A\"\n[x]")), "bad-quantity"),
            (Act::Impedance(vec!["5 Hz".into()]), "out-of-range"),
        ] {
            let problems = plan::check(&action(act).recipe()).unwrap_err();
            let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
            assert!(codes.contains(&code), "{codes:?}");
        }
    }
}
