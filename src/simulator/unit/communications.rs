//! The communications processor: the host's side of the unit, the LEDs and the external supply.

use super::chance::below;
use super::frame::{Command, Framer};
use super::registers::{ACCEPTED, REFUSED, comms};
use rand_pcg::Pcg64;

/// PSU_VOLTAGE with the supply plugged in, and without it.
const PSU_READING: (u16, u16) = (576, 12);

/// Its registers, and what it knows of the supply.
#[derive(Clone, Debug)]
pub struct Communications {
    registers: [u16; comms::COUNT],
    /// What the host has begun to send.
    pub framer: Framer,
    plugged: bool,
    sensed: bool,
    senses_at: Option<u64>,
}

impl Communications {
    /// A processor that has been running for a while.
    pub fn new(plugged: bool) -> Self {
        let mut new = Self {
            registers: [0; comms::COUNT],
            framer: Framer::default(),
            plugged,
            sensed: plugged,
            senses_at: None,
        };
        new.reset();
        new
    }

    /// Back to what it is after power came.
    pub fn reset(&mut self) {
        self.registers = [0; comms::COUNT];
        self.registers[comms::PSU_CUTOFF_LOW] = 523;
        self.registers[comms::PSU_CUTOFF_HIGH] = 630;
        self.registers[comms::PSU_CUTOFF_HYST] = 5;
        self.framer = Framer::default();
    }

    /// Answers a command of namespace 255.
    pub fn answer(&mut self, command: Command, now: u64, chance: &mut Pcg64) -> u16 {
        let address = usize::from(command.address);
        let value = match address {
            comms::PSU => u16::from(self.sensed),
            comms::PSU_VOLTAGE => self.reading(),
            _ => self.registers.get(address).copied().unwrap_or(REFUSED),
        };
        match self.registers.get_mut(address) {
            Some(register) if command.write => {
                *register = command.data;
                self.look_at_supply(now, chance);
                ACCEPTED
            }
            _ if command.write => REFUSED,
            _ => value,
        }
    }

    /// Shows a cell's mode on its LED.
    pub fn show(&mut self, led: usize, code: u16) {
        if let Some(register) = self.registers.get_mut(led) {
            *register = code;
        }
    }

    /// Plugs the supply in or out. A supply that comes is sensed within 0.6 s; one that goes is
    /// sensed after 0.5 to 3.5 s, and the measurement processor asks once in 1.1 s.
    pub fn plug(&mut self, plugged: bool, now: u64, chance: &mut Pcg64) {
        self.plugged = plugged;
        self.look_at_supply(now, chance);
    }

    /// Whether the supply was found there and in range when it was last looked at.
    pub fn supply_sensed(&self) -> bool {
        self.sensed
    }

    /// When it will notice a change of the supply.
    pub fn senses_at(&self) -> Option<u64> {
        self.senses_at
    }

    /// Notices a change of the supply.
    pub fn sense(&mut self) {
        self.senses_at = None;
        self.sensed = self.in_range();
    }

    fn look_at_supply(&mut self, now: u64, chance: &mut Pcg64) {
        self.senses_at = match (self.sensed, self.in_range()) {
            (true, false) => Some(self.senses_at.unwrap_or(now + 500_000 + below(chance, 3_000_000))),
            (false, true) => Some(self.senses_at.unwrap_or(now + 100_000 + below(chance, 500_000))),
            _ => None,
        };
    }

    fn reading(&self) -> u16 {
        if self.plugged { PSU_READING.0 } else { PSU_READING.1 }
    }

    /// In range; one that was out of it must come further in, by the hysteresis.
    fn in_range(&self) -> bool {
        let hysteresis = if self.sensed { 0 } else { self.registers[comms::PSU_CUTOFF_HYST] };
        let low = self.registers[comms::PSU_CUTOFF_LOW].saturating_add(hysteresis);
        let high = self.registers[comms::PSU_CUTOFF_HIGH].saturating_sub(hysteresis);
        (low..=high).contains(&self.reading())
    }
}
