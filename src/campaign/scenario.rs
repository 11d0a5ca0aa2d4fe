//! What a run is put through: a bench, a recipe, what goes wrong and when, and when the program is killed.

use crate::diagnostic::{Colour, Source, render};
use crate::identity::Slot;
use crate::plan::{self, Plan};
use crate::simulator::SensorFault;
use crate::simulator::bench::Bench;
use crate::units::duration_text;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Everything that a run hangs on: the same scenario gives the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Where all chance comes from: cells, noise, the bytes that a bad line spoils.
    pub seed: u64,
    /// The text of the recipe.
    pub recipe: String,
    /// The text of the bench file; its own seed does not count.
    pub bench: String,
    /// What goes wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incident: Vec<Incident>,
    /// When the program is killed, one life after the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kill: Vec<Kill>,
}

/// Something that goes wrong with a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// When, from the start of the first life.
    #[serde(with = "duration_text")]
    pub at: Duration,
    /// The number of the unit on the bench, from 0.
    #[serde(default)]
    pub unit: usize,
    /// What.
    pub what: What,
}

/// What can go wrong with a unit and the line to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// Bytes are lost, doubled and turned for a time, each with so much of a chance, both ways.
    Noise {
        /// Chance that a byte is lost.
        #[serde(default)]
        drop: f64,
        /// Chance that it comes twice.
        #[serde(default)]
        double: f64,
        /// Chance that one of its bits is turned.
        #[serde(default)]
        flip: f64,
        /// How long.
        #[serde(with = "duration_text")]
        lasts: Duration,
    },
    /// What the unit says comes late, now and then.
    Late {
        /// Chance for each chunk of bytes.
        chance: f64,
        /// How late.
        #[serde(with = "duration_text")]
        by: Duration,
        /// How long.
        #[serde(with = "duration_text")]
        lasts: Duration,
    },
    /// Nothing passes either way; the port is there.
    Silence(#[serde(with = "duration_text")] Duration),
    /// The port is gone for so long; the unit keeps its power.
    LinkLost(#[serde(with = "duration_text")] Duration),
    /// The port is gone for so long, and so is the unit's power.
    Unplugged(#[serde(with = "duration_text")] Duration),
    /// The unit loses its power for a moment.
    UnitReset,
    /// The unit finds itself in its bootloader.
    Bootloader,
    /// The external supply is gone for so long.
    SupplyLost(#[serde(with = "duration_text")] Duration),
    /// The unit's own parts get too low a voltage for so long.
    LowVcc(#[serde(with = "duration_text")] Duration),
    /// The cell is taken out of this slot.
    CellPulled(Slot),
    /// The cell in this slot is turned round.
    CellReversed(Slot),
    /// A sensor of a slot breaks for good.
    Sensor {
        /// The slot.
        slot: Slot,
        /// What becomes of it.
        is: SensorFault,
    },
    /// The program is not run for so long: the machine is overloaded, or sleeps.
    Stalled(#[serde(with = "duration_text")] Duration),
    /// The next byte but so many is lost inside the unit.
    InnerByteLost(u32),
}

/// The program dies at once, and nothing is made safe. Its files stay as the system had them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kill {
    /// When.
    pub when: When,
    /// How long nothing runs on the host.
    #[serde(with = "duration_text")]
    pub gap: Duration,
    /// How many bytes of the next line of each file had been written.
    #[serde(default)]
    pub torn: usize,
}

/// The moment of a kill.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum When {
    /// When this line of the journal, from 1, has been written.
    Line(u64),
    /// So long after this life began.
    After(#[serde(with = "duration_text")] Duration),
}

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    /// What is wrong, with its place.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// The file that gives this scenario.
    ///
    /// # Errors
    /// A number in it that TOML does not know.
    pub fn text(&self) -> Result<String, String> {
        toml::to_string_pretty(self).map_err(|error| error.to_string())
    }

    /// Proves the recipe.
    pub(super) fn plan(&self) -> Result<Arc<Plan>, String> {
        let source = Source::new("recipe.toml", self.recipe.as_str());
        let plan = plan::check(&source).map_err(|problems| render(&source, &problems, Colour::Off))?;
        Ok(Arc::new(plan))
    }

    /// Puts the bench up on paper; every incident has a unit on it.
    pub(super) fn bench(&self) -> Result<Bench, String> {
        let source = Source::new("bench.toml", self.bench.as_str());
        let bench = Bench::parse(&source).map_err(|problems| render(&source, &problems, Colour::Off))?;
        if let Some(incident) = self.incident.iter().find(|it| it.unit >= bench.units.len()) {
            let (word, unit, units) = (incident.what.word(), incident.unit, bench.units.len());
            return Err(format!("{word}: there is no unit {unit} on the bench; it has {units}, from 0"));
        }
        Ok(Bench { seed: self.seed, ..bench })
    }
}

impl What {
    /// The word that tables show.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Noise { .. } => "noise",
            Self::Late { .. } => "late",
            Self::Silence(_) => "silence",
            Self::LinkLost(_) => "link-lost",
            Self::Unplugged(_) => "unplugged",
            Self::UnitReset => "unit-reset",
            Self::Bootloader => "bootloader",
            Self::SupplyLost(_) => "supply-lost",
            Self::LowVcc(_) => "low-vcc",
            Self::CellPulled(_) => "cell-pulled",
            Self::CellReversed(_) => "cell-reversed",
            Self::Sensor { .. } => "sensor",
            Self::Stalled(_) => "stalled",
            Self::InnerByteLost(_) => "inner-byte-lost",
        }
    }

    /// The slot that it happens to; `None` where it happens to the unit.
    pub(super) const fn slot(&self) -> Option<Slot> {
        match self {
            Self::CellPulled(slot) | Self::CellReversed(slot) | Self::Sensor { slot, .. } => Some(*slot),
            _ => None,
        }
    }

    /// The slot whose CURRENT it makes lie, if it does.
    pub(super) const fn lies(&self) -> Option<Slot> {
        match self {
            Self::Sensor { slot, is: SensorFault::CurrentStuck } => Some(*slot),
            _ => None,
        }
    }

    /// How long it lasts; `None` of what is not undone.
    pub(super) const fn lasts(&self) -> Option<Duration> {
        match self {
            Self::Noise { lasts, .. }
            | Self::Late { lasts, .. }
            | Self::Silence(lasts)
            | Self::LinkLost(lasts)
            | Self::Unplugged(lasts)
            | Self::SupplyLost(lasts)
            | Self::LowVcc(lasts) => Some(*lasts),
            _ => None,
        }
    }
}
