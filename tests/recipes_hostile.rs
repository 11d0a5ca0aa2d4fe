//! No text makes the reader or the proof panic, and what is refused is refused with a place in it.

#![allow(clippy::expect_used)]

use batlab_run::diagnostic::{Colour, MAX_BYTES, MAX_PROBLEMS, Source, render};
use batlab_run::plan;
use proptest::prelude::*;
use std::sync::LazyLock;

const GOOD: [&str; 13] = [
    include_str!("../recipes/hooks/adaptive_current.toml"),
    include_str!("../recipes/hooks/batch_spread.toml"),
    include_str!("../recipes/capacity.toml"),
    include_str!("../recipes/cycle.toml"),
    include_str!("../recipes/impedance.toml"),
    include_str!("../recipes/quick.toml"),
    include_str!("../recipes/storage.toml"),
    include_str!("../recipes/cycle_life.toml"),
    include_str!("../recipes/gitt.toml"),
    include_str!("../recipes/hppc.toml"),
    include_str!("../recipes/pulse.toml"),
    include_str!("../recipes/sort_salvaged.toml"),
    include_str!("../recipes/dc_resistance.toml"),
];

/// Words that sit at the edges of the language.
const ODD: &[&str] = &[
    "\"",
    "'''",
    "[[",
    "]]",
    "[",
    "]",
    "{",
    "}",
    "=",
    "<",
    ">=",
    "\n",
    "\\",
    "\u{0}",
    "\u{1b}[31m",
    "\u{b0}",
    "C/0",
    "\"C\"",
    "\"nan A\"",
    "\"1e308 A\"",
    "\"1e-320 V\"",
    "\"-0 A\"",
    "inf",
    "nan",
    "-1",
    "0x7fffffffffffffff",
    "4294967295",
    "99999999999999999999",
    "1979-05-27T07:32:00Z",
    "true",
    "params.",
    "[hooks]\ncode = '''fn on_sample(ctx) { if x {{{ (((\n'''\n",
    "[hooks]\ncode = 'fn on_sample(ctx) { ctx.sample.volage }'\n",
    "[hooks]\nfile = \"x.rhai\"\n",
    "metrics = { a = \"V\", b = \"furlong\" }\n",
    "goto = { fill = 4294967295, empty = 0 }\n",
    "hook.a > 1 V",
    "params.rate",
    "step.fill.charge",
    "cycle.1.capacity",
    "goto ",
    "then = \"goto fill\", times = 4294967295",
    "rate(voltage)",
    "1 mV/min",
    " * ",
    " / 0",
    "((",
    "%",
    "-",
    "count = 4294967295",
    "extends = \"x\"\n",
    "[[step]]\n",
    "[[step.step]]\n",
    "repeat = 1000000\n",
    "hold = \"4.2 V\"\n",
    "until = []\n",
    "at_most = \"584542046090 y\"\n",
    "rest = \"18446744073709551615 s\"\n",
];

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = serde_json::to_value(batlab_run::recipe::schema()).expect("a schema is JSON");
    jsonschema::validator_for(&schema).expect("it is a schema")
});

/// Checks a text as the program does, and whatever comes out also as it shows it.
fn check(text: &str) {
    let source = Source::new("hostile.toml", text);
    match plan::check(&source) {
        Ok(plan) => {
            let value = toml::from_str::<serde_json::Value>(text).expect("what is accepted is TOML");
            let refused: Vec<_> = SCHEMA.iter_errors(&value).map(|error| error.to_string()).collect();
            assert!(refused.is_empty(), "the schema refuses what is accepted: {refused:?}\n{text}");
            assert!(!plan::text(&plan).is_empty());
            let forecast = plan::forecast(&plan);
            assert!(forecast.expected <= forecast.at_most, "{forecast:?}");
        }
        Err(problems) => {
            assert!(!problems.is_empty() && problems.len() <= MAX_PROBLEMS);
            for problem in &problems {
                assert!(
                    problem.span.start <= problem.span.end && problem.span.end <= text.len(),
                    "{problem:?}"
                );
            }
            let shown = render(&source, &problems, Colour::Off);
            assert!(shown.contains("hostile.toml:"), "{shown}");
            assert!(!shown.contains('\u{1b}'), "{shown}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_text(text in "(?s).{0,200}") {
        check(&text);
    }

    #[test]
    fn good_recipes_damaged(
        which in 0..GOOD.len(),
        wounds in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..12, 0..ODD.len()), 1..6),
    ) {
        let mut text: Vec<char> = GOOD[which].chars().collect();
        for (at, length, odd) in wounds {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, ODD[odd].chars());
        }
        check(&text.into_iter().collect::<String>());
    }

    #[test]
    fn values_replaced(
        which in 0..GOOD.len(),
        at in any::<prop::sample::Index>(),
        value in prop_oneof![
            "\"[-+]?[0-9]{1,5}(\\.[0-9]{1,4})?(e[0-9]{1,3})? ?(V|A|Ah|h|s|min|C|mA|kHz|degC|K)\"",
            "\"(voltage|current|power|temperature|time|charge|energy) (<|<=|>|>=) [0-9.]{1,6} ?(V|A|W|degC|s|h|Ah|Wh)\"",
            "-?[0-9]{1,22}",
        ],
    ) {
        let lines: Vec<&str> = GOOD[which].lines().collect();
        let line = at.index(lines.len());
        let text: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(number, old)| match old.split_once(" = ") {
                Some((key, _)) if number == line => format!("{key} = {value}"),
                _ => (*old).to_owned(),
            })
            .collect();
        check(&text.join("\n"));
    }
}

#[test]
fn deep_and_large_texts_are_refused_in_good_time() {
    let head = "[recipe]\nname = \"x\"\n[cell]\nchemistry = \"li-ion\"\ncapacity = \"1 Ah\"\n";
    check(&"[".repeat(100_000));
    check(&format!("a = {}", "[".repeat(500_000)));
    check(&format!("a = {}", "{a=".repeat(300_000)));
    check(&format!("{} = 1", vec!["a"; 500_000].join(".")));
    check(&format!("[[{}]]\nrepeat = 1", vec!["step"; 79].join(".")));
    check(&"@\n".repeat(500_000));
    check(&format!("{head}{}", "[[step]]\nrest = \"0 s\"\n".repeat(40_000)));
    check(&format!("{head}{}", "[[step]]\nrest = \"1 s\"\n".repeat(40_000)));
    check(&format!("{head}[[step]]\nimpedance = [{}]", "\"1 kHz\", ".repeat(90_000)));
    check(&format!("{head}[[step]]\nrest = \"1 s\"\nuntil = [{}]", "\"time > 0.5 s\", ".repeat(50_000)));
    check(&format!("{head}[[step]]\nname = \"{}\"\nrest = \"1 s\"", "x".repeat(900_000)));
    check(&format!("{head}{} = 1", "k".repeat(900_000)));
    let nested: String =
        (1..=8).map(|depth| format!("[[{}]]\nrepeat = 4\n", vec!["step"; depth].join("."))).collect();
    check(&format!("{head}{nested}[[{}]]\nrest = \"400 d\"\n", ["step"; 9].join(".")));
    let long = "n".repeat(50);
    let each = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let gotos = each(3000, &|i| format!("[[step]]\nname = \"{long}{i}\"\ngoto = \"m{long}{i}\"\n"));
    check(&format!("{head}{gotos}"));
    let params = each(100_000, &|i| format!("a{i} = 1\n"));
    check(&format!("{head}[params]\n{params}[[step]]\nrest = \"1 s\"\n"));
    let uses = each(20_000, &|i| format!("[[step]]\nrest = \"params.b{i} * 1 s\"\n"));
    check(&format!("{head}[params]\na = 1\n{uses}"));
    let back = each(30_000, &|_| "[[step]]\ngoto = \"a\"\ntimes = 1\n".to_owned());
    check(&format!("{head}[[step]]\nname = \"a\"\nrest = \"1 s\"\n{back}"));
    check(&format!("{head}[[step]]\nrest = \"1 s\"\nuntil = \"voltage > {}1 V\"", "1 V + ".repeat(100_000)));
    let large = Source::new("large.toml", " ".repeat(MAX_BYTES + 1));
    assert_eq!(plan::check(&large).map_err(|problems| problems[0].code), Err("too-large"));
}
