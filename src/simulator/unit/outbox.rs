//! What is on its way to the host: one line, on which nothing overtakes.

use super::chance::below;
use super::frame::STREAM;
use super::line::BYTE;
use super::times::Times;
use super::usb::Outwards;
use crate::simulator::bench::LineKind;
use rand_pcg::Pcg64;
use std::collections::VecDeque;

/// Bytes that the measurement side keeps for the line. Its program waits until there is room.
const SEND_BUFFER: u64 = 64;
/// Bytes that the communications side keeps for the cable, where it is modelled.
const CABLE_BUFFER: usize = 128;

/// One packet, and from when on it can be read.
#[derive(Clone, Copy, Debug)]
struct Packet {
    ready: u64,
    bytes: [u8; STREAM],
    length: usize,
}

/// The packets that the host has not read.
#[derive(Clone, Debug)]
pub struct Outbox {
    times: Times,
    /// The cable, where it is modelled.
    cable: Option<Outwards>,
    /// When the line from the measurement processor is free.
    free_at: u64,
    packets: VecDeque<Packet>,
}

impl Outbox {
    /// With nothing in it.
    pub fn new(kind: LineKind) -> Self {
        let cable = match kind {
            LineKind::Simple => None,
            LineKind::Modelled => Some(Outwards::default()),
        };
        Self { times: Times::of(kind), cable, free_at: 0, packets: VecDeque::new() }
    }

    /// Puts so many bytes on the line from the measurement processor, and tells when the last has gone over it.
    pub fn carry(&mut self, bytes: usize, now: u64) -> u64 {
        self.free_at = now.max(self.free_at) + bytes as u64 * BYTE;
        self.free_at
    }

    /// When all that was put on the line has found room in the measurement side's buffer.
    pub fn taken_at(&self) -> u64 {
        self.free_at.saturating_sub(SEND_BUFFER * BYTE)
    }

    /// Sends a packet of the measurement processor, which takes its time on the inner line and `delay`
    /// microseconds more.
    pub fn send<const N: usize>(&mut self, bytes: [u8; N], now: u64, delay: u64, timing: &mut Pcg64) {
        let (least, more) = self.times.outwards;
        let over = self.carry(N, now);
        self.put(&bytes, over + delay + least + below(timing, more));
    }

    /// Sends a packet of the communications processor itself.
    pub fn send_own<const N: usize>(&mut self, bytes: [u8; N], now: u64, timing: &mut Pcg64) {
        let (least, more) = self.times.own_answer;
        self.put(&bytes, now + least + below(timing, more));
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

    /// Has a packet that is there at a moment read by the host as soon as the cable allows.
    fn put(&mut self, mut packet: &[u8], there: u64) {
        let Some(mut cable) = self.cable else { return self.push(packet, there) };
        let waiting = self.packets.iter().filter(|packet| packet.ready > there);
        if waiting.map(|packet| packet.length).sum::<usize>() + packet.len() > CABLE_BUFFER {
            return;
        }
        while !packet.is_empty() {
            let (fits, ready) = cable.load(packet.len(), there);
            let (now, later) = packet.split_at(fits);
            self.push(now, ready);
            packet = later;
        }
        self.cable = Some(cable);
    }

    fn push(&mut self, packet: &[u8], ready: u64) {
        let ready = self.packets.back().map_or(ready, |last| ready.max(last.ready));
        let mut bytes = [0; STREAM];
        let length = bytes.iter_mut().zip(packet).map(|(to, from)| *to = *from).count();
        self.packets.push_back(Packet { ready, bytes, length });
    }
}
