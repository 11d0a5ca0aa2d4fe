//! Frames as both processors see them: they hunt for `AA`, then take five bytes.

/// The byte that starts a command and its response.
const START: u8 = 0xAA;
/// The byte that starts a stream packet.
const STREAM_START: u8 = 0xAF;
/// The bytes of a command or a response.
pub const FRAME: usize = 5;
/// The bytes of a stream packet.
pub const STREAM: usize = 13;

/// A command from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// Which processor, cell or program it is for.
    pub namespace: u8,
    /// Which register.
    pub address: u8,
    /// Whether it writes.
    pub write: bool,
    /// What it writes; ignored in a read.
    pub data: u16,
}

impl Command {
    fn parse([_, namespace, address, low, high]: [u8; FRAME]) -> Self {
        Self {
            namespace,
            address: address & 0x7F,
            write: address & 0x80 != 0,
            data: u16::from_le_bytes([low, high]),
        }
    }

    /// The bytes as they came, or would have come.
    pub fn bytes(self) -> [u8; FRAME] {
        self.response(self.data)
    }

    /// The response with this data: it repeats namespace, address and the write bit.
    pub fn response(self, data: u16) -> [u8; FRAME] {
        let [low, high] = data.to_le_bytes();
        [START, self.namespace, self.address | if self.write { 0x80 } else { 0 }, low, high]
    }
}

/// The bytes of a stream packet: MODE, STATUS, TEMPERATURE, CURRENT, VOLTAGE of a cell.
pub fn stream_packet(cell: u8, values: [u16; 5]) -> [u8; STREAM] {
    let mut bytes = [0; STREAM];
    bytes[0] = STREAM_START;
    bytes[1] = cell;
    for (pair, value) in bytes[3..].chunks_exact_mut(2).zip(values) {
        pair.copy_from_slice(&value.to_le_bytes());
    }
    bytes
}

/// Collects bytes into commands. A torn frame waits, and is completed by whatever comes next.
#[derive(Clone, Debug, Default)]
pub struct Framer {
    held: [u8; FRAME],
    count: usize,
}

impl Framer {
    /// Whether a frame has begun.
    pub fn is_torn(&self) -> bool {
        self.count > 0
    }

    /// Takes a byte; gives the command that it completes.
    pub fn push(&mut self, byte: u8) -> Option<Command> {
        if self.count == 0 && byte != START {
            return None;
        }
        if let Some(place) = self.held.get_mut(self.count) {
            *place = byte;
        }
        self.count += 1;
        if self.count < FRAME {
            return None;
        }
        self.count = 0;
        Some(Command::parse(self.held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_before_a_frame_is_harmless_and_a_torn_one_eats_the_next() {
        let mut framer = Framer::default();
        let found: Vec<Command> =
            [0, 7, 0xAF, 0xAA, 4, 0x82, 0x34, 0x12].into_iter().filter_map(|b| framer.push(b)).collect();
        assert_eq!(found, [Command { namespace: 4, address: 2, write: true, data: 0x1234 }]);

        let torn = [0xAA, 0, 0x83, 0x10, 0xAA, 0, 0x03, 0, 0];
        let found: Vec<Command> = torn.into_iter().filter_map(|b| framer.push(b)).collect();
        assert_eq!(found, [Command { namespace: 0, address: 3, write: true, data: 0xAA10 }]);
    }

    #[test]
    fn a_response_repeats_the_address_with_its_write_bit() {
        let read = Command { namespace: 3, address: 0x07, write: false, data: 0 };
        assert_eq!(read.response(0x0102), [0xAA, 3, 0x07, 2, 1]);
        assert_eq!(Command { write: true, ..read }.response(0), [0xAA, 3, 0x87, 0, 0]);
        assert_eq!(
            stream_packet(2, [6, 0x0100, 1, 2, 0x7FFF]),
            [0xAF, 2, 0, 6, 0, 0, 1, 1, 0, 2, 0, 0xFF, 0x7F]
        );
    }
}
