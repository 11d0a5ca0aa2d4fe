use super::*;
use crate::clock::{Clock, Instant, VirtualClock};
use crate::diagnostic::{Colour, Source, render};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

fn words() -> Arc<Vocabulary> {
    Arc::new(Vocabulary {
        steps: vec!["fill".into(), "empty".into()],
        step_results: vec!["charge", "voltage"],
        cycle_results: vec!["capacity"],
        params: [("drop".to_owned(), 0.005)].into(),
        metrics: [("peak".to_owned(), "Ah/V".to_owned())].into(),
        targets: vec!["empty".into()],
    })
}

fn script(code: &str) -> Arc<Script> {
    Arc::new(Script::file(Arc::new(Source::new("h.rhai", code))))
}

fn session_by(code: &str, clock: Arc<dyn Clock>) -> Session {
    let cell = CellView { name: "a".into(), chemistry: "li-ion".into(), capacity: 9000.0 };
    Session::begin(&script(code), &words(), cell, &Batch::default(), clock).unwrap()
}

fn session(code: &str) -> Session {
    session_by(code, Arc::new(VirtualClock::default()))
}

fn sample() -> Option<SampleView> {
    Some(SampleView { voltage: 3.7, current: -1.0, settled: true, ..SampleView::default() })
}

/// What the hook of a sample decides.
fn asked(body: &str) -> Result<Vec<Wish>, String> {
    let mut session = session(&format!("fn on_sample(ctx) {{ {body} }}"));
    let step = StepView { name: "fill".into(), kind: "charge".into(), ..StepView::default() };
    let decisions = session.call(Moment::Sample, Some(step), sample()).map_err(|fault| fault.why)?;
    Ok(decisions.into_iter().map(|decision| decision.what).collect())
}

fn problems(code: &str) -> Vec<String> {
    let of = |problem: crate::diagnostic::Problem| {
        let place = problem.source.as_ref().map(|it| it.place(problem.span.start).to_string());
        format!(
            "{} {}: {} ({})",
            place.unwrap_or_default(),
            problem.code,
            problem.message,
            problem.hint.unwrap_or_default()
        )
    };
    check(&script(code), &words()).into_iter().map(of).collect()
}

#[test]
fn what_a_hook_sees_and_decides() {
    assert_eq!(asked("note(ctx.cell.name + ctx.sample.voltage);"), Ok(vec![Wish::Note("a3.7".into())]));
    assert_eq!(
        asked("if ctx.steps.fill == () && ctx.cycle == () { label(\"A\"); }"),
        Ok(vec![Wish::Label("A".into())])
    );
    assert_eq!(asked("metric(\"peak\", ctx.params.drop);"), Ok(vec![Wish::Metric("peak".into(), 0.005)]));
    assert_eq!(
        asked("limit_current(1); tighten(\"voltage_high\", 4.1);"),
        Ok(vec![Wish::LimitCurrent(1.0), Wish::Tighten(Bound::VoltageHigh, 4.1)])
    );
    assert_eq!(
        asked("end_step(1); go_to(\"empty\", \"x\"); fail(\"y\");"),
        Ok(vec![Wish::EndStep("1".into()), Wish::GoTo("empty".into(), "x".into()), Wish::Fail("y".into())])
    );
    assert_eq!(asked("ctx.step.name.len() + ctx.batch.len()"), Ok(vec![]));
    let Ok(cut) = asked("let a = \"\"; for i in 0..1000 { a += \"x\"; } note(a);") else { panic!() };
    assert_eq!(cut, [Wish::Note(format!("{}... (500 bytes more)", "x".repeat(500)))]);
}

#[test]
fn what_a_hook_does_wrong_is_told_at_its_place() {
    for (body, place, why) in [
        ("loop {}", "1:", "on_sample failed: it has not come to an end within 100000 operations"),
        ("let f = |x| x; this.f = f;", "1:1", "a value of the type Fn cannot be kept in `this`"),
        ("this = 1;", "1:1", "`this` has to stay a map"),
        ("this.a = 0.0 / 0.0;", "1:1", "NaN cannot be kept"),
        ("let s = \"x\"; loop { s += s; }", "1:", "too much data: length of string"),
        ("let a = []; loop { a.push(a); }", "1:", "too much data: size of array"),
        ("for i in 0..5000 { this[`k${i}`] = i; }", "1:1", "and 16384 are the most"),
        ("ctx.sample.voltage + ctx.sample", "1:", "Function not found"),
        ("let a = ctx[\"x\" + 1];", "1:", "there is no `x1` in what a hook is given"),
        ("metric(\"pe\" + \"ak2\", 1);", "1:21", "[hooks] metrics declares no `peak2`"),
        ("metric(\"peak\", \"1\");", "1:21", "a number is needed here, this is of the type string"),
        ("metric(\"peak\", 0.0 / 0.0);", "1:21", "NaN is no number"),
        ("go_to(\"fi\" + \"ll\", 1);", "1:21", "[hooks] goto declares no way to `fill`"),
        ("tighten(\"volt\" + \"age\", 1);", "1:21", "there is no limit `voltage`"),
        ("label(\"\");", "1:21", "a label has 1 to 64"),
        ("for i in 0..100 { note(i); }", "1:39", "one call of a hook may decide 64 things at most"),
        ("throw \"by hand\";", "1:21", "by hand"),
        ("let x = 1 / 0;", "1:", "Division by zero"),
        ("ctx.sample.voltage = 5.0;", "1:", ""),
    ] {
        let told = asked(body).expect_err(body);
        assert!(told.starts_with(&format!("h.rhai:{place}")) && told.contains(why), "{body}: {told}");
        assert!(!told.contains('\n'));
    }
    let deep = "fn on_sample(ctx) { down(1) }\nfn down(x) { down(x + 1) }";
    let fault = session(deep).call(Moment::Sample, None, sample()).unwrap_err();
    assert!(fault.why.contains("more than 16 deep"), "{}", fault.why);
    assert!(fault.shown.contains('^') && fault.shown.contains("fn down(x)"), "{}", fault.shown);
}

/// Deeply nested calls within the budgets stay within the stack of a thread.
#[test]
fn the_budgets_fit_into_the_stack() {
    let blocks =
        |depth: usize, inner: &str| format!("{}{inner}{}", "if true { ".repeat(depth), " }".repeat(depth));
    let sums = |depth: usize, inner: &str| format!("{}{inner}{}", "(1 + ".repeat(depth), ")".repeat(depth));
    let lists = |depth: usize, inner: &str| format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth));
    let mut read_some = 0;
    for depth in 1..40 {
        for body in [
            blocks(depth, "down(x)"),
            sums(depth, "down(x)"),
            lists(depth, "down(x)"),
            blocks(depth / 2, &sums(depth / 2, "down(x)")),
        ] {
            let code = format!("fn on_sample(ctx) {{ down(1); }}\nfn down(x) {{ {body} }}");
            if read(&script(&code)).is_err() {
                continue;
            }
            read_some += 1;
            // The stack that a thread of a station has.
            let thread = std::thread::Builder::new().stack_size(2 << 20);
            let ran =
                thread.spawn(move || session(&code).call(Moment::Sample, None, sample()).is_err()).unwrap();
            assert!(ran.join().unwrap(), "{depth}: {body}");
        }
    }
    assert!(read_some > 30, "{read_some}");
}

#[test]
fn moments_without_a_step_cannot_end_one() {
    for (moment, body) in [
        (Moment::CellStart, "limit_current(1)"),
        (Moment::CellEnd, "end_step(1)"),
        (Moment::StepEnd, "end_step(1)"),
        (Moment::CycleEnd, "go_to(\"empty\", 1)"),
    ] {
        let mut session = session(&format!("fn {}(ctx) {{ {body}; }}", moment.function()));
        let fault = session.call(moment, None, sample()).unwrap_err();
        assert!(fault.why.contains(moment.function()), "{}", fault.why);
    }
}

#[test]
fn values_are_kept_from_call_to_call_and_over_a_resume() {
    let code = "fn on_sample(ctx) { this.n = (this.n ?? 0) + 1; this.list = [this.n, 1.5]; metric(\"peak\", this.n); }";
    let mut first = session(code);
    for _ in 0..3 {
        first.call(Moment::Sample, None, sample()).unwrap();
    }
    let kept = first.take_kept().unwrap();
    assert_eq!(kept.to_string(), r#"{"list":[3,1.5],"n":3}"#);
    assert_eq!(first.take_kept(), None, "nothing has changed");
    assert_eq!(first.take_metrics(), [("peak".to_owned(), 3.0, "Ah/V".to_owned())]);
    assert_eq!(first.take_metrics(), []);
    let mut second = session(code);
    second.restore(&kept, [("peak".to_owned(), 3.0)].into(), None).unwrap();
    second.call(Moment::Sample, None, sample()).unwrap();
    assert_eq!(second.take_kept().unwrap().to_string(), r#"{"list":[4,1.5],"n":4}"#);
    assert!(second.restore(&serde_json::json!([1]), Default::default(), None).is_err());
}

#[test]
fn cells_that_are_done_are_seen_by_those_of_their_batch() {
    let batch = Batch::default();
    let code = "fn on_sample(ctx) { metric(\"peak\", 2); label(\"B\"); }\n\
                fn on_cell_end(ctx) { for mate in ctx.batch { note(mate.name + mate.label + mate.verdict + mate.metrics.peak); } }";
    let begin = |name: &str| {
        let cell = CellView { name: name.into(), ..CellView::default() };
        Session::begin(&script(code), &words(), cell, &batch, Arc::new(VirtualClock::default())).unwrap()
    };
    let (mut one, mut two) = (begin("one"), begin("two"));
    one.call(Moment::Sample, None, sample()).unwrap();
    assert_eq!(one.call(Moment::CellEnd, None, None), Ok(vec![]));
    one.end("pass");
    let said = two.call(Moment::CellEnd, None, None).unwrap();
    assert_eq!(said[0].what, Wish::Note("oneBpass2.0".into()));
}

/// A clock that moves on each time it is looked at, as that of hardware does.
#[derive(Debug, Default)]
struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.fetch_add(10_000, Ordering::Relaxed))
    }
    fn origin(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
}

#[test]
fn on_a_clock_that_moves_a_call_is_broken_off_in_time() {
    let mut session = session_by("fn on_sample(ctx) { for i in 0..20000 {} }", Arc::new(Ticking::default()));
    let fault = session.call(Moment::Sample, None, sample()).unwrap_err();
    assert!(fault.why.contains("within 250 ms"), "{}", fault.why);
    let mut session = session_by("fn on_sample(ctx) { for i in 0..1000 {} }", Arc::new(Ticking::default()));
    assert_eq!(session.call(Moment::Sample, None, sample()), Ok(vec![]));
}

#[test]
fn good_scripts_raise_no_alarm() {
    for code in [
        "fn on_sample(ctx) { let s = ctx.sample; if s.voltage > 4.1 { end_step(`at ${s.voltage} V`); } }",
        "fn on_sample(ctx) { help(ctx, 1); } fn help(c, n) { c.steps.fill?.charge ?? n }",
        "fn on_sample(ctx) { let x = #{ voltage: 1 }; x.other = 2; note(x.other.to_string()); }",
        "fn on_sample(ctx) { let s = ctx.sample; s = #{ any: 1 }; note(s.any); }",
        "fn on_step_end(ctx) { let a = [3, 1, 2]; a.sort(); note(a.map(|x| x * 2).filter(|x| x > 2).len()); }",
        "fn on_cell_end(ctx) { for mate in ctx.batch { note(mate.metrics.peak ?? 0.0); } note(ctx.batch[0]?.name); }",
        "fn on_sample(ctx) { this.add(1); } fn add(n) { this.n = (this.n ?? 0) + n; }",
        "fn on_sample(ctx) { helper(ctx.sample); helper(ctx.step); } fn helper(x) { x.time }",
        "fn on_cycle_end(ctx) { switch ctx.cycle.number { 1 => note(\"first\"), _ => note(ctx.cycle.capacity) } }",
        "fn on_sample(ctx) { try { throw 1; } catch (e) { note(e); } let v = ctx[\"sample\"][\"voltage\"]; }",
        "fn on_run_start(ctx) { note(type_of(ctx)); let f = Fn(\"twice\"); note(f.call(2)); } fn twice(x) { x * 2 }",
        "fn on_sample(ctx) { apply(Fn(\"pick\"), ctx); } fn apply(f, x) { f.call(x) } fn pick(x) { x.whatever }",
        "fn on_sample(ctx) { if 3 in [1, 2, 3] && !(2 in 5..7) { note(sqrt(2.0) + abs(-1) + 7 % 2 + 2 ** 3); } }",
    ] {
        assert_eq!(problems(code), Vec::<String>::new(), "{code}");
    }
}

#[test]
fn bad_scripts_are_told_with_place_and_hint() {
    for (code, told) in [
        (
            "fn on_sampel(ctx) { }",
            "1:4 hook-function: there is no hook `on_sampel` (did you mean `on_sample`?)",
        ),
        (
            "fn on_sample() { }",
            "1:4 hook-function: `on_sample` is called with one argument, not 0 (write fn on_sample(ctx))",
        ),
        ("fn help(ctx) { }", "1:1 hook-function: nothing in this script is ever called"),
        ("let x = 1;\nfn on_sample(ctx) { }", "1:1 bad-hook: this stands outside of all functions"),
        (
            "fn on_sample(ctx) { nte(1); }",
            "1:21 hook-call: there is no function `nte` (did you mean `note`?)",
        ),
        (
            "fn on_sample(ctx) { ctx.sample.voltage.flor(); }",
            "1:40 hook-call: there is no function `flor` (did you mean `floor`?)",
        ),
        (
            "fn on_sample(ctx) { note(1, 2); }",
            "1:21 hook-call: `note` does not go with 2 arguments (it takes 1)",
        ),
        (
            "fn on_sample(ctx) { h(1); } fn h(a, b) { }",
            "1:21 hook-call: `h` does not go with 1 argument (it takes 2)",
        ),
        ("fn on_sample(ctx) { print(1); }", "1:21 bad-hook: this is not rhai code"),
        ("fn on_sample(ctx) { eval(\"1\"); }", "1:21 bad-hook: this is not rhai code"),
        ("fn on_sample(ctx) { sleep(1); }", "1:21 hook-call: there is no function `sleep`"),
        ("fn on_sample(ctx) { timestamp(); }", "1:21 hook-call: there is no function `timestamp`"),
        ("import \"x\" as y; fn on_sample(ctx) { }", "1:1 bad-hook: this is not rhai code"),
        (
            "fn on_sample(ctx) { note(volt); }",
            "1:26 bad-hook: this is not rhai code: Undefined variable: volt",
        ),
        (
            "fn on_sample(ctx) { note(ctx.sample.volage); }",
            "1:37 hook-field: there is no `volage` in the sample (did you mean `voltage`?)",
        ),
        (
            "fn on_sample(ctx) { let s = ctx.smple; }",
            "1:33 hook-field: there is no `smple` in what a hook is given (did you mean `sample`?)",
        ),
        (
            "fn on_sample(ctx) { let s = ctx.sample; if s.tim > 1.0 { } }",
            "1:46 hook-field: there is no `tim` in the sample (did you mean `time`?)",
        ),
        (
            "fn on_sample(c) { help(c); } fn help(x) { x.params.dorp }",
            "1:52 hook-field: there is no `dorp` in the parameters (did you mean `drop`?)",
        ),
        (
            "fn on_cell_end(ctx) { ctx.steps.fil?.charge }",
            "1:33 hook-field: there is no `fil` in the results of steps (did you mean `fill`?)",
        ),
        (
            "fn on_cell_end(ctx) { ctx.steps.fill.chrge }",
            "1:38 hook-field: there is no `chrge` in the result of a step (did you mean `charge`?)",
        ),
        (
            "fn on_cell_end(ctx) { for m in ctx.batch { m.metrics.pek } }",
            "1:54 hook-field: there is no `pek` in the metrics of the hooks (did you mean `peak`?)",
        ),
        (
            "fn on_cell_end(ctx) { ctx.batch[0].nam }",
            "1:36 hook-field: there is no `nam` in a cell that is done (did you mean `name`?)",
        ),
        ("fn on_cell_end(ctx) { ctx[\"sample\"].nam }", "hook-field: there is no `nam` in the sample"),
        (
            "fn on_sample(ctx) { ctx.sample.voltage = 5.0; }",
            "1:21 hook-field: what a hook is given can only be read",
        ),
        (
            "fn on_sample(ctx) { metric(\"peek\", 1); }",
            "1:28 hook-metric: no metric `peek` is declared (did you mean \"peak\"?)",
        ),
        (
            "fn on_sample(ctx) { tighten(\"voltage_hi\", 1); }",
            "1:29 hook-call: there is no limit `voltage_hi`",
        ),
        ("fn on_sample(ctx) { go_to(\"fill\", 1); }", "1:27 hook-goto: no way to `fill` is declared"),
        ("fn on_sample(ctx) { if { }", "bad-hook: this is not rhai code"),
    ] {
        let all = problems(code);
        assert!(all.iter().any(|it| it.contains(told)), "{code}\n{told}\n{all:?}");
        assert_eq!(all.len(), 1, "{code}: {all:?}");
    }
}

/// Pieces that odd scripts are put together of.
const PIECES: &[&str] = &[
    "fn on_sample(ctx) {",
    "fn f(x) {",
    "}",
    "{",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    ".",
    "?.",
    "??",
    "=",
    "+=",
    "+",
    "*",
    "/",
    "%",
    "==",
    "<",
    "!",
    "&&",
    "||",
    "|x|",
    "#{",
    "a:",
    "let x =",
    "const y =",
    "x",
    "this",
    "this.a",
    "ctx",
    "ctx.sample",
    ".voltage",
    "ctx.steps",
    ".fill",
    "ctx.batch",
    "[0]",
    "if",
    "else",
    "while",
    "loop",
    "for i in 0..9",
    "for x in ctx.batch",
    "return",
    "break",
    "continue",
    "throw",
    "try",
    "catch (e)",
    "switch x",
    "1 =>",
    "_ =>",
    "1",
    "-1",
    "0.5",
    "1e308",
    "\"s\"",
    "`${x}`",
    "'c'",
    "()",
    "true",
    "f(x)",
    "note(",
    "metric(\"peak\",",
    "limit_current(",
    "tighten(\"voltage_low\",",
    "end_step(",
    "go_to(\"empty\",",
    "fail(",
    "label(",
    ".push(",
    ".pop()",
    ".sort()",
    ".map(",
    ".len()",
    ".pad(",
    "999999999,",
    ".to_string()",
    "Fn(\"f\")",
    ".call(",
    "\n",
    "//",
    "/*",
    "*/",
    "\"",
    "\u{b0}",
    "type_of(",
    "curry(",
    "in",
    "..",
    "9223372036854775807",
    "**",
    "<<",
    "import",
    "eval(",
    "sort(",
    ".insert(",
    ".reduce(",
    ".chunks(",
    ".split(",
    "parse_int(",
    ".fill_with(",
    "==()",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn odd_scripts_do_no_harm(pieces in proptest::collection::vec(0..PIECES.len(), 0..40), inside in any::<bool>()) {
        let mut code: String = pieces.iter().map(|at| format!("{} ", PIECES[*at])).collect();
        if inside {
            code = format!("fn f(x) {{ x }}\nfn on_sample(ctx) {{ {code} }}");
        }
        let script = script(&code);
        let found = check(&script, &words());
        prop_assert!(found.iter().all(|it| it.span.start <= it.span.end && it.span.end <= code.len()));
        render(&script.source, &found, Colour::Off);
        if read(&script).is_ok() {
            let mut session = session(&code);
            for _ in 0..3 {
                let step = StepView { name: "fill".into(), ..StepView::default() };
                if let Err(fault) = session.call(Moment::Sample, Some(step), sample()) {
                    prop_assert!(fault.why.starts_with("h.rhai:") && !fault.why.contains('\n'));
                    break;
                }
            }
        }
    }
}
