//! Cells that come while a run goes on.

use super::*;
use crate::diagnostic::Source;
use crate::identity::Place;
use crate::pool;
use crate::simulator::bench::Bench;
use crate::station::{Live, Patience, Reporter};
use crate::transport::Pulled;
use crate::units::Volts;
use std::sync::mpsc::{channel, sync_channel};
use std::time::Duration;

const RECIPE: &str = "[recipe]\nname = \"lie\"\n[cell]\nchemistry = \"li-ion\"\ncapacity = \"80 mAh\"\n\
    [limits]\nvoltage = [\"2.5 V\", \"4.25 V\"]\ncurrent = \"3 A\"\n[[step]]\nrest = \"1 min\"\n";

#[test]
fn cells_that_come_while_the_unit_is_lost_are_all_there() {
    let plan = Arc::new(plan::check(&Source::new("t.toml", RECIPE.to_owned())).unwrap());
    let one = pool::simulate(&Bench::small_cells(1), |port, _| port).remove(0);
    let (plug, found) = (one.plug, pool::identify(one.line).unwrap());
    let (sender, _told) = sync_channel(1024);
    let (cells, intake) = channel();
    for slot in [Slot::ALL[0], Slot::ALL[1]] {
        let name = format!("cell-{slot}").parse().unwrap();
        let live = Live::new(name, Place { unit: found.serial, slot });
        let (plan, voltage) = (Arc::clone(&plan), Volts(3.7));
        cells.send(BoundCell { live, voltage, plan, uncalibrated: false, earlier: None }).unwrap();
    }
    drop(cells);
    let reporter = Reporter::new(sender, usize::MAX, Arc::clone(found.line.clock()), found.serial);
    let patience = Patience { at_most: Duration::ZERO, find_again: None };
    let mut station =
        Station::new(found.line, found.firmware, Arc::default(), reporter, patience).with_intake(intake);
    station.set_up().unwrap();
    plug.pull(Pulled::Network, None);
    assert!(matches!(station.take_in(), Err(UnitFault::Line(_))));
    assert_eq!(station.unfenced.len(), 2);
    assert!(station.intake.is_none(), "no more can come");
}
