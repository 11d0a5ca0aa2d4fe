//! The driver's bounds and times.

use std::time::Duration;

/// How a driver talks to its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Requests in flight at once, 1 to 12. The buffer in front of the unit's measurement processor holds 64 bytes, which
    /// are twelve frames, and has no overflow check. The host shares it: at the worst moment the answers to four LED
    /// packets and to the question for the supply lie there too, which leaves seven. Seven keep the unit busy: it takes
    /// one in 0.7 ms, and a reply is back within 3 ms.
    pub in_flight: usize,
    /// The time in which a reply must come. The unit takes 2 to 5 ms, 11 ms and more when busy.
    pub deadline: Duration,
    /// The same for a write to EEPROM, which takes some 4 ms a byte with interrupts off.
    pub eeprom_deadline: Duration,
    /// The same for a DATA write in the bootloader: the first one erases the flash, which takes some 0.5 s.
    pub erase_deadline: Duration,
    /// How often one read is sent, and how often one write is sent until its value reads back.
    pub tries: u8,
    /// Silence after a flush, in which a torn frame ends and late replies come in.
    pub pause: Duration,
    /// How long the reply to a request that timed out is still reckoned with: until then the same
    /// register is not asked again, unless a later reply has shown that it is lost.
    pub late: Duration,
    /// Timeouts in a row after which the unit counts as silent, and nothing is tried twice.
    pub silent_after: u32,
    /// How long a start ignores what comes in.
    pub drain: Duration,
    /// How long a start goes on asking: a unit that was just plugged in first answers after some 1.7 s.
    pub start: Duration,
}

impl Config {
    /// The most requests that may be in flight.
    pub const MOST_IN_FLIGHT: usize = 12;
}

impl Default for Config {
    fn default() -> Self {
        Self {
            in_flight: 7,
            deadline: Duration::from_millis(100),
            eeprom_deadline: Duration::from_millis(400),
            erase_deadline: Duration::from_millis(1500),
            tries: 3,
            pause: Duration::from_millis(20),
            late: Duration::from_millis(250),
            silent_after: 6,
            drain: Duration::from_millis(150),
            start: Duration::from_secs(4),
        }
    }
}
