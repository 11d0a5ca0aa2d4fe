//! Units behind a server on the network.

use crate::bridge::Bridge;
use crate::lost::ends_as_a_fault;
use crate::program::Scratch;
use crate::served::{LONG, Outside, Running, serve};
use crate::{SHORT, long};
use batlab_run::clock::{Clock, SystemClock};
use std::time::Duration;

#[test]
fn a_run_over_the_network_is_as_any_other() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let bridge = Bridge::start(&scratch.file("u"));
    scratch.write("short.toml", SHORT);
    scratch.run(&["--port", &bridge.address(), "--out", "run", "short.toml"]).ends_with(0);
    for row in scratch.rows("run/summary.csv") {
        assert_eq!((row["verdict"].as_str(), row["steps_done"].as_str()), ("pass", "3"));
    }
    assert_eq!(scratch.json("run/run.json")["units"][0]["port"], bridge.address());
}

#[test]
fn a_lost_network_is_a_lost_unit_and_its_watchdog_stops_it() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let mut bridge = Bridge::start(&scratch.file("u"));
    let mut run = begin(&scratch, &bridge);
    bridge.close();
    ends_as_a_fault(&scratch, &mut run);
    assert!(!Outside::look(&scratch, "u").is_quiet(), "nobody could stop it yet");
    let clock = SystemClock::start();
    while !Outside::look(&scratch, "u").is_quiet() {
        assert!(clock.now().as_micros() < LONG.as_micros() as u64, "nothing stops the unit");
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn a_network_over_which_nothing_passes_is_lost_too() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let bridge = Bridge::start(&scratch.file("u"));
    let mut run = begin(&scratch, &bridge);
    bridge.freeze();
    ends_as_a_fault(&scratch, &mut run);
}

#[test]
fn what_cannot_be_reached_is_refused() {
    let scratch = Scratch::new();
    scratch.write("short.toml", SHORT);
    for (port, why) in [
        ("tcp://127.0.0.1:1", "nothing listens there"),
        ("rfc2217://[::1]:1", "cannot be opened"),
        ("tcp://no-such-host.invalid:4000", "cannot be opened"),
        ("tcp://bench", "the number of the port is missing"),
        ("tcp://::1:4000", "stands in brackets"),
        ("telnet://bench:4000", "rfc2217://HOST:PORT"),
    ] {
        scratch.run(&["--port", port, "short.toml"]).ends_with(2).complains(&[port, why]);
    }
    assert!(!scratch.file("runs").exists());
}

fn begin(scratch: &Scratch, bridge: &Bridge) -> Running {
    scratch.write("long.toml", &long());
    let run = Running::start(scratch, &["--port", &bridge.address(), "--json", "--out", "run", "long.toml"]);
    run.says("step-started", 4);
    std::thread::sleep(Duration::from_secs(1));
    run
}
