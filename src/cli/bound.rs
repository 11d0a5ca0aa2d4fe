//! A cell that lies in its slot and is to be tested: what the files, the judge and the station have to know of it.

use super::failure::Failure;
use crate::identity::{CellName, Place};
use crate::plan::Plan;
use crate::record::{self, ManifestCell};
use crate::results::Subject;
use crate::station::{self, Live};
use crate::units::Volts;
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// A cell whose test begins.
pub(super) struct Bound {
    pub(super) cell: CellName,
    pub(super) place: Place,
    /// As it was found.
    pub(super) voltage: Volts,
    pub(super) plan: Arc<Plan>,
    /// Whether that is another plan than the run's.
    pub(super) has_own_plan: bool,
    /// The wall time at the origin of its unit's clock.
    pub(super) clock_origin: DateTime<Utc>,
    pub(super) uncalibrated: bool,
}

impl Bound {
    /// For the recorder.
    pub(super) fn recorded(&self) -> record::BoundCell {
        record::BoundCell {
            name: self.cell.clone(),
            place: self.place,
            voltage_found: self.voltage,
            clock_origin: self.clock_origin,
        }
    }

    /// As `run.json` describes it, with its plan where it has one of its own.
    pub(super) fn described(&self) -> Result<ManifestCell, Failure> {
        let json = |plan| serde_json::to_value(plan).map_err(|error| Failure::defect(error.to_string()));
        let plan = self.has_own_plan.then(|| json(&*self.plan)).transpose()?;
        Ok(ManifestCell { plan, ..ManifestCell::new(self.cell.clone(), self.place, self.voltage) })
    }

    /// For the judge.
    pub(super) fn subject(&self) -> Subject {
        Subject::new(self.cell.clone(), self.place, Arc::clone(&self.plan), self.voltage)
    }

    /// For its station.
    pub(super) fn tested(&self) -> station::BoundCell {
        station::BoundCell {
            live: Live::new(self.cell.clone(), self.place),
            voltage: self.voltage,
            plan: Arc::clone(&self.plan),
            uncalibrated: self.uncalibrated,
            earlier: None,
        }
    }
}
