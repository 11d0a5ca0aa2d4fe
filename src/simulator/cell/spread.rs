//! Chance, all of it from one seed: a stream of its own for each cell and purpose, so that what
//! happens in one slot never changes what happens in another.

use crate::identity::{SerialNumber, Slot};
use rand_core::Rng;
use rand_pcg::Pcg64;

/// What chance is wanted for. A new purpose is added at the end, so that old seeds give old values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// A cell's capacity.
    Capacity,
    /// A cell's resistance.
    Resistance,
    /// A unit's calibration errors.
    Calibration,
    /// What the unit's converter adds to a measurement.
    Noise,
    /// Delays inside the unit.
    Timing,
}

/// The stream of this seed and purpose: the same arguments give the same numbers, for ever.
pub fn stream(seed: u64, purpose: Purpose) -> Pcg64 {
    let (high, low) = (mix(seed), mix(seed ^ mix(purpose as u64)));
    Pcg64::new((u128::from(high) << 64) | u128::from(low), u128::from(purpose as u8))
}

/// The seed of the cell in this slot of a unit on a bench with this seed.
pub fn cell_seed(bench: u64, unit: SerialNumber, slot: Slot) -> u64 {
    mix(mix(bench) ^ mix((u64::from(unit.0) << 8) | u64::from(slot.number() + 1)))
}

/// A factor within `1 - spread ..= 1 + spread`, every value as likely.
pub(super) fn factor(seed: u64, purpose: Purpose, spread: f64) -> f64 {
    let mut chance = stream(seed, purpose);
    // 53 bits fill an f64's mantissa.
    let unit = (chance.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    1.0 + spread * (2.0 * unit - 1.0)
}

/// The finishing step of SplitMix64 (Steele, Lea and Flood, 2014): neighbouring seeds become far apart.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_has_a_seed_of_its_own() {
        let mut seeds: Vec<u64> = Vec::new();
        for bench in 0..8 {
            for unit in 100..108 {
                seeds.extend(Slot::ALL.map(|slot| cell_seed(bench, SerialNumber(unit), slot)));
            }
        }
        let all = seeds.len();
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), all);
    }

    #[test]
    fn factors_fill_their_range_and_keep_to_it() {
        let factors: Vec<f64> = (0..1000).map(|seed| factor(seed, Purpose::Capacity, 0.02)).collect();
        assert!(factors.iter().all(|f| (0.98..=1.02).contains(f)));
        let mean = factors.iter().sum::<f64>() / 1000.0;
        assert!((mean - 1.0).abs() < 0.002, "{mean}");
        assert!(factors.iter().any(|f| *f < 0.981) && factors.iter().any(|f| *f > 1.019));
        assert_eq!(factor(7, Purpose::Capacity, 0.1), factor(7, Purpose::Capacity, 0.1));
        assert_ne!(factor(7, Purpose::Capacity, 0.1), factor(7, Purpose::Resistance, 0.1));
    }
}
