//! What the program opens towards the world.
#![cfg(target_os = "linux")]

use crate::long;
use crate::program::Scratch;
use crate::served::{Running, serve};
use std::collections::BTreeSet;
use std::fs;

/// The addresses at which a process listens, as Linux writes them: in hexadecimal, the port last.
fn listening(process: u32) -> Vec<String> {
    let handles = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let link = |entry: std::io::Result<fs::DirEntry>| fs::read_link(entry.ok()?.path()).ok();
    let sockets: BTreeSet<String> = handles
        .filter_map(link)
        .filter_map(|to| Some(to.to_str()?.strip_prefix("socket:[")?.trim_end_matches(']').to_owned()))
        .collect();
    let mut found = Vec::new();
    for family in ["tcp", "tcp6", "udp", "udp6"] {
        let table = fs::read_to_string(format!("/proc/{process}/net/{family}")).unwrap_or_default();
        for line in table.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            // State 0A listens; UDP has no such state, so every socket counts.
            if sockets.contains(fields[9]) && (fields[3] == "0A" || family.starts_with("udp")) {
                found.push(fields[1].to_owned());
            }
        }
    }
    found
}

fn begin(scratch: &Scratch, more: &[&str]) -> Running {
    scratch.write("long.toml", &long());
    let arguments = [&["--port", "u", "--json", "--out", "run", "long.toml"], more].concat();
    let run = Running::start(scratch, &arguments);
    run.says("step-started", 4);
    run
}

#[test]
fn nothing_listens_unless_it_is_asked_to_and_then_on_this_machine_alone() {
    let scratch = Scratch::new();
    let served = serve(&scratch, &[]);
    assert_eq!(listening(served.id()), Vec::<String>::new(), "the simulated unit");
    let mut run = begin(&scratch, &[]);
    assert_eq!(listening(run.id()), Vec::<String>::new());
    run.signal("-INT");
    run.ends();
    fs::remove_dir_all(scratch.file("run")).unwrap();
    let mut run = begin(&scratch, &["--serve", "127.0.0.1:0"]);
    let found = listening(run.id());
    assert!(matches!(found.as_slice(), [address] if address.starts_with("0100007F:")), "{found:?}");
    run.signal("-INT");
    assert_eq!(run.ends().code(), Some(5), "{}", run.rest());
}
