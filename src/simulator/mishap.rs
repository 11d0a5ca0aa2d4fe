//! What goes wrong with a simulated unit on purpose, at a moment.

use super::Unit;
use super::unit::SensorFault;
use crate::clock::Instant;
use crate::diagnostic::read::Word;
use crate::identity::Slot;
use crate::recipe::FaultKind;
use crate::units::{Volts, parse_duration};
use std::str::FromStr;

/// A supply of the unit's own parts so low that every firmware stops its cells (LOW_VCC).
const LOW_VCC: Volts = Volts(4.1);
/// What they get otherwise.
const VCC: Volts = Volts(5.0);

/// Does to a unit, and to the cell in a slot where it concerns one, what a fault is. What befalls the line does
/// nothing to the unit.
pub fn befall(unit: &mut Unit, kind: FaultKind, slot: Slot) {
    match kind {
        FaultKind::PullCell => drop(unit.remove_cell(slot)),
        FaultKind::TurnCell => unit.turn_cell(slot),
        FaultKind::SupplyLost => unit.set_supply(false),
        FaultKind::SupplyBack => unit.set_supply(true),
        FaultKind::UnitReset => unit.power_cycle(),
        FaultKind::UnitBootloader => unit.reset_into_bootloader(),
        FaultKind::WatchdogTrip => unit.expire_watchdog(),
        FaultKind::LowVcc => unit.set_vcc(LOW_VCC),
        FaultKind::VccBack => unit.set_vcc(VCC),
        FaultKind::ThermistorOpen => unit.break_sensor(slot, SensorFault::ThermistorOpen),
        FaultKind::ThermistorShort => unit.break_sensor(slot, SensorFault::ThermistorShort),
        FaultKind::VoltageStuck => unit.break_sensor(slot, SensorFault::VoltageStuck),
        FaultKind::CurrentStuck => unit.break_sensor(slot, SensorFault::CurrentStuck),
        FaultKind::TemperatureStuck => unit.break_sensor(slot, SensorFault::TemperatureStuck),
        FaultKind::UnitUnplugged | FaultKind::LinkLost | FaultKind::LineNoise | FaultKind::LineSilent => {}
    }
}

/// A fault of a unit at a moment of its clock: `unit-reset@10s`, `pull-cell:1@2min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mishap {
    /// What happens.
    pub kind: FaultKind,
    /// The slot, where it happens to a cell.
    pub slot: Slot,
    /// When.
    pub at: Instant,
}

impl FromStr for Mishap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || format!("`{text}` is not FAULT@TIME or FAULT:SLOT@TIME, such as pull-cell:1@2min");
        let (what, at) = text.split_once('@').ok_or_else(wanted)?;
        let (word, slot) = what.split_once(':').unwrap_or((what, "0"));
        let slot = slot.parse::<u8>().map_err(|_| wanted()).and_then(Slot::try_from)?;
        let words = FaultKind::WORDS.iter();
        let (_, kind) = words.clone().find(|(known, _)| *known == word).ok_or_else(|| {
            let known: Vec<_> = words.map(|(known, _)| *known).collect();
            format!("`{word}` is no fault; there are {}", known.join(", "))
        })?;
        let on_line = matches!(
            kind,
            FaultKind::UnitUnplugged | FaultKind::LinkLost | FaultKind::LineNoise | FaultKind::LineSilent
        );
        if on_line {
            return Err(format!(
                "`{word}` befalls the line, not the unit: end the simulation, or stop its process"
            ));
        }
        let at = parse_duration(at).map_err(|error| format!("`{at}`: {error}"))?;
        Ok(Self { kind: *kind, slot, at: Instant::ORIGIN + at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mishap_is_written_with_its_moment() {
        let parsed: Mishap = "pull-cell:1@2min".parse().unwrap();
        assert_eq!((parsed.kind, parsed.slot.number()), (FaultKind::PullCell, 1));
        assert_eq!(parsed.at, Instant::from_micros(120_000_000));
        assert_eq!("unit-reset@0.5 s".parse::<Mishap>().unwrap().slot, Slot::ALL[0]);
        for wrong in
            ["", "unit-reset", "unit-rest@1s", "pull-cell:4@1s", "unit-reset@1", "link-lost@1s", "@1s"]
        {
            assert!(wrong.parse::<Mishap>().is_err(), "{wrong}");
        }
    }
}
