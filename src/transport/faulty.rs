//! A transport that goes wrong on purpose, the same way each time for the same seed.

use super::{Transport, TransportError, Wake, Waker};
use crate::clock::{Clock, Instant};
use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// How often what goes wrong. Probabilities from 0 to 1, for each byte or each chunk, both ways.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    /// A byte is lost.
    pub drop: f64,
    /// A byte comes twice.
    pub double: f64,
    /// One bit of a byte is turned.
    pub flip: f64,
    /// A chunk has bytes before it that nobody sent: what is left of frames, and marks of frames.
    pub stray: f64,
    /// A chunk from the unit comes late.
    pub delay: f64,
    /// How late.
    pub delay_by: Duration,
    /// A chunk to the unit begins a silence, in which nothing passes either way.
    pub silence: f64,
    /// How long it lasts.
    pub silence_for: Duration,
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        drop: 0.0,
        double: 0.0,
        flip: 0.0,
        stray: 0.0,
        delay: 0.0,
        delay_by: Duration::ZERO,
        silence: 0.0,
        silence_for: Duration::ZERO,
    };
}

/// Wraps a transport and spoils what passes.
pub struct Faulty {
    inner: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    faults: Faults,
    chance: Pcg32,
    /// Of stray bytes, so that they do not shift what else happens.
    stray: Pcg32,
    silent_until: Instant,
    /// Bytes held back, and until when; in order.
    late: VecDeque<(Instant, Vec<u8>)>,
    chunk: Vec<u8>,
}

impl Faulty {
    /// Spoils what passes through `inner`, by this seed.
    pub fn new(inner: Box<dyn Transport>, clock: Arc<dyn Clock>, faults: Faults, seed: u64) -> Self {
        let (chance, stray) = (Pcg32::seed_from_u64(seed), Pcg32::seed_from_u64(!seed));
        let (silent_until, late, chunk) = (Instant::ORIGIN, VecDeque::new(), Vec::new());
        Self { inner, clock, faults, chance, stray, silent_until, late, chunk }
    }

    /// Changes what goes wrong from now on.
    pub fn set(&mut self, faults: Faults) {
        self.faults = faults;
    }

    fn happens(&mut self, probability: f64) -> bool {
        happens(&mut self.chance, probability)
    }

    /// What comes before a chunk that nobody sent: up to twelve bytes, of which each fourth is a mark.
    fn strayed(&mut self) -> Vec<u8> {
        if !happens(&mut self.stray, self.faults.stray) {
            return Vec::new();
        }
        let count = 1 + self.stray.next_u32() % 12;
        let mut byte = || match self.stray.next_u32() {
            mark if mark % 4 == 0 => 0xAA,
            other => (other >> 8) as u8,
        };
        (0..count).map(|_| byte()).collect()
    }

    fn spoil(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut spoiled = self.strayed();
        for byte in bytes {
            let (drop, double, flip) = (self.faults.drop, self.faults.double, self.faults.flip);
            let (drop, double, flip) = (self.happens(drop), self.happens(double), self.happens(flip));
            if drop {
                continue;
            }
            let turned = if flip { byte ^ (1 << (self.chance.next_u32() % 8)) } else { *byte };
            spoiled.push(turned);
            if double {
                spoiled.push(turned);
            }
        }
        spoiled
    }

    /// Appends what has been held back long enough.
    fn release(&mut self, now: Instant, into: &mut Vec<u8>) -> bool {
        let before = into.len();
        while self.late.front().is_some_and(|(due, _)| *due <= now)
            && let Some((_, bytes)) = self.late.pop_front()
        {
            into.extend(bytes);
        }
        into.len() > before
    }
}

/// Drawn even when impossible, so that changing one probability does not shift the others.
fn happens(chance: &mut Pcg32, probability: f64) -> bool {
    f64::from(chance.next_u32()) < probability * (f64::from(u32::MAX) + 1.0)
}

impl Transport for Faulty {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let now = self.clock.now();
        if self.happens(self.faults.silence) {
            self.silent_until = now + self.faults.silence_for;
        }
        if now < self.silent_until {
            return Ok(());
        }
        let spoiled = self.spoil(bytes);
        self.inner.send(&spoiled)
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        loop {
            if self.release(self.clock.now(), into) {
                return Ok(Wake::Bytes);
            }
            let due = self.late.front().map_or(until, |(due, _)| (*due).min(until));
            let mut chunk = std::mem::take(&mut self.chunk);
            chunk.clear();
            let wake = self.inner.receive(due, &mut chunk);
            let now = self.clock.now();
            if !chunk.is_empty() && now >= self.silent_until {
                let spoiled = self.spoil(&chunk);
                let delay =
                    if self.happens(self.faults.delay) { self.faults.delay_by } else { Duration::ZERO };
                // A chunk never overtakes the one before it.
                let after = self.late.back().map_or(Instant::ORIGIN, |(due, _)| *due);
                self.late.push_back(((now + delay).max(after), spoiled));
            }
            self.chunk = chunk;
            let wake = wake?;
            if self.release(now, into) {
                return Ok(Wake::Bytes);
            }
            if wake == Wake::Woken || now >= until {
                return Ok(if wake == Wake::Woken { wake } else { Wake::Deadline });
            }
        }
    }

    fn waker(&self) -> Waker {
        self.inner.waker()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::VirtualClock;

    /// Gives back what was sent.
    struct Echo(Vec<u8>, Arc<VirtualClock>);

    impl Transport for Echo {
        fn name(&self) -> &str {
            "echo"
        }
        fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
            self.0.extend(bytes);
            Ok(())
        }
        fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
            if self.0.is_empty() {
                self.1.advance_to(until);
                return Ok(Wake::Deadline);
            }
            into.append(&mut self.0);
            Ok(Wake::Bytes)
        }
        fn waker(&self) -> Waker {
            Waker::new(|| ())
        }
    }

    fn pass(faults: Faults, seed: u64) -> (Vec<u8>, Instant) {
        let clock = Arc::new(VirtualClock::default());
        let mut faulty = Faulty::new(Box::new(Echo(Vec::new(), clock.clone())), clock.clone(), faults, seed);
        let mut came = Vec::new();
        faulty.send(&[0x55; 400]).unwrap();
        faulty.receive(Instant::from_micros(1_000_000), &mut came).unwrap();
        (came, clock.now())
    }

    #[test]
    fn goes_wrong_the_same_way_for_the_same_seed() {
        assert_eq!(pass(Faults::NONE, 1), (vec![0x55; 400], Instant::ORIGIN));
        let faults = Faults { drop: 0.1, double: 0.1, flip: 0.1, ..Faults::NONE };
        assert_eq!(pass(faults, 1), pass(faults, 1));
        assert_ne!(pass(faults, 1).0, pass(faults, 2).0);
        let stray = Faults { stray: 1.0, ..Faults::NONE };
        let (came, _) = pass(stray, 1);
        assert!((402..=424).contains(&came.len()), "before what is sent, and before what comes back");
        assert_eq!(pass(stray, 1).0, came);
        let late = Faults { delay: 1.0, delay_by: Duration::from_millis(5), ..Faults::NONE };
        assert_eq!(pass(late, 1), (vec![0x55; 400], Instant::from_micros(5000)));
        let silent = Faults { silence: 1.0, silence_for: Duration::from_secs(9), ..Faults::NONE };
        assert_eq!(pass(silent, 1), (Vec::new(), Instant::from_micros(1_000_000)));
    }
}
