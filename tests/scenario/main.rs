//! Whole runs on simulated units under virtual time, through the real path from pool to driver.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod absent;
mod accuracy;
mod campaign;
mod care;
mod control;
mod hi_res;
mod kinds;
mod lines;
mod metrics;
mod queue;
mod rig;
mod sanity;
#[path = "../common/stop_watch.rs"]
mod stop_watch;
mod stops;
mod trouble;
mod unit_faults;
mod watch;
mod written;
