//! How long things take on the way between host and measurement processor, in microseconds.

use crate::simulator::bench::LineKind;

/// The times of a kind of line. Where there are two, the second is how much more it may be, by chance.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// From a command in the communications processor to the inner line.
    pub inwards: u64,
    /// From the inner line to the cable.
    pub outwards: (u64, u64),
    /// In which the communications processor answers for itself.
    pub own_answer: (u64, u64),
    /// Of a pass of the main loop that takes a command: half of it up to one and a half times it.
    pub pass: u64,
    /// How much longer a pass takes for each active cell.
    pub active: u64,
    /// How much longer a reply can take for each active cell, for want of the packets that share the line.
    pub shared_line: u64,
}

impl Times {
    /// Those of this kind of line.
    pub const fn of(kind: LineKind) -> Self {
        match kind {
            LineKind::Simple => Self {
                inwards: 250,
                outwards: (300, 600),
                own_answer: (700, 800),
                pass: 780,
                active: 40,
                shared_line: 1_200,
            },
            LineKind::Modelled => Self {
                inwards: 235,
                outwards: (235, 0),
                own_answer: (235, 0),
                pass: 700,
                active: 40,
                shared_line: 0,
            },
        }
    }
}
