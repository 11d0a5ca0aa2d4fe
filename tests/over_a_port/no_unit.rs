//! Ports on which there is no unit.

use crate::program::{Scratch, project};
use crate::served::{Outside, serve};
use crate::terminal::Terminal;
use crate::{SHORT, long};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[test]
fn a_port_that_is_none_is_refused() {
    let scratch = Scratch::new();
    let recipe = project("recipes/quick.toml");
    scratch.run(&["--port", "nowhere", &recipe]).ends_with(2).complains(&["nowhere", "no such port"]);
    scratch.write("file", "no terminal");
    scratch.run(&["--port", "file", &recipe]).ends_with(2).complains(&["file", "serial port"]);
    assert_eq!(scratch.read("file"), "no terminal");
    assert!(!scratch.file("runs").exists());
}

#[test]
fn a_port_that_says_nothing_is_no_unit() {
    let scratch = Scratch::new();
    let terminal = Terminal::open();
    let recipe = project("recipes/quick.toml");
    let said = scratch.run(&["--port", &terminal.device(), &recipe]).ends_with(4);
    said.complains(&[&terminal.device(), "no Batlab answers", "--sim"]);
    assert!(!scratch.file("runs").exists());
}

#[test]
fn a_port_that_says_garbage_is_no_unit() {
    let scratch = Scratch::new();
    let terminal = Arc::new(Terminal::open());
    let recipe = project("recipes/quick.toml");
    let talking = Arc::new(AtomicBool::new(true));
    let device = terminal.device();
    let talker = std::thread::spawn({
        let (terminal, talking) = (Arc::clone(&terminal), Arc::clone(&talking));
        move || {
            let mut state = 1_u32;
            while talking.load(Ordering::Relaxed) {
                // Starts of frames among other bytes, so that the decoder has something to chew on.
                let mut bytes = [0; 64];
                for byte in &mut bytes {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let [.., high] = state.to_le_bytes();
                    *byte = if high < 40 { 0xAA } else { high };
                }
                terminal.say(&bytes);
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    });
    let said = scratch.run(&["--port", &device, &recipe]);
    talking.store(false, Ordering::Relaxed);
    talker.join().unwrap();
    said.ends_with(4).complains(&[&device, "no Batlab answers", "--sim"]);
    assert!(!scratch.file("runs").exists());
}

#[test]
fn a_port_that_is_in_use_or_named_twice_is_refused() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    scratch.write("short.toml", SHORT);
    scratch.run(&["--port", "u", "--port", "u", "short.toml"]).ends_with(2).complains(&[
        "port u",
        "it is in use",
        "this run itself has it already",
        "hint: ",
    ]);
    let before = Outside::look(&scratch, "u");
    assert!(before.is_quiet(), "{before:?}");
}

#[test]
fn wrong_input_energises_nothing() {
    let scratch = Scratch::new();
    let mut served = serve(&scratch, &[]);
    scratch.write("wrong.toml", &long().replace("at_most", "at_least")).write("short.toml", SHORT);
    scratch.write("full", "a file");
    let cases: [&[&str]; 4] = [
        &["wrong.toml"],
        &["--cell", "A@7:0", "short.toml"],
        &["--port", "nowhere", "short.toml"],
        &["--out", "full", "short.toml"],
    ];
    for arguments in cases {
        scratch.run(&[&["--port", "u"], arguments].concat()).ends_with(2);
    }
    assert!(!scratch.file("runs").exists());
    served.signal("-TERM");
    assert_eq!(served.ends().code(), Some(0));
    let books = scratch.json("books.json");
    for slot in books["units"][0]["slots"].as_array().unwrap() {
        assert_eq!(slot["phases"].as_array().map(Vec::len), Some(0), "its mode changed: {slot}");
        assert_eq!(slot["books"]["charged_coulomb"], 0.0);
    }
}
