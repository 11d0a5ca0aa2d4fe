//! How much may wait in memory for whoever keeps it.

/// How many reports may wait for their observer. One takes some 250 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Those on their way from all stations together. A station of simulated time waits for room.
    pub on_the_way: usize,
    /// Those that each station on hardware holds back beside them, while its cells go on; when so many are, it ends their tests.
    pub held_back: usize,
}

impl Default for Room {
    /// A station holds back a megabyte: 10 min of four cells with a row for each measurement (one in 0.6144 s), or 17 min
    /// with a row a second.
    fn default() -> Self {
        Self { on_the_way: 1024, held_back: 4096 }
    }
}
