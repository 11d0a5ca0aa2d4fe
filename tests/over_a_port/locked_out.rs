//! Two programs that want one port, or one run directory.

use crate::long;
use crate::program::Scratch;
use crate::served::{Outside, Running, serve};
use std::fs;
use std::time::Duration;

/// A long run under way, in all four cells of a unit.
fn begin(scratch: &Scratch) -> Running {
    scratch.write("long.toml", &long());
    let run = Running::start(scratch, &["--port", "u", "--json", "--out", "run", "long.toml"]);
    run.says("step-started", 4);
    run
}

/// What Linux tells of the process that has something; other systems tell nothing.
fn of(run: &Running) -> [String; 3] {
    if cfg!(target_os = "linux") {
        [format!("process {}, started 20", run.id()), "Z: ".into(), "long.toml".into()]
    } else {
        ["it belongs to another process".into(), String::new(), String::new()]
    }
}

#[test]
fn a_port_that_another_run_has_is_refused_under_every_name() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let mut run = begin(&scratch);
    let device = fs::canonicalize(scratch.file("u")).unwrap().display().to_string();
    std::os::unix::fs::symlink(scratch.file("u"), scratch.file("by-id")).unwrap();
    for name in ["u", "by-id", &device] {
        let said = scratch.run(&["--port", name, "--out", "other", "long.toml"]).ends_with(2);
        said.complains(&of(&run).each_ref().map(String::as_str)).complains(&[
            &format!("port {name}: cannot be opened; it is in use"),
            "hint: wait until that has ended, or end it",
        ]);
    }
    assert!(!scratch.file("other").exists());
    run.signal("-INT");
    assert_eq!(run.ends().code(), Some(5), "the others disturbed it: {}", run.rest());
}

#[test]
fn a_port_is_free_again_at_once_when_a_run_was_killed() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let mut run = begin(&scratch);
    run.signal("-KILL");
    assert_eq!(run.ends().code(), None);
    Outside::look(&scratch, "u");
}

#[test]
fn a_directory_in_which_a_run_goes_on_is_let_be() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let mut run = begin(&scratch);
    let hints = |hint: &'static str| {
        [of(&run).to_vec(), vec!["run: a run goes on in this".into(), hint.into()]].concat()
    };
    let complains = |arguments: &[&str], hint| {
        let said = scratch.run(arguments).ends_with(2);
        said.complains(&hints(hint).iter().map(String::as_str).collect::<Vec<_>>());
    };
    complains(&["--sim", "--out", "run", "long.toml"], "hint: name another one with --out");
    complains(&["report", "run"], "hint: it writes its reports when it ends; `batlab-run watch run`");
    let made = ["summary.json", "report.html"];
    assert!(made.iter().all(|name| !scratch.file(&format!("run/{name}")).exists()));
    // To read is allowed.
    scratch.run(&["report", "--out", "page.html", "run"]).ends_with(0);
    let mut watch = Running::start(&scratch, &["watch", "--json", "run"]);
    watch.says("step-started", 4);

    run.signal("-INT");
    assert_eq!(run.ends().code(), Some(5), "{}", run.rest());
    assert_eq!(watch.ends().code(), Some(5), "{}", watch.rest());
    let left = made.map(|name| scratch.read(&format!("run/{name}")));
    scratch.run(&["report", "run"]).ends_with(0);
    assert!(made.map(|name| scratch.read(&format!("run/{name}"))) == left);
}

#[test]
fn the_directory_of_a_run_that_was_killed_is_free() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let mut run = begin(&scratch);
    run.signal("-KILL");
    assert_eq!(run.ends().code(), None);
    std::thread::sleep(Duration::from_millis(100));
    scratch.run(&["report", "run"]).ends_with(0).complains(&["the run has no end"]);
    scratch.run(&["--sim", "--out", "run", "long.toml"]).ends_with(2).complains(&["is not empty"]);
}
