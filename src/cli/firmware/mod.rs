//! `batlab-run firmware`: what the vendor has published, and what is flashed into units.

mod flash;
mod published;

use super::failure::Failure;
use super::manual::args::Where;
use crate::manual::UnitName;
use crate::verdict::Exit;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What can be done about firmware.
#[derive(Debug, Subcommand)]
pub enum FirmwareCommand {
    /// Shows what the vendor has published, and which of the connected units run something older.
    #[command(after_help = "Examples:
  batlab-run firmware check
  batlab-run firmware check --json | jq .units

Exit codes: 0 no unit runs anything older; 1 one does; 2 command line wrong;
3 the vendor's list cannot be had.")]
    Check {
        /// The vendor's list.
        #[command(flatten)]
        from: From,
        /// Where units are looked for.
        #[command(flatten)]
        at: Where,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Downloads a firmware image, and proves it before the file is there.
    #[command(after_help = "Examples:
  batlab-run firmware fetch                  the latest, as batlab-firmware-VERSION.bin
  batlab-run firmware fetch 5 --out old.bin

A file that is there is never overwritten by another one.")]
    Fetch {
        /// The version; the latest without it.
        version: Option<u16>,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// The vendor's list.
        #[command(flatten)]
        from: From,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Flashes an image into a unit, and looks what runs afterwards.
    #[command(after_help = "Examples:
  batlab-run firmware flash 4711 batlab-firmware-7.bin
  batlab-run firmware flash /dev/ttyACM0 batlab-firmware-7.bin    a unit in its bootloader has no number

The image is proved (15360 bytes, checksum) before anything is sent, and every byte is read back. A unit in
which a cell is energised is refused. If it breaks off, the unit stays in its bootloader: the same command
again completes it. EEPROM, and so serial number and calibration, stays what it is.

Exit codes: 0 it runs; 2 no image, or the unit is in use; 3 it broke off, or does not run; 4 no such unit.")]
    Flash {
        /// The unit: its serial number or its port.
        unit: UnitName,
        /// The image.
        file: PathBuf,
        /// Which firmware version has to run afterwards; whichever runs is told.
        #[arg(long, value_name = "VERSION")]
        expect: Option<u16>,
        /// Where units are looked for.
        #[command(flatten)]
        at: Where,
        /// Print JSON objects, one a line.
        #[arg(long)]
        json: bool,
    },
    /// Brings a unit to the latest firmware: looks, downloads, flashes, and verifies the version.
    #[command(after_help = "Examples:
  batlab-run firmware update 4711
  batlab-run firmware update 4711 --to 5      another version, older ones too

A unit that runs that version already is left as it is; so is one that runs a newer one than the latest.")]
    Update {
        /// The unit: its serial number or its port.
        unit: UnitName,
        /// The version; the latest without it.
        #[arg(long, value_name = "VERSION")]
        to: Option<u16>,
        /// The vendor's list.
        #[command(flatten)]
        from: From,
        /// Where units are looked for.
        #[command(flatten)]
        at: Where,
        /// Print JSON objects, one a line.
        #[arg(long)]
        json: bool,
    },
}

/// Where the list of releases is.
#[derive(Args, Clone, Debug)]
pub struct From {
    /// Ask this address for the list of releases, as GitHub's API gives it, instead of the vendor's. The
    /// environment variable BATLAB_RUN_RELEASES says the same.
    #[arg(long = "releases", value_name = "URL")]
    pub releases: Option<String>,
}

/// Does a command.
pub(super) fn firmware(command: &FirmwareCommand) -> Result<Exit, Failure> {
    match command {
        FirmwareCommand::Check { from, at, json } => published::check(from, at, *json),
        FirmwareCommand::Fetch { version, out, from, json } => {
            published::fetch(*version, out.as_deref(), from, *json)
        }
        FirmwareCommand::Flash { unit, file, expect, at, json } => {
            flash::flash(unit, file, *expect, at, *json)
        }
        FirmwareCommand::Update { unit, to, from, at, json } => flash::update(unit, *to, from, at, *json),
    }
}
