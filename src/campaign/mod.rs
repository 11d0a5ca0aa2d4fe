//! A campaign: many runs on simulated benches, each with faults and kills that one seed decides, each held
//! against the laws that no run may break, by the simulator's own record.

mod bug;
mod check;
mod desk;
mod dice;
mod draw;
mod fate;
mod files;
mod fleet;
mod life;
mod port;
mod scenario;
mod session;
mod tally;
mod turns;
mod voyage;
mod witness;

pub use bug::Bug;
pub use draw::Given;
pub use fleet::{Orders, Report, campaign};
pub use scenario::{Incident, Kill, Scenario, What, When};
pub use tally::{Ends, Tally};
pub use voyage::{Voyage, sail};
pub use witness::Breach;
