//! The vendor's words for what a cell goes through, and the means of one phase.

use serde_json::Value;
use std::collections::BTreeMap;

/// What a step of a plan does to its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
    /// Out, to the voltage for storage: the step is called `storage`, as in recipes that were imported.
    Storage,
    Still,
    /// As the row says.
    AsItFlows,
}

/// The ways of all steps of a plan, by their numbers.
pub(super) fn ways(plan: &Value) -> BTreeMap<u32, Way> {
    let mut ways = BTreeMap::new();
    let mut open: Vec<&Value> = vec![plan];
    while let Some(value) = open.pop() {
        open.extend(value["steps"].as_array().into_iter().flatten());
        let Some(id) = value["id"].as_u64().and_then(|id| u32::try_from(id).ok()) else { continue };
        let direction = value["direction"].as_str();
        let way = match (value["kind"].as_str(), direction) {
            (Some("charge"), _) | (Some("pulse" | "resistance"), Some("charge")) => Way::In,
            (Some("discharge"), _) if value["name"] == "storage" => Way::Storage,
            (Some("discharge"), _) | (Some("pulse" | "resistance"), Some("discharge")) => Way::Out,
            (Some("rest" | "wait" | "impedance"), _) => Way::Still,
            _ => Way::AsItFlows,
        };
        ways.insert(id, way);
    }
    ways
}

/// What a cell has been through.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Past {
    discharged: bool,
    /// Which way the last current flowed.
    last: Option<bool>,
}

impl Past {
    /// The vendor's word for a row of a step that goes this way. `current` is above zero into the cell.
    pub(super) fn state(&mut self, way: Way, current: f64) -> &'static str {
        let inward = match way {
            Way::In => Some(true),
            Way::Out | Way::Storage => Some(false),
            Way::Still => None,
            Way::AsItFlows if current > 0.0 => Some(true),
            Way::AsItFlows if current < 0.0 => Some(false),
            Way::AsItFlows => None,
        };
        self.last = inward.or(self.last);
        self.discharged |= inward == Some(false);
        match (inward, self.last) {
            (Some(true), _) if self.discharged => "CHARGE",
            (Some(true), _) => "PRECHARGE",
            (Some(false), _) if way == Way::Storage => "POSTDISCHARGE",
            (Some(false), _) => "DISCHARGE",
            (None, Some(true)) => "CHARGEREST",
            (None, Some(false)) => "DISCHARGEREST",
            (None, None) => "IDLE",
        }
    }
}

/// A mean that takes one value after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    sum: f64,
    count: u64,
}

impl Mean {
    pub(super) fn take(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    pub(super) fn value(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}
