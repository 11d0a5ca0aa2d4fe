//! Whole runs on simulated units under virtual time, through the real path from pool to driver.
#![allow(missing_docs)]

mod accuracy;
mod lines;
mod rig;
mod trouble;
mod watch;
