//! What kind of cell lies in a slot, before chance gives each one its own values.

use crate::recipe::Chemistry;
use crate::units::{Amperes, Celsius, Coulombs, Ohms};

/// A kind of cell. Two cells of one kind differ by their spreads and their seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct CellSpec {
    /// Picks the open-circuit curve.
    pub chemistry: Chemistry,
    /// Nominal capacity, above zero.
    pub capacity: Coulombs,
    /// How far a cell's capacity may lie from nominal, either way: 0.02 is 2 %. From 0 to below 1.
    pub capacity_spread: f64,
    /// Ohmic resistance at 25 degC and half charge, above zero. The RC branches are in proportion to it.
    pub resistance: Ohms,
    /// How far a cell's resistance may lie from that, either way, as a fraction from 0 to below 1.
    pub resistance_spread: f64,
    /// Where the cell starts: 0 is empty, 1 is full.
    pub state_of_charge: f64,
    /// The temperature it starts at; that of the surroundings if none is set.
    pub temperature: Option<Celsius>,
    /// What it loses inside all the time, as a current through a fine short; zero or above.
    pub self_discharge: Amperes,
}

impl CellSpec {
    /// An everyday cell of this chemistry and nominal capacity, starting at 30 %: ohmic resistance in
    /// inverse proportion to capacity (30 mohm at 2.5 Ah, as power 18650 cells have), 2 % of spread
    /// in capacity and 10 % in resistance.
    pub fn typical(chemistry: Chemistry, capacity: Coulombs) -> Self {
        Self {
            chemistry,
            capacity,
            capacity_spread: 0.02,
            resistance: Ohms(0.030 * 2.5 / capacity.ampere_hours()),
            resistance_spread: 0.10,
            state_of_charge: 0.30,
            temperature: None,
            self_discharge: Amperes(0.0),
        }
    }
}
