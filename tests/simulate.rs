//! The command `simulate` as another program sees it: a port to open, a signal to end it, and books.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says so when it cannot go on")]

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The running command; it does not outlive its test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts it and waits until it says that its ports are there.
fn start(folder: &Path, arguments: &[&str]) -> (Serving, Vec<String>, BufReader<ChildStdout>) {
    let child = Command::new(env!("CARGO_BIN_EXE_batlab-run"))
        .arg("simulate")
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut child = Serving(child);
    let mut out = BufReader::new(child.0.stdout.take().expect("its output is piped"));
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        assert!(out.read_line(&mut line).expect("it can be read") > 0, "it ended early: {lines:?}");
        lines.push(line);
        if lines.last().is_some_and(|line| line.starts_with("simulating")) {
            return (child, lines, out);
        }
    }
}

/// The firmware version that the unit at this port tells.
fn firmware(port: &Path) -> u16 {
    let mut port = OpenOptions::new().read(true).write(true).open(port).expect("the port opens");
    port.write_all(&[0xAA, 4, 2, 0, 0]).expect("it takes a command");
    let mut answer = [0; 5];
    port.read_exact(&mut answer).expect("it answers");
    assert_eq!(answer[..3], [0xAA, 4, 2]);
    u16::from_le_bytes([answer[3], answer[4]])
}

fn end(Serving(child): &mut Serving, signal: &str) -> Option<i32> {
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(kill.expect("kill is there").success());
    child.wait().expect("it ends").code()
}

#[test]
fn it_serves_until_a_signal_and_then_shows_the_books() {
    for signal in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut child, lines, mut out) = start(folder.path(), &["--link", "u", "--books", "books.json"]);
        assert!(lines[0].starts_with("unit 100001: u -> /dev/"), "{lines:?}");
        assert_eq!(firmware(&folder.path().join("u")), 7);
        assert_eq!(end(&mut child, signal), Some(0));
        let mut rest = String::new();
        out.read_to_string(&mut rest).expect("its output is text");
        for slot in 0..4 {
            assert!(rest.contains(&format!("100001:{slot}  ")), "{rest}");
        }
        assert!(fs::symlink_metadata(folder.path().join("u")).is_err(), "the link is gone");
        let books = fs::read_to_string(folder.path().join("books.json")).expect("the books stay");
        let books: serde_json::Value = serde_json::from_str(&books).expect("they are JSON");
        assert_eq!(books["units"][0]["slots"][3]["books"]["state_of_charge"], 0.55);
    }
}

#[test]
fn several_units_are_served_by_one_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let bench = concat!(env!("CARGO_MANIFEST_DIR"), "/recipes/sim/mixed.toml");
    let (mut child, lines, _out) = start(folder.path(), &["--link", "u", "--bench", bench, "--speed", "5"]);
    assert_eq!(lines.len(), 4, "{lines:?}");
    for (number, version) in [(0, 7), (1, 3), (2, 5)] {
        assert_eq!(firmware(&folder.path().join(format!("u{number}"))), version);
    }
    assert_eq!(end(&mut child, "-TERM"), Some(0));
    assert_eq!(fs::read_dir(folder.path()).expect("the folder is there").count(), 0);
}

#[test]
fn a_wrong_bench_ends_with_code_2_and_shows_the_place() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("b.toml"), "[[unit]]\nserial = 1\nslot = []\n").expect("it can be written");
    let out = Command::new(env!("CARGO_BIN_EXE_batlab-run"))
        .args(["simulate", "--link", "u", "--bench", "b.toml"])
        .current_dir(folder.path())
        .output()
        .expect("the command runs");
    assert_eq!(out.status.code(), Some(2));
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(text.contains("b.toml:3:1") && text.contains("did you mean `slots`?"), "{text}");
    assert!(fs::symlink_metadata(folder.path().join("u")).is_err());
}
