//! How soon a current is ended after the reading by which its step ends, while the other slots of the unit are busy.

use crate::rig::{Rig, by_condition, plan};
use crate::stop_watch::{StopWatch, Stops, percentile, recipe};
use batlab_run::simulator::bench::{Bench, LineKind};
use batlab_run::verdict::Exit;
use std::sync::Arc;
use std::time::Duration;

/// The most that is ahead of it: a write that is under way and read back, then the second reading (docs/performance.md).
const BOUND: Duration = Duration::from_millis(27);
/// What 99 of 100 keep to, with all that a line loses.
const NEARLY_ALL: Duration = Duration::from_millis(20);

#[test]
fn a_current_is_ended_soon_however_busy_the_other_slots_are() {
    for line in [LineKind::Simple, LineKind::Modelled] {
        hold_to_the_bound(line);
    }
}

fn hold_to_the_bound(line: LineKind) {
    let stops = Stops::default();
    let all = stops.clone();
    let outcome = Rig::on(Bench::small_cells(3), &plan(&recipe(100)))
        .bench(|bench| bench.units[0].line = line)
        .over(move |port, clock| Box::new(StopWatch::new(port, Arc::clone(clock), stops.clone())))
        .run();
    assert_eq!(outcome.end.exit, Exit::Passed, "{}", outcome.condensed());
    for number in 0..4 {
        let steps = outcome.steps(number);
        assert!(steps.len() == 200 && steps.iter().all(|step| by_condition(step)), "slot {number}");
    }
    let all = all.sorted();
    let [median, nearly_all, most] = [0.5, 0.99, 1.0].map(|part| percentile(&all, part));
    println!("{line:?}: {} stops: median {median:?}, 99 % {nearly_all:?}, most {most:?}", all.len());
    assert!(all.len() >= 700, "{} stops were measured", all.len());
    assert!(median < Duration::from_millis(10) && nearly_all < NEARLY_ALL, "{median:?}, {nearly_all:?}");
    // The modelled line loses a byte now and then, and a write that is lost is waited for until its deadline.
    assert!(line == LineKind::Modelled || most < BOUND, "{most:?}");
}
