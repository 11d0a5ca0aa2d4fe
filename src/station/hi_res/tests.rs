//! What the counter tells in hi-res.

use super::*;
use crate::event::Event;
use crate::pool;
use crate::simulator::bench::Bench;

#[test]
fn a_counter_that_jumps_at_the_end_of_a_current_is_bounded_by_what_flowed() {
    let mut line = pool::simulate(&Bench::small_cells(1), |port, _| port).remove(0).line;
    line.start().unwrap();
    let mut hi_res = HiRes::begin(&mut line, Slot::ALL[0]).unwrap();
    // 2 A at the last look, and a counter that stood far ahead.
    (hi_res.current, hi_res.sum) = (Amperes(2.0), ChargeSum(12_345_678));
    line.pause(line.clock().now() + SLICE).unwrap();
    let passed = hi_res.passed(&mut line, Amperes(0.0), 1.0).unwrap();
    let [Event::ChargeGap { seconds, at_most, counted, .. }] = passed.facts[..] else { panic!("{passed:?}") };
    assert!(seconds >= SLICE.as_secs_f64(), "{seconds}");
    assert!((at_most.0 - 2.0 * seconds).abs() < 1e-6 && (counted.0 - seconds).abs() < 1e-6);
}
