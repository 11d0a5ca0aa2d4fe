//! A step in a few words, for plans, journals and screens.

use super::{Drive, Kind};
use crate::units::format_duration;

/// What a step does, in words: `charge at 1.25 A, then hold 4.2 V`.
pub fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Charge(drive) => describe_drive("charge", drive),
        Kind::Discharge(drive) => describe_drive("discharge", drive),
        Kind::Rest { duration, .. } => format!("rest for {}", format_duration(*duration)),
        Kind::Impedance { frequencies } => {
            let list: Vec<_> = frequencies.iter().map(ToString::to_string).collect();
            format!("impedance at {}", list.join(", "))
        }
        Kind::Repeat { times, .. } => format!("repeat {times} times"),
    }
}

fn describe_drive(verb: &str, drive: &Drive) -> String {
    match drive.hold {
        Some(hold) => format!("{verb} at {}, then hold {hold}", drive.current),
        None => format!("{verb} at {}", drive.current),
    }
}
