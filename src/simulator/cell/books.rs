//! What truly went into and out of a cell: the figures that a test's results are held against.

use crate::units::{Coulombs, Joules, Ohms};
use serde::{Serialize, Serializer};
use std::ops::Sub;

/// One cell's truth, counted since it was made. Charge and energy only grow; the difference of two
/// books is what passed between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Books {
    /// Charge that went in.
    #[serde(rename = "charged_coulomb", serialize_with = "coulombs")]
    pub charged: Coulombs,
    /// Charge that came out.
    #[serde(rename = "discharged_coulomb", serialize_with = "coulombs")]
    pub discharged: Coulombs,
    /// Energy that went in at the terminals.
    #[serde(rename = "energy_in_joule", serialize_with = "joules")]
    pub energy_in: Joules,
    /// Energy that came out at the terminals.
    #[serde(rename = "energy_out_joule", serialize_with = "joules")]
    pub energy_out: Joules,
    /// The cell's own capacity: the charge between an open-circuit voltage of empty and of full.
    #[serde(rename = "capacity_coulomb", serialize_with = "coulombs")]
    pub capacity: Coulombs,
    /// The cell's own ohmic resistance, at 25 degC and half charge.
    #[serde(rename = "resistance_ohm", serialize_with = "ohms")]
    pub resistance: Ohms,
    /// Where the cell is now: 0 is empty, 1 is full.
    pub state_of_charge: f64,
}

impl Books {
    /// What passed between an earlier look at the same cell and this one; capacity, resistance and
    /// state of charge are those of this one.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            charged: self.charged.sub(earlier.charged),
            discharged: self.discharged.sub(earlier.discharged),
            energy_in: self.energy_in.sub(earlier.energy_in),
            energy_out: self.energy_out.sub(earlier.energy_out),
            ..*self
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn coulombs<S: Serializer>(value: &Coulombs, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(value.0)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn joules<S: Serializer>(value: &Joules, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(value.0)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn ohms<S: Serializer>(value: &Ohms, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(value.0)
}
