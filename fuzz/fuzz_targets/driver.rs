//! Any bytes from a unit, at any time: no panic, and every request ends.
#![no_main]

use batlab_run::clock::Instant;
use batlab_run::driver::{Config, Driver, Request};
use batlab_run::identity::Slot;
use batlab_run::wire::{Mode, cell};
use libfuzzer_sys::fuzz_target;
use std::time::Duration;

fuzz_target!(|data: &[u8]| {
    let mut driver = Driver::new(Config::default());
    let (mut now, mut sent) = (Instant::ORIGIN, Vec::new());
    driver.start(now);
    for chunk in data.chunks(16) {
        driver.submit(now, Request::ReadCharge(Slot::ALL[0]));
        driver.submit_urgent(now, Request::write(cell::MODE.at(Slot::ALL[1]), Mode::Stopped));
        driver.transmit(now, &mut sent);
        driver.receive(now, chunk);
        driver.receive(now, &sent);
        sent.clear();
        now = now + Duration::from_millis(u64::from(chunk[0]));
        driver.on_deadline(now);
        while driver.poll().is_some() {}
    }
    for _ in 0..100_000 {
        driver.transmit(now, &mut sent);
        let Some(deadline) = driver.deadline() else { break };
        now = deadline;
        driver.on_deadline(now);
    }
    assert!(driver.is_idle(), "a request never ended");
});
