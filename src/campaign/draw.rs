//! From a seed to a scenario.

use super::dice::Dice;
use super::scenario::{Incident, Kill, Scenario, What, When};
use crate::identity::Slot;
use crate::simulator::SensorFault;
use crate::simulator::bench::{SlotSpec, UnitSpec};
use std::fmt::Write;
use std::time::Duration;

/// What comes before the steps of every recipe: a cell so small that a test takes some minutes.
const HEAD: &str = "[cell]
chemistry = \"li-ion\"
capacity = \"80 mAh\"
[limits]
voltage = [\"2.5 V\", \"4.25 V\"]
current = \"3 A\"
temperature = { charge = \"45 degC\", discharge = \"60 degC\" }
[record]
every = \"1 s\"
";

/// The steps of the recipes, by name.
const RECIPES: [(&str, &str); 5] = [
    (
        "capacity",
        "[[step]]
name = \"fill\"
charge = \"2.5 A\"
hold = \"4.15 V\"
until = \"current < 0.5 A\"
at_most = \"3 min\"
[[step]]
rest = \"10 s\"
[[step]]
name = \"capacity\"
discharge = \"2 A\"
until = \"voltage < 3 V\"
at_most = \"4 min\"
[[step]]
rest = \"5 s\"
",
    ),
    (
        "cycles",
        "[[step]]
repeat = 3
  [[step.step]]
  charge = \"2 A\"
  until = \"voltage > 4.1 V\"
  at_most = \"2 min\"
  [[step.step]]
  rest = \"5 s\"
  [[step.step]]
  discharge = \"2.5 A\"
  until = \"voltage < 3.1 V\"
  at_most = \"2 min\"
  [[step.step]]
  rest = \"5 s\"
",
    ),
    (
        "pulses",
        "[[step]]
rest = \"10 s\"
[[step]]
pulse = { discharge = \"2 A\", low = \"0.5 A\", on = \"4 s\", off = \"6 s\", count = 5 }
until = \"voltage < 3 V\"
[[step]]
rest = \"20 s\"
[[step]]
resistance = { discharge = \"1 A\", after = [\"1 s\", \"5 s\"] }
[[step]]
rest = \"10 s\"
",
    ),
    (
        "impedance",
        "[[step]]
rest = \"10 s\"
[[step]]
impedance = [\"78.125 Hz\", \"1 kHz\"]
[[step]]
charge = \"1.5 A\"
until = \"voltage > 4.0 V\"
at_most = \"40 s\"
[[step]]
impedance = \"1 kHz\"
[[step]]
discharge = \"1 A\"
until = \"voltage < 3.2 V\"
at_most = \"40 s\"
",
    ),
    (
        "hold",
        "[[step]]
charge = \"2 A\"
hold = \"4.0 V\"
until = \"current < 0.3 A\"
at_most = \"3 min\"
[[step]]
discharge = \"2 A\"
hold = \"3.4 V\"
until = \"current < 0.4 A\"
at_most = \"3 min\"
[[step]]
rest = \"30 s\"
",
    ),
];

/// What a campaign may be told instead of leaving it to chance.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The text of the recipe.
    pub recipe: Option<String>,
    /// The text of the bench.
    pub bench: Option<String>,
}

impl Scenario {
    /// The scenario of a seed.
    pub fn of_seed(seed: u64, given: &Given) -> Self {
        let mut dice = Dice::new(seed);
        let (recipe, bench) = (recipe(&mut dice), bench(&mut dice));
        let mut scenario = Self {
            seed,
            recipe: given.recipe.clone().unwrap_or(recipe),
            bench: given.bench.clone().unwrap_or(bench),
            incident: Vec::new(),
            kill: Vec::new(),
        };
        // One that cannot be read is refused when it is played.
        let units = scenario.bench().map(|bench| bench.units).unwrap_or_default();
        scenario.incident = incidents(&mut dice, &units);
        scenario.kill = kills(&mut dice);
        scenario
    }
}

fn recipe(dice: &mut Dice) -> String {
    let (name, steps) = dice.one_of(&RECIPES).copied().unwrap_or(RECIPES[0]);
    let policy =
        dice.one_of(&["resume", "restart-step", "restart-cycle", "fail"]).copied().unwrap_or("resume");
    format!("[recipe]\nname = \"{name}\"\non_interrupt = \"{policy}\"\n{HEAD}{steps}")
}

fn bench(dice: &mut Dice) -> String {
    let charge = 20 + dice.below(60);
    let mut text = format!(
        "[cell.small]\nchemistry = \"li-ion\"\ncapacity = \"80 mAh\"\ncapacity_spread = \"3 %\"\n\
         resistance = \"20 mohm\"\nresistance_spread = \"25 %\"\nstate_of_charge = \"{charge} %\"\n"
    );
    let units = if dice.happens(0.3) { 2 } else { 1 };
    for number in 0..units {
        let firmware = dice.one_of(&[7, 7, 7, 7, 6, 5, 5, 4, 3]).copied().unwrap_or(7);
        let mut slots = Vec::new();
        for slot in 0..4 {
            let there = (number == 0 && slot == 0) || dice.happens(0.45);
            slots.push(if there { "\"small\"" } else { "\"empty\"" });
        }
        let slots = slots.join(", ");
        // A text that is written to memory does not fail.
        let _ = write!(
            text,
            "[[unit]]\nserial = {}\nfirmware = {firmware}\nslots = [{slots}]\n",
            100_001 + number
        );
    }
    text
}

fn incidents(dice: &mut Dice, units: &[UnitSpec]) -> Vec<Incident> {
    let many = dice.one_of(&[0, 1, 1, 1, 1, 2, 2, 3]).copied().unwrap_or(1);
    let mut incidents = Vec::new();
    for _ in 0..many {
        let at = dice.time(Duration::from_secs(1), Duration::from_secs(240));
        let unit = dice.below(units.len() as u64) as usize;
        let Some(spec) = units.get(unit) else { continue };
        let cells: Vec<Slot> = Slot::ALL
            .into_iter()
            .filter(|slot| matches!(spec.slots[slot.index()], SlotSpec::Cell(_)))
            .collect();
        let slot = dice.one_of(&cells).copied().unwrap_or(Slot::ALL[0]);
        incidents.push(Incident { at, unit, what: what(dice, slot) });
    }
    incidents.sort_by_key(|incident| incident.at);
    incidents
}

fn what(dice: &mut Dice, slot: Slot) -> What {
    let seconds = Duration::from_secs;
    let millis = Duration::from_millis;
    match dice.below(16) {
        0 | 1 => What::Noise {
            drop: dice.rare(-6.0, -2.3),
            double: dice.rare(-6.0, -3.0),
            flip: dice.rare(-7.0, -3.0),
            lasts: dice.time(seconds(1), seconds(200)),
        },
        2 => What::Late {
            chance: dice.rare(-4.0, -1.0),
            by: dice.time(millis(5), millis(400)),
            lasts: dice.time(seconds(1), seconds(200)),
        },
        3 => What::Silence(dice.time(millis(100), seconds(60))),
        4 => What::LinkLost(dice.time(millis(100), seconds(60))),
        5 => What::Unplugged(dice.time(millis(500), seconds(60))),
        6 => What::UnitReset,
        7 => What::Bootloader,
        8 => What::SupplyLost(dice.time(seconds(1), seconds(90))),
        9 => What::LowVcc(dice.time(millis(300), seconds(30))),
        10 => What::CellPulled(slot),
        11 => What::CellReversed(slot),
        12 => What::Sensor {
            slot,
            is: dice
                .one_of(&[
                    SensorFault::ThermistorOpen,
                    SensorFault::ThermistorShort,
                    SensorFault::VoltageStuck,
                    SensorFault::CurrentStuck,
                    SensorFault::TemperatureStuck,
                ])
                .copied()
                .unwrap_or(SensorFault::ThermistorOpen),
        },
        13 | 14 => What::Stalled(dice.time(millis(100), seconds(90))),
        _ => What::InnerByteLost(dice.below(2000) as u32),
    }
}

fn kills(dice: &mut Dice) -> Vec<Kill> {
    let many = dice.one_of(&[0, 1, 1, 1, 2]).copied().unwrap_or(1);
    (0..many)
        .map(|number| Kill {
            when: if number == 0 {
                When::Line(1 + dice.below(60))
            } else {
                When::After(dice.time(Duration::from_millis(1), Duration::from_secs(120)))
            },
            gap: dice.time(Duration::from_secs(1), Duration::from_secs(120)),
            torn: if dice.happens(0.4) { dice.below(200) as usize } else { 0 },
        })
        .collect()
}
