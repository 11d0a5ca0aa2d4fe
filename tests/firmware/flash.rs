//! Flashing: wrong images, a break in the middle, units that must not be flashed.

use crate::program::Scratch;
use crate::served::{Running, serve};
use crate::terminal::Terminal;
use crate::{FAST, objects, version, write_image};
use batlab_run::simulator::image;
use std::time::Duration;

#[test]
fn a_wrong_image_never_reaches_the_unit() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let put = |name: &str, bytes: &[u8]| std::fs::write(scratch.file(name), bytes).unwrap();
    put("short.bin", &image(5)[..15_359]);
    put("long.bin", &[image(5), vec![0]].concat());
    put("zero.bin", &[0; 15_360]);
    put("empty.bin", &[]);
    let mut damaged = image(5);
    damaged[77] ^= 1;
    put("damaged.bin", &damaged);
    for (file, why) in [
        ("short.bin", "15359 bytes of 15360"),
        ("long.bin", "more than the 15360 bytes"),
        ("zero.bin", "every byte of it is 0x00"),
        ("empty.bin", "it has 0 bytes"),
        ("damaged.bin", "its checksum is"),
        ("none.bin", "cannot be read"),
    ] {
        let said = scratch.run(&["firmware", "flash", "u", file]).ends_with(2);
        said.complains(&[file, why, "nothing was sent to the unit"]);
    }
    assert_eq!(version(&scratch), "version 7 (raw 7)");
}

/// Begins a flash and kills it when a part of it is done.
fn killed_in_the_middle(scratch: &Scratch, file: &str) {
    let mut flash = Running::start(scratch, &["firmware", "flash", "u", file, "--json"]);
    flash.says("\"written\"", 40);
    // Meanwhile the unit belongs to it.
    scratch.run(&["firmware", "flash", "u", file]).ends_with(2).complains(&["port u", "cannot be opened"]);
    flash.signal("-KILL");
    flash.ends();
}

#[test]
fn a_flash_that_was_cut_off_is_completed_by_the_same_command() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, FAST);
    write_image(&scratch, "five.bin", 5);
    write_image(&scratch, "three.bin", 3);
    killed_in_the_middle(&scratch, "five.bin");
    // The unit is found by its port only, and whoever wants something else of it is told what to do.
    let said = scratch.run(&["read", "u", "unit", "FIRMWARE_VER"]).ends_with(3);
    said.complains(&["in its bootloader", "batlab-run firmware flash u FILE"]);
    scratch
        .run(&["firmware", "flash", "100001", "five.bin", "--port", "u"])
        .ends_with(4)
        .complains(&["unit 100001 does not answer", "firmware flash u FILE"]);
    // Another image cannot follow without an erase, and trying it spoils nothing.
    scratch.run(&["firmware", "flash", "u", "three.bin"]).ends_with(3).complains(&["unplug it", "byte 30"]);
    let said = scratch.run(&["firmware", "flash", "u", "five.bin", "--expect", "5", "--json"]).ends_with(0);
    let told = objects(&said);
    let (first, last) = (&told[0], told.last().unwrap());
    assert_eq!((&first["event"], &first["firmware"]), (&"begins".into(), &serde_json::Value::Null));
    assert_eq!((&last["event"], &last["firmware"]), (&"flashed".into(), &5.into()));
    let number = |key: &str| last[key].as_u64().unwrap();
    assert!(number("bytes_found") >= 40 * 64, "{last}");
    assert_eq!(number("bytes_found") + number("bytes_written"), 15_360);
    assert_eq!(number("in_flight"), 1, "the published bootloader has no buffer");
    assert_eq!(last["serial"], 100_001, "the EEPROM is what it was");
    assert_eq!(version(&scratch), "version 5 (raw 5)");
}

#[test]
fn a_person_who_is_there_is_waited_for() {
    let scratch = Scratch::new();
    let mut served = serve(&scratch, FAST);
    write_image(&scratch, "five.bin", 5);
    write_image(&scratch, "three.bin", 3);
    killed_in_the_middle(&scratch, "five.bin");
    let screen = Terminal::open();
    let mut command = scratch.command(&["firmware", "flash", "u", "three.bin", "--expect", "3"]);
    let mut flash = command.stderr(screen.end()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(4));
    served.signal("-TERM");
    served.ends();
    std::thread::sleep(Duration::from_secs(2));
    let _served = serve(&scratch, FAST);
    let ended = flash.wait().unwrap();
    drop(command);
    let shown = screen.shown();
    assert_eq!(ended.code(), Some(0), "{shown}");
    for text in ["byte 30 holds", "unplugged; now plug it in again", "flash [", " left"] {
        assert!(shown.contains(text), "{text} is not in: {shown}");
    }
    assert_eq!(version(&scratch), "version 3 (raw 3)");
}

#[test]
fn an_energised_unit_is_not_flashed() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    write_image(&scratch, "five.bin", 5);
    scratch.run(&["write", "u", "cell1", "MODE", "DISCHARGE", "--force"]).ends_with(0);
    scratch.run(&["firmware", "flash", "u", "five.bin"]).ends_with(2).complains(&["slot 1"]);
    assert_eq!(version(&scratch), "version 7 (raw 7)");
}
