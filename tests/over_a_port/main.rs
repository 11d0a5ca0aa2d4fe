//! The program on units that are served as serial ports in real time by another process.
#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says so when it cannot go on"
)]

mod back_again;
mod by_hand;
mod disk;
mod found_again;
mod host;
mod locked_out;
mod lost;
mod modelled;
mod no_unit;
mod pool_watch;
mod remote;
mod resumed;
mod ser2net;
mod signals;
mod slow_disk;
mod sockets;
mod vendor_table;
mod whole_run;

#[path = "../common/bridge.rs"]
mod bridge;
#[path = "../common/program.rs"]
mod program;
#[path = "../common/served.rs"]
mod served;
#[path = "../common/terminal.rs"]
mod terminal;

/// Some fifteen seconds on small cells, all four slots at once.
const SHORT: &str = r#"[recipe]
name = "short"

[cell]
chemistry = "li-ion"
capacity = "80 mAh"

[limits]
voltage = ["2.5 V", "4.25 V"]
current = "4 A"

[record]
every = "1 s"

[[step]]
name = "in"
charge = "1 A"
at_most = "5 s"

[[step]]
rest = "2 s"

[[step]]
name = "out"
discharge = "1 A"
at_most = "6 s"
"#;

/// The same with a charge that lasts until somebody ends it.
fn long() -> String {
    SHORT.replace("1 A", "0.25 A").replace("5 s", "10 min")
}
