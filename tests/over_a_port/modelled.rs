//! A unit whose line is modelled, behind a real port.

use crate::program::Scratch;
use crate::served::serve;
use batlab_run::clock::{Clock, SystemClock};
use batlab_run::driver::{Config, Line};
use batlab_run::identity::Slot;
use batlab_run::transport::serial::Serial;
use batlab_run::wire::{Address, Mode, cell};
use std::sync::Arc;

#[test]
fn every_read_and_write_comes_through_frames_buffers_and_losses() {
    let scratch = Scratch::new();
    let _unit = serve(&scratch, &["--line", "modelled"]);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let port = Serial::open(&scratch.file("u"), Arc::clone(&clock)).expect("the port is free");
    let mut line = Line::new(Box::new(port), clock, Config::default());
    line.start().expect("the unit answers");
    let of = |slot| [cell::MODE.at(slot).address(), cell::VOLTAGE_LIMIT_CHG.at(slot).address()];
    let all: Vec<Address> = Slot::ALL.into_iter().flat_map(of).collect();
    for mode in [Mode::Discharge, Mode::Idle] {
        for slot in Slot::ALL {
            line.write(cell::MODE.at(slot), mode).expect("the mode is taken");
        }
        for _ in 0..50 {
            let values = line.read_many(all.clone()).expect("every register is read");
            assert!(values.chunks(2).all(|pair| pair[1] == 30_584), "{values:?}");
        }
    }
}
