//! The cells and units, and the recipe that each cell goes through.

use batlab_run::diagnostic::{Colour, Source, render};
use batlab_run::identity::SerialNumber;
use batlab_run::plan::{self, Chemistry, Plan};
use batlab_run::simulator::bench::{Bench, SlotSpec, UnitSpec};
use batlab_run::simulator::cell::CellSpec;
use batlab_run::units::{Coulombs, Ohms};
use std::fmt;
use std::sync::Arc;

use super::Fault;

/// Ampere-hours, ohms, what a driver gives for each ampere that it is set to, and firmware.
const CAPACITIES: [f64; 3] = [1.0, 2.5, 5.0];
const RESISTANCES: [f64; 3] = [0.020, 0.050, 0.150];
const DRIVERS: [f64; 3] = [0.95, 1.0, 1.05];
const FIRMWARES: [u16; 3] = [3, 5, 7];

/// Where all chance of the matrix comes from.
pub const SEED: u64 = 4;

/// One cell on one slot of one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    pub chemistry: Chemistry,
    /// Ampere-hours.
    pub capacity: f64,
    /// Ohms.
    pub resistance: f64,
    /// What the driver gives for each ampere that it is set to.
    pub driver: f64,
    pub firmware: u16,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chemistry, capacity, resistance, driver, firmware } = self;
        let percent = (driver - 1.0) * 100.0;
        write!(
            f,
            "{chemistry} {capacity} Ah {:.0} mohm, driver {percent:+.0} %, firmware {firmware}",
            resistance * 1e3
        )
    }
}

/// Every cell with every driver, the firmware in turn: each pair of two properties is there, the corners
/// among them.
pub fn all() -> Vec<Case> {
    of(&CAPACITIES)
}

/// Cells as small as those that the vendor's client is measured with (`tests/vendor_client/fidelity.py`), at the
/// same 1 A, which is 5C.
#[allow(dead_code, reason = "the benchmark runs them")]
pub fn small() -> Vec<Case> {
    of(&[0.2])
}

fn of(capacities: &[f64]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (c, &capacity) in capacities.iter().enumerate() {
        for (k, chemistry) in [Chemistry::LiIon, Chemistry::Lfp].into_iter().enumerate() {
            for (r, resistance) in RESISTANCES.into_iter().enumerate() {
                for (d, driver) in DRIVERS.into_iter().enumerate() {
                    let firmware = FIRMWARES[(c + k + r + d) % FIRMWARES.len()];
                    cases.push(Case { chemistry, capacity, resistance, driver, firmware });
                }
            }
        }
    }
    cases
}

/// Those that are the hardest for a hold or for the accounts, for a test of seconds.
#[allow(dead_code, reason = "the benchmark runs all of them")]
pub fn some() -> Vec<Case> {
    let hard = |case: &Case| {
        let Case { capacity, resistance, driver, .. } = *case;
        (capacity == 1.0 && resistance != 0.050 && driver != 1.0)
            || (capacity == 2.5 && resistance == 0.020 && driver == 1.0)
    };
    all().into_iter().filter(hard).collect()
}

/// Cases of one firmware, four at a time: what lies on one unit.
pub fn units(cases: &[Case]) -> Vec<Vec<Case>> {
    let of = |firmware| cases.iter().copied().filter(|case| case.firmware == firmware).collect::<Vec<_>>();
    FIRMWARES
        .into_iter()
        .flat_map(|firmware| of(firmware).chunks(4).map(<[_]>::to_vec).collect::<Vec<_>>())
        .collect()
}

/// The unit for these cases, with what its measurements may be off by.
pub fn bench(cases: &[Case], gain_error: f64) -> Bench {
    let mut unit = UnitSpec::typical(SerialNumber(100_001));
    unit.gain_error = gain_error;
    for (slot, case) in unit.slots.iter_mut().zip(cases) {
        unit.firmware = case.firmware;
        *slot = SlotSpec::Cell(CellSpec {
            capacity_spread: 0.0,
            resistance: Ohms(case.resistance),
            resistance_spread: 0.0,
            state_of_charge: 0.5,
            ..CellSpec::typical(case.chemistry, Coulombs::from_ampere_hours(case.capacity))
        });
    }
    Bench { seed: SEED, units: vec![unit] }
}

/// What a cell's recipe asks for: volts, amperes, watts.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Of constant current.
    pub current: f64,
    /// The end of the holds: C/50, but no less than the unit can be set to.
    pub end_current: f64,
    /// Of constant power.
    pub power: f64,
    /// The voltage that a charge is held at, and ends at.
    pub full: f64,
    /// The voltage that a discharge ends at, and that another is held at.
    pub empty: f64,
    pub hold_low: f64,
    /// The limits, 20 mV beyond what is held: the unit's fence.
    pub limits: (f64, f64),
}

impl Case {
    pub fn asked(&self) -> Asked {
        let (full, low) = match self.chemistry {
            Chemistry::LiIon => (4.2, 2.8),
            Chemistry::Lfp => (3.6, 2.5),
        };
        // 1C, but no less than 1 A, no more than the unit has, and than leaves a constant current its time.
        let current = self.capacity.clamp(1.0, 4.0).min(0.15 / self.resistance);
        Asked {
            current,
            end_current: (self.capacity / 50.0).max(0.010),
            power: current * low,
            full,
            empty: low + 0.05,
            hold_low: low + 0.02,
            limits: (low, full + 0.02),
        }
    }

    /// The recipe that this cell goes through.
    pub fn plan(&self) -> Result<Arc<Plan>, Fault> {
        let Asked { current, end_current, power, full, empty, hold_low, limits: (low, high) } = self.asked();
        let (chemistry, capacity) = (self.chemistry, self.capacity);
        let text = format!(
            r#"
[recipe]
name = "fidelity"
[cell]
chemistry = "{chemistry}"
capacity = "{capacity} Ah"
[limits]
voltage = ["{low:.3} V", "{high:.3} V"]
[record]
every = "0.6 s"
[[step]]
name = "fill"
charge = "{current} A"
hold = "{full:.3} V"
until = "current < {end_current} A"
at_most = "20 h"
[[step]]
rest = "15 min"
[[step]]
name = "ac"
impedance = ["1 kHz", "39.0625 Hz"]
[[step]]
rest = "1 min"
[[step]]
name = "dc"
resistance = {{ discharge = "{current} A", after = ["2 s", "10 s", "30 s"] }}
[[step]]
rest = "10 min"
[[step]]
name = "empty"
discharge = "{current} A"
until = "voltage < {empty:.3} V"
at_most = "20 h"
[[step]]
rest = "15 min"
[[step]]
name = "over"
charge = "{current} A"
until = "voltage > {full:.3} V"
at_most = "20 h"
[[step]]
rest = "15 min"
[[step]]
name = "power"
discharge = "{power} W"
hold = "{hold_low:.3} V"
until = "current < {end_current} A"
at_most = "20 h"
[[step]]
rest = "15 min"
[[step]]
name = "limit"
charge = "{current} A"
until = "voltage > {high:.3} V"
at_most = "20 h"
"#
        );
        let source = Source::new("fidelity.toml", text);
        let plan = plan::check(&source).map_err(|problems| render(&source, &problems, Colour::Off))?;
        Ok(Arc::new(plan))
    }
}
