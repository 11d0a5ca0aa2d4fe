//! What a wish to end does, by how far the run is: a machine without threads, signals or time.

use crate::verdict::Exit;

/// How far a run is, as far as ending it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// Cells may be energised, and nobody wants the end.
    #[default]
    Going,
    /// Somebody wants the end; no step begins, and every cell is being made safe.
    Stopping,
    /// Nothing is driven any more: files are put in order, and those who are to be told are told.
    Closing(Exit),
    /// The same, and nothing is waited for.
    Hurrying(Exit),
}

/// What is to be done about a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Begin no step, make every cell safe, write the reports.
    StopSafely,
    /// Wait for nothing that is not needed: the cells are safe.
    Hurry,
    /// End the process at once, with this exit code.
    EndNow(Exit),
}

impl Stage {
    /// Somebody wants the end. The first wish is a polite one, the next ends the process.
    pub(super) const fn on_wish(self) -> (Self, Answer) {
        match self {
            Self::Going => (Self::Stopping, Answer::StopSafely),
            // The cells are not known to be safe; the units' watchdogs do the rest.
            Self::Stopping => (self, Answer::EndNow(Exit::Fault)),
            Self::Closing(exit) => (Self::Hurrying(exit), Answer::Hurry),
            Self::Hurrying(exit) => (self, Answer::EndNow(exit)),
        }
    }

    /// Every station has ended; or more than that is done. If the process ended now, it would be with this code.
    pub(super) const fn on_ended(self, exit: Exit) -> Self {
        match self {
            Self::Going | Self::Stopping | Self::Closing(_) => Self::Closing(exit),
            Self::Hurrying(_) => Self::Hurrying(exit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What can happen: a wish; all stations ended, safely or not; all files are written.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Happens {
        Wish,
        Ended(Exit),
    }

    const ALL: [Happens; 4] = [
        Happens::Wish,
        Happens::Ended(Exit::Stopped),
        Happens::Ended(Exit::Fault),
        Happens::Ended(Exit::Passed),
    ];

    /// Every sequence of up to six happenings.
    fn sequences() -> Vec<Vec<Happens>> {
        let mut all = vec![Vec::new()];
        for length in 0..6 {
            let longer = all.iter().filter(|it: &&Vec<Happens>| it.len() == length);
            let longer = longer.flat_map(|it| ALL.map(|next| [it.as_slice(), &[next]].concat()));
            let longer: Vec<_> = longer.collect();
            all.extend(longer);
        }
        all
    }

    #[test]
    fn every_sequence_of_wishes_ends_as_it_should() {
        for sequence in sequences() {
            let (mut stage, mut ended, mut wishes_here, mut polite) = (Stage::Going, None, 0, 0);
            for happens in &sequence {
                match happens {
                    Happens::Ended(exit) => {
                        if ended.is_none() {
                            wishes_here = 0;
                        }
                        ended = Some(*exit);
                        stage = stage.on_ended(*exit);
                    }
                    Happens::Wish => {
                        let (next, answer) = stage.on_wish();
                        let wanted = match (ended, wishes_here) {
                            (None, 0) => Answer::StopSafely,
                            (None, _) => Answer::EndNow(Exit::Fault),
                            (Some(_), 0) => Answer::Hurry,
                            (Some(exit), _) => Answer::EndNow(exit),
                        };
                        assert_eq!(answer, wanted, "{sequence:?}");
                        polite += u32::from(answer == Answer::StopSafely);
                        wishes_here += 1;
                        stage = next;
                    }
                }
            }
            assert!(polite <= 1, "{sequence:?}: cells are stopped once");
            assert_eq!(matches!(stage, Stage::Closing(_) | Stage::Hurrying(_)), ended.is_some());
        }
    }
}
