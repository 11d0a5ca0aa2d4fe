//! Whatever the receiver does, the run is the same.

use crate::program::{Scratch, project};
use crate::server::{self, Server};
use std::collections::BTreeMap;

/// The files of a run, the journal without its notices of messages that were not delivered.
fn files(scratch: &Scratch, run: &str) -> (BTreeMap<String, String>, Vec<String>) {
    let mut files = scratch.cells(run);
    for name in ["recipe.toml", "run.json", "summary.csv", "summary.json"] {
        files.insert(name.to_owned(), scratch.read(&format!("{run}/{name}")));
    }
    let journal = scratch.read(&format!("{run}/journal.jsonl"));
    let (notices, others): (Vec<&str>, Vec<&str>) =
        journal.lines().partition(|line| line.contains("\"notify "));
    files.insert("journal.jsonl".to_owned(), others.join("\n"));
    let what = |line: &str| {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(entry["event"], "notice");
        entry["what"].as_str().unwrap().to_owned()
    };
    (files, notices.into_iter().map(what).collect())
}

fn run(scratch: &Scratch, out: &str, hook: &str) {
    let recipe = project("recipes/impedance.toml");
    let name = format!("{out}.hook.toml");
    scratch.write(&name, hook);
    let arguments =
        ["--sim", "--seed", "9", "--notify-simulated", "--notify", &name, "--quiet", "--out", out, &recipe];
    scratch.run(&arguments).ends_with(0);
}

#[test]
fn a_rude_receiver_changes_nothing() {
    let scratch = Scratch::new();
    let recipe = project("recipes/impedance.toml");
    scratch.run(&["--sim", "--seed", "9", "--quiet", "--out", "alone", &recipe]).ends_with(0);
    let (alone, none) = files(&scratch, "alone");
    assert!(none.is_empty());

    let rude: [(&str, server::Answer, &str); 10] = [
        ("good", server::good, ""),
        ("endless-body", server::endless_body, ""),
        ("error", server::error, "in 1 try: answered 500"),
        ("not-found", server::not_found, "and will not be: answered 404"),
        ("redirects", server::redirects, "and will not be: answered 307, a redirection"),
        ("garbage", server::garbage, "in 1 try: no answer: "),
        ("closes", server::closes, "in 1 try: no answer: "),
        ("middle", server::closes_in_the_middle, "in 1 try: no answer: "),
        ("endless-head", server::endless_head, "in 1 try: no answer: "),
        ("silent", server::silent, "in 1 try: no answer within 0.3 s"),
    ];
    for (name, answer, notice) in rude {
        let server = Server::start(answer);
        let url = server.url();
        // Who never answers is not waited for long; who answers has time on a machine that is loaded.
        let timeout = if name == "silent" { "0.3 s" } else { "20 s" };
        run(
            &scratch,
            name,
            &format!(
                "[notify]\nname = \"hook\"\nurl = \"{url}/x/y\"\non = \"finished\"\nretries = 0\ntimeout = \"{timeout}\"\n"
            ),
        );
        let (these, notices) = files(&scratch, name);
        for (file, text) in &alone {
            assert!(these[file] == *text, "{name}: {file} is another");
        }
        assert_eq!(server.seen().len(), 1, "{name}");
        if notice.is_empty() {
            assert!(notices.is_empty(), "{name}: {notices:?}");
        } else {
            let wanted = format!("notify hook ({url}): `finished` was not delivered {notice}");
            let [told] = notices.as_slice() else { panic!("{name}: {notices:?}") };
            assert!(told.starts_with(&wanted), "{name}: {told}");
            assert!(!told.contains("/x/y"), "{told}");
        }
    }

    // Nobody there at all.
    let port = server::nobody();
    run(
        &scratch,
        "down",
        &format!("[notify]\nurl = \"http://127.0.0.1:{port}/x/y\"\non = \"finished\"\nretries = 0\n"),
    );
    let (these, notices) = files(&scratch, "down");
    assert!(these == alone);
    let wanted =
        format!("notify http://127.0.0.1:{port}: `finished` was not delivered in 1 try: cannot connect: ");
    assert!(notices.len() == 1 && notices[0].starts_with(&wanted), "{notices:?}");
}

/// A receiver that holds the line for a minute holds the end of the run for ten seconds.
#[test]
fn a_run_does_not_wait_for_ever() {
    let scratch = Scratch::new();
    let server = Server::start(server::silent);
    let url = server.url();
    let hook = format!("[notify]\nurl = \"{url}\"\non = \"finished\"\nretries = 10\ntimeout = \"60 s\"\n");
    run(&scratch, "held", &hook);
    let (_, notices) = files(&scratch, "held");
    assert_eq!(notices, [format!("notify {url}: 1 message was not delivered within 10 s of the end")]);
    assert_eq!(server.seen().len(), 1);
    let told = scratch.json("held/run.json");
    assert_eq!(told["outcome"], "passed");
}

#[test]
fn what_fails_is_tried_again() {
    let scratch = Scratch::new();
    let server = Server::start(server::good_at_last);
    run(&scratch, "again", &format!("[notify]\nurl = \"{}\"\non = \"finished\"\n", server.url()));
    let (_, notices) = files(&scratch, "again");
    assert!(notices.is_empty(), "{notices:?}");
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|it| it.body == seen[0].body));

    let server = Server::start(server::error);
    let hook = format!("[notify]\nurl = \"{}\"\non = \"finished\"\nretries = 1\n", server.url());
    run(&scratch, "never", &hook);
    let (_, notices) = files(&scratch, "never");
    assert!(notices.len() == 1 && notices[0].ends_with("in 2 tries: answered 500"), "{notices:?}");
    assert_eq!(server.seen().len(), 2);
}
