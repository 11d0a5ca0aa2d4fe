//! Images that are none, and flashing simulated units under virtual time: whole, broken off, spoiled, and over a bad line.

use super::*;
use crate::clock::{Clock, Instant, VirtualClock};
use crate::driver::{Config, Line};
use crate::identity::Slot;
use crate::pool::{MetUnit, meet};
use crate::simulator::bench::Bench;
use crate::simulator::{Unit, image};
use crate::transport::faulty::{Faults, Faulty};
use crate::transport::{SimulatedPort, Transport, TransportError, Wake, Waker};
use crate::wire::{FirmwareVersion, Mode, cell};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};

/// A unit, and the clock that it lives by.
struct Bay {
    unit: Arc<Mutex<Unit>>,
    clock: Arc<VirtualClock>,
}

impl Bay {
    fn new() -> Self {
        let bench = Bench::small_cells(1);
        Self { unit: Arc::new(Mutex::new(Unit::new(&bench.units[0], bench.seed))), clock: Arc::default() }
    }

    fn port(&self) -> Box<dyn Transport> {
        Box::new(SimulatedPort::new(Arc::clone(&self.unit), Arc::clone(&self.clock)))
    }

    fn line(&self) -> Line {
        self.line_through(self.port())
    }

    fn line_through(&self, port: Box<dyn Transport>) -> Line {
        Line::new(port, Arc::clone(&self.clock) as Arc<dyn Clock>, Config::default())
    }

    /// The line to a unit that is gone after so many sends.
    fn line_that_breaks(&self, after: usize) -> Line {
        self.line_through(Box::new(Breaking { inner: self.port(), left: after }))
    }

    fn version(&self) -> Option<u16> {
        let MetUnit { firmware: FirmwareVersion(version), .. } = meet(self.line()).ok()?;
        Some(version)
    }

    /// What is in the flash, read out through the bootloader, and then started again.
    fn flash(&self) -> Vec<u8> {
        let mut line = self.line();
        let mut loader = Loader::enter(&mut line).unwrap();
        let bytes: Vec<u8> = (0..Image::LENGTH)
            .step_by(64)
            .flat_map(|at| loader.read(at..at + 64).unwrap().expect("a good line"))
            .collect();
        assert!(loader.leave().unwrap());
        bytes
    }
}

struct Breaking {
    inner: Box<dyn Transport>,
    left: usize,
}

impl Transport for Breaking {
    fn name(&self) -> &str {
        self.inner.name()
    }
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        if self.left == 0 {
            let source = std::io::ErrorKind::BrokenPipe.into();
            return Err(TransportError { port: "cut".into(), what: "cannot be written to", source });
        }
        self.left -= 1;
        self.inner.send(bytes)
    }
    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        self.inner.receive(until, into)
    }
    fn waker(&self) -> Waker {
        self.inner.waker()
    }
}

fn proved(version: u16) -> Image {
    Image::prove(image(version)).unwrap()
}

fn flash(line: &mut Line, image: &Image) -> Result<Flashed, FlashError> {
    Loader::enter(line).unwrap().flash(image, &mut |_| {})
}

#[test]
fn a_whole_image_is_in_the_flash_and_runs() {
    let bay = Bay::new();
    assert_eq!(bay.version(), Some(7));
    let mut stages = Vec::new();
    let mut line = bay.line();
    let done = Loader::enter(&mut line).unwrap().flash(&proved(5), &mut |stage| stages.push(stage)).unwrap();
    assert_eq!((done.found, done.written, done.in_flight, done.mended), (0, Image::LENGTH, 1, 0));
    assert_eq!((stages[0], stages.last()), (Stage::Erasing, Some(&Stage::Written(Image::LENGTH))));
    assert_eq!(bay.version(), Some(5));
    assert_eq!(bay.flash(), image(5));
}

#[test]
fn a_bootloader_with_a_buffer_gets_twelve_requests_at_once() {
    let bay = Bay::new();
    bay.unit.lock().unwrap().set_bootloader_has_buffer(true);
    let done = flash(&mut bay.line(), &proved(5)).unwrap();
    assert_eq!((done.in_flight, done.mended), (12, 0));
    assert_eq!(bay.flash(), image(5));
    let one = flash(&mut Bay::new().line(), &proved(5)).unwrap();
    assert!(done.took * 2 < one.took, "{:?} against {:?}", done.took, one.took);
}

#[test]
fn a_flash_that_broke_off_goes_on_where_it_was() {
    let bay = Bay::new();
    let broken = flash(&mut bay.line_that_breaks(20_000), &proved(5)).unwrap_err();
    let FlashError::Broken { at, .. } = broken else { panic!("{broken}") };
    assert!((1000..8000).contains(&at), "{broken}");
    assert_eq!(bay.version(), None, "it stays in its bootloader");
    let done = flash(&mut bay.line(), &proved(5)).unwrap();
    assert!((at..at + 64).contains(&done.found), "{} after {at}", done.found);
    assert_eq!(done.found + done.written, Image::LENGTH);
    assert_eq!(bay.flash(), image(5));
}

#[test]
fn a_flash_that_lost_its_power_begins_anew() {
    let bay = Bay::new();
    flash(&mut bay.line_that_breaks(20_000), &proved(5)).unwrap_err();
    bay.unit.lock().unwrap().power_cycle();
    assert_eq!(bay.version(), None, "it comes up in its bootloader");
    let done = flash(&mut bay.line(), &proved(3)).unwrap();
    assert_eq!(done.found, 0);
    assert_eq!(bay.flash(), image(3));
}

#[test]
fn another_image_needs_a_fresh_start_of_the_unit() {
    let bay = Bay::new();
    flash(&mut bay.line_that_breaks(20_000), &proved(5)).unwrap_err();
    let error = flash(&mut bay.line(), &proved(3)).unwrap_err();
    assert!(matches!(error, FlashError::Spoiled { at: 30, found: 5, wanted: 3 }), "{error}");
    assert!(error.to_string().contains("unplug it"));
    // Trying has spoiled nothing.
    flash(&mut bay.line_that_breaks(20_000), &proved(5)).unwrap_err();
    bay.unit.lock().unwrap().power_cycle();
    flash(&mut bay.line(), &proved(3)).unwrap();
    assert_eq!(bay.version(), Some(3));
}

#[test]
fn a_unit_that_loses_its_power_unnoticed_is_filled_all_the_same() {
    let bay = Bay::new();
    let mut line = bay.line();
    let unit = Arc::clone(&bay.unit);
    let mut cut = |stage| {
        if stage == Stage::Written(6400) {
            unit.lock().unwrap().power_cycle();
        }
    };
    let done = Loader::enter(&mut line).unwrap().flash(&proved(5), &mut cut).unwrap();
    assert!(done.mended > 0);
    assert_eq!(bay.flash(), image(5));
}

#[test]
fn an_energised_unit_is_left_alone() {
    let bay = Bay::new();
    let mut line = bay.line();
    line.start().unwrap();
    let slot = Slot::ALL[2];
    line.write(cell::MODE.at(slot), Mode::Discharge).unwrap();
    let error = Loader::enter(&mut line).err().unwrap();
    assert!(matches!(error, EnterError::NotAtRest(_)), "{error}");
    assert!(error.to_string().contains("slot 2"), "{error}");
    assert_eq!(line.read(cell::MODE.at(slot)).unwrap(), Mode::Discharge);
}

/// Bytes are lost on the way, in both directions. The flash may fail, and says so; it is never done and wrong.
#[test]
fn a_bad_line_never_leaves_a_wrong_image_behind() {
    let faults = Faults { drop: 2e-5, ..Faults::NONE };
    let (mut good, mut mended) = (0, 0);
    for seed in 0..12 {
        let bay = Bay::new();
        bay.unit.lock().unwrap().set_bootloader_has_buffer(seed % 2 == 0);
        let port = Faulty::new(bay.port(), Arc::clone(&bay.clock) as Arc<dyn Clock>, faults, seed);
        let mut line = bay.line_through(Box::new(port));
        let Ok(loader) = Loader::enter(&mut line) else { continue };
        match loader.flash(&proved(5), &mut |_| {}) {
            Ok(done) => {
                good += 1;
                mended += done.mended;
                assert_eq!(bay.flash(), image(5), "seed {seed}");
            }
            Err(error) => assert_eq!(bay.version(), None, "seed {seed}: {error}"),
        }
    }
    assert!(
        good >= 6 && mended >= 10,
        "{good} of 12 done, {mended} mended: the line was too bad or too good"
    );
}

#[test]
fn what_is_no_image_says_why() {
    let good = image(7);
    let told = |bytes: Vec<u8>| Image::prove(bytes).unwrap_err().to_string();
    assert!(told(Vec::new()).contains("it has 0 bytes of 15360"));
    assert!(told(good[..15_359].to_vec()).contains("15359 bytes of 15360"));
    assert!(told([good.as_slice(), &[0]].concat()).contains("more than the 15360"));
    let mut damaged = good.clone();
    damaged[1000] ^= 0x10;
    assert!(told(damaged).contains("checksum"));
    assert!(told(vec![0; Image::LENGTH]).contains("every byte of it is 0x00"));
    assert!(told(vec![0xFF; Image::LENGTH]).contains("checksum"));
}

proptest! {
    #[test]
    fn every_single_wrong_byte_is_found(at in 0..Image::LENGTH, other in 1..=255_u8) {
        let mut bytes = image(5);
        prop_assert!(Image::prove(bytes.clone()).is_ok());
        bytes[at] = bytes[at].wrapping_add(other);
        prop_assert!(Image::prove(bytes).is_err());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..16_000)) {
        if let Ok(image) = Image::prove(bytes) {
            prop_assert_eq!(image.bytes().len(), Image::LENGTH);
        }
    }
}
