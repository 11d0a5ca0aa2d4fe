//! What the host really sends, written down beside what the books of the cells say at that moment.

use crate::rig::{Outcome, Shared, lock};
use batlab_run::clock::{Clock, Instant};
use batlab_run::identity::Slot;
use batlab_run::plan::{Limits, Plan, Step};
use batlab_run::simulator::cell::Books;
use batlab_run::transport::{Transport, TransportError, Wake, Waker};
use std::sync::{Arc, Mutex, OnceLock};

/// A write as the host sent it.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    pub at: Instant,
    pub namespace: u8,
    pub address: u8,
    pub raw: u16,
    /// For a write of MODE: the slot's books, setpoint and limits (0x0A to 0x0F) at that moment.
    pub slot: Option<(Books, u16, [u16; 6])>,
}

/// Every write of one host to one unit.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<Write>>>);

/// A stretch from a mode in which current flows to the next write of MODE.
#[derive(Clone, Copy, Debug)]
pub struct Drive {
    pub mode: u16,
    pub books: Books,
    pub seconds: f64,
}

impl Log {
    pub fn writes(&self) -> Vec<Write> {
        self.0.lock().unwrap().clone()
    }

    pub fn drives(&self, slot: Slot) -> Vec<Drive> {
        let modes: Vec<_> = self
            .writes()
            .into_iter()
            .filter(|write| write.namespace == slot.number() && write.address == 0)
            .collect();
        let stretch = |pair: &[Write]| {
            let [one, two] = pair else { return None };
            let books = two.slot?.0.since(&one.slot?.0);
            (3..=5).contains(&one.raw).then(|| Drive {
                mode: one.raw,
                books,
                seconds: (two.at - one.at).as_secs_f64(),
            })
        };
        modes.windows(2).filter_map(stretch).collect()
    }

    /// When the watchdog was kicked.
    pub fn kicks(&self) -> Vec<f64> {
        let kick = |write: &Write| write.namespace == 4 && write.address == 0x11;
        self.writes().iter().filter(|w| kick(w)).map(|w| (w.at - Instant::ORIGIN).as_secs_f64()).collect()
    }
}

/// Writes down what passes to the unit.
pub struct Watching {
    inner: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    unit: Arc<OnceLock<Shared>>,
    log: Log,
}

impl Watching {
    pub fn new(
        inner: Box<dyn Transport>,
        clock: Arc<dyn Clock>,
        unit: Arc<OnceLock<Shared>>,
        log: Log,
    ) -> Self {
        Self { inner, clock, unit, log }
    }

    fn note(&mut self, namespace: u8, address: u8, raw: u16) {
        let at = self.clock.now();
        let slot = self.unit.get().filter(|_| address == 0).and_then(|unit| {
            let mut unit = lock(unit);
            unit.advance_to(at);
            let books = unit.books(Slot::new(namespace)?)?;
            let limits = [0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F]
                .map(|limit| unit.register(namespace, limit).unwrap_or(0));
            Some((books, unit.register(namespace, 3).unwrap_or(0), limits))
        });
        self.log.0.lock().unwrap().push(Write { at, namespace, address, raw, slot });
    }
}

impl Transport for Watching {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let mut rest = bytes;
        while let Some(start) = rest.iter().position(|byte| *byte == 0xAA) {
            let Some([_, namespace, address, low, high]) = rest[start..].first_chunk::<5>() else { break };
            if address & 0x80 != 0 {
                self.note(*namespace, address & 0x7F, u16::from_le_bytes([*low, *high]));
            }
            rest = &rest[start + 5..];
        }
        self.inner.send(bytes)
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        self.inner.receive(until, into)
    }

    fn waker(&self) -> Waker {
        self.inner.waker()
    }
}

/// The largest current that a plan's steps ask for.
fn largest(steps: &[Step], limits: &Limits) -> f64 {
    let of = |step: &Step| match step.kind.steps() {
        Some(inner) => largest(inner, limits),
        None => step.kind.highest_current(limits).0,
    };
    steps.iter().map(of).fold(0.0, f64::max)
}

/// The limit registers, from what docs/protocol.md says of their encodings.
fn raw_limits(limits: &Limits) -> [u16; 4] {
    let volts = |value: f64| (value * 32768.0 / 4.5).round() as u16;
    let amperes = |value: f64| (value * 32768.0 / 4.096).round() as u16;
    [
        volts(limits.voltage_high.0),
        volts(limits.voltage_low.0),
        amperes(limits.current_charge.0),
        amperes(limits.current_discharge.0),
    ]
}

/// What the limits are after a reset: 4.2 V, 2.8 V, 4.0 A, 4.0 A. They may be put back when nothing
/// flows in the slot any more.
const DEFAULTS: [u16; 4] = [30583, 20389, 32000, 32000];

/// Every write that breaks a rule that holds in every run.
pub fn check_frames(outcome: &Outcome) -> Vec<String> {
    let plan: &Plan = &outcome.plan;
    let most = (largest(plan.steps(), plan.limits()) * 1.1 * 128.0).round() as u16;
    let expected = raw_limits(plan.limits());
    let mut wrong = Vec::new();
    for ((serial, log), (_, unit)) in outcome.logs.iter().zip(&outcome.units) {
        let writes = log.writes();
        for (index, write) in writes.iter().enumerate() {
            let Write { namespace, address, raw, slot, .. } = *write;
            let drives = |w: &Write| w.namespace == namespace && w.address == 0 && (3..=5).contains(&w.raw);
            let put_back = !writes[index..].iter().any(drives);
            let fine = match (namespace, address) {
                (0..=3, 0x00) => match (raw, slot) {
                    (2 | 6, _) => true,
                    (3..=5, Some((_, setpoint, limits))) => {
                        (raw == 5 || setpoint == 0)
                            && limits[..4].iter().zip(expected).all(|(is, want)| is.abs_diff(want) <= 1)
                            && limits[4] > 20_000
                            && limits[5] > 15_000
                    }
                    // The cell was pulled out while its mode was being written.
                    (3..=5, None) => true,
                    _ => false,
                },
                (0..=3, 0x03) => raw <= most,
                (0..=3, 0x0A..=0x0D) => {
                    let which = usize::from(address - 0x0A);
                    raw.abs_diff(expected[which]) <= 1 || (put_back && raw.abs_diff(DEFAULTS[which]) <= 1)
                }
                (0..=3, 0x0E | 0x0F) => raw > 15_000 && raw < 32_768,
                // Only ever put back.
                (0..=3, 0x14..=0x1E) => lock(unit).register(namespace, address) == Some(raw),
                (0..=3, 0x04) => raw <= 10,
                (4, 0x04) => (1..=27).contains(&raw),
                // Hi-res of one slot at most, and switched only while nothing flows in any.
                (4, 0x06) => {
                    let last = |space: u8, register: u8| {
                        let before = writes[..index].iter().rev();
                        before.clone().find(|w| w.namespace == space && w.address == register).map(|w| w.raw)
                    };
                    let flows = (0..4).any(|slot| last(slot, 0).is_some_and(|mode| (3..=5).contains(&mode)));
                    let switches = (last(4, 0x06).unwrap_or(0) ^ raw) & 0x00F0 != 0;
                    raw & !0x00F4 == 0 && (raw & 0x00F0).count_ones() <= 1 && !(switches && flows)
                }
                (4, 0x07) => raw <= 128,
                (4, 0x08) => raw <= 3,
                (4, 0x0F) => raw <= 1,
                (4, 0x10) => true,
                (4, 0x11) => raw == 255,
                _ => false,
            };
            if !fine {
                wrong.push(format!("unit {serial}: {write:?}"));
            }
        }
    }
    wrong
}
