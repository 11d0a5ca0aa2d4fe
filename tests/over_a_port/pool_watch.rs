//! `pool watch` on ports that come and go.

use crate::bridge::Bridge;
use crate::program::Scratch;
use crate::served::{Outside, Running, serve};

fn leaves(mut served: Running) {
    served.signal("-TERM");
    served.ends();
}

#[test]
fn units_that_come_and_leave_are_told() {
    let scratch = Scratch::new();
    let watch = Running::start(&scratch, &["pool", "watch", "--json", "--port", "u", "--port", "v"]);
    watch.says("no unit is connected", 1);
    let served = serve(&scratch, &[]);
    watch.says(r#""port":"u","event":"unit-came","serial":100001,"firmware":7,"supplied":true"#, 1);
    // Its port is free again, and nothing of it was changed.
    assert!(Outside::look(&scratch, "u").is_quiet());
    leaves(served);
    watch.says(r#""port":"u","event":"unit-left","serial":100001"#, 1);
    let _again = Running::start(&scratch, &["simulate", "--link", "v"]);
    watch.says(r#""port":"v","event":"unit-came","serial":100001"#, 1);
}

#[test]
fn a_port_in_use_and_a_remote_one_are_told_to_people() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let bridge = Bridge::start(&scratch.file("u"));
    let watch =
        Running::start(&scratch, &["pool", "watch", "--port", "nowhere", "--port", &bridge.address()]);
    watch.says(&format!("+ unit 100001 on {}, firmware 7, external supply connected", bridge.address()), 1);
    let taken = batlab_run::transport::serial::Serial::open(
        &scratch.file("u"),
        std::sync::Arc::new(batlab_run::clock::SystemClock::start()),
    );
    let watch = Running::start(&scratch, &["pool", "watch", "--port", "u"]);
    watch.says("it belongs to", 1);
    drop(taken);
    watch.says("+ unit 100001 on u", 1);
}
