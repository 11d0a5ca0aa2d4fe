//! The control laws of every kind of step, on a little cell without noise.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bench;
mod loops;

use batlab_run::event::{EndReason, Event, StepType};
use batlab_run::plan::Direction;
use batlab_run::program::Command;
use batlab_run::verdict::Verdict;
use bench::{Bench, plan, plan_with};

/// How far a value is from what it is to be, as a part of it.
fn off(value: f64, wanted: f64) -> f64 {
    (value / wanted - 1.0).abs()
}

#[test]
fn constant_power_and_resistance_follow_the_voltage() {
    let every = "record = { every = \"0.6 s\" }\n";
    let mut bench = Bench::new(&plan(&format!(
        "[[step]]\ndischarge = \"5 W\"\nat_most = \"20 min\"\n{every}[[step]]\ndischarge = \"3 ohm\"\nat_most = \"20 min\"\n{every}\
         [[step]]\ncharge = \"5 W\"\nat_most = \"20 min\"\n{every}"
    )));
    bench.gain = 0.93;
    bench.finish(4000.0);
    let types = [
        StepType::ConstantPowerDischarge,
        StepType::ConstantResistanceDischarge,
        StepType::ConstantPowerCharge,
    ];
    for (index, step_type) in types.into_iter().enumerate() {
        let begin = bench.steps()[index].start.as_secs_f64();
        let rows: Vec<_> = bench.rows.iter().filter(|row| row.step_type == step_type).collect();
        let settled = |row: &&&_| seconds_of(row) > begin + 10.0;
        let off_by = |row: &&batlab_run::event::Sample| {
            let (voltage, current) = (row.voltage.0, row.current.0.abs());
            if index == 1 { voltage / current / 3.0 - 1.0 } else { voltage * current / 5.0 - 1.0 }
        };
        let errors: Vec<f64> = rows.iter().filter(settled).map(off_by).collect();
        // A single reading is off by a step of the driver at most, ten seconds are not.
        let step = 1.0 / 128.0 * 3.6 / if index == 1 { 3.6 * 3.6 / 3.0 } else { 5.0 };
        let worst = errors.iter().fold(0.0, |worst: f64, error| worst.max(error.abs()));
        let mean = |window: &[f64]| (window.iter().sum::<f64>() / window.len() as f64).abs();
        let worst_mean = errors.windows(16).map(mean).fold(0.0, f64::max);
        assert!(rows.len() > 1900 && worst < step * 1.1, "{step_type:?}: {} rows, {worst}", rows.len());
        assert!(worst_mean < 0.002, "{step_type:?}: {worst_mean}");
    }
}

fn seconds_of(row: &batlab_run::event::Sample) -> f64 {
    (row.at - row.test_start).as_secs_f64()
}

#[test]
fn constant_power_turns_into_constant_voltage() {
    let mut bench = Bench::new(&plan(
        "[[step]]\ncharge = \"5 W\"\nhold = \"3.9 V\"\nuntil = \"current < 0.2 A\"\nat_most = \"3 h\"\n",
    ));
    bench.finish(11_000.0);
    assert!(bench.facts.iter().any(|(_, event)| matches!(event, Event::HoldStarted { .. })));
    let step = bench.steps()[0];
    assert!((step.voltage_end.0 - 3.9).abs() < 0.003, "{}", step.voltage_end);
    assert_eq!(step.reason.code(), "condition");
}

#[test]
fn a_hold_drives_whichever_way_it_takes() {
    for (voltage, direction) in [("3.9 V", Direction::Charge), ("3.4 V", Direction::Discharge)] {
        let mut bench = Bench::new(&plan(&format!(
            "[[step]]\nhold = \"{voltage}\"\ncurrent = \"1 A\"\nuntil = \"current < 50 mA\"\nat_most = \"5 h\"\n"
        )));
        bench.finish(18_100.0);
        let step = bench.steps()[0];
        let wanted: f64 = voltage[..3].parse().unwrap();
        assert!((step.voltage_end.0 - wanted).abs() < 0.004, "{}", step.voltage_end);
        assert!((bench.open_circuit() - wanted).abs() < 0.012, "{}", bench.open_circuit());
        assert_eq!((step.reason.code(), bench.stretches().len()), ("condition", 1));
        assert_eq!(bench.stretches()[0].0, direction);
        let highest = bench.rows.iter().map(|row| row.current.0.abs()).fold(0.0, f64::max);
        assert!((0.97..1.06).contains(&highest), "{highest}");
    }
}

#[test]
fn a_hold_turns_its_current_when_the_cell_relaxes_past_it() {
    let mut bench = Bench::new(&plan(
        "[[step]]\nhold = \"3.55 V\"\ncurrent = \"1 A\"\nat_most = \"30 min\"\n[[step]]\nrest = \"1 min\"\n",
    ));
    // Just after a heavy discharge: below the voltage now, above it when it has relaxed.
    bench.slow = -0.12;
    bench.finish(2000.0);
    let mut ways: Vec<_> = bench.stretches().into_iter().map(|it| it.0).collect();
    // Around nothing the setting comes to zero now and then.
    ways.dedup();
    assert_eq!(ways, [Direction::Charge, Direction::Discharge]);
    let step = bench.steps()[0];
    assert_eq!(step.reason, EndReason::TimeCap);
    assert!((step.voltage_end.0 - 3.55).abs() < 0.006, "{}", step.voltage_end);
}

#[test]
fn pulses_begin_and_end_by_the_clock() {
    let mut bench = Bench::new(&plan(
        "[[step]]\npulse = { discharge = \"2 A\", on = \"5 s\", off = \"7.3 s\", count = 4 }\n",
    ));
    bench.finish(60.0);
    let stretches = bench.stretches();
    assert_eq!(stretches.len(), 4);
    for (way, from, to) in &stretches {
        assert_eq!(*way, Direction::Discharge);
        assert!((to - from - 5.0).abs() < 0.05, "{from} to {to}");
    }
    for pair in stretches.windows(2) {
        assert!((pair[1].1 - pair[0].2 - 7.3).abs() < 0.05, "{pair:?}");
    }
    let step = bench.steps()[0];
    assert_eq!((step.reason.clone(), step.kind.as_str()), (EndReason::Completed, "pulse"));
    assert!((step.duration.as_secs_f64() - 4.0 * 12.3).abs() < 0.3, "{:?}", step.duration);
    assert!(
        off(step.passed.charge_out.0, 40.0) < 0.06,
        "the driver is found to need less: {:?}",
        step.passed
    );
    assert!(bench.rows.iter().any(|row| row.step_type == StepType::Rest));
}

#[test]
fn a_lower_level_follows_without_a_break() {
    let mut bench = Bench::new(&plan(
        "[[step]]\npulse = { charge = \"2 A\", low = \"0.5 A\", on = \"10 s\", off = \"10 s\", count = 3 }\n",
    ));
    bench.finish(70.0);
    assert_eq!(bench.stretches().len(), 1);
    let edges: Vec<f64> = bench
        .changes
        .windows(2)
        .filter(|pair| (pair[1].set - pair[0].set).abs() > 1.0)
        .map(|pair| pair[1].at - bench.stretches()[0].1)
        .collect();
    let wanted = [10.0, 20.0, 30.0, 40.0, 50.0];
    assert_eq!(edges.len(), wanted.len(), "{edges:?}");
    for (edge, wanted) in edges.iter().zip(wanted) {
        assert!((edge - wanted).abs() < 0.05, "{edges:?}");
    }
    let last = bench.changes.iter().rev().find(|change| change.set > 1.0).unwrap();
    assert!(off(last.set * bench.gain, 2.0) < 0.01, "{last:?}");
}

#[test]
fn a_pulse_ends_early_by_a_condition() {
    let mut bench = Bench::new(&plan(
        "[[step]]\npulse = { discharge = \"2 A\", on = \"5 s\", off = \"5 s\", count = 100 }\nuntil = \"charge > 15 mAh\"\n",
    ));
    bench.finish(1100.0);
    assert_eq!(bench.walked(), [(1, true)]);
    assert!((54.0..58.0).contains(&bench.steps()[0].passed.charge_out.0));
}

const PROFILE: &str = "time [s],current [A]\n0,-1\n10,-2\n20,0\n30,0.5\n40,-0.5\n50,0\n";

#[test]
fn a_profile_is_followed_row_by_row() {
    let mut bench = Bench::new(&plan_with(
        "[[step]]\nprofile = { file = \"p.csv\", times = 2 }\nrecord = { every = \"0.6 s\" }\n",
        PROFILE,
    ));
    bench.finish(120.0);
    let step = bench.steps()[0];
    assert_eq!((step.reason.clone(), step.kind.as_str()), (EndReason::Completed, "profile"));
    assert!((step.duration.as_secs_f64() - 100.0).abs() < 0.1, "{:?}", step.duration);
    let begin = bench.stretches()[0].1;
    for (from, wanted) in [(3.0, -1.0), (13.0, -2.0), (23.0, 0.0), (33.0, 0.5), (43.0, -0.5)] {
        for pass in [0.0, 50.0] {
            let rows = bench.rows.iter().filter(|row| {
                let at = (row.at - batlab_run::clock::Instant::ORIGIN).as_secs_f64() - begin - pass;
                (from..from + 6.0).contains(&at)
            });
            let currents: Vec<f64> = rows.map(|row| row.current.0).collect();
            assert!(currents.len() >= 8, "{from}: {currents:?}");
            for current in &currents {
                assert!(
                    (current - wanted).abs() < 0.07 * wanted.abs() + 1e-9,
                    "{from} s: {current} A, not {wanted} A"
                );
            }
            // Corrected reading by reading.
            assert!((currents.last().unwrap() - wanted).abs() < 0.01, "{from}: {currents:?}");
        }
    }
    // Over no current where it turns, and never for nothing.
    for pair in bench.stretches().windows(2) {
        assert!(pair[1].1 - pair[0].2 >= 0.8, "{pair:?}");
    }
}

#[test]
fn a_profile_of_power_takes_the_voltage_into_account() {
    let mut bench = Bench::new(&plan_with(
        "[[step]]\nprofile = \"p.csv\"\nrecord = { every = \"0.6 s\" }\n",
        "time [s],power [W]\n0,0\n10,-7\n40,5\n70,0\n",
    ));
    bench.finish(120.0);
    assert!((bench.steps()[0].duration.as_secs_f64() - 70.0).abs() < 0.1);
    for (from, wanted) in [(18.0, -7.0), (50.0, 5.0)] {
        let rows = bench.rows.iter().filter(|row| (from..from + 15.0).contains(&seconds_of(row)));
        let powers: Vec<f64> = rows.map(|row| row.voltage.0 * row.current.0).collect();
        assert!(powers.len() > 20 && powers.iter().all(|power| off(*power, wanted) < 0.005), "{powers:?}");
    }
}

#[test]
fn the_dc_resistance_is_that_of_the_cell_at_each_time() {
    for (lead, before) in [("", 0.0), (", from = \"0.5 A\", lead = \"20 s\"", 0.5)] {
        let mut bench = Bench::new(&plan(&format!(
            "[[step]]\nname = \"r\"\nresistance = {{ discharge = \"2.5 A\", after = [\"2 s\", \"10 s\", \"30 s\"]{lead} }}\n"
        )));
        bench.finish(80.0);
        let step = bench.steps()[0];
        assert_eq!(step.reason, EndReason::Completed);
        assert_eq!(step.resistance.len(), 3);
        for point in &step.resistance {
            let after = point.after.as_secs_f64();
            // The slow part goes from where the current before has brought it to where this one does.
            let slow_before = before * bench.r1 * (1.0 - (-20.0 / bench.tau).exp());
            let slow = (2.5 * bench.r1 - slow_before) * (1.0 - (-after / bench.tau).exp());
            // What flows takes charge out, which lowers the voltage, too.
            let open_circuit = 1.2 * 2.5 * after / bench.capacity;
            let truth = bench.r0 + (slow + open_circuit) / (2.5 - before);
            assert!(off(point.resistance.0, truth) < 0.005, "{lead}: {point:?}, not {truth}");
        }
        let told = bench.facts.iter().filter(|(_, event)| matches!(event, Event::ResistanceMeasured { .. }));
        assert_eq!(told.count(), 3);
    }
}

#[test]
fn a_rest_ends_when_the_cell_has_relaxed() {
    let mut bench = Bench::new(&plan(
        "[[step]]\nrest = \"2 h\"\nuntil = { when = \"rate(voltage) < 1 mV/min\", then = \"pass\" }\n[[step]]\nrest = \"1 h\"\n",
    ));
    bench.slow = -0.05;
    bench.finish(7000.0);
    // -0.05 exp(-t/20): its mean slope of a minute falls below 1 mV/min where some 1 mV is left.
    let seconds = bench.steps()[0].duration.as_secs_f64();
    assert!((90.0..170.0).contains(&seconds), "{seconds}");
    let (verdict, why) = bench.verdict();
    assert_eq!(verdict, Verdict::Pass);
    assert!(why.contains("rate(voltage)"), "{why}");
}

#[test]
fn a_wait_ends_by_what_comes_and_fails_by_what_does_not() {
    let wait = "[[step]]\nwait = \"supply\"\nat_most = \"1 h\"\n[[step]]\nwait = \"temperature < 30 degC\"\nat_most = \"1 h\"\n";
    let mut bench = Bench::new(&plan(wait));
    (bench.supply, bench.temperature) = (false, 40.0);
    bench.run(300.0);
    assert_eq!((bench.program.command(), bench.steps().len()), (Command::Idle, 0));
    bench.supply = true;
    bench.run(300.0);
    assert_eq!(bench.walked(), [(1, true)]);
    bench.temperature = 29.0;
    bench.finish(10.0);
    assert_eq!((bench.walked(), bench.verdict().0), (vec![(1, true), (2, true)], Verdict::Pass));
    let mut bench = Bench::new(&plan(wait));
    bench.supply = false;
    bench.finish(3700.0);
    assert_eq!(
        (bench.walked(), bench.verdict().0),
        (vec![(1, false)], Verdict::Fail),
        "{:?}",
        bench.verdict()
    );
}

#[test]
fn the_first_condition_in_the_list_decides_where_to_go() {
    let steps = |first: &str| {
        format!(
            "[[step]]\ndischarge = \"1 A\"\nat_most = \"10 min\"\nuntil = [{first}, {{ when = \"time > 10 s\", then = \"fail\" }}]\n\
             [[step]]\nrest = \"10 s\"\n[[step]]\nname = \"end\"\nrest = \"20 s\"\n"
        )
    };
    let mut bench = Bench::new(&plan(&steps("{ when = \"time > 9.9 s\", then = \"goto end\" }")));
    bench.finish(100.0);
    assert_eq!((bench.walked(), bench.verdict().0), (vec![(1, true), (3, false)], Verdict::Pass));
    let mut bench = Bench::new(&plan(&steps("\"time > 60 s\"")));
    bench.finish(100.0);
    let (verdict, why) = bench.verdict();
    assert_eq!((bench.walked(), verdict), (vec![(1, true)], Verdict::Fail));
    assert!(why.contains("step 1") && why.contains("time > 10 s"), "{why}");
}

#[test]
fn a_jump_back_is_taken_as_often_as_it_may_be() {
    let mut bench = Bench::new(&plan(
        "[[step]]\nname = \"again\"\nrest = \"5 s\"\n[[step]]\ngroup = \"inside\"\n[[step.step]]\nrest = \"5 s\"\n\
         [[step]]\ngoto = \"again\"\ntimes = 2\n[[step]]\nrest = \"5 s\"\n",
    ));
    bench.finish(100.0);
    let ids: Vec<u32> = bench.walked().into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [1, 3, 1, 3, 1, 3, 5]);
    let notices = bench.facts.iter().filter(|(_, event)| matches!(event, Event::Notice { .. }));
    assert_eq!(notices.count(), 1);
}

/// Cycles of a cell that is smaller each time.
#[test]
fn a_repeat_ends_when_the_capacity_has_faded() {
    let mut bench = Bench::new(&plan(
        "[[step]]\nname = \"aging\"\nrepeat = 20\nuntil = \"cycle.capacity < 0.8 * cycle.1.capacity\"\n\
         [[step.step]]\ndischarge = \"1 A\"\nuntil = \"voltage < 3.3 V\"\nat_most = \"1 h\"\n\
         [[step.step]]\nname = \"fill\"\ncharge = \"1 A\"\nuntil = \"voltage > 3.6 V\"\nat_most = \"1 h\"\n\
         [[step]]\ndischarge = \"1 A\"\nuntil = \"charge > 0.5 * step.fill.charge\"\nat_most = \"1 h\"\n",
    ));
    (bench.capacity, bench.soc) = (3600.0, 0.45);
    let mut capacities = Vec::new();
    for _ in 0..40 {
        let before = bench.steps().len();
        while bench.steps().len() == before && bench.program.command() != Command::Finished {
            bench.run(1.0);
        }
        if let Some(step) = bench.steps().last().filter(|step| step.step_id == 3) {
            // The cycle's capacity is what its discharge gave.
            let of_cycle =
                bench.steps().iter().rev().find(|step| step.step_id == 2).unwrap().passed.charge_out.0;
            capacities.push(of_cycle);
            assert_eq!(step.cycle as usize, capacities.len());
            bench.capacity *= 0.95;
        }
        if bench.program.command() == Command::Finished {
            break;
        }
    }
    assert_eq!(bench.verdict().0, Verdict::Pass);
    let (last, rest) = capacities.split_last().unwrap();
    assert!(
        *last < 0.8 * capacities[0] && rest.iter().all(|it| *it >= 0.8 * capacities[0]),
        "{capacities:?}"
    );
    let (half, fill) = (
        bench.steps().last().unwrap().passed.charge_out.0,
        bench.steps().iter().rev().find(|it| it.step_id == 3).unwrap().passed.charge_in.0,
    );
    assert!((half / fill - 0.5).abs() < 0.02, "{half} of {fill}");
}

#[test]
fn each_step_is_recorded_by_its_own_rule() {
    let mut bench = Bench::new(&plan(
        "[[step]]\nrest = \"60 s\"\n[[step]]\nrest = \"60 s\"\nrecord = { every = \"2 s\" }\n",
    ));
    bench.finish(200.0);
    let rows = |id| bench.rows.iter().filter(|row| row.step_id == id).count();
    assert!((7..=9).contains(&rows(1)) && (30..=33).contains(&rows(2)), "{} and {}", rows(1), rows(2));
}

#[test]
fn a_driver_that_gives_nothing_is_a_fault_in_every_law() {
    let laws = [
        "discharge = \"5 W\"\nat_most = \"10 min\"\nuntil = \"voltage < 2.9 V\"\n",
        "hold = \"3.9 V\"\ncurrent = \"1 A\"\nuntil = \"current < 50 mA\"\nat_most = \"10 min\"\n",
        "pulse = { discharge = \"1 A\", on = \"60 s\", off = \"2 s\", count = 9 }\nuntil = \"current < 0.1 A\"\n",
        "profile = \"p.csv\"\nuntil = \"power < 0.1 W\"\n",
        "resistance = { discharge = \"1 A\", after = \"2 min\" }\n",
    ];
    for law in laws {
        let mut bench = Bench::new(&plan_with(
            &format!("[[step]]\n{law}"),
            "time [s],current [A]\n0,-1\n100,-1\n300,0\n",
        ));
        bench.run(5.0);
        bench.supply = false;
        bench.finish(40.0);
        let step = bench.steps()[0];
        assert_eq!(step.reason.code(), "fault", "{law}: {:?}", step.reason);
        assert_eq!(bench.verdict().0, Verdict::Error);
    }
}
