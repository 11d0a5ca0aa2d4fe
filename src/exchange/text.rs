//! The text of a recipe that is being made.

use super::Note;
use super::draft::{Draft, Limits, Record, Step, What, tidy};
use crate::recipe::DemandText;
use crate::units::{CurrentSpec, format_duration};
use std::fmt::{Display, Write};

/// So many notes stand in the recipe itself.
const MOST_NOTES: usize = 100;

impl Draft {
    /// The recipe as TOML, with what was told of it at its end.
    pub(super) fn text(&self, notes: &[Note]) -> String {
        let mut text = Text(String::new());
        text.line("[recipe]");
        text.pair("name", &self.name);
        text.pair("description", one_line(&self.description));
        text.line("\n[cell]");
        text.pair("chemistry", self.cell.chemistry);
        text.pair("capacity", format_args!("{} Ah", tidy(self.cell.capacity.ampere_hours())));
        text.limits(&self.limits);
        text.record(&self.record);
        for step in &self.steps {
            text.step(step, 1);
        }
        let mut remarks = self.remarks.clone();
        if !notes.is_empty() {
            remarks.push("What became of what is not carried over as it stands:".to_owned());
            remarks.extend(notes.iter().take(MOST_NOTES).map(ToString::to_string));
        }
        if notes.len() > MOST_NOTES {
            remarks
                .push(format!("and {} more, which were told when it was imported", notes.len() - MOST_NOTES));
        }
        if !remarks.is_empty() {
            text.line("");
            remarks.iter().for_each(|remark| text.line(format_args!("# {}", one_line(remark))));
        }
        text.0
    }
}

/// A text that may stand in one line; a very long one is cut.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut line: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push_str(" ...");
    }
    line
}

/// A text in quotes.
fn quoted(text: impl Display) -> String {
    toml::Value::from(text.to_string()).to_string()
}

/// The text of a recipe under way.
struct Text(String);

impl Text {
    fn line(&mut self, line: impl Display) {
        // A text takes all that is written to it.
        let _ = writeln!(self.0, "{line}");
    }

    fn pair(&mut self, key: &str, value: impl Display) {
        self.line(format_args!("{key} = {}", quoted(value)));
    }

    fn limits(&mut self, limits: &Limits) {
        let mut lines = Vec::new();
        if let Some((low, high)) = limits.voltage {
            lines.push(format!("voltage = [{}, {}]", quoted(low), quoted(high)));
        }
        let each = [("charge", limits.charge), ("discharge", limits.discharge)];
        lines.extend(inline("current", each));
        let each = [("charge", limits.charge_temperature), ("discharge", limits.discharge_temperature)];
        lines.extend(inline("temperature", each));
        self.section("limits", &lines);
    }

    fn record(&mut self, record: &Record) {
        let mut lines = Vec::new();
        lines.extend(record.every.map(|every| format!("every = {}", quoted(format_duration(every)))));
        let voltage = record.voltage_change.map(|change| change.to_string());
        let current = record.current_change.map(|change| change.to_string());
        lines.extend(inline("on_change", [("voltage", voltage), ("current", current)]));
        let every = record.impedance_every;
        lines.extend(every.map(|every| format!("impedance_every = {}", quoted(format_duration(every)))));
        self.section("record", &lines);
    }

    fn section(&mut self, name: &str, lines: &[String]) {
        if !lines.is_empty() {
            self.line(format_args!("\n[{name}]"));
            lines.iter().for_each(|line| self.line(line));
        }
    }

    fn step(&mut self, step: &Step, depth: usize) {
        self.line(format_args!("\n[[{}]]", vec!["step"; depth].join(".")));
        if let Some(name) = &step.name {
            self.pair("name", name);
        }
        match &step.what {
            What::Drive { direction, demand, hold } => {
                self.pair(&direction.to_string(), demand_text(*demand));
                if let Some(hold) = hold {
                    self.pair("hold", hold);
                }
            }
            What::Hold { voltage, current } => {
                self.pair("hold", voltage);
                self.pair("current", current);
            }
            What::Rest(time) => self.pair("rest", format_duration(*time)),
            What::Pulse { direction, high, low, on, off, count } => {
                let low = if low.0 > 0.0 { format!("low = {}, ", quoted(low)) } else { String::new() };
                self.line(format_args!(
                    "pulse = {{ {direction} = {}, {low}on = {}, off = {}, count = {count} }}",
                    quoted(high),
                    quoted(format_duration(*on)),
                    quoted(format_duration(*off)),
                ));
            }
            What::Impedance { from, to } if from == to => self.pair("impedance", from),
            What::Impedance { from, to } => {
                self.line(format_args!("impedance = {{ from = {}, to = {} }}", quoted(from), quoted(to)));
            }
            What::Repeat { times, .. } => self.line(format_args!("repeat = {times}")),
        }
        match step.until.as_slice() {
            [] => {}
            [one] => self.pair("until", one),
            several => {
                let list: Vec<String> = several.iter().map(quoted).collect();
                self.line(format_args!("until = [{}]", list.join(", ")));
            }
        }
        if let Some(time) = step.at_most {
            self.pair("at_most", format_duration(time));
        }
        if let Some(every) = step.every {
            self.line(format_args!("record = {{ every = {} }}", quoted(format_duration(every))));
        }
        if let What::Repeat { steps, .. } = &step.what {
            steps.iter().for_each(|step| self.step(step, depth + 1));
        }
    }
}

/// A table on one line, of what of it is there.
fn inline<T: Display>(key: &str, each: [(&str, Option<T>); 2]) -> Option<String> {
    let pairs: Vec<String> = each
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} = {}", quoted(value))))
        .collect();
    (!pairs.is_empty()).then(|| format!("{key} = {{ {} }}", pairs.join(", ")))
}

/// A demand as a recipe writes it.
fn demand_text(demand: DemandText) -> String {
    match demand {
        DemandText::Current(CurrentSpec::Absolute(current)) => current.to_string(),
        DemandText::Current(CurrentSpec::Rate(rate)) => rate_text(rate),
        DemandText::Power(power) => power.to_string(),
        DemandText::Resistance(resistance) => resistance.to_string(),
    }
}

/// A C-rate: `C/3` where it is a part like that, `0.3C` otherwise.
fn rate_text(rate: f64) -> String {
    let hours = rate.recip();
    let whole = hours.round();
    if whole > 1.0 && (hours - whole).abs() < 1e-6 {
        format!("C/{whole}")
    } else {
        format!("{}C", tidy(rate))
    }
}
