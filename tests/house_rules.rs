//! The code and its pages are held to the project's own rules.
#![allow(clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const ARCHITECTURE: &str = "docs/architecture.md";
const LARGEST: usize = 24 * 1024;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below a directory that ends so, as a path from the project's root.
fn files(directory: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root().join(directory)];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).expect("it can be listed") {
            let path: PathBuf = entry.expect("it can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == ending) {
                let path = path.strip_prefix(root()).expect("it is in the project");
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

/// The code without its comments. A string that holds `//` loses its end, which hides nothing here.
fn code(path: &str) -> String {
    let lines = text(path);
    lines.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The rooms that a file names by `crate::room`.
fn rooms_named(code: &str, rooms: &BTreeSet<String>) -> BTreeSet<String> {
    let after = |start: usize| {
        let rest = &code[start + "crate::".len()..];
        assert!(!rest.starts_with('{'), "write a `use crate::room` for each room, so that they can be seen");
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest[..end].to_owned()
    };
    code.match_indices("crate::").map(|(start, _)| after(start)).filter(|name| rooms.contains(name)).collect()
}

/// The table of rooms in the page on architecture: which room, or which file of one, may use which.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let page = text(ARCHITECTURE);
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| `")?.split('|').collect();
        let [name, _, uses, ..] = cells.as_slice() else { return None };
        let name = name.trim().trim_matches('`').to_owned();
        let uses = uses.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some((name, uses))
    });
    rows.collect()
}

#[test]
fn only_the_clock_asks_what_time_it_is() {
    for path in files("src", "rs") {
        let code = code(&path);
        for call in ["Instant::now(", "SystemTime::now(", "Utc::now(", "Local::now("] {
            assert!(path.starts_with("src/clock/") || !code.contains(call), "{path} calls {call}...)");
        }
    }
}

#[test]
fn imports_point_the_way_that_the_page_shows() {
    let allowed = allowed();
    let modules = text("src/lib.rs");
    let rooms: BTreeSet<String> = modules
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect();
    for room in &rooms {
        assert!(allowed.contains_key(room), "{room} is not in the table of {ARCHITECTURE}");
    }
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    let mut wrong = Vec::new();
    for path in files("src", "rs") {
        let inner = path.strip_prefix("src/").expect("it is in src");
        let room = inner.split(['/', '.']).next().expect("a path has a part").to_owned();
        if !rooms.contains(&room) {
            continue;
        }
        for other in rooms_named(&code(&path), &rooms) {
            let of_file = allowed.get(inner).is_some_and(|uses| uses.contains(&other));
            let of_room = allowed.get(&room).is_some_and(|uses| uses.contains(&other));
            if other == room {
                continue;
            }
            if of_room || of_file {
                used.insert((if of_room { room.clone() } else { inner.to_owned() }, other));
            } else if !path.ends_with("/tests.rs") && !path.contains("/tests/") {
                wrong.push(format!("{path} uses {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the table of {ARCHITECTURE}: {wrong:#?}");
    for (name, uses) in &allowed {
        for other in uses {
            let is_used = used.contains(&(name.clone(), other.clone()));
            assert!(is_used, "{ARCHITECTURE} lets {name} use {other}, which it does not");
        }
    }
}

/// Rooms that must never meet, whatever the table says: each is a check on the other, or has to run
/// without it.
#[test]
fn what_must_not_know_each_other_does_not() {
    let allowed = allowed();
    for (room, never) in [
        ("simulator", &["wire", "driver", "program", "station", "transport", "pool"][..]),
        ("wire", &["driver", "transport", "clock", "simulator"]),
        ("driver", &["transport", "program", "plan", "recipe", "station"]),
        ("program", &["wire", "driver", "station", "transport", "pool", "record"]),
        ("hooks", &["plan", "program", "station", "driver", "wire", "transport", "record", "units"]),
        ("recipe", &["plan", "clock", "transport", "station", "wire"]),
        ("plan", &["clock", "transport", "driver", "station", "program"]),
        ("units", &["wire", "recipe"]),
        ("journal", &["station", "driver", "transport", "clock"]),
        ("record", &["station", "driver", "transport", "wire"]),
        ("station", &["record", "terminal", "scheduler", "pool", "recipe"]),
        ("scheduler", &["wire", "driver", "record", "terminal"]),
        ("report", &["station", "driver", "wire", "transport", "scheduler", "plan"]),
        ("exchange", &["station", "driver", "transport", "pool", "scheduler", "simulator", "terminal"]),
        ("terminal", &["station", "driver", "wire", "transport"]),
        ("verdict", &["wire", "driver", "transport"]),
        ("notify", &["station", "driver", "transport", "pool", "scheduler", "record", "terminal"]),
    ] {
        let uses = allowed.get(room).unwrap_or_else(|| panic!("{room} is not in the table"));
        for other in never {
            assert!(!uses.contains(*other), "{room} must never know {other}");
        }
    }
}

#[test]
fn one_room_knows_the_language_of_hooks() {
    for path in files("src", "rs") {
        let is_told = code(&path).contains("rhai::");
        assert!(path.starts_with("src/hooks/") || !is_told, "{path} knows rhai");
    }
}

#[test]
fn the_library_leaves_the_terminal_to_two_rooms() {
    for path in files("src", "rs") {
        if path.starts_with("src/cli/") || path.starts_with("src/terminal/") {
            continue;
        }
        let code = code(&path);
        for call in ["println!(", "print!(", "dbg!("] {
            assert!(!code.contains(call), "{path} writes to the terminal with {call}...)");
        }
    }
}

#[test]
fn nothing_is_left_unfinished_and_files_stay_small() {
    for path in files("src", "rs").into_iter().chain(files("benches", "rs")) {
        let text = text(&path);
        assert!(text.len() <= LARGEST, "{path} is larger than 24 kB: does it still hold one idea?");
        for mark in ["todo!(", "unimplemented!(", "FIXME", "#[ignore"] {
            assert!(!text.contains(mark), "{path} holds {mark}");
        }
    }
}

/// What a page names as a path of the project: `src/...`, `docs/...` and so on.
fn paths_named(page: &str) -> BTreeSet<String> {
    const TOPS: [&str; 8] = ["src/", "docs/", "recipes/", "tests/", "benches/", "schemas/", "fuzz/", ".ci/"];
    let ends = |c: char| c.is_whitespace() || "`()[]<>|,;\"'".contains(c);
    page.split(ends)
        .map(|word| word.trim_end_matches(['.', ':', '/']))
        .filter(|word| TOPS.iter().any(|top| word.starts_with(top)))
        .filter(|word| !word.contains(['*', '{', '$']))
        .map(str::to_owned)
        .collect()
}

#[test]
fn pages_name_only_what_is_there() {
    let mut seen = 0;
    for page in files("docs", "md").into_iter().chain(["README.md".to_owned()]) {
        for named in paths_named(&text(&page)) {
            assert!(root().join(&named).exists(), "{page} names {named}, which does not exist");
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} paths are named");
}

#[test]
fn links_in_pages_lead_somewhere() {
    for page in files("docs", "md").into_iter().chain(["README.md".to_owned()]) {
        let text = text(&page);
        let base = root().join(&page);
        let base = base.parent().expect("a page is in a directory");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("http") || target.starts_with('#') {
                continue;
            }
            let file = target.split('#').next().unwrap_or(target);
            assert!(base.join(file).exists(), "{page} links to {target}, which does not exist");
        }
    }
}

#[test]
fn the_check_of_the_project_runs_what_the_readme_says() {
    let (readme, check) = (text("README.md"), text(".ci/run"));
    let commands: Vec<&str> = readme
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("cargo run --release") || *line == "cargo test")
        .collect();
    assert_eq!(commands, ["cargo run --release -- --sim recipes/capacity.toml", "cargo test"]);
    assert!(check.lines().any(|line| line.trim() == "cargo test"), ".ci/run does not run the tests");
}
