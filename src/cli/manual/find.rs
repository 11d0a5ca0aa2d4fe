//! The units that a command by hand is about. Looking for them changes nothing in any.

use super::args::Where;
use crate::cli::failure::Failure;
use crate::cli::units::{bench_of, describe, none_answers};
use crate::clock::{Clock, SystemClock};
use crate::driver::{Config, Line};
use crate::manual::{Busy, Target, UnitName, busy};
use crate::pool::{self, MetUnit, PoolError};
use crate::simulator::bench::Bench;
use crate::transport::{PortAddress, serial};
use std::path::Path;
use std::sync::Arc;

/// The units that answer, and why others do not.
pub(in crate::cli) struct Found {
    pub(in crate::cli) units: Vec<MetUnit>,
    /// Ports that did not open.
    pub(in crate::cli) shut: Vec<String>,
    /// Ports on which no unit is that can be used.
    pub(in crate::cli) mute: Vec<String>,
}

impl Found {
    fn new(units: Vec<MetUnit>) -> Self {
        Self { units, shut: Vec::new(), mute: Vec::new() }
    }

    /// Why ports were left out.
    pub(in crate::cli) fn left_out(&self) -> Vec<String> {
        self.shut.iter().chain(&self.mute).cloned().collect()
    }
}

/// The unit of a target, or all.
pub(in crate::cli) fn those(at: &Where, target: Option<&Target>) -> Result<Found, Failure> {
    match target {
        Some(target) => Ok(Found::new(vec![one(at, &target.unit)?])),
        None => all(at),
    }
}

/// Every unit that answers.
///
/// # Errors
/// None does, or a port that was named does not open: who names one wants to know.
pub(in crate::cli) fn all(at: &Where) -> Result<Found, Failure> {
    let found = search(at, |_| false)?;
    if !at.ports.is_empty() && !found.shut.is_empty() {
        return Err(Failure::refused(found.shut.join("; ")));
    }
    if found.units.is_empty() { Err(none_answers(&found.left_out())) } else { Ok(found) }
}

/// The unit of this name.
///
/// # Errors
/// It does not answer; the error lists those that do.
pub(in crate::cli) fn one(at: &Where, name: &UnitName) -> Result<MetUnit, Failure> {
    if let (UnitName::Port(path), None) = (name, &at.sim) {
        return on_port(path);
    }
    let is_it = |unit: &MetUnit| match name {
        UnitName::Serial(serial) => unit.serial == Some(*serial),
        UnitName::Port(path) => Path::new(unit.line.name()) == path,
    };
    let mut found = search(at, is_it)?;
    if let Some(unit) = found.units.pop_if(|unit| is_it(unit)) {
        return Ok(unit);
    }
    let others: Vec<_> = found.units.iter().map(name_and_port).collect();
    let mut why = match others.as_slice() {
        [] => format!("{name} does not answer, and no other does"),
        others => format!("{name} does not answer; connected are: {}", others.join(", ")),
    };
    let left_out = found.left_out();
    if !left_out.is_empty() {
        why.push_str(&format!("; left out: {}", left_out.join("; ")));
    }
    Err(if others.is_empty() { Failure::nothing(why) } else { Failure::refused(why) })
}

/// What a unit is called where several are listed.
pub(in crate::cli) fn name_and_port(unit: &MetUnit) -> String {
    let serial = unit.serial.map_or_else(|| "blank".to_owned(), |serial| serial.to_string());
    format!("{serial} on {}", unit.line.name())
}

/// The port that a unit is named by.
pub(in crate::cli) fn address(path: &Path) -> Result<PortAddress, Failure> {
    path.to_string_lossy().parse().map_err(Failure::refused)
}

fn on_port(path: &Path) -> Result<MetUnit, Failure> {
    let line = open(&address(path)?, &system_clock()).map_err(|why| {
        let ports: Vec<_> = candidates().iter().map(PortAddress::to_string).collect();
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
pub(in crate::cli) fn search(at: &Where, wanted: impl Fn(&MetUnit) -> bool) -> Result<Found, Failure> {
    let mut found = Found::new(Vec::new());
    for line in lines(at)? {
        match line.map(pool::meet) {
            Ok(Ok(unit)) => {
                let is_it = wanted(&unit);
                found.units.push(unit);
                if is_it {
                    break;
                }
            }
            Ok(Err(error)) => found.mute.push(error.to_string()),
            Err(why) => found.shut.push(why),
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
    let ports = if at.ports.is_empty() { candidates() } else { at.ports.clone() };
    Ok(Box::new(ports.into_iter().map(move |port| open(&port, &clock))))
}

/// Where the system does not tell its ports there are none to try.
fn candidates() -> Vec<PortAddress> {
    serial::candidates().unwrap_or_default().into_iter().map(PortAddress::Serial).collect()
}

pub(in crate::cli) fn system_clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::start())
}

pub(in crate::cli) fn open(port: &PortAddress, clock: &Arc<dyn Clock>) -> Result<Line, String> {
    let port = port.open(Arc::clone(clock)).map_err(|error| describe(&error))?;
    Ok(Line::new(port, Arc::clone(clock), Config::default()))
}

/// What to tell of a port without a unit that can be used.
pub(in crate::cli) fn failure(error: PoolError) -> Failure {
    match error {
        PoolError::Silent { .. } => Failure::nothing(error),
        PoolError::Bootloader { .. } | PoolError::Firmware { .. } | PoolError::Blank { .. } => {
            Failure::fault(error)
        }
    }
}

/// Refuses to disturb a test that goes on.
pub(in crate::cli) fn leave_alone(unit: &mut MetUnit, force: bool) -> Result<(), Failure> {
    if force {
        return Ok(());
    }
    refuse_busy(unit, |sign| match sign {
        Busy::Active(..) => {
            "`batlab-run stop` ends the current; --force does this although a test may be going on"
        }
        Busy::Watched(_) => {
            "where no test goes on, the watchdog runs out in 25.5 s; --force does this although one may"
        }
    })
}

/// Refuses what must not be done to a unit in use, whoever wants it.
pub(in crate::cli) fn must_be_free(unit: &mut MetUnit) -> Result<(), Failure> {
    refuse_busy(unit, |_| "`batlab-run stop` ends a current; a watchdog that nobody kicks runs out in 25.5 s")
}

fn refuse_busy(unit: &mut MetUnit, hint: fn(&Busy) -> &'static str) -> Result<(), Failure> {
    let Some(sign) = busy(&mut unit.line, unit.firmware).map_err(Failure::fault)? else { return Ok(()) };
    Err(Failure::refused(format!("unit {}: {sign}", name_and_port(unit))).hint(hint(&sign)))
}
