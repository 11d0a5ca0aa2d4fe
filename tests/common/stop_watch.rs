//! Measures how soon a current is ended: from the reading by which its step ends to the write of MODE.
#![allow(dead_code, missing_docs, clippy::expect_used, reason = "each test or bench uses its own part")]

use batlab_run::clock::{Clock, Instant};
use batlab_run::identity::Slot;
use batlab_run::transport::{Transport, TransportError, Wake, Waker};
use batlab_run::wire::{COMMAND_LENGTH, Command, Decoder, Encoding, Frame, Mode, StreamPacket, cell};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where the steps of [`recipe`] end, in volts.
const ENDS: (f64, f64) = (3.65, 3.82);

/// Cells of 80 mAh that are filled and emptied a little, so often: a step ends after some seconds.
pub fn recipe(times: u32) -> String {
    let (low, high) = ENDS;
    format!(
        "[recipe]\nname = \"stops\"\n[cell]\nchemistry = \"li-ion\"\ncapacity = \"80 mAh\"\n\
         [limits]\nvoltage = [\"2.8 V\", \"4.25 V\"]\ncurrent = \"4 A\"\n\
         temperature = {{ charge = \"45 degC\", discharge = \"60 degC\" }}\n[record]\nevery = \"1 s\"\n\
         [[step]]\nrepeat = {times}\n\
         [[step.step]]\ndischarge = \"2 A\"\nuntil = \"voltage < {low} V\"\nat_most = \"2 min\"\n\
         [[step.step]]\ncharge = \"2 A\"\nuntil = \"voltage > {high} V\"\nat_most = \"2 min\"\n"
    )
}

/// The times that were measured, of all units.
#[derive(Clone, Default)]
pub struct Stops(Arc<Mutex<Vec<Duration>>>);

impl Stops {
    /// All so far, the shortest first.
    pub fn sorted(&self) -> Vec<Duration> {
        let mut all = self.0.lock().expect("nobody fails with it").clone();
        all.sort();
        all
    }

    /// Forgets them.
    pub fn clear(&self) {
        self.0.lock().expect("nobody fails with it").clear();
    }
}

/// The place in a sorted list below which such a part of it lies.
pub fn percentile(sorted: &[Duration], part: f64) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * part).round() as usize).copied().unwrap_or_default()
}

/// A port at which it is looked when readings come and stops go.
pub struct StopWatch {
    inner: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    decoder: Decoder,
    /// Since when a slot is beyond what its step ends at.
    beyond: [Option<Instant>; 4],
    stops: Stops,
}

impl StopWatch {
    pub fn new(inner: Box<dyn Transport>, clock: Arc<dyn Clock>, stops: Stops) -> Self {
        Self { inner, clock, decoder: Decoder::new(), beyond: [None; 4], stops }
    }
}

fn is_beyond(packet: &StreamPacket) -> bool {
    let volts = packet.voltage.volts().map_or(f64::NAN, |volts| volts.0);
    match packet.mode {
        Mode::Charge => volts > ENDS.1,
        Mode::Discharge => volts < ENDS.0,
        _ => false,
    }
}

/// The slot whose MODE a command writes, and what it writes there.
fn mode_written(command: Command) -> Option<(Slot, Mode)> {
    let Command::Write(address, raw) = command else { return None };
    let slot = address.slot().filter(|slot| cell::MODE.at(*slot).address() == address)?;
    Some((slot, Mode::from_raw(raw)))
}

impl Transport for StopWatch {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.inner.send(bytes)?;
        let gone = self.clock.now();
        let commands = bytes.chunks_exact(COMMAND_LENGTH).filter_map(|chunk| chunk.first_chunk());
        for (slot, mode) in commands.filter_map(|chunk| mode_written(Command::decode(*chunk)?)) {
            let beyond = self.beyond[slot.index()].take();
            if let (Some(came), Mode::Idle | Mode::Stopped) = (beyond, mode) {
                self.stops.0.lock().expect("nobody fails with it").push(gone - came);
            }
        }
        Ok(())
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        let before = into.len();
        let wake = self.inner.receive(until, into)?;
        let came = self.clock.now();
        let beyond = &mut self.beyond;
        self.decoder.feed(into.get(before..).unwrap_or_default(), |frame| {
            if let Frame::Stream(packet) = frame {
                let since = &mut beyond[packet.slot.index()];
                *since = is_beyond(&packet).then(|| since.unwrap_or(came));
            }
        });
        Ok(wake)
    }

    fn waker(&self) -> Waker {
        self.inner.waker()
    }
}
