//! What can do harm when it is written by hand.

use crate::wire::{Address, Encoding, Lock, Mode, Namespace, cell, communications, unit};

/// Why a person has to want this write twice; `None` for what does no harm.
pub fn danger(address: Address, raw: u16) -> Option<&'static str> {
    if address.info().eeprom {
        return Some(
            "it is kept in EEPROM, which wears, and what the unit measures or is called depends on it",
        );
    }
    match address.namespace() {
        Namespace::Cell(slot) => {
            let limits = [
                cell::VOLTAGE_LIMIT_CHG.at(slot).address(),
                cell::VOLTAGE_LIMIT_DCHG.at(slot).address(),
                cell::CURRENT_LIMIT_CHG.at(slot).address(),
                cell::CURRENT_LIMIT_DCHG.at(slot).address(),
                cell::TEMP_LIMIT_CHG.at(slot).address(),
                cell::TEMP_LIMIT_DCHG.at(slot).address(),
            ];
            if address == cell::MODE.at(slot).address() {
                return Mode::from_raw(raw).is_active().then_some(
                    "current flows from then on, by whatever limits the unit holds and with nobody watching; `charge`, `discharge` and `sine` prove the limits first",
                );
            }
            if address == cell::CURRENT_SETPOINT.at(slot).address() {
                return Some("the next current, or the one that flows, will be this");
            }
            limits.contains(&address).then_some("it decides when the unit stops a current by itself")
        }
        Namespace::Unit => {
            let sine = [unit::SINE_OFFSET.address(), unit::SINE_MAGDIV.address()];
            if address == unit::SETTINGS.address() {
                return Some("the watchdog, the trims and hi-res are switched by it");
            }
            if address == unit::LOCK.address() {
                let freezes = raw != Lock::OPEN.to_raw();
                return freezes.then_some(
                    "while it is not open no temperature and no supply is measured, and their limits are blind",
                );
            }
            if address == unit::BOOTLOAD.address() {
                return Some("the unit leaves its firmware for the bootloader, and stops all that it does");
            }
            if address == unit::WATCHDOG_TIMER.address() {
                return Some("it decides when every cell is stopped");
            }
            sine.contains(&address).then_some("the next sine, or the one that flows, will be of this current")
        }
        Namespace::Bootloader => Some("the bootloader erases the firmware at the first byte"),
        Namespace::Communications => {
            let cut_offs = [
                communications::PSU_LOW.address(),
                communications::PSU_HIGH.address(),
                communications::PSU_HYSTERESIS.address(),
            ];
            cut_offs.contains(&address).then_some("it decides which supply is good enough to charge by")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Slot;
    use crate::wire::{Access, registers};

    #[test]
    fn what_drives_current_or_guards_it_is_dangerous() {
        let slot = Slot::ALL[1];
        assert!(danger(cell::MODE.at(slot).address(), 3).is_some());
        assert!(danger(cell::MODE.at(slot).address(), 6).is_none());
        assert!(danger(unit::LOCK.address(), 1).is_some());
        assert!(danger(unit::LOCK.address(), 0).is_none());
        assert!(danger(communications::LED0.address(), 4).is_none());
        assert!(danger(communications::PSU_LOW.address(), 0).is_some());
    }

    #[test]
    fn all_that_is_not_dangerous_is_known_by_name() {
        let spaces = [
            Namespace::Cell(Slot::ALL[0]),
            Namespace::Unit,
            Namespace::Bootloader,
            Namespace::Communications,
        ];
        let mut harmless = Vec::new();
        for info in registers().filter(|info| info.access != Access::ReadOnly) {
            let space = spaces.into_iter().find(|space| space.space() == info.space).unwrap();
            if danger(Address::new(space, info.register).unwrap(), 1).is_none() {
                harmless.push(info.name);
            }
        }
        let known = [
            "MODE",
            "ERROR",
            "REPORT_INTERVAL",
            "CHARGEL",
            "CHARGEH",
            "SINE_FREQ",
            "LED_MESSAGE",
            "LED0",
            "LED1",
            "LED2",
            "LED3",
        ];
        assert_eq!(harmless, known);
    }
}
