//! How soon a current is ended after the reading by which its step ends, while the other slots of the unit are busy.

use crate::rig::{Rig, by_condition, plan};
use crate::stop_watch::{StopWatch, Stops, percentile, recipe};
use batlab_run::simulator::bench::{Bench, LineKind};
use batlab_run::verdict::Exit;
use std::sync::Arc;
use std::time::Duration;

/// The most that is ahead of it: a write that is under way and read back, then the second reading (docs/performance.md).
const BOUND: Duration = Duration::from_millis(30);

#[test]
fn a_current_is_ended_soon_however_busy_the_other_slots_are() {
    for line in [LineKind::Simple, LineKind::Modelled] {
        hold_to_the_bound(line);
    }
}

fn hold_to_the_bound(line: LineKind) {
    let stops = Stops::default();
    let all = stops.clone();
    let outcome = Rig::on(Bench::small_cells(3), &plan(&recipe(12)))
        .bench(|bench| bench.units[0].line = line)
        .over(move |port, clock| Box::new(StopWatch::new(port, Arc::clone(clock), stops.clone())))
        .run();
    assert_eq!(outcome.end.exit, Exit::Passed, "{}", outcome.condensed());
    for number in 0..4 {
        let steps = outcome.steps(number);
        assert!(steps.len() == 24 && steps.iter().all(|step| by_condition(step)), "slot {number}");
    }
    let all = all.sorted();
    let (median, most) = (percentile(&all, 0.5), percentile(&all, 1.0));
    println!(
        "{line:?}: {} stops: median {median:?}, 99 % {:?}, most {most:?}",
        all.len(),
        percentile(&all, 0.99)
    );
    assert!(all.len() >= 80, "{} stops were measured", all.len());
    // The modelled line loses a byte now and then, and what is lost is asked again when its deadline is over.
    let bounded = if line == LineKind::Modelled { percentile(&all, 0.95) } else { most };
    assert!(median < Duration::from_millis(12) && bounded < BOUND, "median {median:?}, most {most:?}");
}
