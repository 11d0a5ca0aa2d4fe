//! Numbers by chance, from streams that the bench's seed gives.

use rand_core::Rng;
use rand_pcg::Pcg64;

/// Standard deviation of the sum of four 16 bit numbers: 65536 x sqrt(4 / 12).
const SPREAD_OF_FOUR: f64 = 37_837.227;
/// Mean of that sum.
const MEAN_OF_FOUR: f64 = 131_070.0;

/// A number of mean 0 and standard deviation 1, near enough to normal for noise: the sum of four
/// even ones, within +-3.5.
pub fn normal(chance: &mut Pcg64) -> f64 {
    let bits = chance.next_u64();
    let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
    (sum as f64 - MEAN_OF_FOUR) / SPREAD_OF_FOUR
}

/// A number from -1 to 1, every one as likely.
pub fn either_way(chance: &mut Pcg64) -> f64 {
    f64::from(chance.next_u32()) / f64::from(u32::MAX) * 2.0 - 1.0
}

/// A number of microseconds from 0 to below `end`.
pub fn below(chance: &mut Pcg64, end: u64) -> u64 {
    (u64::from(chance.next_u32()) * end) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_the_right_moments() {
        let mut chance = Pcg64::new(1, 2);
        let many: Vec<f64> = (0..20_000).map(|_| normal(&mut chance)).collect();
        let mean = many.iter().sum::<f64>() / many.len() as f64;
        let square = many.iter().map(|x| x * x).sum::<f64>() / many.len() as f64;
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((square - 1.0).abs() < 0.03, "{square}");
        assert!((0..1000).all(|_| below(&mut chance, 700) < 700));
    }
}
