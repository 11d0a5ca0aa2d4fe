//! What a run came to for one cell, gathered as its rows and events pass by. Its size does not
//! grow with the run.

use super::{CellResults, Row};
use crate::event::{EndReason, ImpedancePoint, OpenCircuit, ResistancePoint, StepResult, Totals};
use crate::units::{Celsius, Coulombs, Joules, Volts};
use std::time::Duration;

/// Gathers what a run comes to for one cell.
#[derive(Clone, Debug)]
pub struct Tally {
    voltage_found: Volts,
    /// The last row: when, from the start of the cell's test, and its voltage.
    last: Option<(Duration, Volts)>,
    temperature_max: Option<Celsius>,
    steps_done: u32,
    cycles: u32,
    capacity: Option<Measured>,
    /// Charge of the first such discharge.
    first_capacity: Option<Coulombs>,
    /// How much less came out in the last than in the first.
    capacity_fade: Option<f64>,
    /// What passed from one empty cell to the next.
    between: Option<Totals>,
    since_empty: Option<Totals>,
    /// Whether the cell is as its last charge left it, which ended with a full cell.
    full: bool,
    impedance: Option<ImpedancePoint>,
    resistance: Option<ResistancePoint>,
    open_circuit: Option<OpenCircuit>,
    label: Option<String>,
}

#[derive(Clone, Debug)]
struct Measured {
    step: String,
    charge: Coulombs,
    energy: Joules,
}

impl Tally {
    /// For a cell that was found with this voltage.
    pub fn new(voltage_found: Volts) -> Self {
        Self {
            voltage_found,
            last: None,
            temperature_max: None,
            steps_done: 0,
            cycles: 0,
            capacity: None,
            first_capacity: None,
            capacity_fade: None,
            between: None,
            since_empty: None,
            full: false,
            impedance: None,
            resistance: None,
            open_circuit: None,
            label: None,
        }
    }

    /// Takes in a row.
    pub fn row(&mut self, row: &Row) {
        self.last = Some((row.time, row.voltage));
        self.cycles = self.cycles.max(row.cycle);
        self.warmest(row.temperature);
    }

    /// Takes in an impedance. One inside a charge or discharge counts only while no impedance step gave one.
    pub fn impedance(&mut self, point: &ImpedancePoint) {
        self.impedance.get_or_insert(*point);
    }

    /// Takes in a step that is over.
    pub fn step(&mut self, step: &StepResult) {
        self.cycles = self.cycles.max(step.cycle);
        self.warmest(step.temperature_max);
        if let Some(point) =
            ImpedancePoint::nearest_to_1_khz(&step.impedance).filter(|_| step.kind == "impedance")
        {
            self.impedance = Some(*point);
        }
        if let Some(passed) = &mut self.since_empty {
            *passed += step.passed;
        }
        if !step.reason.goes_on() {
            if matches!(step.reason, EndReason::Interrupted(_)) && takes_little(step) {
                return;
            }
            // What was broken off is no result, and neither is a sum over it.
            self.since_empty = None;
            self.full = false;
            return;
        }
        self.steps_done += 1;
        self.resistance = step.resistance.last().copied().or(self.resistance);
        self.open_circuit = step.open_circuit.or(self.open_circuit);
        let was_full = self.full;
        match step.kind.as_str() {
            "charge" => self.full = fills(step),
            _ if takes_little(step) => {}
            _ if step.passed.charge_out.0 > 0.0 => self.full = false,
            _ => {}
        }
        if !empties(step) {
            return;
        }
        // One that goes on with what an interruption left has begun with less than a full cell.
        if was_full && !step.continued {
            let name = step.name.clone().unwrap_or_else(|| format!("step {}", step.step_id));
            let (charge, energy) = (step.passed.charge_out, step.passed.energy_out);
            match self.first_capacity {
                None => self.first_capacity = Some(charge),
                Some(first) => self.capacity_fade = Some(1.0 - charge / first),
            }
            self.capacity = Some(Measured { step: name, charge, energy });
        }
        self.between = self.since_empty.replace(Totals::default()).or(self.between);
    }

    /// Takes in the label that hooks gave it.
    pub fn labelled(&mut self, label: &str) {
        self.label = Some(label.to_owned());
    }

    /// Whether anything of the cell's test was heard.
    pub fn has_begun(&self) -> bool {
        self.last.is_some() || self.cycles > 0
    }

    fn warmest(&mut self, temperature: Celsius) {
        self.temperature_max = Some(self.temperature_max.map_or(temperature, |it| it.max(temperature)));
    }

    /// What it came to so far.
    pub fn results(&self) -> CellResults {
        let between = self.between.unwrap_or_default();
        CellResults {
            capacity: self.capacity.as_ref().map(|it| it.charge),
            capacity_step: self.capacity.as_ref().map(|it| it.step.clone()),
            energy: self.capacity.as_ref().map(|it| it.energy),
            coulombic_efficiency: between.coulombic_efficiency(),
            energy_efficiency: between.energy_efficiency(),
            capacity_fade: self.capacity_fade,
            impedance: self.impedance,
            resistance: self.resistance,
            open_circuit: self.open_circuit,
            voltage_start: self.voltage_found,
            voltage_end: self.last.map(|(_, voltage)| voltage),
            temperature_max: self.temperature_max,
            duration: self.last.map_or(Duration::ZERO, |(time, _)| time),
            steps_done: self.steps_done,
            cycles: self.cycles,
            label: self.label.clone(),
        }
    }
}

/// Whether a step takes so little, or nothing, that a full cell stays one.
fn takes_little(step: &StepResult) -> bool {
    matches!(step.kind.as_str(), "rest" | "wait" | "impedance")
}

/// Whether a charge ended with a full cell: by its voltage, or by its current, which falls once a
/// voltage is held. One that ended by charge, energy, time or warmth left the cell somewhere.
fn fills(step: &StepResult) -> bool {
    matches!(ended_by(step), Some("voltage" | "current"))
}

/// Whether a discharge took the cell to its lower voltage. One that found the voltage there already
/// has emptied nothing.
fn empties(step: &StepResult) -> bool {
    step.kind == "discharge" && ended_by(step) == Some("voltage") && step.passed.charge_out.0 > 0.0
}

/// The quantity whose condition ended a step: the first word of the condition, as a recipe has it.
fn ended_by(step: &StepResult) -> Option<&str> {
    match &step.reason {
        EndReason::Condition(text) => text.split_whitespace().next(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Amperes;

    fn tally() -> Tally {
        Tally::new(Volts(3.6))
    }

    fn step(kind: &str, charge: f64, reason: EndReason) -> StepResult {
        let charge = Coulombs(charge);
        let passed = match kind {
            "charge" => Totals { charge_in: charge, energy_in: Volts(4.0) * charge, ..Totals::default() },
            _ => Totals { charge_out: charge, energy_out: Volts(3.0) * charge, ..Totals::default() },
        };
        StepResult {
            step_id: 4,
            step_count: 4,
            cycle: 2,
            name: None,
            kind: kind.to_owned(),
            reason,
            continued: false,
            start: Duration::ZERO,
            duration: Duration::from_secs(1),
            passed,
            voltage_start: Volts(3.6),
            voltage_end: Volts(3.6),
            voltage_mean: None,
            voltage_min: None,
            voltage_max: None,
            current_start: None,
            current_end: None,
            current_mean: Amperes(0.0),
            current_min: None,
            current_max: None,
            temperature_start: None,
            temperature_end: None,
            temperature_mean: Celsius(25.0),
            temperature_min: Celsius(25.0),
            temperature_max: Celsius(31.0),
            open_circuit: None,
            impedance: Vec::new(),
            resistance: Vec::new(),
        }
    }

    fn condition(text: &str) -> EndReason {
        EndReason::Condition(text.to_owned())
    }

    #[test]
    fn a_charge_from_an_unknown_state_gives_no_efficiency() {
        let mut tally = tally();
        tally.step(&step("charge", 50.0, condition("current < 0.1 A")));
        tally.step(&step("discharge", 100.0, condition("voltage < 2.8 V")));
        let first = tally.results();
        assert_eq!((first.capacity, first.coulombic_efficiency), (Some(Coulombs(100.0)), None));
        tally.step(&step("charge", 100.0, condition("current < 0.1 A")));
        tally.step(&step("discharge", 20.0, EndReason::TimeCap));
        tally.step(&step("discharge", 79.0, condition("voltage < 2.8 V")));
        let second = tally.results();
        assert_eq!(second.coulombic_efficiency, Some(0.99));
        assert_eq!((second.energy_efficiency, second.capacity_fade), (Some(0.7425), None));
        assert_eq!(
            (second.capacity, second.capacity_step.as_deref()),
            (Some(Coulombs(100.0)), Some("step 4")),
            "the second one was emptied in two parts"
        );
        assert_eq!((second.steps_done, second.cycles, second.temperature_max), (5, 2, Some(Celsius(31.0))));
    }

    #[test]
    fn what_was_broken_off_is_no_result() {
        let mut tally = tally();
        tally.step(&step("discharge", 100.0, condition("voltage < 2.8 V")));
        assert_eq!(tally.results().capacity, None, "nobody knows how full it was");
        tally.step(&step("charge", 90.0, condition("charge > 0.025 Ah")));
        tally.step(&step("discharge", 89.0, condition("voltage < 2.8 V")));
        assert_eq!(tally.results().capacity, None, "it was half full");
        tally.step(&step("charge", 110.0, condition("voltage already at the 4.2 V to hold")));
        tally.step(&step("rest", 0.0, EndReason::Completed));
        tally.step(&step("impedance", 1.0, EndReason::Completed));
        tally.step(&step("discharge", 100.0, condition("voltage < 2.8 V")));
        tally.step(&step("charge", 60.0, EndReason::Stopped));
        tally.step(&step("charge", 40.0, condition("current < 0.1 A")));
        tally.step(&step("discharge", 30.0, EndReason::Tripped("voltage 2.7 V below 2.8 V".into())));
        tally.step(&step("discharge", 70.0, condition("charge > 0.02 Ah")));
        tally.step(&step("discharge", 0.0, condition("voltage already at the 3.75 V to hold")));
        let summary = tally.results();
        assert_eq!((summary.capacity, summary.capacity_step), (Some(Coulombs(100.0)), Some("step 4".into())));
        assert_eq!(summary.capacity_fade, None, "there was no other");
        tally.step(&step("charge", 100.0, condition("current < 0.1 A")));
        tally.step(&step("discharge", 75.0, condition("voltage < 2.8 V")));
        assert_eq!(tally.results().capacity_fade, Some(0.25));
        assert!(tally.has_begun() && !super::tests::tally().has_begun());
    }
}
