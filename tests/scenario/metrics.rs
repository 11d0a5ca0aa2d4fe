//! What steps and cycles come to, against the simulated cells' truth.

use crate::rig::{Outcome, Rig, li_ion, seconds, slot};
use batlab_run::event::{CycleResult, Event, Sample, StepResult};
use batlab_run::plan::{CycleMetric, StepMetric};
use batlab_run::simulator::bench::Bench;
use batlab_run::simulator::cell::Cell;
use batlab_run::units::Amperes;
use batlab_run::verdict::Verdict;
use std::time::Duration;

/// A unit whose voltages and currents are true but for noise.
fn true_gains(bench: &mut Bench) {
    bench.units[0].gain_error = 0.0;
}

fn passed(outcome: &Outcome) {
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
}

fn off(value: f64, wanted: f64) -> f64 {
    (value / wanted - 1.0).abs()
}

fn cycles(outcome: &Outcome, number: u8) -> Vec<&CycleResult> {
    let facts = outcome.facts(number).into_iter();
    facts
        .filter_map(|(_, event)| match event {
            Event::CycleEnded { result } => Some(&**result),
            _ => None,
        })
        .collect()
}

/// The cell of a slot as it lay on the bench, and after so much more charge came out of it than went in.
fn cell(bench: &Bench, number: u8, out: f64) -> Cell {
    let mut cell = bench.units[0].cell(slot(number), bench.seed).unwrap();
    cell.advance(Amperes(-1.0), Duration::from_secs_f64(out));
    cell
}

#[test]
fn a_rest_tells_the_open_circuit_voltage_and_how_it_moves() {
    let steps = "[[step]]\ndischarge = \"2 A\"\nat_most = \"10 min\"\n[[step]]\nrest = \"50 s\"\n\
         [[step]]\nname = \"early\"\nrest = \"100 s\"\n[[step]]\nname = \"late\"\nrest = \"20 min\"\n";
    let plan = li_ion(steps);
    let mut bench = Bench::matching(plan.cell().chemistry, plan.cell().capacity, 21);
    true_gains(&mut bench);
    let outcome = Rig::on(bench.clone(), &plan).run();
    passed(&outcome);
    let mut worst = (0.0_f64, 0.0_f64);
    for number in 0..4 {
        let rests = &outcome.steps(number)[1..];
        assert_eq!(rests[0].open_circuit, None, "too short");
        let early = rests[1].open_circuit.unwrap();
        assert!((49.0..51.0).contains(&seconds(early.over)), "{early:?}");
        assert!(early.drift.per_hour().0 > 0.005, "it still relaxes upwards: {early:?}");
        let late = rests[2].open_circuit.unwrap();
        assert!((595.0..=600.0).contains(&seconds(late.over)), "{late:?}");
        let truth = cell(&bench, number, outcome.books(number).discharged.0).open_circuit_voltage();
        worst.0 = worst.0.max((late.voltage - truth).0.abs());
        worst.1 = worst.1.max(late.drift.per_hour().0.abs());
        assert_eq!(rests[2].metric(StepMetric::Ocv), Some(late.voltage.0));
        assert_eq!(rests[2].metric(StepMetric::OcvDrift), Some(late.drift.0));
        assert_eq!((rests[2].current_max, rests[2].metric(StepMetric::VoltageMean)), (None, None));
    }
    println!(
        "open circuit: off by {:.3} mV, drift of a cell at rest {:.3} mV/h",
        worst.0 * 1e3,
        worst.1 * 1e3
    );
    // A count is 0.137 mV; five standard deviations of the drift's noise are 0.65 mV/h.
    assert!(worst.0 < 0.0002, "{worst:?}");
    assert!(worst.1 < 0.00065, "{worst:?}");
}

#[test]
fn a_cycle_comes_to_what_the_books_say() {
    let steps = "[[step]]\nrest = \"1 min\"\n[[step]]\nrepeat = 3\n\
         [[step.step]]\ncharge = \"2 A\"\nhold = \"4.1 V\"\nuntil = \"current < 0.5 A\"\nat_most = \"3 h\"\n\
         [[step.step]]\nrest = \"2 min\"\n\
         [[step.step]]\ndischarge = \"2 A\"\nuntil = [\"voltage < 3.0 V\", \"charge > 60 % * cell.capacity\"]\nat_most = \"3 h\"\n";
    let outcome = Rig::new(&li_ion(steps), 22).run();
    passed(&outcome);
    let mut worst = [0.0_f64; 5];
    for number in 0..4 {
        let (cycles, drives, done) =
            (cycles(&outcome, number), outcome.drives(number), outcome.steps(number));
        assert_eq!((cycles.len(), drives.len(), done.len()), (3, 6, 10));
        let first = drives[1].books.discharged.0;
        for (index, cycle) in cycles.iter().enumerate() {
            let (into, out) = (&drives[2 * index].books, &drives[2 * index + 1].books);
            let steps = &done[1 + 3 * index..4 + 3 * index];
            assert_eq!((cycle.cycle as usize, cycle.steps), (index + 1, 3));
            assert_eq!(cycle.reason.as_ref(), Some(&steps[2].reason));
            assert_eq!(cycle.start, steps[0].start);
            assert_eq!(cycle.start + cycle.duration, steps[2].start + steps[2].duration);
            let metric = |metric| cycle.metric(metric).unwrap();
            let truly = [
                (CycleMetric::Efficiency, out.discharged / into.charged),
                (CycleMetric::EnergyEfficiency, out.energy_out / into.energy_in),
                (CycleMetric::VoltageMeanCharge, (into.energy_in / into.charged).0),
                (CycleMetric::VoltageMeanDischarge, (out.energy_out / out.discharged).0),
            ];
            for (worst, (of, truth)) in worst.iter_mut().zip(truly) {
                *worst = worst.max(off(metric(of), truth));
            }
            let fade = 1.0 - out.discharged.0 / first;
            worst[4] = worst[4].max((metric(CycleMetric::CapacityFade) - fade).abs());
            assert_eq!(cycle.cycle == 1, metric(CycleMetric::CapacityFade) == 0.0);
            assert!(metric(CycleMetric::VoltageHysteresis) > 0.1);
            let lowest = steps.iter().filter_map(|step| step.voltage_min).map(|it| it.0);
            assert_eq!(metric(CycleMetric::VoltageMin), lowest.fold(f64::INFINITY, f64::min));
            assert!((metric(CycleMetric::VoltageMax) - 4.1).abs() < 0.02, "{cycle:?}");
            let warm = metric(CycleMetric::TemperatureMean);
            assert!(metric(CycleMetric::TemperatureMin) < warm && warm < metric(CycleMetric::Temperature));
        }
    }
    println!("cycles: efficiencies, mean voltages and fade off by {worst:?} at worst");
    // Gains and the unit's clock cancel in ratios of charge; a mean voltage has the gain error, 0.1 %.
    assert!(worst[0] < 0.001 && worst[1] < 0.002 && worst[4] < 0.001, "{worst:?}");
    assert!(worst[2] < 0.003 && worst[3] < 0.003, "{worst:?}");
}

#[test]
fn a_spectrum_is_the_cells_own_and_says_where_it_was_measured() {
    let steps = "[[step]]\nrest = \"10 s\"\n[[step]]\nimpedance = { from = \"39 Hz\", to = \"1055 Hz\" }\n";
    let plan = li_ion(steps);
    let bench = Bench::matching(plan.cell().chemistry, plan.cell().capacity, 23);
    let outcome = Rig::on(bench.clone(), &plan).run();
    passed(&outcome);
    let mut worst = 0.0_f64;
    for number in 0..4 {
        let spectrum = outcome.impedances(number);
        let step = outcome.steps(number)[1];
        assert_eq!((spectrum.len(), step.impedance.len()), (27, 27));
        let cell = cell(&bench, number, outcome.books(number).discharged.0 / 2.0);
        let mut last = Duration::ZERO;
        for (point, at) in &spectrum {
            worst = worst.max(off(point.magnitude.0, cell.impedance(point.frequency).0));
            assert_eq!((at.step_id, at.step_count, at.cycle, point.averages), (2, 2, 1, 4));
            assert!(at.time > last && at.time <= step.start + step.duration, "{at:?}");
            last = at.time;
            let (voltage, current) = (at.voltage.unwrap(), at.current.unwrap());
            // The mean of a sine of 1 A peak to peak is 0.75 A.
            assert!(off(current.0, -0.75) < 0.05, "{at:?}");
            assert!(off(voltage.0, cell.terminal_voltage(current).0) < 0.02, "{at:?}");
            assert!((24.0..32.0).contains(&at.temperature.unwrap().0), "{at:?}");
        }
        let (low, high) = (step.current_min.unwrap(), step.current_max.unwrap());
        assert!(high < Amperes(0.0) && off(low.0, high.0) < 0.05, "{step:?}");
    }
    println!("spectrum: off by {:.2} %", worst * 100.0);
    assert!(worst < 0.03, "{worst}");
}

/// The rows of a step that are wholly of its current.
fn whole<'r>(rows: &[&'r Sample], step: &StepResult) -> Vec<&'r Sample> {
    let of_step = rows.iter().filter(|row| row.step_count == step.step_count);
    let whole = of_step.filter(|row| seconds(row.at - row.step_start) >= 0.25 && row.impedance.is_none());
    whole.copied().collect()
}

#[test]
fn extremes_are_of_the_steps_own_current() {
    let record = "record = { every = \"0.6 s\", on_change = { voltage = \"0.1 mV\" } }\n";
    let steps = format!(
        "[[step]]\ndischarge = \"2 A\"\nat_most = \"1 min\"\n{record}\
         [[step]]\ncharge = \"1 A\"\nat_most = \"1 min\"\n{record}\
         [[step]]\npulse = {{ discharge = \"1 A\", on = \"5 s\", off = \"5 s\", count = 2 }}\n"
    );
    let outcome = Rig::new(&li_ion(&steps), 24).run();
    passed(&outcome);
    for number in 0..4 {
        let rows = outcome.rows(number);
        for step in &outcome.steps(number)[..2] {
            let sign = if step.kind == "charge" { 1.0 } else { -2.0 };
            let currents = [step.current_start, step.current_end, step.current_min, step.current_max];
            for current in currents {
                // A first current starts some 5 % low, since the driver is not known yet and may give that much more.
                assert!(off(current.unwrap().0, sign) < 0.08, "{step:?}");
            }
            assert!(off(step.current_end.unwrap().0, sign) < 0.01, "{step:?}");
            assert!(step.current_min.unwrap() <= step.current_max.unwrap());
            let rows = whole(&rows, step);
            let voltages = || rows.iter().map(|row| row.voltage.0);
            let (low, high) = (voltages().fold(f64::INFINITY, f64::min), voltages().fold(0.0, f64::max));
            let apart =
                (step.voltage_min.unwrap().0 - low).abs().max((step.voltage_max.unwrap().0 - high).abs());
            assert!(apart < 0.001, "slot {number}: {low} to {high}: {step:?}");
            assert!((step.voltage_end.0 - rows.last().unwrap().voltage.0).abs() < 0.001, "{step:?}");
            // The drop of the current's first moment is in neither.
            let drop = step.voltage_start.0 - step.voltage_max.unwrap().0;
            assert!(sign > 0.0 || drop > 0.03, "{step:?}");
            assert!(step.temperature_start.is_some() && step.temperature_end.is_some());
        }
        let pulse = outcome.steps(number)[2];
        assert_eq!(pulse.current_max, Some(Amperes(0.0)), "its pauses are of it");
        assert!(off(pulse.metric(StepMetric::CurrentMax).unwrap(), 1.0) < 0.04, "{pulse:?}");
        assert_eq!(pulse.metric(StepMetric::CurrentMin), Some(0.0));
    }
}

#[test]
fn an_impedance_in_between_disturbs_no_metric() {
    let record = "record = { impedance_every = \"2 min\" }\n";
    let steps = format!(
        "[[step]]\ncharge = \"1 A\"\nat_most = \"9 min\"\n{record}[[step]]\nrest = \"9 min 30 s\"\n{record}"
    );
    let outcome = Rig::new(&li_ion(&steps), 25).run();
    passed(&outcome);
    for number in 0..4 {
        let (charge, rest) = (outcome.steps(number)[0], outcome.steps(number)[1]);
        let points = outcome.impedances(number);
        let inside = points.iter().filter(|(_, at)| at.step_id == 1).count();
        assert!(inside >= 3 && points.len() > inside, "{points:?}");
        assert_eq!(charge.impedance, [points[inside - 1].0], "the last one");
        assert!(off(charge.current_min.unwrap().0, 1.0) < 0.1, "no sine, no pause: {charge:?}");
        assert!(rest.current_min.is_none());
        let open = rest.open_circuit.unwrap();
        assert!(seconds(open.over) < 61.0, "from the last sine on: {open:?}");
    }
}

#[test]
fn resistances_at_every_point_are_known_to_conditions() {
    let steps = "[[step]]\nname = \"ohms\"\nresistance = { discharge = \"2 A\", after = [\"2 s\", \"10 s\"] }\n\
         [[step]]\nname = \"spectrum\"\nimpedance = [\"1 kHz\", \"39.0625 Hz\"]\n\
         [[step]]\nname = \"rested\"\nrest = \"2 min\"\n\
         [[step]]\nrest = \"1 min\"\nuntil = [\
         \"step.ohms.resistance.2s >= step.ohms.resistance.10s\", \
         \"step.ohms.resistance.10s < step.ohms.resistance\", \
         \"step.spectrum.impedance.1kHz >= step.spectrum.impedance.39Hz\", \
         { when = \"abs(step.rested.ocv_drift) < 1 V/h\", then = \"pass\" }]\n\
         [[step]]\nrest = \"1 min\"\n";
    let outcome = Rig::new(&li_ion(steps), 26).run();
    passed(&outcome);
    for number in 0..4 {
        let last = outcome.steps(number)[3];
        assert_eq!(last.reason.detail(), "abs(step.rested.ocv_drift) < 16.666666667 mV/min");
        assert_eq!(outcome.steps(number).len(), 4, "{}", outcome.condensed());
    }
}
