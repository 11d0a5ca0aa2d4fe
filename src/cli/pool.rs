//! `batlab-run pool`: the units that are connected, as they come and go.

use super::failure::Failure;
use super::say;
use crate::clock::{Clock, SystemClock};
use crate::driver::{Config, Line};
use crate::identity::SerialNumber;
use crate::pool::{Change, Follower, Occupant, Ports};
use crate::transport::PortAddress;
use crate::verdict::Exit;
use chrono::{DateTime, Local, SecondsFormat, Utc};
use serde::Serialize;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

/// How often the ports are listed. A list takes some milliseconds and talks to no port; there is no
/// notification of their coming and going that all systems have.
const EVERY: Duration = Duration::from_secs(1);

/// What can be done about the pool.
#[derive(Debug, clap::Subcommand)]
pub enum PoolCommand {
    /// Tells which units are connected, and then each that comes or leaves.
    #[command(after_help = "Examples:
  batlab-run pool watch                                every port with a Batlab's USB ids
  batlab-run pool watch --port tcp://bench.local:4000  a unit behind ser2net
  batlab-run pool watch --json | jq 'select(.event == \"unit-came\")'

A port is opened when something is plugged in, asked who is there, and closed again; nothing of the unit
is changed. A remote port is asked every 30 s. Ctrl-C ends it.")]
    Watch(WatchArgs),
}

/// The arguments of `batlab-run pool watch`.
#[derive(Debug, clap::Args)]
pub struct WatchArgs {
    /// Watch this port only, which need not be there yet: a path, tcp://HOST:PORT or rfc2217://HOST:PORT;
    /// may be given several times.
    #[arg(long = "port", value_name = "PORT")]
    ports: Vec<PortAddress>,
    /// Print a line of JSON for each that comes or leaves.
    #[arg(long)]
    json: bool,
}

/// A line of what happened.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Told {
    /// A unit answers.
    UnitCame {
        serial: SerialNumber,
        firmware: u16,
        /// Whether it sees its external supply.
        supplied: bool,
    },
    UnitLeft {
        serial: SerialNumber,
    },
    /// A unit in its bootloader answers; it knows no serial number.
    BootloaderCame,
    BootloaderLeft,
    /// There is a port, and no unit could be found on it.
    NoUnit {
        why: String,
    },
    /// That port is gone.
    PortLeft,
}

/// What happened, where and when.
#[derive(Debug, Serialize)]
struct Row {
    time: String,
    port: String,
    #[serde(flatten)]
    told: Told,
}

impl From<Change> for Told {
    fn from(change: Change) -> Self {
        match change {
            Change::Came(Occupant::Unit(unit)) => {
                Self::UnitCame { serial: unit.serial, firmware: unit.firmware.0, supplied: unit.supplied }
            }
            Change::Left(Occupant::Unit(unit)) => Self::UnitLeft { serial: unit.serial },
            Change::Came(Occupant::Bootloader) => Self::BootloaderCame,
            Change::Left(Occupant::Bootloader) => Self::BootloaderLeft,
            Change::Came(Occupant::Nobody(why)) => Self::NoUnit { why },
            Change::Left(Occupant::Nobody(_)) => Self::PortLeft,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = &self.port;
        match &self.told {
            Told::UnitCame { serial, firmware, supplied } => {
                let supply = if *supplied { "external supply connected" } else { "no external supply" };
                write!(f, "+ unit {serial} on {port}, firmware {firmware}, {supply}")
            }
            Told::UnitLeft { serial } => write!(f, "- unit {serial} left {port}"),
            Told::BootloaderCame => {
                write!(f, "+ a unit in its bootloader on {port}: its firmware has to be flashed")
            }
            Told::BootloaderLeft => write!(f, "- the unit in its bootloader left {port}"),
            Told::NoUnit { why } => write!(f, "? {why}"),
            Told::PortLeft => write!(f, "- {port} is gone"),
        }
    }
}

/// Does what is to be done about the pool, until whoever reads it has gone or ends the process.
pub(super) fn command(command: &PoolCommand) -> Result<Exit, Failure> {
    let PoolCommand::Watch(args) = command;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let ports = if args.ports.is_empty() { Ports::connected() } else { Ports::named(args.ports.clone()) };
    let open = {
        let clock = Arc::clone(&clock);
        move |port: &PortAddress| {
            Ok(Line::new(port.open(Arc::clone(&clock))?, Arc::clone(&clock), Config::default()))
        }
    };
    let mut follower = Follower::new(ports, Box::new(open), Arc::clone(&clock));
    let mut first = true;
    loop {
        let changes = follower.look().map_err(Failure::no_ports)?;
        if std::mem::take(&mut first) && changes.is_empty() {
            say::complain("no unit is connected; each that comes is told here, and Ctrl-C ends it");
        }
        for (port, change) in changes {
            let line = line(clock.wall(clock.now()), &port, change, args.json)?;
            let mut out = io::stdout().lock();
            if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
                return Ok(Exit::Passed);
            }
        }
        std::thread::sleep(EVERY);
    }
}

fn line(at: DateTime<Utc>, port: &PortAddress, change: Change, json: bool) -> Result<String, Failure> {
    let time = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let row = Row { time, port: port.to_string(), told: change.into() };
    if json {
        serde_json::to_string(&row).map_err(Failure::defect)
    } else {
        Ok(format!("{}  {row}", at.with_timezone(&Local).format("%H:%M:%S")))
    }
}
