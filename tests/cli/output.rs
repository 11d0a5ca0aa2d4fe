//! What is printed, for people and for programs.

use crate::program::{Scratch, project};
#[cfg(unix)]
use crate::terminal::Terminal;
use serde_json::Value;

const ESCAPE: char = '\u{1b}';

#[test]
fn nothing_is_coloured_in_a_pipe() {
    let scratch = Scratch::new();
    let recipe = project("recipes/impedance.toml");
    let said = scratch.run(&["--sim", "--out", "run", &recipe]).ends_with(0);
    assert!(!said.out.contains(ESCAPE) && !said.err.contains(ESCAPE), "{said:?}");
    for part in ["simulated run of recipe impedance begins", "100001-3: pass", "verdict", "results: run"] {
        assert!(said.out.contains(part), "`{part}` is not in:\n{}", said.out);
    }
    scratch.write("wrong.toml", "[recipe]\nname = 1\n");
    let wrong = scratch.run(&["--sim", "wrong.toml"]).ends_with(2);
    assert!(!wrong.err.contains(ESCAPE), "{}", wrong.err);
}

#[test]
fn json_is_a_line_a_fact_and_the_summary_last() {
    let scratch = Scratch::new();
    let recipe = project("recipes/impedance.toml");
    let said = scratch.run(&["--sim", "--json", "--out", "run", &recipe]).ends_with(0);
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let lines: Vec<Value> = said.out.lines().map(parse).collect();
    let (summary, facts) = lines.split_last().expect("it says something");
    assert_eq!(summary["event"], "summary");
    assert_eq!(summary["summary"], scratch.json("run/summary.json"));
    assert_eq!(summary["summary"]["simulated"], true);
    assert_eq!(summary["summary"]["exit_code"], 0);
    assert_eq!(facts.first().map(|fact| &fact["event"]), Some(&Value::from("run-started")));
    assert_eq!(facts.last().map(|fact| &fact["event"]), Some(&Value::from("run-ended")));
    assert_eq!(said.err, "");

    // The journal holds the same facts, each with its checksum.
    let journal = scratch.read("run/journal.jsonl");
    let mut kept: Vec<Value> = journal.lines().map(parse).collect();
    for fact in &mut kept {
        assert!(fact.as_object_mut().and_then(|fact| fact.remove("crc")).is_some(), "{fact}");
    }
    assert_eq!(kept, facts);
}

#[test]
fn quiet_leaves_the_table_and_errors() {
    let scratch = Scratch::new();
    let said = scratch.run(&["--sim", "-q", "--out", "run", &project("recipes/impedance.toml")]).ends_with(0);
    assert_eq!(said.err, "");
    assert_eq!(said.out.lines().count(), 6, "a header, four cells, and how many passed:\n{}", said.out);
    assert!(said.out.contains("impedance: 4 of 4 cells passed, simulated"), "{}", said.out);
    let said = scratch.run(&["--sim", "-q", "nowhere.toml"]).ends_with(2).complains(&["nowhere.toml"]);
    assert_eq!(said.out, "");
}

#[test]
fn a_reader_that_goes_away_does_not_end_the_run() {
    let scratch = Scratch::new();
    let recipe = project("recipes/impedance.toml");
    let mut child = scratch.command(&["--sim", "--json", "--out", "run", &recipe]).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(scratch.json("run/run.json")["outcome"], "passed");
}

#[test]
fn a_reader_that_goes_away_is_no_defect_of_a_command() {
    let scratch = Scratch::new();
    let recipe = project("recipes/impedance.toml");
    for arguments in [&["plan", &recipe][..], &["check", &recipe], &["schema"], &["--sim", "-q", &recipe]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = scratch.command(arguments).stdout(writer).status().unwrap();
        assert_eq!(status.code(), Some(0), "{arguments:?}");
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = scratch.command(&["plan", "nowhere.toml"]).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_terminal_gets_colour_unless_it_is_not_wanted() {
    let scratch = Scratch::new();
    for (number, no_colour) in [None, Some("1"), Some("")].into_iter().enumerate() {
        let terminal = Terminal::open();
        let run = format!("run{number}");
        let recipe = project("recipes/impedance.toml");
        let mut command = scratch.command(&["--sim", "--out", &run, &recipe]);
        command.stdout(terminal.end()).stderr(terminal.end());
        if let Some(value) = no_colour {
            command.env("NO_COLOR", value);
        }
        let mut child = command.env("TERM", "xterm").spawn().unwrap();
        drop(command);
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let shown = terminal.shown();
        assert!(shown.contains("impedance: 4 of 4 cells passed"), "{shown}");
        let green = "\u{1b}[32mpass";
        assert_eq!(shown.contains(green), no_colour != Some("1"), "NO_COLOR={no_colour:?}:\n{shown}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_trace_whose_disk_is_full_does_not_end_the_run() {
    let scratch = Scratch::new();
    let recipe = project("recipes/impedance.toml");
    let said = scratch.run(&["--sim", "-q", "--trace", "/dev/full", "--out", "run", &recipe]).ends_with(0);
    said.complains(&["warning: the trace ended early"]);
}
