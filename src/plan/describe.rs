//! A step in a few words, for plans, journals and screens.

use super::{
    Awaited, DcResistance, Drive, EndCondition, Hold, Kind, Lead, Profile, PulseTrain, Repeat, Wait,
};
use crate::units::{Amperes, format_duration};

/// What a step does, in words: `charge at 1.25 A, then hold 4.2 V`.
pub fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Charge(drive) => describe_drive("charge", drive),
        Kind::Discharge(drive) => describe_drive("discharge", drive),
        Kind::Hold(Hold { voltage, current, .. }) => format!("hold {voltage} with at most {current}"),
        Kind::Rest { duration, .. } => format!("rest for {}", format_duration(*duration)),
        Kind::Pulse(PulseTrain { direction, high, low, on, off, count, .. }) => format!(
            "{direction} in {count} pulses, {high} for {} and {} for {}",
            format_duration(*on),
            level(*low),
            format_duration(*off)
        ),
        Kind::Profile(Profile { file, times: 1, .. }) => format!("profile {file}"),
        Kind::Profile(Profile { file, times, .. }) => format!("profile {file}, {times} times"),
        Kind::Resistance(DcResistance { direction, current, from, after }) => {
            let from = from.map_or(String::new(), |Lead { current, time }| {
                format!("from {current} for {} ", format_duration(time))
            });
            let after: Vec<String> = after.iter().map(|time| format_duration(*time)).collect();
            format!("DC resistance by {direction} {from}to {current}, after {}", after.join(", "))
        }
        Kind::Impedance { frequencies } => {
            let list: Vec<_> = frequencies.iter().map(ToString::to_string).collect();
            format!("impedance at {}", list.join(", "))
        }
        Kind::Wait(Wait { awaited: Awaited::Supply, .. }) => "wait for the supply".to_owned(),
        Kind::Wait(Wait { awaited: Awaited::Conditions(list), .. }) => {
            let list: Vec<String> = list.iter().map(EndCondition::to_string).collect();
            format!("wait for {}", list.join(" or "))
        }
        Kind::Goto(jump) => super::Then::Goto(jump.clone()).to_string(),
        Kind::Group { title, .. } => format!("group: {title}"),
        Kind::Repeat(Repeat { times, .. }) => format!("repeat {times} times"),
    }
}

/// A level of current, in words.
pub(super) fn level(current: Amperes) -> String {
    if current.0 == 0.0 { "no current".to_owned() } else { current.to_string() }
}

fn describe_drive(verb: &str, drive: &Drive) -> String {
    match drive.hold {
        Some(hold) => format!("{verb} at {}, then hold {hold}", drive.demand),
        None => format!("{verb} at {}", drive.demand),
    }
}
