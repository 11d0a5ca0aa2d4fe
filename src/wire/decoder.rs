//! Finds frames in a stream of bytes, and finds its way back after garbage.

use super::frame::{COMMAND_LENGTH, COMMAND_MARK, STREAM_LENGTH, STREAM_MARK};
use super::{Response, StreamPacket};

/// A whole packet from the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The answer to a command.
    Response(Response),
    /// A packet that nobody asked for.
    Stream(StreamPacket),
}

/// Takes bytes as they come, in slices of any size, and gives whole frames.
///
/// A candidate that cannot be a frame (its mark is followed by a namespace, register or cell that does
/// not exist) costs only its first byte: what follows that byte is looked at again, so one bad byte
/// never hides the good frame behind it.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// The beginning of a frame that is not whole yet.
    held: [u8; STREAM_LENGTH],
    length: usize,
    garbage: u64,
}

/// What the front of a slice of bytes is.
enum Front {
    /// A frame of so many bytes.
    Whole(Frame, usize),
    /// Perhaps a frame; more bytes are needed.
    Partial,
    /// Not the beginning of a frame.
    Garbage,
}

impl Decoder {
    /// A decoder that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes so far that belonged to no frame.
    pub const fn garbage(&self) -> u64 {
        self.garbage
    }

    /// Bytes held back because they may be the beginning of a frame.
    pub const fn held(&self) -> usize {
        self.length
    }

    /// Forgets a frame that has begun and is not whole; its bytes count as garbage.
    pub fn reset(&mut self) {
        self.garbage += self.length as u64;
        self.length = 0;
    }

    /// Takes bytes and calls `each` with every frame that they complete, in order.
    pub fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(Frame)) {
        while self.length > 0 {
            let Some((&first, rest)) = bytes.split_first() else { return };
            self.hold(first);
            bytes = rest;
            self.drain_held(&mut each);
        }
        while !bytes.is_empty() {
            match front(bytes) {
                Front::Whole(frame, length) => {
                    each(frame);
                    bytes = bytes.get(length..).unwrap_or_default();
                }
                Front::Garbage => {
                    self.garbage += 1;
                    bytes = bytes.get(1..).unwrap_or_default();
                }
                Front::Partial => {
                    bytes.iter().for_each(|byte| self.hold(*byte));
                    return;
                }
            }
        }
    }

    /// Appends one byte to those held. A partial front is shorter than the longest frame, so there
    /// is always room.
    fn hold(&mut self, byte: u8) {
        if let Some(place) = self.held.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    fn drain_held(&mut self, each: &mut impl FnMut(Frame)) {
        while self.length > 0 {
            let taken = match front(self.held.get(..self.length).unwrap_or_default()) {
                Front::Partial => return,
                Front::Whole(frame, length) => {
                    each(frame);
                    length
                }
                Front::Garbage => {
                    self.garbage += 1;
                    1
                }
            };
            self.held.copy_within(taken..self.length, 0);
            self.length -= taken;
        }
    }
}

fn front(bytes: &[u8]) -> Front {
    match bytes.first() {
        Some(&COMMAND_MARK) => match bytes.first_chunk::<COMMAND_LENGTH>() {
            Some(chunk) => match Response::decode(*chunk) {
                Some(response) => Front::Whole(Frame::Response(response), COMMAND_LENGTH),
                None => Front::Garbage,
            },
            None if may_be_response(bytes) => Front::Partial,
            None => Front::Garbage,
        },
        Some(&STREAM_MARK) => match bytes.first_chunk::<STREAM_LENGTH>() {
            Some(chunk) => match StreamPacket::decode(*chunk) {
                Some(packet) => Front::Whole(Frame::Stream(packet), STREAM_LENGTH),
                None => Front::Garbage,
            },
            None if may_be_stream(bytes) => Front::Partial,
            None => Front::Garbage,
        },
        Some(_) => Front::Garbage,
        None => Front::Partial,
    }
}

/// Whether a short front can still become a response: its missing bytes are tried as zeros, and a
/// missing register is 0, which every namespace has.
fn may_be_response(bytes: &[u8]) -> bool {
    let mut chunk = [0; COMMAND_LENGTH];
    chunk.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    Response::decode(chunk).is_some()
}

/// Whether a short front can still become a stream packet.
fn may_be_stream(bytes: &[u8]) -> bool {
    let mut chunk = [0; STREAM_LENGTH];
    chunk[0] = STREAM_MARK;
    chunk.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    StreamPacket::decode(chunk).is_some()
}
