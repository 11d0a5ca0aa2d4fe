//! A run that somebody ends before its time.

use crate::long;
use crate::program::{Scratch, project};
use crate::served::{Outside, Running, serve};
use crate::terminal::Terminal;
use batlab_run::event::Event;
use batlab_run::journal::{self, Journal};
use std::time::Duration;

/// Starts a long run on these ports and waits until current flows in all of so many cells.
fn begin(scratch: &Scratch, ports: &[&str], cells: usize) -> Running {
    scratch.write("long.toml", &long());
    let ports = ports.iter().flat_map(|port| ["--port", port]);
    let arguments: Vec<_> = ports.chain(["--json", "--out", "run", "long.toml"]).collect();
    let run = Running::start(scratch, &arguments);
    run.says("step-started", cells);
    std::thread::sleep(Duration::from_secs(2));
    run
}

fn journal(scratch: &Scratch) -> Journal {
    journal::read(&scratch.file("run/journal.jsonl")).unwrap()
}

fn a_signal_ends_the_run_safely(signal: &str) {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &["--bench", &project("recipes/sim/two_units.toml")]);
    let before = ["u0", "u1"].map(|port| Outside::look(&scratch, port));
    let mut run = begin(&scratch, &["u0", "u1"], 8);
    run.signal(signal);
    assert_eq!(run.ends().code(), Some(5), "{}", run.rest());
    for (port, before) in ["u0", "u1"].into_iter().zip(before) {
        let after = Outside::look(&scratch, port);
        assert!(after.is_quiet(), "{port}: {after:?}");
        assert_eq!(Outside { modes: before.modes, ..after }, before, "{port}: a setting is not restored");
    }
    let journal = journal(&scratch);
    assert_eq!(journal.torn, None);
    let last = journal.entries.last().map(|entry| entry.event.clone());
    assert!(matches!(last, Some(Event::RunEnded { exit }) if exit.code() == 5), "{last:?}");
    let count = |is: fn(&Event) -> bool| journal.entries.iter().filter(|entry| is(&entry.event)).count();
    assert_eq!(count(|event| matches!(event, Event::MadeSafe { .. })), 8);
    let by = format!("SIG{}", signal.trim_start_matches('-'));
    let asked = |entry: &batlab_run::event::Entry| matches!(&entry.event, Event::StopRequested { by: it } if *it == by);
    assert_eq!(journal.entries.iter().filter(|entry| asked(entry)).count(), 1, "{by}");
    let manifest = scratch.json("run/run.json");
    assert_eq!((&manifest["outcome"], &manifest["exit_code"]), (&"stopped".into(), &5.into()));
    for row in scratch.rows("run/summary.csv") {
        assert_eq!((row["verdict"].as_str(), row["steps_done"].as_str()), ("incomplete", "0"));
        let steps = scratch.rows(&format!("run/cells/{}.steps.csv", row["cell"]));
        assert_eq!(steps.last().map(|step| step["end_reason"].as_str()), Some("stopped"));
    }
    // All that can be made again is the same, with the clocks of real time, too.
    let reports = ["summary.csv", "summary.json", "summary.md", "junit.xml", "report.html"];
    let read = || reports.map(|name| scratch.read(&format!("run/{name}")));
    let before = read();
    for name in reports {
        std::fs::remove_file(scratch.file(&format!("run/{name}"))).unwrap();
    }
    scratch.run(&["report", "run"]).ends_with(0);
    assert!(read() == before);
}

#[test]
fn an_interrupt_ends_the_run_safely() {
    a_signal_ends_the_run_safely("-INT");
}

#[test]
fn a_termination_ends_the_run_safely() {
    a_signal_ends_the_run_safely("-TERM");
}

/// The shell that the program was started from is gone, and with it whoever reads what the program says.
#[test]
fn a_closing_terminal_ends_the_run_safely() {
    a_signal_ends_the_run_safely("-HUP");
}

#[test]
fn a_terminal_that_is_gone_does_not_hinder_the_safe_end() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    scratch.write("long.toml", &long());
    let terminal = Terminal::open();
    let mut command = scratch.command(&["--port", "u", "--out", "run", "long.toml"]);
    let mut run = command.stdout(terminal.end()).stderr(terminal.end()).spawn().unwrap();
    drop(command);
    scratch.wait_for("run/journal.jsonl", "step-started");
    terminal.vanish();
    std::thread::sleep(Duration::from_secs(1));
    let signal = std::process::Command::new("kill").args(["-HUP", &run.id().to_string()]).status();
    assert!(signal.unwrap().success());
    assert_eq!(run.wait().unwrap().code(), Some(5));
    assert!(Outside::look(&scratch, "u").is_quiet());
    assert!(scratch.file("run/report.html").exists());
}

/// As `nohup` starts it.
#[test]
#[cfg(target_os = "linux")]
fn a_run_that_is_to_outlive_its_terminal_does() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    scratch.write("long.toml", &long());
    let program = env!("CARGO_BIN_EXE_batlab-run");
    let script = format!("trap '' HUP; exec {program} --port u --json --out run long.toml");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script]).current_dir(scratch.path());
    let mut run = Running::spawn(command);
    run.says("step-started", 4);
    run.signal("-HUP");
    std::thread::sleep(Duration::from_secs(1));
    assert!(!Outside::is_free(&scratch, "u"), "it has ended");
    run.signal("-TERM");
    assert_eq!(run.ends().code(), Some(5), "{}", run.rest());
}

#[test]
fn a_second_interrupt_ends_it_at_once() {
    let scratch = Scratch::new();
    let served = serve(&scratch, &[]);
    let mut run = begin(&scratch, &["u"], 4);
    // A unit that does not answer cannot be made safe quickly: the run would try for a while.
    served.signal("-STOP");
    run.signal("-INT");
    std::thread::sleep(Duration::from_millis(200));
    run.signal("-INT");
    let status = run.ends();
    served.signal("-CONT");
    assert_eq!(status.code(), Some(3), "{}", run.rest());
    let journal = journal(&scratch);
    assert!(journal.entries.len() > 4);
    assert!(!journal.entries.iter().any(|entry| matches!(entry.event, Event::RunEnded { .. })));
}

#[test]
fn what_a_kill_leaves_can_be_read_and_the_watchdog_stops_the_cells() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &["--bench", &project("recipes/sim/two_units.toml")]);
    let mut run = begin(&scratch, &["u0", "u1"], 8);
    run.signal("-KILL");
    assert_eq!(run.ends().code(), None);

    let journal = journal(&scratch);
    assert!(journal.entries.iter().any(|entry| matches!(entry.event, Event::StepStarted { .. })));
    let manifest = scratch.json("run/run.json");
    assert!(manifest["ended"].is_null() && manifest["outcome"].is_null(), "{manifest}");
    let cells = scratch.list("run/cells");
    assert_eq!(cells.len(), 16, "{cells:?}");
    for name in cells.iter().filter(|name| name.ends_with(".bdf.csv")) {
        // The last line may be torn, the others not.
        let text = scratch.read(&format!("run/cells/{name}"));
        let whole = &text[..=text.rfind('\n').unwrap()];
        let mut reader = csv::Reader::from_reader(whole.as_bytes());
        let width = reader.headers().unwrap().len();
        assert!(reader.records().all(|row| row.unwrap().len() == width), "{name}");
    }

    // At most 25.5 s after the last kick; asked for 30 s after the kill.
    std::thread::sleep(Duration::from_secs(1));
    let driven = Outside::look(&scratch, "u0");
    assert!(!driven.is_quiet(), "current flows on: {driven:?}");
    std::thread::sleep(Duration::from_secs(28));
    for port in ["u0", "u1"] {
        let modes = Outside::look(&scratch, port).modes.map(|mode| mode.to_string());
        assert_eq!(modes, ["STOPPED"; 4], "{port}");
    }
}
