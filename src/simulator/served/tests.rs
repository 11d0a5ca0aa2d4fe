use super::*;
use crate::clock::{Clock, SystemClock};
use crate::simulator::bench::{Bench, SlotSpec, UnitSpec};
use crate::simulator::cell::CellSpec;
use crate::units::Ohms;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

/// A service on a thread of its own, ended by closing its pipe.
struct Running {
    thread: JoinHandle<Result<Service, ServeError>>,
    stop: std::io::PipeWriter,
}

impl Running {
    fn start(bench: &Bench, options: &Options) -> Self {
        let mut service = Service::open(bench, options).unwrap();
        let (stopped, stop) = std::io::pipe().unwrap();
        let thread = std::thread::spawn(move || service.run(&stopped).map(|()| service));
        Self { thread, stop }
    }

    fn end(self) -> Service {
        drop(self.stop);
        self.thread.join().unwrap().unwrap()
    }
}

fn open_port(path: &Path) -> File {
    let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap();
    OpenOptions::new().read(true).write(true).custom_flags(nonblocking).open(path).unwrap()
}

/// Sends a command and waits for the five bytes of its response, past any stream packet.
fn ask(port: &mut File, command: [u8; 5]) -> [u8; 5] {
    let clock = SystemClock::start();
    let mut heard = Vec::new();
    port.write_all(&command).unwrap();
    while clock.now().as_micros() < 3_000_000 {
        let mut buffer = [0; 64];
        match port.read(&mut buffer) {
            Ok(count) => heard.extend_from_slice(&buffer[..count]),
            Err(none) if none.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) => panic!("{error}"),
        }
        let mut rest = &heard[..];
        loop {
            match rest {
                [0xAF, ..] if rest.len() >= 13 => rest = &rest[13..],
                [0xAA, n, a, low, high, ..] if [*n, *a] == command[1..3] => {
                    return [0xAA, *n, *a, *low, *high];
                }
                [0xAA, ..] if rest.len() >= 5 => rest = &rest[5..],
                _ => break,
            }
        }
    }
    panic!("no answer to {command:02X?}, only {heard:02X?}");
}

fn read(port: &mut File, namespace: u8, address: u8) -> u16 {
    let answer = ask(port, [0xAA, namespace, address, 0, 0]);
    u16::from_le_bytes([answer[3], answer[4]])
}

fn write(port: &mut File, namespace: u8, address: u8, value: u16) {
    let [low, high] = value.to_le_bytes();
    let answer = ask(port, [0xAA, namespace, address | 0x80, low, high]);
    assert_eq!(answer[3..], [0, 0], "write of {value} to {namespace}:{address:02X} refused");
}

#[test]
fn a_unit_answers_on_its_port_and_survives_its_clients() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("u");
    let options = Options { link: link.clone(), speed: 1.0, books: None, mishaps: Vec::new() };
    let running = Running::start(&Bench::small_cells(1), &options);
    for _ in 0..3 {
        let mut port = open_port(&link);
        assert_eq!(read(&mut port, 4, 0), (100_001u32 & 0xFFFF) as u16);
        assert_eq!(read(&mut port, 4, 1), (100_001u32 >> 16) as u16);
        assert_eq!(read(&mut port, 4, 2), 7);
        // Every byte passes as it is: no echo, no line ends, no special characters.
        for value in [0x0A0D, 0x0304, 0x1113, 0x7F1A] {
            write(&mut port, 0, 0x0A, value);
            assert_eq!(read(&mut port, 0, 0x0A), value);
        }
        // A client that leaves its stream on and goes must not leave a full line to the next one.
        write(&mut port, 0, 0x04, 1);
    }
    assert!(running.end().summary().contains("100001:3"));
    assert!(std::fs::symlink_metadata(&link).is_err(), "the link goes with the service");
}

#[test]
fn without_a_watch_the_line_itself_tells_whether_it_is_open() {
    use presence::hangup::Presence;
    use pty::{Heard, Pty};
    let (pty, other) = Pty::open().unwrap();
    let mut presence = Presence::new(pty.device(), other).unwrap();
    let mut buffer = [0; 8];
    assert!(
        presence.source().is_none() && Presence::LOOK_AGAIN.is_some(),
        "nothing else tells of an opening"
    );
    for _ in 0..2 {
        assert!(!presence.look(pty.read(&mut buffer).unwrap()).unwrap());
        let mut port = open_port(pty.device());
        assert_eq!(pty.read(&mut buffer).unwrap(), Heard::Nothing);
        assert!(presence.look(Heard::Nothing).unwrap() && presence.can_wait());
        port.write_all(b"\r\n\x03").unwrap();
        assert_eq!(pty.read(&mut buffer).unwrap(), Heard::Bytes(3));
        assert_eq!(buffer[..3], *b"\r\n\x03");
        assert_eq!(pty.write(b"abc").unwrap(), 3);
        drop(port);
    }
    assert_eq!(pty.write(b"into the air").unwrap(), 12);
}

#[test]
fn what_one_client_left_unread_the_next_does_not_see() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("u");
    let options = Options { link: link.clone(), speed: 50.0, books: None, mishaps: Vec::new() };
    let running = Running::start(&Bench::small_cells(1), &options);
    let mut port = open_port(&link);
    write(&mut port, 0, 0x04, 1);
    // 250 stream packets of 13 bytes while it does not read.
    std::thread::sleep(Duration::from_secs(1));
    drop(port);
    std::thread::sleep(Duration::from_millis(100));
    let mut port = open_port(&link);
    let mut first = Vec::new();
    std::thread::sleep(Duration::from_millis(20));
    let _ = port.read_to_end(&mut first);
    assert!(first.len() < 300, "{} old bytes", first.len());
    running.end();
}

#[test]
fn several_units_have_links_and_cells_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("u");
    let mut bench = Bench::small_cells(1);
    let mut second: UnitSpec = bench.units[0].clone();
    second.serial.0 += 1;
    second.firmware = 5;
    bench.units.push(second);
    let running =
        Running::start(&bench, &Options { link: link.clone(), speed: 1.0, books: None, mishaps: Vec::new() });
    for (number, firmware) in [("0", 7), ("1", 5)] {
        let mut port = open_port(&folder.path().join(format!("u{number}")));
        assert_eq!(read(&mut port, 4, 2), firmware);
    }
    running.end();
}

#[test]
fn the_books_tell_what_passed_in_each_phase() {
    let folder = tempfile::tempdir().unwrap();
    let (link, books) = (folder.path().join("u"), folder.path().join("books.json"));
    let mut bench = Bench::small_cells(1);
    let kind = CellSpec { resistance: Ohms(0.02), ..kind(&bench) };
    bench.units[0].slots = [SlotSpec::Cell(kind.clone()), SlotSpec::Empty, SlotSpec::Empty, SlotSpec::Empty];
    bench.units[0].driver_error = 0.0;
    let options =
        Options { link: link.clone(), speed: 20.0, books: Some(books.clone()), mishaps: Vec::new() };
    let running = Running::start(&bench, &options);
    let mut port = open_port(&link);
    assert_eq!(read(&mut port, 0, 0), 2, "idle");
    write(&mut port, 0, 0x03, 0);
    write(&mut port, 0, 0x00, 4);
    write(&mut port, 0, 0x03, 64);
    let clock = SystemClock::start();
    std::thread::sleep(Duration::from_millis(500));
    write(&mut port, 0, 0x03, 0);
    let most = clock.now().as_micros() as f64 / 1e6 * 20.0;
    write(&mut port, 0, 0x00, 2);
    drop(port);
    let table = running.end().summary();
    assert!(table.contains("IDLE"), "{table}");

    let page: serde_json::Value = serde_json::from_slice(&std::fs::read(&books).unwrap()).unwrap();
    assert_eq!(page["simulated"], true);
    assert_eq!(page["units"][0]["serial"], 100_001);
    let slots = page["units"][0]["slots"].as_array().unwrap();
    assert!(slots[1]["books"].is_null());
    assert_eq!(slots[0]["mode"], "IDLE");
    let phase = slots[0]["phases"].as_array().unwrap().iter().find(|p| p["mode"] == "DISCHARGE").unwrap();
    let charge = phase["books"]["discharged_coulomb"].as_f64().unwrap();
    assert!(charge > 0.5 * 9.0 && charge <= 0.5 * most * 1.02, "{charge} C in at most {most} s at 0.5 A");
    assert_eq!(phase["books"]["charged_coulomb"], 0.0);
    let energy = phase["books"]["energy_out_joule"].as_f64().unwrap();
    assert!((3.4..4.2).contains(&(energy / charge)), "{energy} J for {charge} C");
    let capacity = slots[0]["books"]["capacity_coulomb"].as_f64().unwrap();
    assert!((capacity / 288.0 - 1.0).abs() <= 0.03);
}

fn kind(bench: &Bench) -> CellSpec {
    match &bench.units[0].slots[0] {
        SlotSpec::Cell(spec) => spec.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_bench_is_not_served_where_something_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("u1");
    std::fs::write(&link, "mine").unwrap();
    let mut bench = Bench::small_cells(1);
    bench.units.push(UnitSpec { firmware: 5, ..bench.units[0].clone() });
    let options = Options { link: folder.path().join("u"), speed: 1.0, books: None, mishaps: Vec::new() };
    assert!(
        matches!(Service::open(&bench, &options), Err(ServeError::Link(LinkError::Taken(path))) if path == link)
    );
    // The link that had been made already is gone again.
    assert!(std::fs::symlink_metadata(folder.path().join("u0")).is_err());
    let unwritable =
        Options { link: folder.path().join("v"), books: Some(folder.path().join("no/books")), ..options };
    assert!(matches!(Service::open(&Bench::small_cells(1), &unwritable), Err(ServeError::Books { .. })));
}
