//! The registers of the communications processor, namespace 255.

use super::ReadBack::{Nothing, Same};
use super::register::register_map;
use super::{Led, Psu};

register_map! { Communications, single,
    // The measurement processor sends the LED state of each cell every 2 s.
    0x00 LED0: Led, ReadWrite, false, Nothing, "LED of slot 0";
    0x01 LED1: Led, ReadWrite, false, Nothing, "LED of slot 1";
    0x02 LED2: Led, ReadWrite, false, Nothing, "LED of slot 2";
    0x03 LED3: Led, ReadWrite, false, Nothing, "LED of slot 3";
    0x04 PSU: Psu, ReadOnly, false, Same, "External supply; 0 is none";
    0x05 PSU_VOLTAGE: u16, ReadOnly, false, Same, "External supply's voltage, converter counts";
    0x06 PSU_LOW: u16, ReadWrite, false, Same, "Supply cut-off, low, converter counts; 523 after reset";
    0x07 PSU_HIGH: u16, ReadWrite, false, Same, "Supply cut-off, high, converter counts; 630 after reset";
    0x08 PSU_HYSTERESIS: u16, ReadWrite, false, Same, "Supply cut-offs' hysteresis, converter counts; 5 after reset";
}
