//! What the application and the communications processor say to each other: LEDs, and the external supply.
//!
//! On a modelled line these are packets like any other. They take the line's time both ways, room in its buffers, and
//! each answer takes a pass of the main loop.

use super::application::Application;
use super::board::Board;
use super::frame::Command;
use super::registers::{cell, comms, led, mode, namespace};
use crate::simulator::bench::LineKind;

/// Ticks after which the LEDs are sent again.
const LED_TICKS: u16 = 20;
/// Ticks after which the communications processor is asked for the supply again.
const SUPPLY_TICKS: u16 = 10;
/// Microseconds after which the answer to an LED packet counts as lost. It takes up to 12 ms where all buffers are full.
const LOST: u64 = 20_000;

/// What was last said of one cell's LED.
#[derive(Clone, Copy, Debug, Default)]
pub struct Led {
    /// The code; `None` where it is to be sent again.
    code: Option<u16>,
    /// Whether the answer to a packet has not come. Until it has, no other is sent.
    under_way: bool,
    /// When the last packet was sent.
    sent: u64,
}

impl Application {
    /// Shows a cell's mode on its LED.
    pub(super) fn show(&mut self, slot: usize, board: &mut Board, now: u64) {
        let (Some(state), Some(shown)) = (self.cells.get(slot), self.leds.get_mut(slot)) else { return };
        let Some(code) = led_of(state.registers[cell::MODE]) else { return };
        if shown.code == Some(code) || shown.under_way {
            return;
        }
        shown.code = Some(code);
        match board.line {
            LineKind::Simple => board.comms.show(slot, code),
            LineKind::Modelled => {
                shown.under_way = true;
                shown.sent = now;
                let (namespace, address) = (namespace::COMMS, slot as u8);
                self.says.push(Command { namespace, address, write: true, data: code });
            }
        }
    }

    /// Asks for the supply, and sends the LEDs again, when a tick makes it time.
    pub(super) fn chat(&mut self, timer: u16, board: &mut Board, now: u64) {
        if timer.wrapping_sub(self.supply_asked) > SUPPLY_TICKS {
            self.supply_asked = timer;
            match board.line {
                LineKind::Simple => self.find_supply(board.comms.supply_sensed(), board, now),
                LineKind::Modelled => {
                    let (namespace, address) = (namespace::COMMS, comms::PSU as u8);
                    self.says.push(Command { namespace, address, write: false, data: 0 });
                }
            }
        }
        let again = timer.wrapping_sub(self.leds_sent) > LED_TICKS;
        if again {
            self.leds_sent = timer;
        }
        for slot in 0..self.leds.len() {
            if let Some(led) = self.leds.get_mut(slot)
                && again
                && !led.under_way
            {
                led.code = None;
            }
            self.show(slot, board, now);
        }
        self.keep_leds_lit(board, now);
    }

    /// Takes an answer of the communications processor.
    pub(super) fn is_told(&mut self, answer: Command, board: &mut Board, now: u64) {
        let slot = usize::from(answer.address);
        match self.leds.get_mut(slot) {
            Some(led) if answer.write => {
                led.under_way = false;
                self.show(slot, board, now);
            }
            None if !answer.write && slot == comms::PSU => self.find_supply(answer.data != 0, board, now),
            _ => {}
        }
        self.keep_leds_lit(board, now);
    }

    /// Sends the LED of each active cell again whose last packet has been answered, or will not be.
    fn keep_leds_lit(&mut self, board: &mut Board, now: u64) {
        for slot in 0..self.leds.len() {
            let active = self.is_active(slot);
            let Some(led) = self.leds.get_mut(slot) else { continue };
            led.under_way &= now - led.sent < LOST;
            if active && !led.under_way && board.line == LineKind::Modelled {
                led.code = None;
                self.show(slot, board, now);
            }
        }
    }

    fn find_supply(&mut self, supply: bool, board: &mut Board, now: u64) {
        if supply != self.supply {
            self.supply = supply;
            self.serve_all(board, now);
        }
    }

    fn is_active(&self, slot: usize) -> bool {
        self.cells.get(slot).is_some_and(|state| mode::is_active(state.registers[cell::MODE]))
    }
}

fn led_of(mode: u16) -> Option<u16> {
    match mode {
        mode::NO_CELL => Some(led::OFF),
        mode::BACKWARDS => Some(led::FLASH_FAST),
        mode::IDLE => Some(led::BLIP),
        mode::CHARGE => Some(led::RAMP_UP),
        mode::DISCHARGE => Some(led::RAMP_DOWN),
        mode::IMPEDANCE => Some(led::SINE),
        mode::STOPPED => Some(led::ON),
        _ => None,
    }
}
