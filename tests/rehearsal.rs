//! Plans rehearsed in memory: bounded, the same each time, and with faults at their moments.
#![allow(clippy::expect_used, clippy::panic)]

use batlab_run::diagnostic::{NoFiles, Source};
use batlab_run::event::Event;
use batlab_run::identity::Slot;
use batlab_run::plan::{self, Plan};
use batlab_run::recipe::FaultKind;
use batlab_run::rehearsal::{Fault, Outcome, Stage, When, rehearse, trials};
use batlab_run::simulator::bench::Bench;
use batlab_run::verdict::{Exit, Verdict};
use std::sync::Arc;
use std::time::Duration;

const HEAD: &str = "[recipe]\nname = \"t\"\n[cell]\nchemistry = \"li-ion\"\ncapacity = \"2.5 Ah\"\n[record]\nevery = \"10 s\"\n";
const STEPS: &str = "[[step]]\nname = \"wait\"\nrest = \"5 min\"\n[[step]]\nname = \"up\"\ncharge = \"C/2\"\nuntil = \"voltage > 4.1 V\"\nat_most = \"20 min\"\n";

fn recipe(rest: &str) -> (Source, Arc<Plan>) {
    let source = Source::new("t.toml", format!("{HEAD}{rest}"));
    let plan = plan::check(&source).unwrap_or_else(|problems| panic!("{problems:?}"));
    (source, Arc::new(plan))
}

fn stage(plan: &Plan, hours: u64, faults: Vec<Fault>) -> Stage {
    let bench = Bench::matching(plan.cell().chemistry, plan.cell().capacity, 3);
    Stage { bench, at_most: Duration::from_secs(hours * 3600), faults, events: true }
}

fn run(plan: &Arc<Plan>, stage: &Stage) -> Outcome {
    rehearse(plan, stage).unwrap_or_else(|error| panic!("{error}"))
}

fn in_up(kind: FaultKind, slot: u8) -> Fault {
    let slot = Slot::new(slot).expect("a slot");
    Fault { kind, slot, when: When::InStep("up".into(), Duration::from_secs(60)), lasts: None }
}

#[test]
fn ten_thousand_cycles_end_when_the_time_is_up() {
    let (_, plan) = recipe(
        "[[step]]\nrepeat = 10000\n[[step.step]]\ncharge = \"1C\"\nat_most = \"5 min\"\n[[step.step]]\ndischarge = \"1C\"\nat_most = \"5 min\"\n",
    );
    let mut stage = stage(&plan, 3, Vec::new());
    stage.events = false;
    let outcome = run(&plan, &stage);
    assert!(outcome.cut && outcome.events.is_empty());
    assert_eq!(outcome.exit, Exit::Stopped);
    for cell in &outcome.cells {
        assert_eq!(cell.verdict, Verdict::Incomplete, "{}", cell.why);
        let hours = cell.duration.as_secs_f64() / 3600.0;
        assert!((2.99..3.01).contains(&hours), "{hours} h");
        assert!((17..=18).contains(&cell.cycles), "{} cycles", cell.cycles);
        assert!(cell.series.buckets().len() <= 512);
        assert_eq!(cell.steps.len(), 2);
        // 5 min at 1C, 18 times: what the rows add up to is what the steps add up to.
        let charged: f64 = cell.steps.values().map(|pass| pass.passed.charge_in.ampere_hours()).sum();
        assert!((charged - cell.totals.charge_in.ampere_hours()).abs() < 0.01, "{charged}");
        assert!((3.5..3.9).contains(&charged), "{charged}");
    }
}

#[test]
fn the_same_stage_gives_the_same_outcome() {
    let (_, plan) = recipe(STEPS);
    let mut stage = stage(&plan, 1, vec![in_up(FaultKind::PullCell, 2)]);
    let mut second = stage.bench.units[0].clone();
    second.serial = batlab_run::identity::SerialNumber(100_002);
    stage.bench.units.push(second);
    stage.at_most = Duration::from_secs(1000);
    let (one, two) = (run(&plan, &stage), run(&plan, &stage));
    assert_eq!(one.cells.len(), 8);
    assert!(one.cut);
    assert_eq!(one.events, two.events);
    for (a, b) in one.cells.iter().zip(&two.cells) {
        assert_eq!((a.verdict, a.rows, &a.series), (b.verdict, b.rows, &b.series));
    }
}

#[test]
fn broken_sensors_are_faults_of_their_cell() {
    let (_, plan) = recipe(STEPS);
    for (kind, words) in [
        (FaultKind::ThermistorOpen, "thermistor without contact"),
        (FaultKind::ThermistorShort, "thermistor that is bridged"),
        (FaultKind::VoltageStuck, "VOLTAGE is frozen"),
        (FaultKind::CurrentStuck, "CURRENT is frozen"),
        (FaultKind::TemperatureStuck, "TEMPERATURE is frozen"),
    ] {
        let outcome = run(&plan, &stage(&plan, 2, vec![in_up(kind, 2)]));
        let verdicts: Vec<_> = outcome.cells.iter().map(|cell| cell.verdict).collect();
        assert_eq!(verdicts, [Verdict::Pass, Verdict::Pass, Verdict::Error, Verdict::Pass], "{kind:?}");
        assert!(outcome.cells[2].why.contains(words), "{kind:?}: {}", outcome.cells[2].why);
    }
}

#[test]
fn faults_happen_in_their_step() {
    let (_, plan) = recipe(STEPS);
    let outcome = run(&plan, &stage(&plan, 2, vec![in_up(FaultKind::PullCell, 1)]));
    let verdicts: Vec<Verdict> = outcome.cells.iter().map(|cell| cell.verdict).collect();
    assert_eq!(verdicts, [Verdict::Pass, Verdict::Error, Verdict::Pass, Verdict::Pass]);
    let up = outcome.cells[1].steps.values().last().expect("it had begun");
    let seconds = up.duration.as_secs_f64();
    assert!((58.0..66.0).contains(&seconds), "pulled after {seconds} s");

    for (kind, word) in [
        (FaultKind::SupplyLost, "NO_PSU"),
        (FaultKind::LowVcc, "LOW_VCC"),
        (FaultKind::UnitBootloader, "flashed"),
        (FaultKind::UnitUnplugged, "lost"),
        (FaultKind::LinkLost, "lost"),
        (FaultKind::LineSilent, "lost"),
    ] {
        let outcome = run(&plan, &stage(&plan, 2, vec![in_up(kind, 0)]));
        for cell in &outcome.cells {
            assert_eq!(cell.verdict, Verdict::Error, "{kind:?}");
            assert!(cell.why.contains(word), "{kind:?}: {}", cell.why);
        }
    }

    for kind in [FaultKind::UnitReset, FaultKind::WatchdogTrip] {
        assert_eq!(run(&plan, &stage(&plan, 2, vec![in_up(kind, 0)])).exit, Exit::Passed, "{kind:?}");
    }

    let noisy = run(&plan, &stage(&plan, 2, vec![in_up(FaultKind::LineNoise, 0)]));
    assert_eq!(noisy.exit, Exit::Passed);
    assert!(noisy.events.iter().any(|entry| matches!(entry.event, Event::Notice { .. })), "nobody noticed");
}

#[test]
fn a_supply_that_is_back_before_it_is_needed_does_no_harm() {
    let (_, plan) = recipe(STEPS);
    let at = |kind, seconds| Fault {
        kind,
        slot: Slot::ALL[0],
        when: When::At(Duration::from_secs(seconds)),
        lasts: None,
    };
    let faults = vec![at(FaultKind::SupplyLost, 60), at(FaultKind::SupplyBack, 120)];
    assert_eq!(run(&plan, &stage(&plan, 2, faults)).exit, Exit::Passed);
}

#[test]
fn faults_that_are_over_are_got_over() {
    let (_, plan) = recipe(STEPS);
    let minute = Some(Duration::from_secs(60));
    for kind in [
        FaultKind::SupplyLost,
        FaultKind::LowVcc,
        FaultKind::UnitBootloader,
        FaultKind::UnitUnplugged,
        FaultKind::LinkLost,
    ] {
        let fault = Fault { lasts: minute, ..in_up(kind, 0) };
        let outcome = run(&plan, &stage(&plan, 2, vec![fault]));
        assert_eq!(outcome.exit, Exit::Passed, "{kind:?}: {}", outcome.cells[0].why);
    }
}

#[test]
fn what_is_wrong_with_tests_is_told_at_its_place() {
    let (source, plan) = recipe(&format!(
        "{STEPS}[[test]]\nname = \"a b\"\nbench = \"../x.toml\"\n[test.expect]\nends = {{ upp = \"condition\" }}\n\
         [[test]]\nname = \"c\"\ncells = []\nfaults = [{{ fault = \"pull-cell\" }}, {{ fault = \"low-vcc\", at = \"1 s\", slot = 4 }}]\n[test.expect]\n\
         [[test]]\nname = \"c\"\ncells = [{{ state_of_charge = \"120 %\" }}]\nfaults = [{{ fault = \"low-vcc\", at = \"1 s\", after = \"2 s\" }}]\n[test.expect]\n"
    ));
    let known = batlab_run::recipe::read(&source).expect("its shape is right");
    let source = Arc::new(source);
    let problems = trials(&source, &known, &plan, &NoFiles).expect_err("nothing of it is right");
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(
        codes,
        [
            "bad-name",
            "no-file",
            "unknown-step",
            "wrong-count",
            "fault-moment",
            "out-of-range",
            "duplicate-name",
            "out-of-range",
            "fault-moment"
        ]
    );
    assert!(problems.iter().all(|problem| problem.hint.is_some()));
    assert_eq!(problems[2].hint.as_deref(), Some("did you mean `up`?"));
}
