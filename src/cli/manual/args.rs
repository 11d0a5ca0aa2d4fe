//! What commands on units by hand take: where units are, a register, a current, a cell.

use crate::manual::{Target, UnitName};
use crate::transport::PortAddress;
use crate::units::parse_duration;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Where units are looked for.
#[derive(Args, Clone, Debug, Default)]
pub struct Where {
    /// Look for units on this port, or behind ser2net at tcp://HOST:PORT or rfc2217://HOST:PORT; may be given
    /// several times. Without it, every port with a Batlab's USB ids is tried.
    #[arg(long = "port", value_name = "PORT")]
    pub ports: Vec<PortAddress>,

    /// Use simulated units: one with four small cells, or those of a bench file.
    #[arg(long, value_name = "BENCH.toml", num_args = 0..=1, require_equals = true, conflicts_with = "ports")]
    pub sim: Option<Option<PathBuf>>,

    /// Seed of the simulated units; another seed gives other cells.
    #[arg(long, requires = "sim")]
    pub seed: Option<u64>,
}

/// A kind of namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Those of each cell.
    Cell,
    /// Those of the unit.
    Unit,
    /// Those of the bootloader.
    Bootloader,
    /// Those of the communications processor.
    Comms,
}

/// One register of one unit.
#[derive(Args, Clone, Debug)]
pub struct RegisterArgs {
    /// The unit: its serial number or its port.
    pub unit: UnitName,
    /// Whose register: cell0 to cell3, unit, bootloader, comms, or its number.
    pub namespace: String,
    /// Its name or number.
    pub register: String,
    /// Where units are looked for.
    #[command(flatten)]
    pub at: Where,
}

/// A current, and what ends it.
#[derive(Args, Clone, Debug)]
pub struct DriveArgs {
    /// The slot, or a unit.
    #[arg(value_name = "UNIT[:SLOT]")]
    pub target: Target,
    /// How much: "1 A", C/2, "4 W"; in a discharge also "3 ohm".
    pub how_much: String,
    /// End it after this time in any case.
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    pub length: Duration,
    /// End it on a condition, as in a recipe, such as "voltage > 4.1 V"; may be given several times.
    #[arg(long, value_name = "CONDITION")]
    pub until: Vec<String>,
    /// Hold this voltage from there on.
    #[arg(long, value_name = "VOLTAGE")]
    pub hold: Option<String>,
    /// What the cell is, and how it is done.
    #[command(flatten)]
    pub cell: CellArgs,
}

/// What a cell is, its limits, and how something is done with it.
#[derive(Args, Clone, Debug)]
pub struct CellArgs {
    /// What the cell is made of: li-ion or lfp. It gives the limits that may only be tightened.
    #[arg(long)]
    pub chemistry: String,
    /// Its nominal capacity, such as 2.5Ah.
    #[arg(long)]
    pub capacity: String,
    /// Stop outside of these voltages, such as: --limit-voltage 2.8V 4.22V
    #[arg(long, value_names = ["LOWEST", "HIGHEST"], num_args = 2)]
    pub limit_voltage: Option<Vec<String>>,
    /// Stop above this current.
    #[arg(long, value_name = "CURRENT")]
    pub limit_current: Option<String>,
    /// Stop above this temperature.
    #[arg(long, value_name = "TEMPERATURE")]
    pub limit_temperature: Option<String>,
    /// How often a reading is shown.
    #[arg(long, value_name = "TIME", default_value = "1 s", value_parser = parse_duration)]
    pub every: Duration,
    /// Do it although calibration registers of the slot are blank or absurd.
    #[arg(long)]
    pub uncalibrated: bool,
    /// Do it although a test may be going on in the unit: what flows in any of its slots is stopped first.
    #[arg(long)]
    pub force: bool,
    /// Print the recipe that it is, and do nothing.
    #[arg(long)]
    pub print_recipe: bool,
    /// Print every reading and event as a line of JSON.
    #[arg(long)]
    pub json: bool,
    /// Where units are looked for.
    #[command(flatten)]
    pub at: Where,
}
