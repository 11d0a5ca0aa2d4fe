//! The cable to the host where a line is modelled: USB at full speed, in frames of a millisecond, each with one
//! packet of at most 64 bytes either way, since an endpoint of this device has one buffer.
//!
//! What the host writes goes at once if the frame has not had its packet; what the unit has to say is asked for all
//! through a frame, and the host is told of it when the frame ends.

use std::collections::VecDeque;

/// Microseconds of a frame.
const FRAME: u64 = 1_000;
/// Bytes of a packet, at most.
const PACKET: usize = 64;
/// Microseconds of a packet on the cable.
const ON_CABLE: u64 = 50;

/// What the host has written and the unit does not have yet.
#[derive(Clone, Debug, Default)]
pub struct Inwards {
    bytes: VecDeque<u8>,
    /// When the next packet is there, at the earliest.
    next: u64,
}

impl Inwards {
    /// Takes what the host writes.
    pub fn write(&mut self, bytes: &[u8], now: u64) {
        if self.bytes.is_empty() {
            self.next = self.next.max(now + ON_CABLE);
        }
        self.bytes.extend(bytes);
    }

    /// When a packet is there.
    pub fn packet_at(&self) -> Option<u64> {
        (!self.bytes.is_empty()).then_some(self.next)
    }

    /// The packet that is there.
    pub fn take(&mut self) -> Vec<u8> {
        self.next = frame_end(self.next) + ON_CABLE;
        self.bytes.drain(..self.bytes.len().min(PACKET)).collect()
    }
}

/// The frames on the way to the host.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outwards {
    /// When the frame ends that took bytes last.
    ends: u64,
    /// How many more fit into its packet.
    room: usize,
}

impl Outwards {
    /// How many of these bytes, which the unit can send from a moment on, go in the next packet, and when the host
    /// is told.
    pub fn load(&mut self, bytes: usize, now: u64) -> (usize, u64) {
        let ends = frame_end(now);
        if ends > self.ends {
            *self = Self { ends, room: PACKET };
        } else if self.room == 0 {
            *self = Self { ends: self.ends + FRAME, room: PACKET };
        }
        let fits = bytes.min(self.room);
        self.room -= fits;
        (fits, self.ends)
    }
}

/// When the frame of a moment ends.
pub fn frame_end(now: u64) -> u64 {
    (now / FRAME + 1) * FRAME
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_takes_one_packet_inwards_and_the_rest_waits_for_the_next() {
        let mut inwards = Inwards::default();
        assert_eq!(inwards.packet_at(), None);
        inwards.write(&[1; 70], 2_300);
        assert_eq!(inwards.packet_at(), Some(2_350), "at once");
        assert_eq!(inwards.take().len(), 64);
        assert_eq!(inwards.packet_at(), Some(3_050));
        inwards.write(&[2; 3], 2_900);
        assert_eq!(inwards.take(), [1, 1, 1, 1, 1, 1, 2, 2, 2]);
        inwards.write(&[3], 3_100);
        assert_eq!(inwards.packet_at(), Some(4_050), "this frame has had its packet");
        inwards.take();
        inwards.write(&[4], 9_999);
        assert_eq!(inwards.packet_at(), Some(10_049));
    }

    #[test]
    fn the_host_is_told_when_a_frame_ends_of_64_bytes_at_most() {
        let mut outwards = Outwards::default();
        assert_eq!(outwards.load(5, 1_200), (5, 2_000));
        assert_eq!(outwards.load(62, 1_900), (59, 2_000));
        assert_eq!(outwards.load(3, 1_900), (3, 3_000));
        assert_eq!(outwards.load(5, 2_000), (5, 3_000));
        assert_eq!(outwards.load(5, 7_999), (5, 8_000));
    }
}
