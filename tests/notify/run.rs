//! Runs that tell somebody.

use crate::program::{Scratch, project};
use crate::server::{self, Server};
use std::collections::BTreeMap;

const SECRET: &str = "open-sesame-4711";

/// Every file below a directory, by its path.
fn all_files(root: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn cells_of_a_queue_count_when_they_come() {
    let server = Server::start(server::good);
    let scratch = Scratch::new();
    let hook = format!("[[notify]]\nurl = \"{}/done\"\non = \"finished\"\n", server.url());
    scratch.write("hooks.toml", &hook);
    let quick = project("recipes/quick.toml");
    let told = ["--sim", "--notify-simulated", "--notify", "hooks.toml"];
    let run = [&told[..], &["--queue-names", "S-{1..5}", &quick]].concat();
    scratch.run(&run).ends_with(0);
    let seen = server.seen();
    let fact = seen.last().unwrap().json();
    let counts = (&fact["event"], &fact["cells"], &fact["passed"], &fact["under_test"]);
    assert_eq!(counts, (&"finished".into(), &5.into(), &5.into(), &0.into()), "{fact}");
}

#[test]
fn what_was_asked_for_is_told_in_each_style() {
    let server = Server::start(server::good);
    let scratch = Scratch::new();
    let own = std::fs::read_to_string(project("recipes/impedance.toml")).unwrap();
    let url = server.url();
    let hooks = format!(
        r#"
[[notify]]
url = "{url}/plain"
on = "finished"
headers = {{ Authorization = "Bearer ${{env:BATLAB_TOKEN}}" }}

[[notify]]
name = "phone"
url = "{url}/ntfy?key=${{env:BATLAB_TOKEN}}"
on = ["finished", "failed", "needs-person"]
style = "ntfy"

[[notify]]
url = "{url}/slack"
on = "finished"
style = "slack"

[[notify]]
url = "{url}/own"
on = "finished"
body = '{{"who": "{{{{ recipe }}}} & co", "code": {{{{ exit }}}}, "unit": {{{{ unit }}}}, "pass": "${{env:BATLAB_TOKEN}}"}}'
"#
    );
    scratch.write("told.toml", &format!("{own}\n{hooks}"));
    scratch.run(&["check", "told.toml"]).ends_with(0);
    let trace = ["--sim", "--notify-simulated", "--out", "run", "--trace", "trace.txt", "told.toml"];
    let done = scratch.command(&trace).env("BATLAB_TOKEN", SECRET).output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));

    let seen = server.seen();
    assert_eq!(seen.len(), 4, "{seen:?}");
    let by_path = |path: &str| {
        let start = format!("POST {path}");
        seen.iter().find(|seen| seen.line.starts_with(&start)).unwrap_or_else(|| panic!("{path}: {seen:?}"))
    };
    let plain = by_path("/plain");
    assert_eq!(plain.headers["content-type"], "application/json");
    assert_eq!(plain.headers["authorization"], format!("Bearer {SECRET}"));
    let fact = plain.json();
    for (name, value) in [
        ("event", "finished".into()),
        ("run", "run".into()),
        ("recipe", "impedance".into()),
        ("simulated", true.into()),
        ("exit", 0.into()),
        ("cells", 4.into()),
        ("passed", 4.into()),
        ("errors", 0.into()),
        ("under_test", 0.into()),
        ("cell", "".into()),
        ("unit", serde_json::Value::Null),
    ] {
        assert_eq!(fact[name], value, "{name} in {fact}");
    }
    assert_eq!(fact["time"], scratch.json("run/run.json")["ended"]);
    let ntfy = by_path(&format!("/ntfy?key={SECRET} "));
    assert_eq!(ntfy.headers["title"], "impedance: finished, every cell passed (simulated)");
    assert_eq!((ntfy.headers["priority"].as_str(), ntfy.headers["tags"].as_str()), ("3", "white_check_mark"));
    assert_eq!(ntfy.body, "4 of 4 cells passed; exit code 0, results in run");
    let slack = by_path("/slack").json();
    let title = "*impedance: finished, every cell passed (simulated)*";
    assert_eq!(slack["text"], format!("{title}\n4 of 4 cells passed; exit code 0, results in run"));
    let own = by_path("/own").json();
    let wanted = serde_json::json!({ "who": "impedance & co", "code": 0, "unit": null, "pass": SECRET });
    assert_eq!(own, wanted);

    // The secret was sent, and is nowhere else.
    let said = [done.stdout, done.stderr];
    let files = all_files(scratch.path());
    assert!(files.contains_key("run/recipe.toml") && files.contains_key("trace.txt"), "{:?}", files.keys());
    for bytes in files.values().chain(&said) {
        assert!(!String::from_utf8_lossy(bytes).contains(SECRET));
    }
    let told = scratch.run(&["plan", "--json", "told.toml"]).ends_with(0);
    assert!(!told.out.contains("127.0.0.1"), "{}", told.out);
}

#[test]
fn failures_and_what_needs_a_person_are_told_as_they_come() {
    let server = Server::start(server::good);
    let scratch = Scratch::new();
    let url = server.url();
    scratch.write(
        "bench.toml",
        &format!("[notify]\nurl = \"{url}\"\non = [\"failed\", \"needs-person\", \"finished\"]\n"),
    );
    let mixed = format!("--sim={}", project("recipes/sim/mixed.toml"));
    let storage = project("recipes/storage.toml");
    let arguments = [
        &mixed,
        "--no-watchdog",
        "--notify-simulated",
        "--notify",
        "bench.toml",
        "--quiet",
        "--out",
        "run",
        &storage,
    ];
    scratch.run(&arguments).ends_with(3);
    let facts: Vec<_> = server.seen().iter().map(server::Seen::json).collect();
    let events: Vec<_> = facts.iter().map(|fact| fact["event"].as_str().unwrap()).collect();
    // At the start, and when the charge waits for it.
    assert_eq!(events, ["needs-person", "needs-person", "failed", "finished"], "{facts:?}");
    for fact in &facts[..2] {
        assert_eq!(fact["unit"], 300_003);
    }
    assert!(facts[0]["why"].as_str().unwrap().contains("connect it"), "{}", facts[0]);
    assert!(facts[1]["why"].as_str().unwrap().contains("wait for it for 30 min"), "{}", facts[1]);
    assert_eq!(facts[2]["cell"], "300003-0");
    assert!(facts[2]["why"].as_str().unwrap().contains("NO_PSU"), "{}", facts[2]);
    assert_eq!(facts[2]["exit"], serde_json::Value::Null);
    assert_eq!((&facts[3]["exit"], &facts[3]["errors"]), (&3.into(), &1.into()));
    let cells = scratch.rows("run/summary.csv").len();
    assert_eq!(facts[3]["passed"], cells - 1);
}

#[test]
fn a_run_that_cannot_begin_needs_a_person() {
    let server = Server::start(server::good);
    let scratch = Scratch::new();
    let slots = "[[unit]]\nserial = 1\nslots = [\"empty\", \"empty\", \"empty\", \"empty\"]\n";
    let hook = format!("[notify]\nurl = \"{}\"\non = \"needs-person\"\n", server.url());
    scratch.write("none.toml", slots).write("hook.toml", &hook);
    let quick = project("recipes/quick.toml");
    scratch.run(&["--sim=none.toml", "--notify-simulated", "--notify", "hook.toml", &quick]).ends_with(4);
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    let why = seen[0].json()["why"].as_str().unwrap().to_owned();
    assert!(why.starts_with("no run began: error: no slot"), "{why}");
}

/// A disk that takes no more ends the run; that is told although it cannot be written.
#[cfg(unix)]
#[test]
fn a_full_disk_is_told() {
    let server = Server::start(server::good);
    let scratch = Scratch::new();
    let hook = format!("[notify]\nurl = \"{}\"\non = [\"failed\", \"finished\"]\n", server.url());
    scratch.write("hook.toml", &hook);
    // No file may be larger than half a megabyte or one, as shells count; the time series is.
    let limited = "ulimit -f 1000; exec \"$0\" \"$@\"";
    let capacity = project("recipes/capacity.toml");
    let done = std::process::Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_batlab-run"), "--sim", "--notify-simulated", "--quiet"])
        .args(["--notify", "hook.toml", "--out", "run", &capacity])
        .current_dir(scratch.path())
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(3), "{done:?}");
    let facts: Vec<_> = server.seen().iter().map(server::Seen::json).collect();
    let events: Vec<_> = facts.iter().map(|fact| fact["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["failed", "finished"], "{facts:?}");
    assert!(facts[0]["why"].as_str().unwrap().contains("run/cells/"), "{}", facts[0]);
    assert_eq!(facts[1]["exit"], 3);
}

/// Nobody is told of a simulated run who did not ask for it, and nobody of a run who was put aside.
#[test]
fn nobody_is_told_in_vain() {
    let server = Server::start(server::good);
    let scratch = Scratch::new();
    let own = std::fs::read_to_string(project("recipes/impedance.toml")).unwrap();
    let hook = format!("[notify]\nurl = \"{}/${{env:BATLAB_UNSET}}\"\non = \"finished\"\n", server.url());
    scratch.write("told.toml", &format!("{own}\n{hook}"));
    scratch.run(&["--sim", "--out", "a", "told.toml"]).ends_with(0);
    assert!(scratch.read("a/journal.jsonl").contains("without --notify-simulated"));
    scratch.run(&["--sim", "--notify-simulated", "--no-notify", "--out", "b", "told.toml"]).ends_with(0);
    assert!(!scratch.read("b/journal.jsonl").contains("notify"));
    scratch.run(&["test", "told.toml"]).ends_with(0);
    assert!(server.seen().is_empty(), "{:?}", server.seen());
}

/// On Linux the certificates of the system can be put aside for those of a test.
#[cfg(target_os = "linux")]
#[test]
fn a_receiver_is_known_by_its_certificate() {
    let server = Server::start_tls(server::good);
    let scratch = Scratch::new();
    scratch.write(
        "hook.toml",
        &format!("[notify]\nurl = \"https://localhost:{}\"\non = \"finished\"\nretries = 0\n", server.port),
    );
    let authority = project("tests/notify/tls/authority.pem");
    let test = |file: &str| {
        let mut command = scratch.command(&["notify", "test", "--notify", "hook.toml"]);
        command.env("SSL_CERT_FILE", file).env_remove("SSL_CERT_DIR").output().unwrap()
    };
    let done = test(&authority);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert_eq!(server.seen().len(), 1);
    // Known to nobody: a certificate that signed no other.
    let done = test(&project("tests/notify/tls/server.pem"));
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert!(String::from_utf8_lossy(&done.stdout).contains("NOT TAKEN: cannot connect"), "{done:?}");
    assert_eq!(server.seen().len(), 1);
    // None at all: nothing can be sent, and nothing is begun.
    scratch.write("empty.pem", "");
    let done = test("empty.pem");
    assert_eq!(done.status.code(), Some(2), "{done:?}");
    assert!(String::from_utf8_lossy(&done.stderr).contains("ca-certificates"), "{done:?}");
}

#[test]
fn a_cell_that_did_not_pass_is_told_of_once() {
    let server = Server::start(server::good);
    let scratch = Scratch::new();
    let url = server.url();
    scratch.write(
        "told.toml",
        &format!(
            r#"
[recipe]
name = "told"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[[step]]
rest = "1 min"
[hooks]
code = 'fn on_sample(ctx) {{ if ctx.cell.name == "100001-0" {{ throw "no good"; }} }}'
[accept]
own = "cell.time < 1 h"
beside_the_others = "rank(cell.voltage_start) <= 2"
[[notify]]
url = "{url}/failed"
on = ["failed", "finished"]
"#
        ),
    );
    scratch.run(&["--sim", "--notify-simulated", "--out", "run", "told.toml"]).ends_with(3);
    let seen: Vec<_> = server.seen().iter().map(|seen| seen.json()).collect();
    let failed: Vec<_> = seen.iter().filter(|fact| fact["event"] == "failed").collect();
    let told: Vec<&str> = failed.iter().map(|fact| fact["cell"].as_str().unwrap()).collect();
    assert_eq!(told, ["100001-0", "100001-2"], "{seen:?}");
    assert!(failed[0]["why"].as_str().unwrap().contains("no good"), "{seen:?}");
    assert_eq!(failed[1]["why"], "does not hold: beside_the_others (3 <= 2)");
    let last = seen.last().unwrap();
    let counts = ["passed", "failed", "errors", "incomplete", "under_test"].map(|name| last[name].as_u64());
    assert_eq!((&last["event"], counts), (&"finished".into(), [2, 1, 1, 0, 0].map(Some)), "{last}");
}
