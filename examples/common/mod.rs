//! What the examples share: units by the arguments of the command line.

use batlab_run::clock::{Clock, SystemClock};
use batlab_run::driver::{Config, Line};
use batlab_run::plan::Chemistry;
use batlab_run::pool::{self, PoolError};
use batlab_run::simulator::bench::Bench;
use batlab_run::transport::serial::{self, Serial};
use batlab_run::units::Coulombs;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

/// Finds units: with `--sim` a simulated one with four cells, with paths those on these ports, with nothing those on every
/// port that has a Batlab's USB ids. How they are met is of the pool: `meet` and `observe` change nothing in them, `identify`
/// takes them over for a test and stops what flows.
pub fn units<Met>(
    arguments: &[String],
    meet: fn(Line) -> Result<Met, PoolError>,
) -> Result<Vec<Met>, Box<dyn Error>> {
    if arguments.iter().any(|argument| argument == "--sim") {
        let bench = Bench::matching(Chemistry::LiIon, Coulombs::from_ampere_hours(2.5), Bench::SEED);
        let simulated = pool::simulate(&bench, |port, _clock| port);
        return simulated.into_iter().map(|unit| Ok(meet(unit.line)?)).collect();
    }
    let named: Vec<PathBuf> = arguments.iter().map(PathBuf::from).collect();
    let ports = if named.is_empty() { serial::candidates()? } else { named };
    if ports.is_empty() {
        return Err("no Batlab is connected; --sim takes a simulated one".into());
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let open = |port: PathBuf| {
        let port = Serial::open(&port, Arc::clone(&clock))?;
        Ok(meet(Line::new(Box::new(port), Arc::clone(&clock), Config::default()))?)
    };
    ports.into_iter().map(open).collect()
}

/// The arguments of the command line, without the name of the program.
pub fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}
