//! Units that are lost and come back, perhaps under another name.

use crate::bridge::Bridge;
use crate::program::Scratch;
use crate::served::{LONG, Running};
use batlab_run::clock::{Clock, SystemClock};
use batlab_run::driver::{Config, Line, LineError};
use batlab_run::identity::SerialNumber;
use batlab_run::pool::{self, FoundUnit, Lookout, Missing, Ports};
use batlab_run::scheduler::StopSwitch;
use batlab_run::transport::PortAddress;
use batlab_run::wire::unit;
use std::sync::Arc;
use std::time::Duration;

/// Serves a unit of this serial number, with one cell, at a link.
fn serve(scratch: &Scratch, link: &str, serial: u32) -> Running {
    let bench = format!("{serial}.toml");
    let cell = "[cell.small]\nchemistry = \"li-ion\"\ncapacity = \"80 mAh\"\n";
    let unit = format!("[[unit]]\nserial = {serial}\nslots = [\"small\", \"empty\", \"empty\", \"empty\"]\n");
    scratch.write(&bench, &format!("{cell}{unit}"));
    let served = Running::start(scratch, &["simulate", "--link", link, "--bench", &bench]);
    served.says("simulating at", 1);
    served
}

/// Units of a run, and what waits for those that are lost.
struct Desk {
    scratch: Scratch,
    clock: Arc<dyn Clock>,
    switch: StopSwitch,
    ports: Vec<PortAddress>,
}

impl Desk {
    /// A desk with ports of these names; nothing need be there.
    fn new(ports: &[&str]) -> Self {
        let scratch = Scratch::new();
        let ports = ports.iter().map(|name| PortAddress::Serial(scratch.file(name))).collect();
        Self { scratch, clock: Arc::new(SystemClock::start()), switch: StopSwitch::default(), ports }
    }

    fn find(&self, port: usize) -> FoundUnit {
        let port = self.ports[port].open(Arc::clone(&self.clock)).unwrap();
        pool::identify(Line::new(port, Arc::clone(&self.clock), Config::default())).unwrap()
    }

    fn lookout(&self, units: &[&FoundUnit]) -> Lookout {
        let in_use: Vec<_> = units.iter().map(|unit| (unit.line.name().to_owned(), unit.serial)).collect();
        let clock = Arc::clone(&self.clock);
        let open = move |port: &PortAddress| {
            Ok(Line::new(port.open(Arc::clone(&clock))?, Arc::clone(&clock), Config::default()))
        };
        let ports = Ports::named(self.ports.clone());
        let flag = self.switch.flag();
        let lookout = Lookout::over_ports(ports, &in_use, Box::new(open), Arc::clone(&self.clock), flag);
        let lookout = lookout.unwrap();
        self.switch.add_waker(lookout.waker());
        lookout
    }
}

/// Pulls a unit out, whose line then tells that it is gone.
fn pull(mut served: Running, unit: &mut FoundUnit) {
    // Its link goes with it, as a device's name does.
    served.signal("-TERM");
    served.ends();
    while !matches!(unit.line.read(unit::FIRMWARE_VER), Err(LineError::Transport(_))) {}
}

#[test]
fn a_unit_comes_back_under_another_name_and_the_others_are_left_alone() {
    let desk = Desk::new(&["a", "b", "c"]);
    let one = serve(&desk.scratch, "a", 7);
    let _other = serve(&desk.scratch, "b", 8);
    let (mut lost, mut stays) = (desk.find(0), desk.find(1));
    let lookout = desk.lookout(&[&lost, &stays]);
    pull(one, &mut lost);
    let waiting = std::thread::spawn(move || lookout.wait_for(lost.line, lost.serial, LONG));
    // A unit that is none of the run, where the lost one was.
    let _foreign = serve(&desk.scratch, "a", 9);
    std::thread::sleep(Duration::from_secs(2));
    stays.line.read(unit::FIRMWARE_VER).unwrap();
    let _back = serve(&desk.scratch, "c", 7);
    let mut found = waiting.join().unwrap().unwrap();
    assert_eq!((found.serial, found.line.name()), (SerialNumber(7), &*desk.ports[2].to_string()));
    found.line.read(unit::FIRMWARE_VER).unwrap();
    stays.line.read(unit::FIRMWARE_VER).unwrap();
}

#[test]
fn two_units_that_changed_places_are_both_found() {
    let desk = Desk::new(&["a", "b"]);
    let (left, right) = (serve(&desk.scratch, "a", 7), serve(&desk.scratch, "b", 8));
    let (mut one, mut other) = (desk.find(0), desk.find(1));
    let lookout = desk.lookout(&[&one, &other]);
    pull(left, &mut one);
    pull(right, &mut other);
    let first = std::thread::spawn({
        let lookout = lookout.clone();
        move || lookout.wait_for(one.line, one.serial, LONG)
    });
    let _both = [serve(&desk.scratch, "a", 8), serve(&desk.scratch, "b", 7)];
    let first = first.join().unwrap().unwrap();
    // Whoever looked for the first has seen the second, before anybody was waiting for it.
    let second = lookout.wait_for(other.line, other.serial, LONG).unwrap();
    assert_eq!((first.serial, first.line.name()), (SerialNumber(7), &*desk.ports[1].to_string()));
    assert_eq!((second.serial, second.line.name()), (SerialNumber(8), &*desk.ports[0].to_string()));
}

#[test]
fn a_unit_behind_a_server_is_found_again() {
    let mut desk = Desk::new(&[]);
    let bridge = Bridge::start(&desk.scratch.file("a"));
    desk.ports.push(bridge.address().parse().unwrap());
    let served = serve(&desk.scratch, "a", 7);
    let mut lost = desk.find(0);
    let lookout = desk.lookout(&[&lost]);
    pull(served, &mut lost);
    let waiting = std::thread::spawn(move || lookout.wait_for(lost.line, lost.serial, LONG));
    std::thread::sleep(Duration::from_secs(2));
    let _back = serve(&desk.scratch, "a", 7);
    let mut found = waiting.join().unwrap().unwrap();
    assert_eq!((found.serial, found.line.name()), (SerialNumber(7), &*bridge.address()));
    found.line.read(unit::FIRMWARE_VER).unwrap();
    drop(found);
}

#[test]
fn another_unit_in_its_place_is_told_when_the_time_is_over() {
    let desk = Desk::new(&["a"]);
    let served = serve(&desk.scratch, "a", 7);
    let mut lost = desk.find(0);
    let lookout = desk.lookout(&[&lost]);
    pull(served, &mut lost);
    let _foreign = serve(&desk.scratch, "a", 9);
    let missing = lookout.wait_for(lost.line, lost.serial, Duration::from_secs(5)).err().unwrap();
    let told = missing.to_string();
    assert!(told.starts_with("unit 7 did not come back within 5 s: unit 9 is on "), "{told}");
}

#[test]
fn a_unit_that_fell_into_its_bootloader_is_told() {
    let desk = Desk::new(&["a"]);
    let _served = serve(&desk.scratch, "a", 7);
    let mut lost = desk.find(0);
    let lookout = desk.lookout(&[&lost]);
    let port = desk.ports[0].to_string();
    // The unit restarts without an answer.
    let _ = lost.line.call(batlab_run::driver::Request::Write(unit::BOOTLOAD.address(), 1));
    match lookout.wait_for(lost.line, lost.serial, LONG) {
        Err(Missing::Bootloader { serial, port: on }) => assert_eq!((serial, on), (SerialNumber(7), port)),
        other => panic!("{:?}", other.err()),
    }
}

#[test]
fn a_stop_ends_the_wait() {
    let desk = Desk::new(&["a"]);
    let served = serve(&desk.scratch, "a", 7);
    let mut lost = desk.find(0);
    let lookout = desk.lookout(&[&lost]);
    pull(served, &mut lost);
    let waiting = std::thread::spawn(move || lookout.wait_for(lost.line, lost.serial, 10 * LONG));
    desk.switch.want();
    assert!(matches!(waiting.join().unwrap().err(), Some(Missing::Stopped(SerialNumber(7)))));
}
