//! The page for those who come from the vendor's tools: it names all that those have, and each command of ours
//! in it does what it says on a unit that is served over a port.

use crate::program::{Scratch, project};
use crate::served::serve;

const PAGE: &str = include_str!("../../docs/coming-from-the-vendor.md");

/// The commands of the vendor's script.
const SCRIPT: [&str; 32] = [
    "list",
    "active",
    "quit",
    "help",
    "constants",
    "threads",
    "info",
    "measure",
    "global measure",
    "setpoints",
    "read",
    "write",
    "lowcurrent",
    "charge",
    "charge all",
    "discharge",
    "discharge all",
    "sinewave",
    "impedance",
    "stop",
    "reset",
    "cycletest",
    "cycletest all",
    "global cycletest",
    "dischargetest",
    "load settings",
    "view settings",
    "ignore safety",
    "firmware check",
    "firmware load",
    "firmware update",
    "recover",
];

/// What the vendor's library offers, without what only its own threads call.
const LIBRARY: [&str; 70] = [
    "Batpool()",
    "Batpool.batpool",
    "Batpool.get_ports",
    "Batpool.batpool_mgr",
    "Batpool.msgqueue",
    "Batpool.batactive",
    "Batpool.active_exists",
    "Batpool.quit",
    "Batlab()",
    "Batlab.connect",
    "Batlab.set_port",
    "Batlab.disconnect",
    "Batlab.sn",
    "Batlab.ver",
    "Batlab.read",
    "Batlab.write",
    "Batlab.write_verify",
    "Batlab.get_stream",
    "Batlab.set_current",
    "Batlab.setpoints",
    "Batlab.R",
    "Batlab.B",
    "Batlab.impedance",
    "Batlab.charge",
    "Batlab.firmware_check",
    "Batlab.firmware_bootload",
    "Batlab.firmware_update",
    "Batlab.calibration_recover",
    "Batlab.channel",
    "Channel()",
    "Channel.start_test",
    "Channel.end_test",
    "Channel.is_testing",
    "Channel.runtime",
    "Channel.runtime_cycle",
    "Channel.cycle_number",
    "Channel.log_lvl2",
    "Channel.state_machine_cycletest",
    "Channel.thd_channel",
    "Packet.value",
    "Packet.display",
    "Packet.print_packet",
    "Packet.set_temps",
    "Packet.asvoltage",
    "Packet.asvcc",
    "Packet.asfreq",
    "Packet.asioff",
    "Packet.assetpoint",
    "Packet.asmagdiv",
    "Packet.asmode",
    "Packet.aserr",
    "Packet.astemperature",
    "Packet.astemperature_c",
    "Packet.ascurrent",
    "Encoder.asvoltage",
    "Encoder.asvcc",
    "Encoder.asfreq",
    "Encoder.asioff",
    "Encoder.assetpoint",
    "Encoder.asmagdiv",
    "Encoder.ascurrent",
    "Encoder.aschargel",
    "Encoder.aschargeh",
    "Encoder.astemperature",
    "Encoder.c_astemperature",
    "func.ascharge",
    "Settings.load",
    "Settings.check",
    "Settings.view",
    "Logger.log",
];

/// The rows of the tables, each as what the vendor has and what stands beside it.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    let cells = |line: &'static str| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once(" | ");
    PAGE.lines().filter_map(cells)
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The words of a command, those in quotes as one.
fn words(command: &str) -> Vec<String> {
    let parts = command.split('"').enumerate();
    parts
        .flat_map(|(index, part)| {
            let whole = index % 2 == 1;
            if whole { vec![part.to_owned()] } else { part.split_whitespace().map(str::to_owned).collect() }
        })
        .collect()
}

#[test]
fn the_page_names_all_that_the_vendor_has() {
    let named: Vec<String> = rows()
        .flat_map(|(vendor, _)| vendor.replace('`', "").split(", ").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    for wanted in SCRIPT.iter().chain(&LIBRARY) {
        assert!(named.iter().any(|name| name == wanted), "{wanted} is not in the page");
    }
}

/// Names items of the crate, which only compiles if they are there.
macro_rules! items {
    ($($room:ident::$item:ident),+ $(,)?) => {
        mod compiled {
            $(#[allow(unused_imports, reason = "being there is all")] use batlab_run::$room::$item as _;)+
        }
        const ITEMS: &[&str] = &[$(concat!(stringify!($room), "::", stringify!($item))),+];
    };
}

items! {
    calibration::Registers, calibration::Restore, driver::Line, exchange::import, exchange::write_vendor_logs,
    firmware::Image, firmware::Loader, firmware::Releases, manual::setpoints, pool::MetUnit, pool::bind, pool::meet, record::Recorder, scheduler::StopSwitch,
    scheduler::start, station::BoundCell, station::Live, transport::serial, units::Celsius, wire::ChargeSum,
    wire::CurrentLimit, wire::ErrorFlags, wire::Mode, wire::RawCurrent, wire::RawTemperature, wire::RawVoltage,
    wire::Setpoint, wire::SineFrequency, wire::SineMagnitude, wire::TemperatureLimit, wire::Thermistor, wire::Vcc,
    wire::VoltageLimit, wire::ZeroAmpThreshold, wire::cell, wire::registers, wire::unit,
}

#[test]
fn every_item_of_ours_in_the_page_is_one() {
    for name in rows().flat_map(|(_, ours)| quoted(ours)).filter(|name| name.contains("::")) {
        let parts: Vec<&str> = name.split("::").collect();
        let item = parts[..2].join("::");
        assert!(ITEMS.contains(&item.as_str()), "{item} is not among the items that are known to be there");
    }
}

/// The commands that have tests of their own: they need a network, minutes, or files.
const ELSEWHERE: [&str; 6] = ["firmware", "calibration", "import", "export", "pool", "watch"];

#[test]
fn every_command_of_ours_in_the_page_does_it() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let mut tried = Vec::new();
    for command in rows().flat_map(|(_, ours)| quoted(ours)) {
        let Some(line) = command.strip_prefix("batlab-run ") else { continue };
        let words = words(line);
        let first = words[0].as_str();
        if ELSEWHERE.contains(&first) || tried.contains(&line) {
            continue;
        }
        tried.push(line);
        let last = words.last().unwrap();
        // Recipes run for hours; whether they are right is told at once, and what they do elsewhere.
        let arguments: Vec<String> = if last.ends_with(".toml") {
            let verb = if first == "plan" { "plan" } else { "check" };
            vec![verb.into(), project(last)]
        } else if last == "--help" || first == "registers" {
            words.clone()
        } else {
            words.iter().cloned().chain(["--port".into(), "u".into()]).collect()
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let said = scratch.run(&arguments).ends_with(0);
        assert!(!said.out.is_empty(), "{line} said nothing");
    }
    for verb in [
        "list",
        "measure",
        "setpoints",
        "registers",
        "read",
        "write",
        "charge",
        "discharge",
        "sine",
        "impedance",
        "stop",
        "reset",
    ] {
        assert!(tried.iter().any(|line| line.split(' ').next() == Some(verb)), "{verb} was not tried");
    }
}
