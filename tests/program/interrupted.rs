//! What becomes of a step that was interrupted, with the program still there and with another one that goes on
//! from what was told.

use super::{Arc, Duration, Plan, plan};
use batlab_run::clock::Instant;
use batlab_run::diagnostic::Source;
use batlab_run::event::{Event, ImpedancePoint, Sample, StepResult, Totals};
use batlab_run::plan::StepMetric;
use batlab_run::program::{Activity, Command, Company, Gap, Output, Past, Program, Reading, Seen};
use batlab_run::units::{Amperes, Celsius, Coulombs, Ohms, Volts};
use batlab_run::verdict::Verdict;
use proptest::prelude::*;

const ROUND: Duration = Duration::from_millis(614);

fn recipe(on_interrupt: &str, steps: &str) -> Arc<Plan> {
    let text = format!(
        r#"
[recipe]
name = "interrupted"
on_interrupt = "{on_interrupt}"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[limits]
voltage = ["2.8 V", "4.25 V"]
current = "4 A"
{steps}"#
    );
    Arc::new(plan::check(&Source::new("test.toml", text)).unwrap_or_else(|problems| panic!("{problems:?}")))
}

const CHARGE: &str = r#"
[[step]]
name = "fill"
charge = "1 A"
until = "charge > 100 mAh"
at_most = "20 min"
"#;
const REST: &str = r#"
[[step]]
name = "lie"
rest = "10 min"
"#;
const CAPACITY: &str = r#"
[[step]]
name = "capacity"
discharge = "1 A"
until = "charge > 100 mAh"
at_most = "20 min"
"#;
const CYCLES: &str = r#"
[[step]]
repeat = 3
  [[step.step]]
  name = "fill"
  charge = "1 A"
  until = "charge > 20 mAh"
  at_most = "20 min"
  [[step.step]]
  name = "empty"
  discharge = "1 A"
  until = "charge > 20 mAh"
  at_most = "20 min"
[[step]]
name = "spectrum"
impedance = ["1 kHz", "39.0625 Hz"]
"#;

/// A program, its slot that does what it says, and all that it told.
struct Bench {
    program: Program,
    now: Instant,
    since: Instant,
    applied: Command,
    facts: Vec<Event>,
    /// When each of these was told.
    moments: Vec<Instant>,
    rows: Vec<Sample>,
}

impl Bench {
    fn new(plan: Arc<Plan>) -> Self {
        Self::of(Program::new(plan), Instant::ORIGIN)
    }

    fn of(program: Program, now: Instant) -> Self {
        let (facts, moments, rows) = (Vec::new(), Vec::new(), Vec::new());
        Self { program, now, since: now, applied: Command::Idle, facts, moments, rows }
    }

    fn hear(&mut self) {
        while let Some(output) = self.program.next_output() {
            match output {
                Output::Fact(event) => {
                    self.facts.push(event);
                    self.moments.push(self.now);
                }
                Output::Row(sample) => self.rows.push(sample),
            }
        }
    }

    /// One rotation of the unit.
    fn round(&mut self) {
        self.now = self.now + ROUND;
        self.program.on_time(self.now);
        let command = self.program.command();
        if std::mem::discriminant(&command) != std::mem::discriminant(&self.applied) {
            self.since = self.now;
            self.program.on_switched(self.now);
        }
        self.applied = command;
        let (activity, current) = match command {
            Command::Drive(direction, current) => (Activity::Driving(direction), current),
            Command::Impedance(frequency) => {
                let point = ImpedancePoint { frequency, magnitude: Ohms(0.03), averages: 4 };
                self.program.on_impedance(point, self.now);
                return self.hear();
            }
            Command::Idle | Command::Finished => (Activity::Settled, Amperes(0.0)),
        };
        self.program.on_reading(&Reading {
            at: self.now,
            heard: self.now,
            activity,
            since: self.since,
            steady: true,
            voltage: Volts(3.7),
            current,
            temperature: Celsius(25.0),
            passed: current * ROUND,
        });
        self.hear();
    }

    fn rounds(&mut self, count: u32) -> &mut Self {
        (0..count).for_each(|_| self.round());
        self
    }

    fn finish(&mut self) -> &mut Self {
        for _ in 0..10_000 {
            if self.program.command() == Command::Finished {
                return self;
            }
            self.round();
        }
        panic!("it never ends: {:?}", self.facts.last());
    }

    fn interrupt(&mut self, gap: Gap) -> &mut Self {
        self.program.interrupt("a reset", gap);
        self.hear();
        self
    }

    fn ended(&self) -> Vec<&StepResult> {
        let ended = |event: &'_ Event| matches!(event, Event::StepEnded { .. });
        let facts = self.facts.iter().filter(|event| ended(event));
        facts
            .filter_map(|event| match event {
                Event::StepEnded { result, .. } => Some(&**result),
                _ => None,
            })
            .collect()
    }

    fn verdict(&self) -> (Verdict, String, bool) {
        match self.facts.last() {
            Some(Event::CellEnded { verdict, why, resumable }) => (*verdict, why.clone(), *resumable),
            other => panic!("{other:?}"),
        }
    }

    /// What another process knows of it: the facts as the journal has them, and the rows.
    fn past(&self) -> Past {
        let mut past = Past::default();
        let mut rows = self.rows.iter().peekable();
        for (event, told) in self.facts.iter().zip(&self.moments) {
            let line = serde_json::to_string(event).unwrap();
            past.fact(&serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")), *told);
            let Event::StepStarted { step_count, .. } = event else { continue };
            while let Some(row) = rows.next_if(|row| row.step_count <= *step_count) {
                past.row(
                    Seen {
                        at: row.at,
                        step_start: row.step_start,
                        step_count: row.step_count,
                        voltage: row.voltage,
                        current: row.current,
                        temperature: row.temperature,
                        totals: row.total,
                        in_step: row.step,
                    },
                    row.test_start,
                );
            }
        }
        past
    }

    /// The program is killed, and another one goes on after a time.
    fn resumed(&self, plan: Arc<Plan>, pause: Duration, gap: Gap) -> Self {
        let program = Program::restore(plan, Company::default(), self.past(), "the program was killed", gap);
        let mut bench = Self::of(program, self.now + pause);
        bench.facts.clone_from(&self.facts);
        bench.moments.clone_from(&self.moments);
        bench.rows.clone_from(&self.rows);
        bench.hear();
        bench
    }
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() < 2.0 * ROUND.as_secs_f64()
}

fn gap(charge_in: f64, charge_out: f64) -> Gap {
    Gap { charge_in: Coulombs(charge_in), charge_out: Coulombs(charge_out) }
}

/// The same by a reset with the program still there, and by its death.
fn both(plan: &Arc<Plan>, rounds: u32, gap: Gap, check: impl Fn(&Bench)) {
    let mut alive = Bench::new(Arc::clone(plan));
    alive.rounds(rounds).interrupt(gap).finish();
    check(&alive);
    let mut killed = Bench::new(Arc::clone(plan));
    killed.rounds(rounds);
    let mut resumed = killed.resumed(Arc::clone(plan), Duration::from_secs(30), gap);
    check(resumed.finish());
}

#[test]
fn a_charge_goes_on_with_what_is_left_of_it() {
    // 100 s of 360 s, then 25 C in the gap that belong to no step and to the bound all the same.
    both(&recipe("resume", CHARGE), 170, gap(25.0, 0.0), |bench| {
        let ended = bench.ended();
        let [first, second] = ended.as_slice() else { panic!("{ended:?}") };
        assert_eq!((first.reason.code(), first.continued, first.step_count), ("interrupted", false, 1));
        assert_eq!((second.reason.code(), second.continued, second.step_count), ("condition", true, 2));
        assert!(close(first.passed.charge_in.0 + second.passed.charge_in.0 + 25.0, 360.0), "{ended:?}");
        let total = bench.rows.last().unwrap().total;
        assert!(close(total.charge_in.0, 360.0), "{total:?}");
        assert_eq!(second.metric(StepMetric::Charge), None, "no one has charged so much in one go");
        assert!(second.metric(StepMetric::Voltage).is_some());
        assert_eq!(
            bench.verdict(),
            (Verdict::Pass, "every step came to its end; interrupted once".into(), false)
        );
    });
}

#[test]
fn a_measuring_discharge_is_never_added_to_another_one() {
    for policy in ["resume", "restart-step"] {
        both(&recipe(policy, CAPACITY), 170, Gap::default(), |bench| {
            let ended = bench.ended();
            let [first, second] = ended.as_slice() else { panic!("{ended:?}") };
            let before = if policy == "resume" { first.passed.charge_out.0 } else { 0.0 };
            assert!(before < 200.0 && !first.reason.goes_on());
            assert!(close(before + second.passed.charge_out.0, 360.0), "{policy}: {ended:?}");
            assert_eq!(second.metric(StepMetric::Charge), None);
        });
    }
}

#[test]
fn a_rest_ends_when_it_would_have() {
    let plan = recipe("resume", REST);
    let mut bench = Bench::new(Arc::clone(&plan));
    bench.rounds(300);
    let mut resumed = bench.resumed(plan, Duration::from_secs(100), Gap::default());
    resumed.finish();
    let ended = resumed.ended();
    let [first, second] = ended.as_slice() else { panic!("{ended:?}") };
    assert!(close((second.start + second.duration - first.start).as_secs_f64(), 600.0), "{ended:?}");
    assert!(second.open_circuit.is_some());
    bench.interrupt(Gap::default()).finish();
    let [only] = bench.ended()[..] else { panic!("{:?}", bench.ended()) };
    assert!(!only.continued && close(only.duration.as_secs_f64(), 600.0), "nothing was missed of it");
}

#[test]
fn a_rest_of_which_no_row_was_kept_ends_when_it_would_have() {
    let began = |bench: &Bench, count: u32| {
        let is =
            |event: &&Event| matches!(event, Event::StepStarted { step_count, .. } if *step_count == count);
        let index = bench.facts.iter().position(|event| is(&event)).unwrap();
        bench.moments[index]
    };
    // As the first step of the test, and behind another one.
    for (steps, count) in [(REST.to_owned(), 1), (format!("{CHARGE}{REST}"), 2)] {
        let plan = recipe("resume", &format!("[record]\nevery = \"5 min\"\n{steps}"));
        let mut bench = Bench::new(Arc::clone(&plan));
        while bench.ended().len() + 1 < count as usize || bench.facts.is_empty() {
            bench.round();
        }
        bench.rounds(200);
        assert!(bench.rows.iter().all(|row| row.step_count < count), "its first row waits for the next one");
        let mut resumed = bench.resumed(plan, Duration::from_secs(100), Gap::default());
        resumed.finish();
        let ended = *resumed.moments.last().unwrap();
        let took = (ended - began(&bench, count)).as_secs_f64();
        assert!(close(took, 600.0), "{took} s: {:?}", resumed.ended());
    }
}

#[test]
fn a_passage_that_was_interrupted_calls_no_hook() {
    let hooks = "[hooks]\ncode = '''\nfn on_step_end(ctx) { if ctx.result.reason == \"interrupted\" { throw 1; } note(ctx.result.reason); }\n'''\n";
    both(&recipe("resume", &format!("{CHARGE}{hooks}")), 170, Gap::default(), |bench| {
        let notes = bench.facts.iter().filter_map(|event| match event {
            Event::HookNote { text } => Some(text.as_str()),
            _ => None,
        });
        assert_eq!(notes.collect::<Vec<_>>(), ["condition"]);
        assert_eq!(bench.verdict().0, Verdict::Pass);
    });
}

#[test]
fn time_bounds_a_step_over_all_its_passages() {
    let plan =
        recipe("resume", &CHARGE.replace("20 min", "3 min").replace("charge > 100 mAh", "voltage > 4.1 V"));
    let mut bench = Bench::new(plan);
    for _ in 0..20 {
        bench.rounds(40).interrupt(Gap::default());
    }
    bench.finish();
    let time: f64 = bench.ended().iter().map(|step| step.duration.as_secs_f64()).sum();
    assert!(time < 180.0 + 2.0 * ROUND.as_secs_f64(), "{time}");
    assert_eq!(bench.ended().last().unwrap().reason.code(), "time-cap");
}

#[test]
fn a_cycle_that_was_interrupted_is_no_measurement_and_one_that_begins_again_is() {
    let cycles = |bench: &Bench| -> Vec<(u32, bool, bool)> {
        let ended = bench.facts.iter().filter_map(|event| match event {
            Event::CycleEnded { result } => Some(result),
            _ => None,
        });
        ended.map(|it| (it.cycle, it.interrupted, close(it.passed.charge_out.0, 72.5))).collect()
    };
    // In the discharge of the second cycle.
    both(&recipe("resume", CYCLES), 400, gap(0.0, 10.0), |bench| {
        assert_eq!(cycles(bench), [(1, false, true), (2, true, true), (3, false, true)]);
    });
    both(&recipe("restart-cycle", CYCLES), 400, gap(0.0, 10.0), |bench| {
        assert_eq!(cycles(bench), [(1, false, true), (3, false, true), (4, false, true)]);
        assert!(bench.ended().iter().all(|step| !step.continued));
    });
}

#[test]
fn an_impedance_is_measured_again_from_its_first_frequency() {
    both(&recipe("resume", &CYCLES.replace("repeat = 3", "repeat = 1")), 247, Gap::default(), |bench| {
        let ended = bench.ended();
        let last = ended.last().unwrap();
        assert_eq!((last.kind.as_str(), last.continued, last.impedance.len()), ("impedance", false, 2));
    });
}

#[test]
fn a_recipe_may_end_the_test() {
    both(&recipe("fail", CHARGE), 170, Gap::default(), |bench| {
        let (verdict, why, resumable) = bench.verdict();
        assert_eq!((verdict, resumable), (Verdict::Error, false));
        assert!(why.starts_with("interrupted: "), "{why}");
    });
}

#[test]
fn what_was_stopped_or_lost_can_be_gone_on_with() {
    let plan = recipe("resume", CHARGE);
    for lost in [false, true] {
        let mut bench = Bench::new(Arc::clone(&plan));
        bench.rounds(170);
        if lost {
            bench.program.lose("the unit does not come back");
        } else {
            bench.program.stop(bench.now);
        }
        bench.finish();
        bench.hear();
        let (verdict, _, resumable) = bench.verdict();
        assert_eq!((verdict == Verdict::Error, resumable), (lost, true));
        let mut resumed = bench.resumed(Arc::clone(&plan), Duration::from_secs(3600), Gap::default());
        resumed.finish();
        assert!(close(resumed.rows.last().unwrap().total.charge_in.0, 360.0));
        assert_eq!(resumed.verdict().0, Verdict::Pass);
        assert!(resumed.past().is_done() && !bench.past().is_done());
    }
}

#[test]
fn what_a_gap_let_through_before_the_first_row_outlives_the_next_kill() {
    let plan = recipe("resume", CHARGE);
    let mut bench = Bench::new(Arc::clone(&plan));
    bench.rounds(1);
    assert!(bench.rows.is_empty() && bench.ended().is_empty());
    for passed in [gap(40.0, 0.0), Gap::default()] {
        bench = bench.resumed(Arc::clone(&plan), Duration::from_secs(30), passed);
    }
    bench.finish();
    let ended = bench.ended();
    let [only] = ended.as_slice() else { panic!("{ended:?}") };
    assert!(close(only.passed.charge_in.0, 320.0), "40 C of 360 C had passed: {only:?}");
    assert!(close(bench.rows.last().unwrap().total.charge_in.0, 360.0));
}

fn grows(rows: &[Sample]) -> bool {
    let grows =
        |one: &Totals, other: &Totals| one.charge_in <= other.charge_in && one.charge_out <= other.charge_out;
    rows.windows(2).all(|pair| {
        pair[0].at <= pair[1].at
            && pair[0].step_count <= pair[1].step_count
            && grows(&pair[0].total, &pair[1].total)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// However often it is killed, and wherever: the plan comes to its end, and nothing falls.
    #[test]
    fn it_comes_to_its_end_however_often_it_is_killed(
        cuts in prop::collection::vec((1..500_u32, any::<bool>(), 0..1000_u64), 1..6),
        policy in prop::sample::select(vec!["resume", "restart-step", "restart-cycle"]),
    ) {
        let plan = recipe(policy, &format!("{CHARGE}{REST}{CYCLES}{CAPACITY}").replacen("fill", "first", 1));
        let mut bench = Bench::new(Arc::clone(&plan));
        for (rounds, alive, pause) in cuts {
            bench.rounds(rounds);
            if alive {
                bench.interrupt(gap(0.5, 0.25));
            } else if bench.program.command() != Command::Finished {
                bench = bench.resumed(Arc::clone(&plan), Duration::from_secs(pause), gap(0.5, 0.25));
            }
        }
        bench.finish();
        prop_assert!(grows(&bench.rows));
        prop_assert_eq!(bench.verdict().0, Verdict::Pass);
        let begun = bench.facts.iter().filter(|event| matches!(event, Event::StepStarted { .. })).count();
        prop_assert!(bench.ended().len() <= begun);
    }
}
