//! A run in real time, which somebody ends.

use crate::program::{Scratch, project};
use crate::served::{Running, serve};
use crate::server::{self, Server};

const LONG: &str = r#"[recipe]
name = "long"

[cell]
chemistry = "li-ion"
capacity = "80 mAh"

[limits]
voltage = ["2.5 V", "4.25 V"]
current = "4 A"

[[step]]
charge = "0.25 A"
at_most = "10 min"
"#;

/// The names of the threads of a running program.
#[cfg(target_os = "linux")]
fn threads(run: &Running) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", run.id())).unwrap();
    let name = |task: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(task.unwrap().path().join("comm")).unwrap_or_default().trim().to_owned()
    };
    tasks.map(name).collect()
}

#[test]
fn who_ends_a_run_is_obeyed_at_once_and_told_of() {
    let scratch = Scratch::new();
    let served = serve(&scratch, &["--bench", &project("recipes/sim/small.toml")]);
    let (good, silent) = (Server::start(server::good), Server::start(server::silent));
    let hook = |url: String, more: &str| {
        format!("[[notify]]\nurl = \"{url}\"\non = [\"failed\", \"needs-person\", \"finished\"]\n{more}")
    };
    let hooks = [hook(good.url(), ""), hook(silent.url(), "timeout = \"1 s\"\nretries = 0\n")].concat();
    scratch.write("long.toml", LONG).write("hooks.toml", &hooks);

    let port = ["--port", "u", "--json"];
    let told = [&port[..], &["--out", "told", "--notify", "hooks.toml", "long.toml"]].concat();
    let mut run = Running::start(&scratch, &told);
    run.says("step-started", 4);
    #[cfg(target_os = "linux")]
    assert_eq!(threads(&run).iter().filter(|name| *name == "notify").count(), 2, "{:?}", threads(&run));
    run.signal("-INT");
    assert_eq!(run.ends().code(), Some(5), "{}", run.rest());
    let facts: Vec<_> = good.seen().iter().map(server::Seen::json).collect();
    assert_eq!(facts.len(), 2, "{facts:?}");
    assert_eq!((&facts[0]["event"], &facts[0]["under_test"]), (&"needs-person".into(), &4.into()));
    assert_eq!((&facts[1]["event"], &facts[1]["exit"]), (&"finished".into(), &5.into()));
    assert_eq!((&facts[1]["incomplete"], &facts[1]["simulated"]), (&4.into(), &false.into()));
    assert_eq!(silent.seen().len(), 2);
    let manifest = scratch.json("told/run.json");
    assert_eq!((&manifest["outcome"], &manifest["exit_code"]), (&"stopped".into(), &5.into()));
    let journal = scratch.read("told/journal.jsonl");
    assert_eq!(journal.matches("no answer within 1 s").count(), 2, "{journal}");
    batlab_run::journal::read(&scratch.file("told/journal.jsonl")).unwrap();

    // Who tells nobody has no thread for it.
    let alone = [&port[..], &["--out", "alone", "long.toml"]].concat();
    let mut run = Running::start(&scratch, &alone);
    run.says("step-started", 4);
    #[cfg(target_os = "linux")]
    for name in threads(&run) {
        assert!(!name.contains("notify") && !name.contains("reqwest"), "{name}");
    }
    run.signal("-INT");
    assert_eq!(run.ends().code(), Some(5), "{}", run.rest());
    drop(served);
}

#[test]
fn who_is_in_a_hurry_when_the_cells_are_safe_does_not_wait_for_messages() {
    let scratch = Scratch::new();
    let silent = Server::start(server::silent);
    scratch.write("hooks.toml", &format!("[notify]\nurl = \"{}\"\non = \"finished\"\n", silent.url()));
    scratch.write("long.toml", LONG);
    let hooks = ["--sim", "--notify", "hooks.toml", "--notify-simulated"];
    let arguments = [&hooks[..], &["--json", "--out", "run", "long.toml"]].concat();
    let mut run = Running::start(&scratch, &arguments);
    // The last file of a run before messages are waited for.
    scratch.wait_for("run/report.html", "</html>");
    let exit = scratch.json("run/run.json")["exit_code"].as_i64();
    run.signal("-INT");
    assert_eq!(run.ends().code().map(i64::from), exit, "{}", run.rest());
    let journal = scratch.read("run/journal.jsonl");
    assert!(journal.contains("1 message was not delivered within 0 s of the end"), "{journal}");
}
