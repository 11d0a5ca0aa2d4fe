//! Registers: the map of them, and single ones read and written.

use super::args::{Kind, RegisterArgs};
use super::{find, tell_json};
use crate::cli::failure::Failure;
use crate::cli::say;
use crate::manual::{self, RegisterValue, ValueError};
use crate::pool::MetUnit;
use crate::verdict::Exit;
use crate::wire::{Access, Address, RegisterInfo, Space};
use serde_json::{Value, json};

/// What is to be written.
pub(super) struct Wish<'w> {
    pub(super) value: &'w str,
    pub(super) raw: bool,
    pub(super) force: bool,
}

/// Shows the map of registers.
pub(super) fn registers(of: Option<Kind>, json: bool) -> Result<Exit, Failure> {
    let mut space = None;
    for info in crate::wire::registers().filter(|info| of.is_none_or(|of| of == kind(info.space))) {
        if json {
            tell_json(&info_json(info));
            continue;
        }
        if space.replace(info.space) != Some(info.space) {
            say::out(format_args!("{}\n", title(info.space)));
        }
        let eeprom = if info.eeprom { " EEPROM" } else { "" };
        let access = format!("{}{eeprom}", access(info.access));
        say::out(format_args!(
            "  0x{:02X} {:<18} {access:<9} {:<5} {}\n",
            info.register, info.name, info.unit, info.meaning
        ));
    }
    Ok(Exit::Passed)
}

fn kind(space: Space) -> Kind {
    match space {
        Space::Cell => Kind::Cell,
        Space::Unit => Kind::Unit,
        Space::Bootloader => Kind::Bootloader,
        Space::Communications => Kind::Comms,
    }
}

fn title(space: Space) -> &'static str {
    match space {
        Space::Cell => "cell0 to cell3: namespaces 0 to 3",
        Space::Unit => "unit: namespace 4",
        Space::Bootloader => "bootloader: namespace 5, while it runs",
        Space::Communications => "comms: namespace 255, the communications processor",
    }
}

fn access(access: Access) -> &'static str {
    match access {
        Access::ReadOnly => "r",
        Access::ReadWrite => "rw",
        Access::WriteOnly => "w",
    }
}

fn info_json(info: &RegisterInfo) -> Value {
    json!({
        "namespace": match kind(info.space) {
            Kind::Cell => "cell",
            Kind::Unit => "unit",
            Kind::Bootloader => "bootloader",
            Kind::Comms => "comms",
        },
        "register": info.register,
        "name": info.name,
        "access": access(info.access),
        "eeprom": info.eeprom,
        "unit": info.unit,
        "meaning": info.meaning,
    })
}

/// Reads a register.
pub(super) fn read(args: &RegisterArgs, json: bool) -> Result<Exit, Failure> {
    let address = address(args)?;
    let mut unit = find::one(&args.at, &args.unit)?;
    let value = manual::read(&mut unit.line, address).map_err(failure)?;
    if json {
        tell_json(&value_json(&unit, &value));
    } else {
        say::out(format_args!("{value}\n"));
    }
    Ok(Exit::Passed)
}

/// Writes a register.
pub(super) fn write(args: &RegisterArgs, wish: &Wish<'_>, json: bool) -> Result<Exit, Failure> {
    let address = address(args)?;
    let mut unit = find::one(&args.at, &args.unit)?;
    let raw = manual::value_of(&mut unit.line, address, wish.value, wish.raw).map_err(failure)?;
    find::leave_alone(&mut unit, wish.force)?;
    if let Some(why) = manual::danger(address, raw).filter(|_| !wish.force) {
        let what = (address.info().describe)(raw);
        if !say::is_agreed(format_args!("{address} is to be {what}: {why}. Write it?"), json) {
            let why = format!("{address} is not set to {what}: {why}");
            return Err(Failure::refused(why).hint("--force does it"));
        }
    }
    let before = match address.info().access {
        Access::WriteOnly => None,
        _ => Some(manual::read(&mut unit.line, address).map_err(failure)?),
    };
    let after = manual::write(&mut unit.line, address, raw).map_err(failure)?;
    if json {
        let mut told = value_json(&unit, &after);
        told["before"] = before.map_or(Value::Null, |before| value_json(&unit, &before));
        tell_json(&told);
    } else {
        let was = before.map_or_else(String::new, |before| format!("was {before}, "));
        say::out(format_args!("{address} {was}is {after}\n"));
    }
    Ok(Exit::Passed)
}

fn address(args: &RegisterArgs) -> Result<Address, Failure> {
    let address =
        manual::namespace(&args.namespace).and_then(|namespace| manual::address(namespace, &args.register));
    address.map_err(|error| Failure::refused(error).hint("`batlab-run registers` tells what each holds"))
}

fn failure(error: ValueError) -> Failure {
    match error {
        ValueError::Line(error) => Failure::fault(error),
        wrong => Failure::refused(wrong),
    }
}

fn value_json(unit: &MetUnit, value: &RegisterValue) -> Value {
    let RegisterValue { address, raw, number, text } = value;
    json!({
        "serial": unit.serial,
        "namespace": address.namespace().number(),
        "register": address.register(),
        "name": address.name(),
        "raw": raw,
        "value": number,
        "unit": address.info().unit,
        "text": text,
    })
}
