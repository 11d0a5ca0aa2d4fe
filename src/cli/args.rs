//! What the command line may say.

use crate::pool::CellArgument;
use crate::recipe::Setting;
use crate::transport::PortAddress;
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Runs declarative test recipes on Lexcelon Batlab battery testers, or on simulated ones.
#[derive(Debug, Parser)]
#[command(
    name = "batlab-run",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  batlab-run --sim recipes/capacity.toml         on simulated cells, 8 hours in seconds
  batlab-run recipes/capacity.toml               on every Batlab that is connected
  batlab-run --port /dev/ttyACM0 --cell A17@4711:0 recipes/capacity.toml
  batlab-run --port tcp://bench.local:4000 recipes/capacity.toml
  batlab-run --set rate=C/5 --cells cells.csv recipe.toml
  batlab-run --queue cells.csv recipes/sort_salvaged.toml   many cells through a few slots
  batlab-run --reference runs/golden/summary.json recipe.toml
  batlab-run list                                the units that are connected
  batlab-run plan recipes/capacity.toml          what would be done, step by step
  batlab-run check recipes/*.toml                only whether they are right and safe
  batlab-run test recipes/                       whether they do what their tests say
  batlab-run resume runs/20260131T215500Z_capacity   goes on with a run that was cut off

Exit codes: 0 every cell passed; 1 a cell failed its criteria; 2 command line or file wrong;
3 equipment fault or safety trip; 4 no unit or no cell; 5 stopped, safe; 70 a defect."
)]
pub struct CommandLine {
    /// What to do instead of running a recipe.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Everything but running a recipe.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Shows what a recipe would do: resolved steps, limits, register values, times, and a dry run on a
    /// simulated cell.
    #[command(after_help = "Examples:
  batlab-run plan recipes/capacity.toml
  batlab-run plan --sim=recipes/sim/small.toml recipes/quick.toml
  batlab-run plan --no-dry-run recipes/cycle.toml")]
    Plan {
        /// The recipe.
        recipe: PathBuf,
        /// Values for its parameters.
        #[command(flatten)]
        settings: Settings,
        /// Print the plan and the dry run as JSON.
        #[arg(long)]
        json: bool,
        /// Leave out the dry run on simulated cells.
        #[arg(long, conflicts_with_all = ["sim", "seed"])]
        no_dry_run: bool,
        /// Make the dry run on this bench instead of one nominal cell that comes half full.
        #[arg(long, value_name = "BENCH.toml", require_equals = true)]
        sim: Option<PathBuf>,
        /// Seed of the simulated units.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Runs the tests that stand in recipes, on simulated cells.
    #[command(after_help = "Examples:
  batlab-run test recipes/                  every recipe in the directory
  batlab-run test --update my-recipe.toml   write its snapshots, to be looked at

Exit codes: 0 all as expected; 1 something was not; 2 a file is wrong.")]
    Test {
        /// Recipes, and directories with recipes; sub-directories are not looked into.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Write the snapshots instead of comparing them.
        #[arg(long)]
        update: bool,
        /// Print the results as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Checks recipes, and says everything that is wrong with them.
    #[command(after_help = "Example:\n  batlab-run check recipes/*.toml")]
    Check {
        /// The recipes.
        #[arg(required = true)]
        recipes: Vec<PathBuf>,
        /// Values for their parameters.
        #[command(flatten)]
        settings: Settings,
        /// How to tell: for people, a line of JSON for each problem, or one SARIF document.
        #[arg(long, value_enum, default_value = "human")]
        format: Format,
    },
    /// Tells what the code of a problem means; without one, lists all.
    #[command(after_help = "Example:\n  batlab-run explain no-voltage-end")]
    Explain {
        /// The code, such as `wrong-direction`.
        code: Option<String>,
    },
    /// Makes the reports of a run again from its directory, or compares several runs.
    #[command(after_help = "Examples:
  batlab-run report runs/20260131T215500Z_capacity      all its reports again
  batlab-run report --out cells.html runs/*             several runs side by side

Of one directory, and without --out, it writes report.html, summary.csv, summary.json, summary.md,
junit.xml and labels.csv, and the tables in cells/ that are missing, from run.json, journal.jsonl and
cells/*.bdf.csv. Of a run that came to its end they are the same again, to the byte. With --out, or
several directories, it writes that page and nothing else.

A run that was killed has reports too: of what its files hold. They say so. A run that goes on has its
directory to itself; with --out, a page is made of what is there.")]
    Report {
        /// Directories of runs.
        #[arg(required = true, value_name = "DIR")]
        directories: Vec<PathBuf>,
        /// The page to write, and nothing else; of several runs it is comparison.html here unless named.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Goes on with a run that was interrupted: killed, cut off from power, or stopped.
    Resume(crate::cli::resume::ResumeArgs),
    /// Shows a run in the terminal from its directory, while it goes on or when it is over.
    #[command(after_help = "Examples:
  batlab-run watch runs/20260131T215500Z_capacity
  batlab-run watch --json runs/20260131T215500Z_capacity | jq .event

It ends when the run does, with the run's exit code. Ctrl-C ends the watch, not the run.")]
    Watch {
        /// The directory of the run.
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// Print every event as a line of JSON.
        #[arg(long)]
        json: bool,
    },
    /// Makes a recipe of a file of another tool, and lists what is not carried over as it stands.
    Import(crate::cli::exchange::ImportArgs),
    /// Says a recipe, or the results of a run, as other tools have them.
    Export(crate::cli::exchange::ExportArgs),
    /// Tries who is told of runs by web hooks.
    Notify {
        /// What to do.
        #[command(subcommand)]
        command: NotifyCommand,
    },
    /// Makes many runs on simulated benches, with faults and kills by chance, and holds each against the laws that
    /// none may break.
    #[command(after_help = "Examples:
  batlab-run campaign --seeds 0..2000      some minutes
  batlab-run campaign --seed 17            one of them again, with all that happens
  batlab-run campaign --scenario FILE      one that was written down

Exit codes: 0 no law was broken; 1 one was, and the seed is named; 2 command line or file wrong.")]
    Campaign(crate::cli::campaign::CampaignArgs),
    /// Looks for new firmware, downloads it, and flashes it into units.
    Firmware {
        /// What to do.
        #[command(subcommand)]
        command: crate::cli::firmware::FirmwareCommand,
    },
    /// Shows the calibration of a unit, keeps it in a file, and writes it back.
    Calibration {
        /// What to do.
        #[command(subcommand)]
        command: crate::cli::calibration::CalibrationCommand,
    },
    /// What is done with units by hand.
    #[command(flatten)]
    Manual(Box<crate::cli::manual::ManualCommand>),
    /// Tells which units are connected, as they come and go.
    Pool {
        /// What to do.
        #[command(subcommand)]
        command: crate::cli::pool::PoolCommand,
    },
    /// Puts simulated units on pseudo-terminals, for this program or any other.
    Simulate(crate::cli::simulate::SimulateArgs),
    /// Prints a JSON Schema for an editor.
    Schema {
        /// Of what.
        #[arg(value_enum, default_value = "recipe")]
        of: SchemaOf,
    },
}

/// What can be done about web hooks.
#[derive(Debug, Subcommand)]
pub enum NotifyCommand {
    /// Sends a test message to each target, and says what came back.
    #[command(after_help = "Examples:
  batlab-run notify test recipe.toml             to all that its [notify] names
  batlab-run notify test --notify bench.toml     to all that a file of the bench's own names

Exit codes: 0 every target took the message; 1 one did not; 2 command line or file wrong.")]
    Test {
        /// The recipe.
        #[arg(required_unless_present = "notify")]
        recipe: Option<PathBuf>,
        /// Values for its parameters.
        #[command(flatten)]
        settings: Settings,
        /// A file with [notify] that belongs to no recipe.
        #[arg(long, value_name = "FILE")]
        notify: Option<PathBuf>,
    },
}

/// How problems are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The line with a caret, and a hint.
    Human,
    /// One JSON object a line, for each problem and each good recipe.
    Json,
    /// One SARIF 2.1.0 document.
    Sarif,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum SchemaOf {
    /// Recipes.
    Recipe,
    /// Benches of simulated units.
    Bench,
    /// Files that say who is told by web hooks.
    Notify,
    /// The summary of a run, `summary.json`.
    Summary,
}

/// What is set of a recipe.
#[derive(Args, Clone, Debug, Default)]
pub struct Settings {
    /// Give a parameter of the recipe this value, such as rate=C/5; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = |text: &str| Setting::from_argument("--set", text))]
    pub set: Vec<Setting>,

    /// Compare with the summary.json of this run where criteria name a reference, instead of the recipe's.
    #[arg(long, value_name = "FILE")]
    pub reference: Option<PathBuf>,
}

/// How a recipe is run.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// The recipe, a TOML file.
    #[arg(required = true)]
    pub recipe: Option<PathBuf>,

    /// Files too many; taken so that a hint can be given.
    #[arg(hide = true)]
    pub more: Vec<PathBuf>,

    /// Use simulated units: four cells such as the recipe is for, or those of a bench file.
    #[arg(long, value_name = "BENCH.toml", num_args = 0..=1, require_equals = true, conflicts_with = "ports")]
    pub sim: Option<Option<PathBuf>>,

    /// Seed of the simulated units; another seed gives other cells.
    #[arg(long, requires = "sim")]
    pub seed: Option<u64>,

    /// Use the unit on this port, or behind ser2net at tcp://HOST:PORT or rfc2217://HOST:PORT; may be given
    /// several times. Without it, every port with a Batlab's USB ids is tried.
    #[arg(long = "port", value_name = "PORT")]
    pub ports: Vec<PortAddress>,

    /// Test this cell; may be given several times. Without it, every slot with a cell is tested.
    #[arg(long = "cell", value_name = "NAME@SERIAL:SLOT")]
    pub cells: Vec<CellArgument>,

    /// Test the cells of this list, a CSV file with a header: name, slot (SERIAL:SLOT), and where cells
    /// differ their nominal capacity and parameters of the recipe.
    #[arg(long = "cells", value_name = "FILE", conflicts_with = "cells")]
    pub cell_list: Option<PathBuf>,

    /// Test more cells than there are slots, one after the other: those of this list, a CSV file with the
    /// column `name` (and capacity and parameters, as in --cells), or with - those whose names are typed or
    /// scanned in, one a line, when they are asked for.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cells", "cell_list"])]
    pub queue: Option<PathBuf>,

    /// The same with names made by a pattern, such as S-{001..040}.
    #[arg(long, value_name = "PATTERN", conflicts_with_all = ["cells", "cell_list", "queue"])]
    pub queue_names: Option<String>,

    /// Values for the recipe's parameters.
    #[command(flatten)]
    pub settings: Settings,

    /// Test cells although calibration registers of their slots are blank or absurd; otherwise such cells
    /// are not energised. Every such register, and what stands in for it, is told and recorded.
    #[arg(long)]
    pub uncalibrated: bool,

    /// What holds while nobody watches.
    #[command(flatten)]
    pub unattended: Unattended,

    /// The directory for the results, which must not exist yet or be empty.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Tell of a simulated run, too, of which otherwise nobody is told.
    #[arg(long, requires = "sim")]
    pub notify_simulated: bool,

    /// How it is told of.
    #[command(flatten)]
    pub showing: Showing,
}

/// What holds while nobody watches a run.
#[derive(Args, Clone, Debug)]
pub struct Unattended {
    /// Wait so long for a unit that was lost, or for a unit's supply, to come back before its cells end as
    /// errors; 0s: not at all. A unit is known by its serial number, and may come back at any port.
    #[arg(long, value_name = "TIME", default_value = "30min", value_parser = super::lost_units::waiting_time)]
    pub reconnect: Duration,

    /// Test cells on units whose firmware (1 to 3) has no watchdog; otherwise such units are refused. If this
    /// computer fails, nothing but the unit's own limits ends their currents: stay with them.
    #[arg(long)]
    pub no_watchdog: bool,
}

/// How a run is told of while it goes on.
#[derive(Args, Debug)]
pub struct Showing {
    /// Serve a live page of the run to browsers on this machine, such as at 127.0.0.1:8080 (port 0: any
    /// that is free). Nobody can change anything by it.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub serve: Option<SocketAddr>,

    /// Let --serve be at an address that other machines reach: whoever does can read the run's results.
    #[arg(long, requires = "serve")]
    pub serve_anyone: bool,

    /// Write every frame to and from the units to this file, which must not exist yet, with time and
    /// meaning.
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,

    /// Tell those of this file, too, by web hooks: a file with [notify] that belongs to no recipe.
    #[arg(long, value_name = "FILE")]
    pub notify: Option<PathBuf>,

    /// Tell nobody whom the recipe names in [notify].
    #[arg(long)]
    pub no_notify: bool,

    /// Print every event as a line of JSON on standard output.
    #[arg(long, conflicts_with = "quiet")]
    pub json: bool,

    /// Print nothing but the table of results, and errors; --out tells where the files go.
    #[arg(long, short)]
    pub quiet: bool,
}
