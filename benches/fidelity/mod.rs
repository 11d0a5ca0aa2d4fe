//! How true control and accounting are: runs of one recipe over a matrix of simulated cells, measured
//! against the simulator's books. The benchmark runs all of it, a test a part.

pub mod figures;
pub mod matrix;
pub mod measure;
pub mod run;
pub mod truth;

/// What went wrong before there was anything to measure.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;
