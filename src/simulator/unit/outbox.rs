//! What is on its way to the host: one line, on which nothing overtakes.

use super::chance::below;
use super::frame::STREAM;
use super::line::BYTE;
use rand_pcg::Pcg64;
use std::collections::VecDeque;

/// Microseconds from the inner line to the host, at least and how much more.
const OUTWARDS: (u64, u64) = (300, 600);
/// Microseconds in which the communications processor answers for itself, at least and how much more.
const OWN_ANSWER: (u64, u64) = (700, 800);

/// One packet, and from when on it can be read.
#[derive(Clone, Copy, Debug)]
struct Packet {
    ready: u64,
    bytes: [u8; STREAM],
    length: usize,
}

/// The packets that the host has not read.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    /// When the line from the measurement processor is free.
    free_at: u64,
    packets: VecDeque<Packet>,
}

impl Outbox {
    /// Sends a packet of the measurement processor, which takes its time on the inner line and `delay`
    /// microseconds more.
    pub fn send<const N: usize>(&mut self, bytes: [u8; N], now: u64, delay: u64, timing: &mut Pcg64) {
        self.free_at = now.max(self.free_at) + N as u64 * BYTE;
        self.put(&bytes, self.free_at + delay + OUTWARDS.0 + below(timing, OUTWARDS.1));
    }

    /// Sends a packet of the communications processor itself.
    pub fn send_own<const N: usize>(&mut self, bytes: [u8; N], now: u64, timing: &mut Pcg64) {
        self.put(&bytes, now + OWN_ANSWER.0 + below(timing, OWN_ANSWER.1));
    }

    /// When the first packet can be read.
    pub fn ready_at(&self) -> Option<u64> {
        self.packets.front().map(|packet| packet.ready)
    }

    /// Appends to `into` what can be read at this moment.
    pub fn take(&mut self, now: u64, into: &mut Vec<u8>) {
        while let Some(packet) = self.packets.front().filter(|packet| packet.ready <= now) {
            into.extend(packet.bytes.iter().take(packet.length));
            self.packets.pop_front();
        }
    }

    fn put(&mut self, packet: &[u8], ready: u64) {
        let ready = self.packets.back().map_or(ready, |last| ready.max(last.ready));
        let mut bytes = [0; STREAM];
        let length = bytes.iter_mut().zip(packet).map(|(to, from)| *to = *from).count();
        self.packets.push_back(Packet { ready, bytes, length });
    }
}
