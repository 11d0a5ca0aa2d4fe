//! `batlab-run calibration`: shown, kept in a file, and written back.

use super::failure::Failure;
use super::manual::args::Where;
use super::manual::find;
use super::say;
use crate::calibration::{Change, Identity, Kept, Made, Registers, Restore, RestoreError, to_toml};
use crate::diagnostic::Source;
use crate::identity::Slot;
use crate::manual::UnitName;
use crate::pool::{MetUnit, NotAtRest, at_rest};
use crate::record::create;
use crate::verdict::Exit;
use crate::wire::{Address, Doubt, calibrated_value};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What can be done about calibration.
#[derive(Debug, Subcommand)]
pub enum CalibrationCommand {
    /// Shows a unit's calibration, and what of it is blank or absurd.
    #[command(after_help = "Examples:
  batlab-run calibration show 4711
  batlab-run calibration show /dev/ttyACM0 --json")]
    Show {
        /// The unit: its serial number or its port.
        unit: UnitName,
        /// Where units are looked for.
        #[command(flatten)]
        at: Where,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Keeps a unit's calibration in a file.
    #[command(after_help = "Examples:
  batlab-run calibration backup 4711                as batlab-4711-calibration.toml
  batlab-run calibration backup 4711 bench/4711.toml

Nothing is overwritten. Of a unit that loses its calibration nothing but such a file can bring it back.")]
    Backup {
        /// The unit: its serial number or its port.
        unit: UnitName,
        /// The file to write.
        file: Option<PathBuf>,
        /// Where units are looked for.
        #[command(flatten)]
        at: Where,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Writes a calibration back into its unit: a file of `backup`, or the vendor's recovery file.
    #[command(after_help = "Examples:
  batlab-run calibration restore 4711 batlab-4711-calibration.toml
  batlab-run calibration restore /dev/ttyACM0 recovery.txt --yes     a blank unit, the vendor's 49 lines

It shows what would change and asks. Only registers that differ are written, because EEPROM wears, and each is
read back. A unit whose serial number is blank gets the one of the file. Refused are the file of another unit,
and values that no calibrated unit has, unless --force is given.")]
    Restore {
        /// The unit: its serial number or its port.
        unit: UnitName,
        /// The file.
        file: PathBuf,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Take the file of another unit, and blank or absurd values, too.
        #[arg(long)]
        force: bool,
        /// Where units are looked for.
        #[command(flatten)]
        at: Where,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// Does a command.
pub(super) fn calibration(command: &CalibrationCommand) -> Result<Exit, Failure> {
    match command {
        CalibrationCommand::Show { unit, at, json } => show(unit, at, *json),
        CalibrationCommand::Backup { unit, file, at, json } => backup(unit, file.as_deref(), at, *json),
        CalibrationCommand::Restore { unit, file, yes, force, at, json } => {
            // What is wrong with the file is told before a unit is looked for.
            let source = Source::from_file(file)?;
            let kept = Kept::read(&source).map_err(|problems| Failure::problems(&source, &problems))?;
            let unit = find::one(at, unit)?;
            restore(unit, &kept, Agreed { yes: *yes, force: *force }, *json)
        }
    }
}

fn show(name: &UnitName, at: &Where, json: bool) -> Result<Exit, Failure> {
    let mut unit = find::one(at, name)?;
    let registers = Registers::read(&mut unit.line).map_err(Failure::fault)?;
    let doubts = registers.doubts();
    if json {
        let rows: Vec<Value> = registers.iter().map(|(address, raw)| row(address, raw)).collect();
        let told = json!({
            "serial": unit.serial,
            "firmware": unit.firmware.0,
            "registers": rows,
            "doubtful": told(&doubts),
        });
        say::out(format_args!("{told}\n"));
        return Ok(Exit::Passed);
    }
    say::out(format_args!("unit {}, firmware {}\n", find::name_and_port(&unit), unit.firmware));
    for (address, raw) in registers.iter().filter(|(address, _)| address.slot().is_none()) {
        say::out(format_args!("{:<18} {:>20}\n", address.name(), in_words(raw, address)));
    }
    let slots = Slot::ALL.map(|slot| format!("{:>20}", format!("slot {slot}"))).join(" ");
    say::out(format_args!("\n{:<18} {slots}\n", ""));
    for (address, _) in registers.iter().filter(|(address, _)| address.slot() == Slot::new(0)) {
        let of = registers.iter().filter(|(it, _)| it.slot().is_some() && it.name() == address.name());
        let values: Vec<_> = of.map(|(it, raw)| format!("{:>20}", in_words(raw, it))).collect();
        say::out(format_args!("{:<18} {}\n", address.name(), values.join(" ")));
    }
    if !doubts.is_empty() {
        say::out("\nwhat no calibrated unit has:\n");
        doubts.iter().for_each(|doubt| say::out(format_args!("  {doubt}\n")));
    }
    Ok(Exit::Passed)
}

/// `1500 (1500 ohm)`, `16384`, or `blank`.
fn in_words(raw: u16, address: Address) -> String {
    match calibrated_value(address, raw) {
        _ if raw == u16::MAX => "blank".to_owned(),
        Some((value, unit)) if unit == "ohm" || unit == "K" => format!("{raw} ({value} {unit})"),
        Some((value, unit)) => format!("{raw} ({:.2} m{unit})", value * 1e3),
        None => raw.to_string(),
    }
}

fn row(address: Address, raw: u16) -> Value {
    let value = calibrated_value(address, raw);
    json!({
        "slot": address.slot(),
        "name": address.name(),
        "raw": raw,
        "blank": raw == u16::MAX,
        "value": value.map(|(value, _)| value),
        "unit": value.map(|(_, unit)| unit),
    })
}

fn told(doubts: &[Doubt]) -> Vec<String> {
    doubts.iter().map(ToString::to_string).collect()
}

fn backup(name: &UnitName, file: Option<&Path>, at: &Where, json: bool) -> Result<Exit, Failure> {
    let mut unit = find::one(at, name)?;
    let path = match (file, unit.serial) {
        (Some(file), _) => file.to_path_buf(),
        (None, Some(serial)) => PathBuf::from(format!("batlab-{serial}-calibration.toml")),
        (None, None) => {
            return Err(Failure::refused("the unit has no serial number to call the file by")
                .hint("name the file behind the unit"));
        }
    };
    let registers = Registers::read(&mut unit.line).map_err(Failure::fault)?;
    let identity = Identity::read(&mut unit.line).map_err(Failure::fault)?;
    let clock = find::system_clock();
    let made = Made { identity, firmware: unit.firmware, at: clock.wall(clock.now()) };
    create(&path, to_toml(&registers, &made).as_bytes()).map_err(Failure::not_created)?;
    let doubts = registers.doubts();
    if json {
        let told = json!({
            "serial": unit.serial,
            "written": path.display().to_string(),
            "doubtful": told(&doubts),
        });
        say::out(format_args!("{told}\n"));
    } else {
        say::out(format_args!("{}: {} registers\n", path.display(), registers.iter().count()));
        doubts.iter().for_each(|doubt| say::complain(format_args!("notice: {doubt}")));
    }
    Ok(Exit::Passed)
}

/// What was agreed to on the command line.
#[derive(Clone, Copy)]
struct Agreed {
    yes: bool,
    force: bool,
}

fn restore(mut unit: MetUnit, kept: &Kept, agreed: Agreed, json: bool) -> Result<Exit, Failure> {
    let identity = Identity::read(&mut unit.line).map_err(Failure::fault)?;
    let now = Registers::read(&mut unit.line).map_err(Failure::fault)?;
    let restore = Restore::new(identity, &now, kept, agreed.force).map_err(|error: RestoreError| {
        Failure::refused(error).hint("--force writes its calibration all the same, and no serial number")
    })?;
    if !json {
        for doubt in &restore.left_out {
            say::complain(format_args!("left out: {doubt}; --force writes it"));
        }
        restore.changes.iter().for_each(|change| say::out(format_args!("{change}\n")));
    }
    if !restore.changes.is_empty() {
        find::must_be_free(&mut unit)?;
        let question = format_args!("Write these {} registers?", restore.changes.len());
        if !agreed.yes && !say::is_agreed(question, json) {
            return Err(Failure::refused("nothing was written").hint("--yes writes without asking"));
        }
        let at_rest = at_rest(&mut unit.line).map_err(|error: NotAtRest| Failure::refused(error))?;
        restore.write(at_rest).map_err(Failure::fault)?;
    }
    if json {
        let change = |change: &Change| {
            json!({
                "slot": change.address.slot(),
                "name": change.address.name(),
                "before": change.now,
                "raw": change.to,
            })
        };
        let changes: Vec<Value> = restore.changes.iter().map(change).collect();
        let told = json!({ "written": changes, "left_out": told(&restore.left_out) });
        say::out(format_args!("{told}\n"));
    } else if restore.changes.is_empty() {
        say::out("the unit holds all of it already; nothing was written\n");
    } else {
        say::out(format_args!("{} registers written and read back\n", restore.changes.len()));
    }
    Ok(if restore.left_out.is_empty() { Exit::Passed } else { Exit::Failed })
}
