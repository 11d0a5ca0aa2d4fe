//! Loading firmware: whole, cut short, wrong.

use super::*;
use crate::simulator::unit::image;
use crate::simulator::unit::registers::boot;

const BOOT: u8 = 5;

fn enter(host: &mut Host) {
    host.write(UNIT, unit::BOOTLOAD, 0);
    host.wait_ms(1000);
    assert_eq!(host.read(BOOT, boot::ADDR), 0x0400, "the address pointer, not 257");
    assert_eq!(host.ask(UNIT, 2, 0), None, "the unit's namespace does not answer");
    assert_eq!(host.read(COMMS, 6), 523, "the other processor does");
}

/// Writes so many bytes of an image, reading each back.
fn load(host: &mut Host, image: &[u8]) {
    for (address, byte) in (0x0400u16..).zip(image) {
        host.ask(BOOT, 0x81, address).expect("an answer to ADDR");
        if host.ask(BOOT, 0x82, u16::from(*byte)).is_none() {
            host.wait_ms(600);
        }
        assert_eq!(host.read(BOOT, boot::DATA), u16::from(*byte), "at {address:#x}");
    }
}

#[test]
fn a_whole_image_runs_afterwards() {
    let mut host = Host::new();
    enter(&mut host);
    load(&mut host, &image(5));
    host.write(BOOT, boot::BOOTLOAD, 0);
    host.wait_ms(2000);
    assert_eq!(host.read(BOOT, boot::DATA), 257);
    assert_eq!(host.read(UNIT, unit::FIRMWARE_VER), 5);
    assert_eq!(host.read(UNIT, unit::SERIAL_NUM), 77);
}

#[test]
fn without_a_write_the_old_image_is_still_there() {
    let mut host = Host::new();
    enter(&mut host);
    host.unit.power_cycle();
    host.wait_ms(2000);
    assert_eq!(host.read(UNIT, unit::FIRMWARE_VER), 7, "asked for once, entered once");
}

#[test]
fn an_interrupted_load_comes_up_in_the_bootloader_and_can_be_done_again() {
    let mut host = Host::new();
    enter(&mut host);
    load(&mut host, &image(7)[..50]);
    assert!(host.refused(BOOT, boot::BOOTLOAD, 0), "no valid image");
    host.unit.power_cycle();
    host.wait_ms(1000);
    assert_eq!(host.read(BOOT, boot::ADDR), 0x0400);
    load(&mut host, &image(3));
    host.write(BOOT, boot::BOOTLOAD, 0);
    host.wait_ms(2000);
    assert_eq!(host.read(UNIT, unit::FIRMWARE_VER), 3);
}

#[test]
fn a_wrong_image_is_refused_and_erased_only_by_a_new_entry() {
    let mut host = Host::new();
    enter(&mut host);
    let mut wrong = image(7);
    wrong[100] ^= 1;
    load(&mut host, &wrong);
    assert!(host.refused(BOOT, boot::BOOTLOAD, 0));
    // A second write only clears bits.
    host.write(BOOT, boot::ADDR, 0x0400);
    let kept = host.read(BOOT, boot::DATA);
    host.write(BOOT, boot::DATA, 0xF0);
    assert_eq!(host.read(BOOT, boot::DATA), kept & 0xF0);
}

#[test]
fn the_first_write_takes_half_a_second_and_the_bootloader_protects_itself() {
    let mut host = Host::new();
    enter(&mut host);
    assert!(host.refused(BOOT, boot::ADDR, 0x03FF));
    assert_eq!(host.read(BOOT, boot::ADDR), 0x0400);
    assert_eq!(host.ask(BOOT, 0x82, 0x12), None, "erasing");
    host.wait_ms(500);
    assert_eq!(host.bytes, [0xAA, 5, 0x82, 0, 0]);
    assert_eq!(host.read(BOOT, boot::DATA), 0x12);
    host.write(BOOT, boot::ADDR, 0x0500);
    assert_eq!(host.read(BOOT, boot::DATA), 0xFF, "erased");
}
