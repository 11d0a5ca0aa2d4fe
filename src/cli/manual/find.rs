//! The units that a command by hand is about. Looking for them changes nothing in any.

use super::args::Where;
use crate::cli::failure::Failure;
use crate::cli::units::{bench_of, describe};
use crate::clock::{Clock, SystemClock};
use crate::driver::{Config, Line};
use crate::manual::{Busy, Target, UnitName, busy};
use crate::pool::{self, MetUnit, PoolError};
use crate::simulator::bench::Bench;
use crate::transport::serial::{self, Serial};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The units that answer, and why others do not.
pub(super) struct Found {
    pub(super) units: Vec<MetUnit>,
    pub(super) passed_over: Vec<String>,
}

/// The unit of a target, or all.
pub(super) fn those(at: &Where, target: Option<&Target>) -> Result<Found, Failure> {
    match target {
        Some(target) => Ok(Found { units: vec![one(at, &target.unit)?], passed_over: Vec::new() }),
        None => all(at),
    }
}

/// Every unit that answers.
///
/// # Errors
/// None does, or a port that was named does not open.
pub(super) fn all(at: &Where) -> Result<Found, Failure> {
    let found = search(at, |_| false)?;
    if found.units.is_empty() {
        let why = match found.passed_over.as_slice() {
            [] => "no Batlab is connected: no port has its USB ids 04D8:000A".to_owned(),
            some => format!("no Batlab answers: {}", some.join("; ")),
        };
        return Err(Failure::nothing(why));
    }
    Ok(found)
}

/// The unit of this name.
///
/// # Errors
/// It does not answer; the error lists those that do.
pub(super) fn one(at: &Where, name: &UnitName) -> Result<MetUnit, Failure> {
    if let (UnitName::Port(path), None) = (name, &at.sim) {
        return on_port(path);
    }
    let is_it = |unit: &MetUnit| match name {
        UnitName::Serial(serial) => unit.serial == Some(*serial),
        UnitName::Port(path) => Path::new(unit.line.name()) == path,
    };
    let Found { mut units, passed_over } = search(at, is_it)?;
    if let Some(unit) = units.pop_if(|unit| is_it(unit)) {
        return Ok(unit);
    }
    let others: Vec<_> = units.iter().map(name_and_port).collect();
    let mut why = match others.as_slice() {
        [] => format!("{name} does not answer, and no other is connected"),
        others => format!("{name} does not answer; connected are: {}", others.join(", ")),
    };
    if !passed_over.is_empty() {
        why.push_str(&format!("; left out: {}", passed_over.join("; ")));
    }
    Err(if units.is_empty() { Failure::nothing(why) } else { Failure::refused(why) })
}

/// What a unit is called where several are listed.
pub(super) fn name_and_port(unit: &MetUnit) -> String {
    let serial = unit.serial.map_or_else(|| "blank".to_owned(), |serial| serial.to_string());
    format!("{serial} on {}", unit.line.name())
}

fn on_port(path: &Path) -> Result<MetUnit, Failure> {
    let line = open(path, &system_clock()).map_err(|why| {
        let ports: Vec<_> = candidates().iter().map(|port| port.display().to_string()).collect();
        match ports.as_slice() {
            [] => Failure::refused(why).hint("no port has a Batlab's USB ids 04D8:000A"),
            ports => {
                Failure::refused(why).hint(format!("ports with a Batlab's USB ids: {}", ports.join(", ")))
            }
        }
    })?;
    pool::meet(line).map_err(failure)
}

/// Meets one unit after the other, until one is the one that is wanted; that one is the last.
fn search(at: &Where, wanted: impl Fn(&MetUnit) -> bool) -> Result<Found, Failure> {
    let mut found = Found { units: Vec::new(), passed_over: Vec::new() };
    for line in lines(at)? {
        match line.and_then(|line| pool::meet(line).map_err(|error| error.to_string())) {
            Ok(unit) => {
                let is_it = wanted(&unit);
                found.units.push(unit);
                if is_it {
                    break;
                }
            }
            Err(why) => found.passed_over.push(why),
        }
    }
    Ok(found)
}

type Lines = Box<dyn Iterator<Item = Result<Line, String>>>;

fn lines(at: &Where) -> Result<Lines, Failure> {
    if let Some(bench) = &at.sim {
        let mut bench = bench.as_deref().map_or_else(|| Ok(Bench::small_cells(Bench::SEED)), bench_of)?;
        bench.seed = at.seed.unwrap_or(bench.seed);
        return Ok(Box::new(pool::simulate(&bench, |port, _| port).into_iter().map(|unit| Ok(unit.line))));
    }
    let clock = system_clock();
    if at.ports.is_empty() {
        return Ok(Box::new(candidates().into_iter().map(move |port| open(&port, &clock))));
    }
    // A person who names a port wants to know if there is none.
    let opened: Vec<_> =
        at.ports.iter().map(|port| open(port, &clock)).collect::<Result<_, _>>().map_err(Failure::refused)?;
    Ok(Box::new(opened.into_iter().map(Ok)))
}

/// Where the system does not tell its ports there are none to try.
fn candidates() -> Vec<PathBuf> {
    serial::candidates().unwrap_or_default()
}

fn system_clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::start())
}

fn open(path: &Path, clock: &Arc<dyn Clock>) -> Result<Line, String> {
    let port = Serial::open(path, Arc::clone(clock)).map_err(|error| describe(&error))?;
    Ok(Line::new(Box::new(port), Arc::clone(clock), Config::default()))
}

/// What to tell of a port without a unit that can be used.
pub(super) fn failure(error: PoolError) -> Failure {
    match error {
        PoolError::Silent { .. } => Failure::nothing(error),
        PoolError::Bootloader { .. } | PoolError::Firmware { .. } | PoolError::Blank { .. } => {
            Failure::fault(error)
        }
    }
}

/// Refuses to disturb a test that goes on.
pub(super) fn leave_alone(unit: &mut MetUnit, force: bool) -> Result<(), Failure> {
    if force {
        return Ok(());
    }
    match busy(&mut unit.line, unit.firmware).map_err(Failure::fault)? {
        None => Ok(()),
        Some(sign) => {
            let failure = Failure::refused(format!("unit {}: {sign}", name_and_port(unit)));
            Err(match sign {
                Busy::Active(..) => failure.hint(
                    "`batlab-run stop` ends the current; --force does this although a test may be going on",
                ),
                Busy::Watched(_) => failure.hint(
                    "where no test goes on, the watchdog runs out in 25.5 s; --force does this although one may",
                ),
            })
        }
    }
}
