//! The codec: commands made, and replies and stream packets found in bytes as they come from a port.
//!
//! `cargo bench --bench codec`

use batlab_run::identity::Slot;
use batlab_run::wire::{Command, Decoder, Frame, Response, cell};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};

/// Frames in one benched piece.
const FRAMES: usize = 1000;

fn main() {
    divan::main();
}

#[divan::bench]
fn commands_made(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(FRAMES)).bench(|| {
        let mut bytes = Vec::with_capacity(FRAMES * 5);
        for slot in Slot::ALL.into_iter().cycle().take(FRAMES) {
            let command = Command::Read(cell::VOLTAGE.at(black_box(slot)).address());
            bytes.extend_from_slice(&command.encode());
        }
        bytes
    });
}

/// Replies in pieces of so many bytes: what one USB packet holds, and one byte each.
#[divan::bench(args = [64, 1])]
fn replies_found(bencher: Bencher<'_, '_>, piece: usize) {
    let replies = (0..FRAMES).flat_map(|n| {
        let address = cell::VOLTAGE.at(Slot::ALL[n % 4]).address();
        Response { address, is_write: false, data: n as u16 }.encode()
    });
    found(bencher, replies.collect(), piece);
}

#[divan::bench]
fn stream_packets_found(bencher: Bencher<'_, '_>) {
    // Slot 2, discharging: no flags, 25 degC, 1 A, 3.6 V.
    let packet = [0xAF, 2, 0, 4, 0, 0, 0, 0xA6, 0x4F, 0x40, 0x1F, 0x66, 0x66];
    found(bencher, packet.repeat(FRAMES), 64);
}

/// Bytes that belong to no frame, and what is searched through for a beginning of one.
#[divan::bench]
fn garbage_passed_over(bencher: Bencher<'_, '_>) {
    found(bencher, (0..FRAMES * 5).map(|n| (n % 0xA9) as u8).collect(), 64);
}

fn found(bencher: Bencher<'_, '_>, bytes: Vec<u8>, piece: usize) {
    bencher.counter(ItemsCount::new(FRAMES)).counter(BytesCount::new(bytes.len())).bench(|| {
        let (mut decoder, mut frames) = (Decoder::new(), 0);
        for piece in black_box(&bytes).chunks(piece) {
            decoder.feed(piece, |frame| {
                frames += match black_box(frame) {
                    Frame::Response(_) | Frame::Stream(_) => 1,
                }
            });
        }
        frames
    });
}
