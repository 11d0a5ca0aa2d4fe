//! The units that a run is to use: simulated, on the ports named, or all that are connected.

use super::args::RunArgs;
use super::failure::Failure;
use super::handles;
use super::lost_units;
use super::operator::Operator;
use crate::clock::{Clock, SystemClock};
use crate::diagnostic::Source;
use crate::driver::{Config, Line};
use crate::identity::{Place, SerialNumber};
use crate::lock::{TAKEN_HINT, Taken};
use crate::plan::Plan;
use crate::pool::{self, FoundUnit, Lookout, PoolError, Ports};
use crate::record::CellTruth;
use crate::scheduler::StopSwitch;
use crate::simulator::Unit;
use crate::simulator::bench::Bench;
use crate::transport::traced::{TraceHealth, Traced};
use crate::transport::{PortAddress, Transport, TransportError};
use std::fs::File;
use std::io::{self, LineWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The units of a run.
pub(super) struct Units {
    pub(super) found: Vec<FoundUnit>,
    pub(super) simulation: Option<Simulation>,
    /// The clock of the run: the system's, or that of the first simulated unit.
    pub(super) clock: Arc<dyn Clock>,
    pub(super) trace: Trace,
    /// Finds units again that are lost.
    pub(super) lookout: Lookout,
    /// Units that were left out, and why.
    pub(super) passed_over: Vec<String>,
}

impl Units {
    /// No unit, where none is needed.
    pub(super) fn none(clock: Arc<dyn Clock>, switch: &StopSwitch) -> Result<Self, Failure> {
        let lookout = Lookout::over_simulated([], switch.flag());
        let (found, passed_over) = (Vec::new(), Vec::new());
        Ok(Self { found, simulation: None, clock, trace: Trace::open(None)?, lookout, passed_over })
    }
}

/// The simulator behind the units.
pub(super) struct Simulation {
    pub(super) seed: u64,
    bench: Bench,
    units: Vec<(SerialNumber, Arc<Mutex<Unit>>)>,
}

impl Simulation {
    /// The person at this bench.
    pub(super) fn operator(&self) -> Operator {
        Operator::new(&self.bench, self.units.clone())
    }

    /// The simulator's own books of the cell in this place, if there is one.
    pub(super) fn truth(&self, place: Place) -> Option<CellTruth> {
        let (_, unit) = self.units.iter().find(|(serial, _)| *serial == place.unit)?;
        unit.lock().unwrap_or_else(PoisonError::into_inner).books(place.slot).map(CellTruth::from)
    }
}

/// One trace file that the ports of several units write to, those that are opened later among them.
#[derive(Clone)]
pub(super) struct Trace {
    file: Option<Arc<Mutex<LineWriter<File>>>>,
    health: Arc<Mutex<Vec<TraceHealth>>>,
}

/// A part in a shared file: each write is a whole line.
struct Shared(Arc<Mutex<LineWriter<File>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

/// Makes a file that was not there. What is no file of bytes, such as a pipe or a device, has
/// nothing to lose and is written to.
fn create(path: &Path) -> io::Result<File> {
    let made = File::options().write(true).create_new(true).open(path);
    let taken = made.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists);
    match std::fs::metadata(path) {
        Ok(there) if taken && !there.is_file() => File::options().write(true).open(path),
        _ => made,
    }
}

impl Trace {
    fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let open = |path: &Path| {
            create(path).map_err(|error| {
                let failure =
                    Failure::refused(format!("the trace {} cannot be written: {error}", path.display()));
                match error.kind() {
                    io::ErrorKind::AlreadyExists => {
                        failure.hint("a trace overwrites nothing; name another file, or move that one away")
                    }
                    _ => failure,
                }
            })
        };
        let file = path.map(open).transpose()?.map(|file| Arc::new(Mutex::new(LineWriter::new(file))));
        Ok(Self { file, health: Arc::default() })
    }

    fn wrap(&self, port: Box<dyn Transport>, clock: &Arc<dyn Clock>) -> Box<dyn Transport> {
        let Some(file) = &self.file else { return port };
        let traced = Traced::new(port, Arc::clone(clock), Box::new(Shared(Arc::clone(file))));
        self.health.lock().unwrap_or_else(PoisonError::into_inner).push(traced.health());
        Box::new(traced)
    }

    /// What ended it early, if that was not told yet.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).iter().find_map(TraceHealth::take_error)
    }
}

/// Opens the units that the arguments name.
pub(super) fn open(args: &RunArgs, plan: &Plan, switch: &StopSwitch) -> Result<Units, Failure> {
    let trace = args.showing.trace.as_deref();
    match &args.sim {
        Some(bench) => simulated(args, bench.as_deref(), plan, Trace::open(trace)?, switch),
        None => attached(&args.ports, trace, Arc::new(SystemClock::start()), pool::identify, switch),
    }
}

/// How a unit is met: taken over, or only looked at.
pub(super) type Meet = fn(Line) -> Result<FoundUnit, PoolError>;

/// Opens the units on these ports, or where none is named, all that are connected; they live by this clock.
pub(super) fn attached(
    ports: &[PortAddress],
    trace: Option<&Path>,
    clock: Arc<dyn Clock>,
    meet: Meet,
    switch: &StopSwitch,
) -> Result<Units, Failure> {
    let trace = Trace::open(trace)?;
    if ports.is_empty() {
        connected(clock, trace, meet, switch)
    } else {
        on_ports(ports, clock, trace, meet, switch)
    }
}

fn simulated(
    args: &RunArgs,
    bench: Option<&Path>,
    plan: &Plan,
    trace: Trace,
    switch: &StopSwitch,
) -> Result<Units, Failure> {
    let mut bench = match bench {
        None => Bench::matching(plan.cell().chemistry, plan.cell().capacity, Bench::SEED),
        Some(path) => bench_of(path)?,
    };
    handles::ensure_simulated(bench.units.len(), plan)?;
    bench.seed = args.seed.unwrap_or(bench.seed);
    let mut simulation = Simulation { seed: bench.seed, bench: bench.clone(), units: Vec::new() };
    let mut found = Vec::new();
    let (mut passed_over, mut plugs) = (Vec::new(), Vec::new());
    for unit in pool::simulate(&bench, |port, clock| trace.wrap(port, clock)) {
        simulation.units.push((unit.serial, unit.unit));
        plugs.push((unit.serial, unit.plug));
        match pool::identify(unit.line) {
            Ok(unit) => found.push(unit),
            Err(error) => passed_over.push(error.to_string()),
        }
    }
    let Some(first) = found.first() else {
        return Err(Failure::nothing(format!("no unit of the bench answers: {}", passed_over.join("; "))));
    };
    let clock = Arc::clone(first.line.clock());
    let lookout = Lookout::over_simulated(plugs, switch.flag());
    Ok(Units { found, simulation: Some(simulation), clock, trace, lookout, passed_over })
}

/// Reads a bench file.
pub(super) fn bench_of(path: &Path) -> Result<Bench, Failure> {
    let source = Source::from_file(path)?;
    Bench::parse(&source).map_err(|problems| {
        let failure = Failure::problems(&source, &problems);
        if !source.has_at_its_top("unit") && source.has_at_its_top("step") {
            return failure.hint("this is a recipe; after --sim= stands the bench, and the recipe by itself");
        }
        failure
    })
}

/// Every port named must be a unit: a person who names one wants to know if it is not.
fn on_ports(
    ports: &[PortAddress],
    clock: Arc<dyn Clock>,
    trace: Trace,
    meet: Meet,
    switch: &StopSwitch,
) -> Result<Units, Failure> {
    handles::ensure(ports.len())?;
    let mut found: Vec<FoundUnit> = Vec::new();
    for port in ports {
        let line = open_port(port, &clock, &trace).map_err(Failure::refused_port)?;
        switch.add_waker(line.waker());
        let unit = meet(line).map_err(|error| match error {
            PoolError::Silent { .. } => Failure::nothing(error),
            PoolError::Bootloader { .. } | PoolError::Firmware { .. } | PoolError::Blank { .. } => {
                Failure::fault(error)
            }
        })?;
        if found.iter().any(|other| other.serial == unit.serial) {
            return Err(Failure::refused(format!(
                "unit {} answers on two of the ports named; name each unit once",
                unit.serial
            )));
        }
        found.push(unit);
    }
    let lookout = lost_units::over_ports(Ports::named(ports.to_vec()), &found, &trace, &clock, switch)?;
    Ok(Units { found, simulation: None, clock, trace, lookout, passed_over: Vec::new() })
}

/// Of the ports with the unit's USB ids, those on which one answers: the ids are a generic pair.
fn connected(clock: Arc<dyn Clock>, trace: Trace, meet: Meet, switch: &StopSwitch) -> Result<Units, Failure> {
    let ports = Ports::connected().list().map_err(Failure::no_ports)?;
    handles::ensure(ports.len())?;
    let mut found: Vec<FoundUnit> = Vec::new();
    let mut passed_over = Vec::new();
    for port in ports.into_keys() {
        let line = match open_port(&port, &clock, &trace) {
            Ok(line) => line,
            Err(error) => {
                passed_over.push(describe(&error));
                continue;
            }
        };
        switch.add_waker(line.waker());
        match meet(line) {
            // A second port of one unit, or a second unit of one number: its cells' names are taken.
            Ok(unit) if found.iter().any(|other| other.serial == unit.serial) => passed_over.push(format!(
                "{}: left out, because unit {} answers on another port already",
                unit.line.name(),
                unit.serial
            )),
            Ok(unit) => found.push(unit),
            Err(error) => passed_over.push(error.to_string()),
        }
    }
    if found.is_empty() {
        return Err(none_answers(&passed_over));
    }
    let lookout = lost_units::over_ports(Ports::connected(), &found, &trace, &clock, switch)?;
    Ok(Units { found, simulation: None, clock, trace, lookout, passed_over })
}

/// No unit answers, and this is why.
pub(super) fn none_answers(passed_over: &[String]) -> Failure {
    Failure::nothing(match passed_over {
        [] => "no Batlab is connected: no port has its USB ids 04D8:000A".to_owned(),
        some => format!("no Batlab answers: {}", some.join("; ")),
    })
}

pub(super) fn open_port(
    port: &PortAddress,
    clock: &Arc<dyn Clock>,
    trace: &Trace,
) -> Result<Line, TransportError> {
    let port = port.open(Arc::clone(clock))?;
    Ok(Line::new(trace.wrap(port, clock), Arc::clone(clock), Config::default()))
}

/// The error with what the system said.
pub(super) fn describe(error: &TransportError) -> String {
    format!("{error} ({})", error.source)
}

impl Failure {
    fn refused_port(error: TransportError) -> Self {
        let failure = Self::refused(describe(&error));
        if Taken::of(&error.source).is_some() { failure.hint(TAKEN_HINT) } else { failure }
    }
}
