//! A computer that sleeps, has too much to do, or has too little of something.

use crate::SHORT;
use crate::program::{Scratch, project};
use crate::served::{Outside, Running, serve};
use batlab_run::event::Event;
use batlab_run::journal;
use std::process::Command;
use std::time::Duration;

/// Runs under limits of a shell.
fn limited(scratch: &Scratch, limits: &str, arguments: &str) -> (Option<i32>, String) {
    let script = format!("{limits}; exec {} {arguments}", env!("CARGO_BIN_EXE_batlab-run"));
    let done = Command::new("sh").args(["-c", &script]).current_dir(scratch.path()).output().unwrap();
    (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
}

/// Stopped and continued, a program sees what it sees when the computer slept: it was not there.
#[test]
fn a_station_that_was_not_there_for_a_while_says_so_and_goes_on() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    scratch.write("short.toml", &SHORT.replace("\"6 s\"", "\"20 s\""));
    let mut run = Running::start(&scratch, &["--port", "u", "--json", "--out", "run", "short.toml"]);
    run.says("\"name\":\"out\"", 4);
    std::thread::sleep(Duration::from_secs(2));
    run.signal("-STOP");
    std::thread::sleep(Duration::from_secs(7));
    run.signal("-CONT");
    assert_eq!(run.ends().code(), Some(0), "{}", run.rest());
    let journal = journal::read(&scratch.file("run/journal.jsonl")).unwrap();
    let told: Vec<_> = journal
        .entries
        .iter()
        .filter_map(|entry| match entry.event {
            Event::Unattended { seconds, times } => Some((seconds, times)),
            _ => None,
        })
        .collect();
    assert!(matches!(told.as_slice(), [(seconds, 1)] if (5.0..20.0).contains(seconds)), "{told:?}");
    for row in scratch.rows("run/summary.csv") {
        assert_eq!((row["verdict"].as_str(), row["steps_done"].as_str()), ("pass", "3"), "{}", row["why"]);
        // Time is not made up: rows stop while nobody was there, and go on where the clock is.
        let rows = scratch.rows(&format!("run/cells/{}.bdf.csv", row["cell"]));
        let times: Vec<f64> =
            rows.iter().map(|row| row["test_time_second"].parse().expect("a number")).collect();
        assert!(times.windows(2).all(|pair| pair[0] <= pair[1]));
        let widest = times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        assert!(widest > 5.0, "old readings stand as new ones: {widest} s");
        for pair in rows.windows(2) {
            let number = |row: &std::collections::BTreeMap<String, String>, column: &str| -> f64 {
                row[column].parse().expect("a number")
            };
            let unix = number(&pair[1], "unix_time_second") - number(&pair[0], "unix_time_second");
            let test = number(&pair[1], "test_time_second") - number(&pair[0], "test_time_second");
            assert!((unix - test).abs() < 0.01, "{unix} {test}");
        }
    }
}

/// Two minutes without the program: the unit has stopped its cells long before.
#[test]
fn after_a_long_sleep_the_watchdog_has_stopped_the_cells() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    scratch.write("long.toml", &crate::long());
    let mut run = Running::start(&scratch, &["--port", "u", "--json", "--out", "run", "long.toml"]);
    run.says("step-started", 4);
    std::thread::sleep(Duration::from_secs(2));
    run.signal("-STOP");
    std::thread::sleep(Duration::from_secs(40));
    run.signal("-CONT");
    run.says("\"event\":\"unattended\"", 1);
    std::thread::sleep(Duration::from_secs(2));
    run.signal("-INT");
    let code = run.ends().code();
    assert!(matches!(code, Some(3 | 5)), "{code:?}: {}", run.rest());
    assert!(Outside::look(&scratch, "u").is_quiet());
    let journal = journal::read(&scratch.file("run/journal.jsonl")).unwrap();
    assert!(journal.entries.iter().any(|entry| matches!(entry.event, Event::UnitStopped { .. })));
}

#[test]
fn too_few_file_handles_are_told_before_anything_begins() {
    let scratch = Scratch::new();
    let bench = project("recipes/sim/two_units.toml");
    scratch.write("short.toml", SHORT);
    let run = format!("--sim={bench} --quiet --out run short.toml");
    let (code, complaint) = limited(&scratch, "ulimit -n 40", &run);
    assert_eq!(code, Some(2), "{complaint}");
    for part in ["2 units may need 96 open files", "allows this process 40", "ulimit -n 96"] {
        assert!(complaint.contains(part), "`{part}` is not in: {complaint}");
    }
    assert!(!scratch.file("run").exists());
    // A limit that the process may raise itself is none.
    let (code, complaint) = limited(&scratch, "ulimit -S -n 40", &run);
    assert_eq!(code, Some(0), "{complaint}");
}
