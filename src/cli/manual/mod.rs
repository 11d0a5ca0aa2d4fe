//! Commands on units and their slots, by hand.

pub(super) mod args;
mod command;
mod drive;
pub(super) mod find;
mod observe;
mod register;
mod show;
mod stop;

pub use command::ManualCommand;

use super::failure::Failure;
use super::say;
use crate::manual::{Act, Drive};
use crate::verdict::Exit;
use args::DriveArgs;
use serde_json::Value;

/// Does a command.
pub(super) fn manual(command: ManualCommand) -> Result<Exit, Failure> {
    match command {
        ManualCommand::List { at, json } => show::list(&at, json),
        ManualCommand::Measure { target, at, watch, every, times, json } => {
            let times = if watch { times } else { Some(1) };
            show::measure(target.as_ref(), &at, every, times, json)
        }
        ManualCommand::Setpoints { target, at, json } => show::setpoints(target.as_ref(), &at, json),
        ManualCommand::Registers { of, json } => register::registers(of, json),
        ManualCommand::Read { register, json } => register::read(&register, json),
        ManualCommand::Write { register, value, raw, force, json } => {
            register::write(&register, &register::Wish { value: &value, raw, force }, json)
        }
        ManualCommand::Charge { drive } => current(Act::Charge, drive),
        ManualCommand::Discharge { drive } => current(Act::Discharge, drive),
        ManualCommand::Sine { target, frequency, length, cell } => {
            drive::drive(&target, Act::Sine(frequency, length), &cell)
        }
        ManualCommand::Impedance { target, frequencies, cell } => {
            drive::drive(&target, Act::Impedance(frequencies), &cell)
        }
        ManualCommand::Stop { target, at, json } => stop::stop(target.as_ref(), &at, json),
        ManualCommand::Reset { target, at, force, json } => stop::reset(target.as_ref(), &at, force, json),
        ManualCommand::Leds { target, light, at, force, json } => {
            stop::leds(target.as_ref(), &light.join(" "), &at, force, json)
        }
    }
}

fn current(act: fn(Drive) -> Act, args: DriveArgs) -> Result<Exit, Failure> {
    let DriveArgs { target, how_much, length, until, hold, cell } = args;
    drive::drive(&target, act(Drive { how_much, hold, until, at_most: length }), &cell)
}

/// Prints a JSON object on a line.
fn tell_json(value: &Value) {
    say::out(format_args!("{value}\n"));
}
