//! What there is to tell of notes that are held back.

use crate::clock::Instant;
use crate::units::format_duration;
use std::time::Duration;

/// Who is slow again and again is told of at most this often.
const EVERY: Duration = Duration::from_secs(60);

/// How long notes have been held back, and how many.
#[derive(Debug)]
pub(super) struct Backlog {
    /// When so many wait, the tests end.
    bound: usize,
    under_way: Option<UnderWay>,
    told: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct UnderWay {
    since: Instant,
    most: usize,
    /// Whether its beginning was told; only then its end is.
    told: bool,
}

impl Backlog {
    pub(super) fn bounded(bound: usize) -> Self {
        Self { bound, under_way: None, told: None }
    }

    /// Takes in how many notes are held back now, and gives what is to be told of it.
    pub(super) fn look(&mut self, held: usize, now: Instant) -> Option<String> {
        match (&mut self.under_way, held) {
            (None, 0) => None,
            (None, _) => {
                let told = self.told.is_none_or(|told| now - told >= EVERY);
                self.under_way = Some(UnderWay { since: now, most: held, told });
                told.then(|| {
                    self.told = Some(now);
                    format!(
                        "what is told of the cells is held back: the disk, or whoever reads the output, does not keep up; the cells go on, and are stopped if {} notes wait",
                        self.bound
                    )
                })
            }
            (Some(under_way), 0) => {
                let UnderWay { since, most, told } = *under_way;
                self.under_way = None;
                let seconds = (now - since).as_secs_f64();
                told.then(|| {
                    format!("what was held back is taken: up to {most} notes waited, for {seconds:.1} s")
                })
            }
            (Some(under_way), _) => {
                under_way.most = under_way.most.max(held);
                None
            }
        }
    }

    /// Why the tests end, where more is held back than may be.
    pub(super) fn too_much(&self, held: usize, now: Instant) -> Option<String> {
        let since = self.under_way.filter(|_| held >= self.bound)?.since;
        Some(format!(
            "{held} notes wait to be kept, the first of them for {}: the disk, or whoever reads the output, does not keep up, and the test ends before anything is lost",
            format_duration(Duration::from_secs((now - since).as_secs()))
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(number: u64) -> Instant {
        Instant::from_micros(number * 1_000_000)
    }

    #[test]
    fn the_beginning_and_the_end_are_told_once() {
        let mut backlog = Backlog::bounded(9);
        assert_eq!(backlog.look(0, second(1)), None);
        assert!(backlog.look(1, second(2)).unwrap().contains("is held back"));
        assert_eq!(backlog.look(7, second(3)), None);
        assert_eq!(backlog.look(3, second(4)), None);
        let over = backlog.look(0, second(12)).unwrap();
        assert_eq!(over, "what was held back is taken: up to 7 notes waited, for 10.0 s");
        assert_eq!(backlog.look(0, second(13)), None);
    }

    #[test]
    fn who_is_slow_again_and_again_is_told_of_each_minute() {
        let mut backlog = Backlog::bounded(9);
        let told: Vec<u64> =
            (0..240).filter(|at| backlog.look(usize::from(at % 2 == 0), second(*at)).is_some()).collect();
        assert_eq!(told, [0, 1, 60, 61, 120, 121, 180, 181]);
    }

    #[test]
    fn too_much_is_as_much_as_is_said() {
        let mut backlog = Backlog::bounded(9);
        backlog.look(1, second(60));
        assert_eq!(backlog.too_much(8, second(600)), None);
        let why = backlog.too_much(9, second(660)).unwrap();
        assert!(why.starts_with("9 notes wait to be kept, the first of them for 10 min"), "{why}");
    }
}
