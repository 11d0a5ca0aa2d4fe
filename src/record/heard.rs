//! What the manifest learns of the units while a run goes on: all of it stands in the journal, too.

use super::manifest::{CalibrationDoubt, Interruption, Manifest, SettingChange, UnitClock};
use crate::event::{Entry, Event};

impl Manifest {
    /// The same without what a journal tells: to hear that journal again.
    pub(super) fn before_its_journal(mut self) -> Self {
        for unit in &mut self.units {
            (unit.clock, unit.eeprom_writes) = (None, None);
        }
        self.calibration_doubted.clear();
        self.settings_changed.clear();
        self.interruptions.clear();
        self
    }

    /// Takes in what a fact tells of units, settings and interruptions.
    pub(super) fn hear(&mut self, entry: &Entry) {
        match &entry.event {
            Event::RunResumed { last, gap_second, healed, .. } => self.interruptions.push(Interruption {
                last: *last,
                resumed: entry.time,
                gap_second: *gap_second,
                healed: healed.clone(),
            }),
            Event::CalibrationDoubted { register, found, expected, instead } => {
                let doubt = CalibrationDoubt {
                    unit: entry.unit,
                    slot: entry.slot,
                    register: register.clone(),
                    found: *found,
                    expected: expected.clone(),
                    instead: instead.clone(),
                };
                // A run that was resumed doubts again.
                if !self.calibration_doubted.contains(&doubt) {
                    self.calibration_doubted.push(doubt);
                }
            }
            Event::SettingChanged { register, before, after } => self.settings_changed.push(SettingChange {
                unit: entry.unit,
                slot: entry.slot,
                register: register.clone(),
                before: *before,
                after: *after,
                restored: false,
            }),
            Event::SettingRestored { register, value } => {
                let is_meant = |change: &&mut SettingChange| {
                    change.unit == entry.unit && change.slot == entry.slot && change.register == *register
                };
                for change in self.settings_changed.iter_mut().filter(is_meant) {
                    change.restored |= change.before == *value;
                }
            }
            Event::ClockMeasured { ratio, uncertainty, over_second } => {
                let clock = UnitClock { ratio: *ratio, uncertainty: *uncertainty, over_second: *over_second };
                self.units_of(entry).for_each(|unit| unit.clock = Some(clock));
            }
            Event::EepromWritten { count } => {
                // Of each part of a run that was resumed.
                self.units_of(entry).for_each(|unit| {
                    unit.eeprom_writes = Some(unit.eeprom_writes.unwrap_or(0).saturating_add(*count));
                });
            }
            _ => {}
        }
    }

    fn units_of(&mut self, entry: &Entry) -> impl Iterator<Item = &mut super::ManifestUnit> {
        self.units.iter_mut().filter(|unit| entry.unit == Some(unit.serial))
    }
}
