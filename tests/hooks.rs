//! Hooks through the real path: simulated units, drivers, stations. What they may do is done, and what a
//! hostile one does ends its own cell and nothing else.
#![allow(clippy::expect_used, clippy::panic)]

use batlab_run::diagnostic::{Colour, Source, render};
use batlab_run::event::{EndReason, Entry, Event};
use batlab_run::plan::{self, Plan};
use batlab_run::rehearsal::{CellOutcome, Outcome, Stage, rehearse};
use batlab_run::simulator::bench::Bench;
use batlab_run::verdict::{Exit, Verdict};
use std::sync::Arc;
use std::time::Duration;

const HEAD: &str = "[recipe]\nname = \"t\"\n[cell]\nchemistry = \"li-ion\"\ncapacity = \"2.5 Ah\"\n\
    [limits]\nvoltage = [\"2.6 V\", \"4.25 V\"]\ncurrent = \"3 A\"\n[record]\nevery = \"5 s\"\n";

const STEPS: &str = "[[step]]\nname = \"up\"\ncharge = \"C/2\"\nat_most = \"3 min\"\n\
    [[step]]\nname = \"lie\"\nrest = \"1 min\"\n\
    [[step]]\nname = \"down\"\ndischarge = \"C/2\"\nat_most = \"3 min\"\n";

fn recipe(hooks: &str, steps: &str) -> Arc<Plan> {
    let source = Source::new("t.toml", format!("{HEAD}{steps}\n[hooks]\n{hooks}\n"));
    let told = |problems: Vec<_>| panic!("{}", render(&source, &problems, Colour::Off));
    Arc::new(plan::check(&source).unwrap_or_else(told))
}

fn code(code: &str) -> String {
    format!("code = '''\n{code}\n'''")
}

fn run(plan: &Arc<Plan>) -> Outcome {
    let bench = Bench::matching(plan.cell().chemistry, plan.cell().capacity, 3);
    let stage = Stage { bench, at_most: Duration::from_secs(24 * 3600), faults: Vec::new(), events: true };
    rehearse(plan, &stage).unwrap_or_else(|error| panic!("{error}"))
}

fn events<'o>(outcome: &'o Outcome, cell: &CellOutcome) -> Vec<&'o Event> {
    let of = |entry: &&Entry| entry.cell.as_ref() == Some(&cell.cell);
    outcome.events.iter().filter(of).map(|entry| &entry.event).collect()
}

#[test]
fn hostile_hooks_end_their_own_cell() {
    for (what, why) in [
        ("loop { }", "has not come to an end within 100000 operations"),
        ("deep(1);", "call each other more than 16 deep"),
        ("let s = \"x\"; loop { s += s; }", "too much data"),
        ("let a = [1]; loop { a += a; }", "too much data"),
        ("for i in 0..9000 { this[`key ${i}`] = i; }", "are the most"),
        ("let x = ctx.sample + 1;", "Function not found"),
        ("metric(\"m\", \"much\");", "a number is needed"),
        ("throw #{ a: [1, \"\\n\\x1b[31m\"] };", "on_sample failed"),
        ("this = 7;", "`this` has to stay a map"),
        ("tighten(\"voltage_high\", 4.5);", "a hook cannot widen it to 4.5 V"),
        ("tighten(\"voltage_low\", 2.0);", "a hook cannot widen it to 2 V"),
        ("tighten(\"temperature_charge\", 90);", "a hook cannot widen it"),
        ("tighten(\"voltage_high\", 2.5);", "nothing is left between the limits"),
        ("limit_current(-1);", "cannot be lowered"),
        ("limit_current(0.0);", "cannot be lowered"),
        ("for i in 0..1000 { note(\"flood\"); }", "decide 64 things at most"),
        ("let x = 9223372036854775807 + ctx.step.id;", "on_sample failed"),
    ] {
        let hooks = format!(
            "metrics = {{ m = \"V\" }}\n{}",
            code(&format!(
                "fn on_sample(ctx) {{\n  if ctx.cell.name == \"100001-1\" && ctx.step.name == \"up\" && ctx.step.time > 60.0 {{\n    {what}\n  }}\n}}\nfn deep(x) {{ deep(x + 1) }}"
            ))
        );
        let outcome = run(&recipe(&hooks, STEPS));
        for (slot, cell) in outcome.cells.iter().enumerate() {
            if slot != 1 {
                assert_eq!(
                    (cell.verdict, cell.why.as_str()),
                    (Verdict::Pass, "every step came to its end"),
                    "{what}"
                );
                assert_eq!(cell.steps.len(), 3, "{what}");
                continue;
            }
            assert_eq!(cell.verdict, Verdict::Error, "{what}");
            assert!(cell.why.starts_with("t.toml:") && cell.why.contains(why), "{what}: {}", cell.why);
            assert!(!cell.why.contains(char::is_control), "{what}: {}", cell.why);
            let ended = cell.steps.values().last().expect("its step had begun");
            assert!(matches!(ended.last.reason, EndReason::Fault(_)), "{what}");
            assert!((60.0..64.0).contains(&ended.duration.as_secs_f64()), "{what}: {:?}", ended.duration);
            // The place with a caret, for people.
            let shown = |event: &&Event| matches!(event, Event::Fault { what } if what.contains("t.toml") && what.contains('^'));
            assert_eq!(events(&outcome, cell).into_iter().filter(shown).count(), 1, "{what}");
        }
        assert_eq!(outcome.exit, Exit::Fault, "{what}");
        let safe = outcome.events.iter().filter(|entry| matches!(entry.event, Event::MadeSafe { .. }));
        assert_eq!(safe.count(), 4, "{what}");
    }
}

#[test]
fn moments_come_in_their_order_and_the_same_each_time() {
    let steps = "[[step]]\nrepeat = 2\n[[step.step]]\nname = \"up\"\ncharge = \"C/2\"\nat_most = \"5 s\"\n[[step.step]]\nname = \"down\"\ndischarge = \"C/2\"\nat_most = \"5 s\"\n";
    let hooks = code(
        "fn tell(what, ctx) { note(what + \" \" + (ctx.step?.name ?? \"-\") + \" \" + (ctx.result?.name ?? \"-\") + \" \" + (ctx.cycle?.number ?? 0)); }\n\
         fn on_run_start(ctx) { tell(\"run\", ctx); }\n\
         fn on_cell_start(ctx) { tell(\"cell\", ctx); }\n\
         fn on_step_start(ctx) { tell(\"step\", ctx); this.n = 0; }\n\
         fn on_sample(ctx) { this.n += 1; if this.n == 1 { tell(\"sample\", ctx); } }\n\
         fn on_step_end(ctx) { tell(\"end\", ctx); }\n\
         fn on_cycle_end(ctx) { tell(\"cycle\", ctx); }\n\
         fn on_cell_end(ctx) { tell(\"done\", ctx); }",
    );
    let plan = recipe(&hooks, steps);
    let (one, two) = (run(&plan), run(&plan));
    assert_eq!(one.events, two.events);
    for cell in &one.cells {
        let said: Vec<&str> = events(&one, cell)
            .into_iter()
            .filter_map(|event| match event {
                Event::HookNote { text } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(
            said,
            [
                "run - - 0",
                "cell - - 0",
                "step up - 0",
                "sample up - 0",
                "end up up 0",
                "step down up 0",
                "sample down up 0",
                "end down down 0",
                "cycle - down 1",
                "step up down 1",
                "sample up down 1",
                "end up up 1",
                "step down up 1",
                "sample down up 1",
                "end down down 1",
                "cycle - down 2",
                "done - down 2",
            ]
        );
        let kept: Vec<String> = events(&one, cell)
            .into_iter()
            .filter_map(|event| match event {
                Event::HookKept { values } => Some(values.to_string()),
                _ => None,
            })
            .collect();
        assert!(!kept.is_empty() && kept.iter().all(|it| it.starts_with("{\"n\":")), "{kept:?}");
    }
}

#[test]
fn the_current_is_lowered_and_never_raised_above_the_step() {
    let hooks = code(
        "fn on_step_start(ctx) { limit_current(9.0); }\n\
         fn on_sample(ctx) {\n  if ctx.step.name == \"up\" { limit_current(if ctx.step.time < 90.0 { 0.5 } else { 2.0 }); }\n\
           if ctx.step.name == \"down\" { limit_current(0.25); }\n}",
    );
    let outcome = run(&recipe(&hooks, STEPS));
    assert_eq!(outcome.exit, Exit::Passed);
    for cell in &outcome.cells {
        let of = |name: &str| {
            cell.steps.values().find(|pass| pass.first.name.as_deref() == Some(name)).expect("it was done")
        };
        // Half of the time 0.5 A, then the 1.25 A of the step.
        let up = of("up").first.current_mean.0;
        assert!((up - 0.875).abs() < 0.02, "{up}");
        let down = of("down").first.current_mean.0;
        assert!((down + 0.25).abs() < 0.015, "{down}");
    }
}

#[test]
fn limits_are_tightened_in_the_program_at_once_and_then_in_the_unit() {
    // Under current: the program stops the cell.
    let hooks = code(
        "fn on_sample(ctx) { if ctx.step.name == \"up\" && ctx.step.time > 60.0 { tighten(\"voltage_high\", 3.5); } }",
    );
    let outcome = run(&recipe(&hooks, STEPS));
    for cell in &outcome.cells {
        assert_eq!(cell.verdict, Verdict::Error);
        assert!(cell.why.contains("is above the limit of 3.5 V"), "{}", cell.why);
        let up = cell.steps.values().next().expect("it had begun");
        assert!((60.0..65.0).contains(&up.duration.as_secs_f64()), "{:?}", up.duration);
    }
    // Between steps: before the next current the unit's own registers hold it.
    let hooks =
        code("fn on_step_end(ctx) { if ctx.result.name == \"lie\" { tighten(\"voltage_low\", 3.0); } }");
    let outcome = run(&recipe(&hooks, STEPS));
    assert_eq!(outcome.exit, Exit::Passed);
    for cell in &outcome.cells {
        let told: Vec<(&str, f64)> = events(&outcome, cell)
            .into_iter()
            .filter_map(|event| match event {
                Event::LimitsVerified { limits } => Some(("verified", limits.voltage_low.0)),
                Event::LimitsTightened { limits } => Some(("tightened", limits.voltage_low.0)),
                _ => None,
            })
            .collect();
        assert_eq!(told, [("verified", 2.6), ("tightened", 3.0), ("verified", 3.0)]);
    }
}

#[test]
fn tighter_limits_stand_before_the_small_current_that_hi_res_begins_with() {
    let hooks =
        code("fn on_step_end(ctx) { if ctx.result.name == \"lie\" { tighten(\"voltage_low\", 3.0); } }");
    let steps = "[[step]]\nname = \"lie\"\nrest = \"10 s\"\n[[step]]\ndischarge = \"C/2\"\nat_most = \"10 s\"\nhi_res = true\n";
    let outcome = run(&recipe(&hooks, steps));
    assert_eq!(outcome.exit, Exit::Passed);
    let first = |is: fn(&Event) -> bool| outcome.events.iter().position(|entry| is(&entry.event));
    let fenced =
        first(|event| matches!(event, Event::LimitsVerified { limits } if limits.voltage_low.0 == 3.0));
    let entered =
        first(|event| matches!(event, Event::SettingChanged { register, .. } if register == "SETTINGS"));
    assert!(fenced.is_some() && fenced < entered, "{fenced:?} {entered:?}");
}

#[test]
fn ways_to_steps_are_bounded() {
    let hooks = format!(
        "goto = {{ up = 2 }}\n{}",
        code("fn on_step_end(ctx) { if ctx.result.name == \"down\" { go_to(\"up\", \"once more\"); } }")
    );
    let outcome = run(&recipe(&hooks, STEPS));
    assert_eq!(outcome.exit, Exit::Passed);
    for cell in &outcome.cells {
        assert!(cell.steps.values().all(|pass| pass.times == 3), "once, and twice more");
        let notices = events(&outcome, cell)
            .into_iter()
            .filter(|event| matches!(event, Event::Notice { what } if what.contains("2 times")));
        assert_eq!(notices.count(), 1);
    }
    let hooks = format!(
        "goto = {{ down = 1 }}\n{}",
        code(
            "fn on_sample(ctx) { if ctx.step.time > 30.0 && ctx.step.name == \"up\" { go_to(\"down\", \"warm\"); end_step(\"late\"); } }"
        )
    );
    let outcome = run(&recipe(&hooks, STEPS));
    for cell in &outcome.cells {
        let ends: Vec<(&str, &str)> =
            cell.steps.values().map(|pass| (pass.first.reason.code(), pass.first.reason.detail())).collect();
        assert_eq!(ends, [("condition", "hook: warm"), ("time-cap", "")]);
    }
}

#[test]
fn cells_fail_with_words_at_any_moment() {
    for (function, step_ends) in [
        ("on_run_start", 0),
        ("on_cell_start", 0),
        ("on_step_start", 1),
        ("on_sample", 1),
        ("on_step_end", 1),
        ("on_cell_end", 3),
    ] {
        let outcome = run(&recipe(&code(&format!("fn {function}(ctx) {{ fail(\"no good\"); }}")), STEPS));
        assert_eq!(outcome.exit, Exit::Failed, "{function}");
        for cell in &outcome.cells {
            assert_eq!(cell.verdict, Verdict::Fail, "{function}");
            assert!(cell.why.contains("hook: no good"), "{function}: {}", cell.why);
            assert_eq!(cell.steps.len(), step_ends, "{function}");
        }
    }
}

#[test]
fn metrics_of_hooks_end_steps_and_repeats() {
    let steps = "[[step]]\nrepeat = 9\nuntil = \"hook.passes >= 3\"\n[[step.step]]\nname = \"up\"\ncharge = \"C/2\"\nuntil = \"hook.half > 40 mAh\"\nat_most = \"20 min\"\n";
    let hooks = format!(
        "metrics = {{ passes = \"\", half = \"mAh\" }}\n{}",
        code(
            "fn on_sample(ctx) { metric(\"half\", ctx.sample.charge / 3.6 / 2.0); }\nfn on_step_end(ctx) { metric(\"passes\", (ctx.metrics.passes ?? 0) + 1); metric(\"half\", 0); }"
        )
    );
    let outcome = run(&recipe(&hooks, steps));
    assert_eq!(outcome.exit, Exit::Passed);
    for cell in &outcome.cells {
        let up = cell.steps.values().next().expect("it was done");
        assert_eq!(up.times, 3);
        let charge = up.first.passed.charge_in.ampere_hours();
        assert!((charge - 0.08).abs() < 0.001, "{charge}");
    }
}

#[test]
fn a_flood_of_notes_is_kept_within_bounds() {
    let outcome = run(&recipe(&code("fn on_sample(ctx) { for i in 0..20 { note(\"water\"); } }"), STEPS));
    assert_eq!(outcome.exit, Exit::Passed);
    for cell in &outcome.cells {
        let notes: Vec<&str> = events(&outcome, cell)
            .into_iter()
            .filter_map(|event| match event {
                Event::HookNote { text } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        // A hundred, and one more each 10 s in seven minutes.
        assert!((130..150).contains(&notes.len()), "{}", notes.len());
        assert!(notes.iter().any(|text| text.contains("that there was no room for")));
    }
}
