//! What truly passed in a simulated cell, beside what was measured of it.

use crate::simulator::cell::Books;
use serde::{Deserialize, Serialize};

/// What the simulator knows of a cell and no meter would tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CellTruth {
    /// Charge that went in, in ampere-hours.
    pub charging_capacity_ah: f64,
    /// Charge that came out, in ampere-hours.
    pub discharging_capacity_ah: f64,
    /// Energy that went in at the terminals, in watt-hours.
    pub charging_energy_wh: f64,
    /// Energy that came out at the terminals, in watt-hours.
    pub discharging_energy_wh: f64,
    /// Capacity of the cell, in ampere-hours.
    pub capacity_ah: f64,
    /// Ohmic resistance of the cell, in ohms.
    pub resistance_ohm: f64,
}

impl From<Books> for CellTruth {
    fn from(books: Books) -> Self {
        Self {
            charging_capacity_ah: books.charged.ampere_hours(),
            discharging_capacity_ah: books.discharged.ampere_hours(),
            charging_energy_wh: books.energy_in.watt_hours(),
            discharging_energy_wh: books.energy_out.watt_hours(),
            capacity_ah: books.capacity.ampere_hours(),
            resistance_ohm: books.resistance.0,
        }
    }
}
