//! The line between the two processors: what is on its way, and the buffer at the measurement side.

use super::frame::{Command, FRAME, Framer};
use std::collections::VecDeque;

/// Microseconds of a byte at 115200 baud, 8N1, rounded up.
pub const BYTE: u64 = 87;
/// Bytes that the communications side keeps for the line.
const SEND_BUFFER: u64 = 128;
/// Bytes that the measurement side keeps, with nothing that stops one more.
const RECEIVE_BUFFER: usize = 64;

/// Microseconds of the interrupt that closes a slice, in which no byte is fetched from the receiver.
const INTERRUPT: u64 = 300;
/// Bytes that the receiver holds by itself.
const RECEIVER: u32 = 2;

/// When the interrupts come that close the slices.
#[derive(Clone, Copy, Debug)]
pub struct Interrupts {
    /// One of them.
    pub at: u64,
    /// Microseconds between them.
    pub every: u64,
}

impl Interrupts {
    /// The beginning of the interrupt that runs at this moment.
    fn running_at(self, time: u64) -> Option<u64> {
        let since = (time % self.every + self.every - self.at % self.every) % self.every;
        (since < INTERRUPT).then(|| time.saturating_sub(since))
    }
}

/// A byte on the line.
#[derive(Clone, Copy, Debug)]
struct Byte {
    value: u8,
    /// Whether the host sent it; otherwise the communications processor did, in an answer.
    asked: bool,
}

/// Commands on their way inwards.
#[derive(Clone, Debug, Default)]
pub struct InnerLine {
    /// When the line will have sent all it was given.
    free_at: u64,
    arriving: VecDeque<(u64, Byte)>,
    buffer: VecDeque<Byte>,
    framer: Framer,
    /// What arrives before this moment is lost.
    deaf_until: u64,
    /// How many bytes still pass before one is lost on the way.
    lose_after: Option<u32>,
    /// The interrupt that bytes last ran into, and how many did.
    interrupted: (u64, u32),
    /// Up to when nothing fetches bytes from the receiver, and how many it holds meanwhile.
    unattended: (u64, u32),
    /// How often a buffer was full when more came.
    overruns: u64,
}

impl InnerLine {
    /// Puts a whole frame on the line. It is lost if the sending side is full. Where interrupts are
    /// given, those lose the bytes that the receiver cannot hold meanwhile.
    pub fn forward(&mut self, command: Command, asked: bool, now: u64, interrupts: Option<Interrupts>) {
        let start = self.free_at.max(now);
        if start - now > (SEND_BUFFER - FRAME as u64) * BYTE {
            self.overruns += 1;
            return;
        }
        for (value, end) in command.bytes().into_iter().zip(1u64..) {
            let byte = Byte { value, asked };
            let arrives = start + end * BYTE;
            if interrupts.is_some_and(|interrupts| self.is_lost(interrupts, arrives)) {
                continue;
            }
            match self.lose_after.as_mut() {
                Some(0) => self.lose_after = None,
                left => {
                    left.into_iter().for_each(|bytes| *bytes -= 1);
                    self.arrive(arrives, byte);
                }
            }
        }
        self.free_at = start + FRAME as u64 * BYTE;
    }

    fn arrive(&mut self, at: u64, byte: Byte) {
        let (until, held) = self.unattended;
        if at > until {
            self.arriving.push_back((at, byte));
        } else if held < RECEIVER {
            self.unattended.1 += 1;
            self.arriving.push_back((until, byte));
        }
    }

    /// Leaves the receiver to itself up to a moment: it holds what it can of what arrives, and the rest is
    /// lost.
    pub fn leave_unattended(&mut self, until: u64) {
        self.unattended = (until, 0);
        for (at, byte) in std::mem::take(&mut self.arriving) {
            self.arrive(at, byte);
        }
    }

    /// Whether the byte that arrives at a moment finds the receiver full, since an interrupt keeps the program from it.
    fn is_lost(&mut self, interrupts: Interrupts, arrives: u64) -> bool {
        let Some(began) = interrupts.running_at(arrives) else { return false };
        let (last, count) = self.interrupted;
        self.interrupted = (began, if last == began { count + 1 } else { 1 });
        self.interrupted.1 > RECEIVER
    }

    /// Loses one of the bytes that are put on the line next: the one after so many.
    pub fn lose_after(&mut self, bytes: u32) {
        self.lose_after = Some(bytes);
    }

    /// Loses what arrives up to a moment.
    pub fn deafen(&mut self, until: u64) {
        self.deaf_until = self.deaf_until.max(until);
    }

    /// Forgets all: the power went.
    pub fn clear(&mut self) {
        *self = Self { deaf_until: self.deaf_until, ..Self::default() };
    }

    /// When enough bytes will have arrived that a pass of the main loop may find a command.
    pub fn ready_at(&self) -> Option<u64> {
        if self.buffer.len() >= FRAME {
            return Some(0);
        }
        // Fewer may be enough to complete a torn frame; a pass that finds nothing does no harm.
        let last = self.arriving.get(FRAME - 1).or_else(|| self.arriving.back());
        last.map(|(at, _)| *at)
    }

    /// How often a buffer was full when more came.
    pub fn overruns(&self) -> u64 {
        self.overruns
    }

    /// Whether anything of the host's is on the line or in the buffer, or begins a frame that what comes may complete.
    pub fn is_asked(&self) -> bool {
        let mut bytes = self.arriving.iter().map(|(_, byte)| byte).chain(&self.buffer);
        self.framer.is_torn() || bytes.any(|byte| byte.asked)
    }

    /// The command that a pass of the main loop takes at this moment. Of the rest nothing is taken.
    pub fn take(&mut self, now: u64) -> Option<Command> {
        while let Some((at, byte)) = self.arriving.front().copied() {
            if at > now {
                break;
            }
            self.arriving.pop_front();
            if at <= self.deaf_until {
                continue;
            }
            if self.buffer.len() == RECEIVE_BUFFER {
                // The write index runs into the read index: what was kept is as if it had been read.
                self.buffer.clear();
                self.overruns += 1;
            }
            self.buffer.push_back(byte);
        }
        while let Some(byte) = self.buffer.pop_front() {
            if let Some(command) = self.framer.push(byte.value) {
                return Some(command);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: u8) -> Command {
        Command { namespace: 0, address, write: false, data: 0 }
    }

    #[test]
    fn a_frame_takes_its_time_and_one_pass_takes_one_frame() {
        let mut line = InnerLine::default();
        line.forward(read(1), true, 1000, None);
        line.forward(read(2), true, 1000, None);
        assert_eq!(line.ready_at(), Some(1000 + 5 * BYTE));
        assert_eq!(line.take(1000 + 4 * BYTE), None);
        assert_eq!(line.take(3000), Some(read(1)));
        assert_eq!(line.ready_at(), Some(0));
        assert_eq!(line.take(3000), Some(read(2)));
        assert_eq!(line.ready_at(), None);
    }

    #[test]
    fn twelve_frames_fit_and_a_thirteenth_overruns_them() {
        let taken = |frames: u8| {
            let mut line = InnerLine::default();
            (0..frames).for_each(|n| line.forward(read(n), true, u64::from(n) * 500, None));
            std::iter::from_fn(|| line.take(1_000_000)).count()
        };
        assert_eq!(taken(12), 12);
        assert!(taken(13) < 2);
    }

    #[test]
    fn a_lost_byte_makes_the_next_frame_complete_the_torn_one() {
        let mut line = InnerLine::default();
        line.lose_after(4);
        line.forward(Command { namespace: 0, address: 3, write: true, data: 0x0010 }, true, 0, None);
        assert_eq!(line.take(1000), None);
        line.forward(read(7), true, 2000, None);
        assert_eq!(line.take(9000), Some(Command { namespace: 0, address: 3, write: true, data: 0xAA10 }));
        line.forward(read(8), true, 10_000, None);
        assert_eq!(line.take(19_000), Some(read(8)));
    }

    #[test]
    fn an_unattended_receiver_holds_two_bytes() {
        let mut line = InnerLine::default();
        line.forward(read(1), true, 0, None);
        assert_eq!(line.take(5 * BYTE), Some(read(1)));
        line.forward(read(2), true, 5 * BYTE, None);
        line.leave_unattended(5 * BYTE + 10 * BYTE);
        line.forward(read(3), true, 10 * BYTE, None);
        // The mark and the namespace of the second frame, completed by the first bytes of the fourth.
        line.forward(read(4), true, 16 * BYTE, None);
        assert_eq!(
            line.take(40 * BYTE),
            Some(Command { namespace: 0, address: 0x2A, write: true, data: 0x0400 })
        );
        line.forward(read(5), true, 41 * BYTE, None);
        assert_eq!(line.take(60 * BYTE), Some(read(5)));
    }

    #[test]
    fn an_interrupt_loses_the_third_byte_that_comes_in_it() {
        let interrupts = Interrupts { at: 5_000, every: 102_400 };
        let arrived = |start: u64| {
            let mut line = InnerLine::default();
            line.forward(read(1), true, start, Some(interrupts));
            line.arriving.len()
        };
        assert_eq!(arrived(1_000), 5);
        assert_eq!(arrived(4_990), 4);
        assert_eq!(arrived(4_990 + 102_400), 4);
        assert_eq!(arrived(4_990 + 50_000), 5);
        let losing = (0..102_400).filter(|start| arrived(*start) < 5).count();
        assert!((100..400).contains(&losing), "{losing} of 102400: a few in a thousand");
    }
}
