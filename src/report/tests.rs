//! Texts of strangers in a page, and the live page from outside.

use super::{Port, Report, ReportError};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

const HEADER: &str = "test_time_second,voltage_volt,current_ampere,surface_temperature_celsius\n";

/// A run directory with one cell, and these words wherever a recipe, a unit or a device may have put some.
fn directory(path: &Path, words: &str) -> std::io::Result<()> {
    let step =
        json!({ "id": 1, "kind": "charge", "name": words, "current": words, "until": [words], "steps": [] });
    let mut manifest = json!({
        "tool": { "name": words, "version": words }, "host": { "os": words, "arch": words }, "simulated": true,
        "recipe": { "name": words, "sha256": words },
        "plan": { "name": words, "description": words, "steps": [step] },
        "started": "2026-01-31T21:55:00Z", "ended": "2026-01-31T22:55:00Z", "outcome": "passed", "exit_code": 0,
        "units": [{ "serial": 7, "firmware": 7, "port": words, "calibration": {} }],
        "cells": [{ "name": "A17", "unit": 7, "slot": 0, "voltage_found_volt": 3.6 }],
        "measurement": {}, "metrics": { "capacity_ah": { "unit": words, "resolution": words, "method": words } },
    });
    for quantity in ["voltage", "current", "charge", "energy", "temperature", "impedance", "dc_resistance"] {
        manifest["measurement"][quantity] = words.into();
    }
    manifest["plan"][words] = words.into();
    fs::create_dir_all(path.join("cells"))?;
    fs::write(path.join("run.json"), manifest.to_string())?;
    let criterion = json!({ "criterion": words, "outcome": words, "shown": words });
    let mut cell = json!({
        "cell": "A17", "verdict": words, "why": words, "grade": { "grade": words }, "capacity_ah": 2.5, "criteria": [criterion],
    });
    cell[words] = 1.5.into();
    fs::write(path.join("summary.json"), json!({ "cells": [cell] }).to_string())?;
    fs::write(path.join("cells/A17.bdf.csv"), format!("{HEADER}0.5,3.6,0.0,25.0\n1.5,3.7,1.0,25.1\n"))
}

fn page(words: &str) -> Result<String, Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    directory(scratch.path(), words)?;
    Ok(Report::open(&[scratch.path()])?.html(false)?)
}

/// Every tag of a page but what stands in scripts, styles and texts, without its attributes' values.
fn tags(page: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let mut quoted = false;
        let end = rest.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let end = end.expect("a tag ends");
        let inside = &rest[1..end];
        let name: String =
            inside.chars().take_while(|c| c.is_ascii_alphanumeric() || "/!".contains(*c)).collect();
        let attributes: Vec<&str> =
            inside.split('"').step_by(2).map(|it| it.split_whitespace().last().unwrap_or("")).collect();
        tags.push(format!("{name} {}", attributes.join(" ")));
        rest = &rest[end + 1..];
        if name == "script" || name == "style" {
            let close = format!("</{name}>");
            rest = &rest[rest.find(&close).expect("it is closed")..];
        }
    }
    tags
}

fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"data\">").expect("the page holds its numbers");
    let (text, _) = rest.split_once("</script>").expect("which end");
    serde_json::from_str(text).expect("and are JSON")
}

#[test]
fn cells_of_a_queue_are_seen_when_they_come() -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    directory(scratch.path(), "word")?;
    let mut report = Report::of_nothing_yet(&[scratch.path()])?;
    report.catch_up();
    let shown = |report: &Report| report.views().iter().map(|view| view.cell.to_string()).collect::<Vec<_>>();
    assert_eq!(shown(&report), ["A17"]);
    let mut manifest: Value = serde_json::from_slice(&fs::read(scratch.path().join("run.json"))?)?;
    let second = json!({ "name": "A18", "unit": 7, "slot": 0, "voltage_found_volt": 3.5 });
    manifest["cells"].as_array_mut().ok_or("no cells")?.push(second);
    fs::write(scratch.path().join("run.json"), manifest.to_string())?;
    fs::write(scratch.path().join("cells/A18.bdf.csv"), format!("{HEADER}0.5,3.25,0.0,25.0\n"))?;
    report.catch_up();
    assert_eq!(shown(&report), ["A18"], "the other one lay in its slot before");
    let cells = data(&report.html(true)?)["cells"].clone();
    assert_eq!((&cells[0]["name"], &cells[1]["name"]), (&json!("A17"), &json!("A18")));
    assert_eq!((&cells[0]["v"], &cells[1]["v"]), (&json!([3.6, 3.7]), &json!([3.25])));
    Ok(())
}

/// What breaks out of a text, an attribute, a script, a comment, and anything at all.
fn nasty() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("</script><script>alert(1)</script>".to_owned()),
        Just("<!--<script>".to_owned()),
        Just("\" onload=\"alert(1)".to_owned()),
        Just("' onload='alert(1)".to_owned()),
        Just("<img src=x onerror=alert(1)>".to_owned()),
        Just("]]>&lt;b&gt;\u{2028}\u{2029}\u{0}\u{202e}".to_owned()),
        Just("</style></title></textarea><svg/onload=alert(1)>".to_owned()),
        Just("{{ 7 * 7 }}{% raw %}${7}`\\".to_owned()),
        any::<String>(),
    ];
    prop::collection::vec(part, 1..4).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_text_of_a_run_becomes_a_part_of_the_page(words in nasty()) {
        // A word with a space is shown as long as one without.
        prop_assume!(!words.trim().is_empty() && words.len() < 400);
        let plain = page("word").map_err(|error| TestCaseError::fail(error.to_string()))?;
        let hostile = page(&words).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(tags(&hostile), tags(&plain));
        let data = data(&hostile);
        prop_assert_eq!(&data["cells"][0]["verdict"], &Value::from(words.as_str()));
        prop_assert_eq!(&data["runs"][0], &Value::from(words.as_str()));
    }

    #[test]
    fn no_bytes_in_any_file_end_the_program(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        which in 0_usize..4,
    ) {
        let scratch = tempfile::tempdir()?;
        directory(scratch.path(), "word")?;
        let file = ["run.json", "summary.json", "journal.jsonl", "cells/A17.bdf.csv"][which];
        fs::write(scratch.path().join(file), bytes)?;
        // Made of it or not, but never a panic.
        let _ = crate::record::remake(&crate::record::RunDirectory::reopen(scratch.path())?);
        match Report::open(&[scratch.path()]) {
            Ok(report) => prop_assert!(report.html(false).is_ok()),
            Err(error) => prop_assert!(matches!(error, ReportError::Manifest { .. }), "{}", error),
        }
    }
}

#[test]
fn a_cell_whose_name_leads_out_of_the_directory_is_refused() -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    directory(scratch.path(), "word")?;
    let path = scratch.path().join("run.json");
    fs::write(&path, fs::read_to_string(&path)?.replace("A17", "../../A17"))?;
    let refused = Report::open(&[scratch.path()]).err().map(|error| error.to_string());
    assert!(refused.as_ref().is_some_and(|text| text.contains("cell name")), "{refused:?}");
    Ok(())
}

fn ask(address: SocketAddr, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n"))
}

#[test]
fn a_browser_is_given_the_page_and_whoever_wants_more_nothing() -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    directory(scratch.path(), "word")?;
    let port = Port::take("127.0.0.1:0".parse()?)?;
    let address = port.address();
    let server = port.serve(scratch.path().to_owned())?;
    let answer = get(address, "/")?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no head")?;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("Content-Type: text/html; charset=utf-8"), "{head}");
    // The run is over, so what is given is the report that lies in its directory.
    assert_eq!(body, Report::open(&[scratch.path()])?.html(false)?);
    assert!(get(address, "/version")?.ends_with("\r\n\r\n2.0.2"));
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421"),
        ("GET /run.json HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"),
        ("DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"),
        ("\u{1}\u{2}\r\n\r\n", "400"),
    ] {
        let answer = ask(address, request)?;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {answer}");
    }
    // Connections that say nothing take the places there are, and one more is closed at once.
    let idle = (0..8).map(|_| TcpStream::connect(address)).collect::<Result<Vec<_>, _>>()?;
    let mut turned_away = TcpStream::connect(address)?;
    let mut nothing = String::new();
    let _ = turned_away.read_to_string(&mut nothing);
    assert_eq!(nothing, "");
    drop(idle);
    drop(server);
    Ok(())
}
