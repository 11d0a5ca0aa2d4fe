//! Units that are lost while a run goes on: who finds them again, and what is refused beforehand.

use super::args::Unattended;
use super::failure::Failure;
use super::units::{Trace, open_port};
use crate::clock::Clock;
use crate::identity::SerialNumber;
use crate::pool::{FoundUnit, Lookout, Ports};
use crate::scheduler::{StopSwitch, Waiting};
use crate::transport::PortAddress;
use crate::units::parse_duration;
use std::sync::Arc;
use std::time::Duration;

/// Reads how long is waited.
pub(super) fn waiting_time(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

/// Finds the units of a run again on the ports where they were looked for at the start.
pub(super) fn over_ports(
    ports: Ports,
    found: &[FoundUnit],
    trace: &Trace,
    clock: &Arc<dyn Clock>,
    switch: &StopSwitch,
) -> Result<Lookout, Failure> {
    let in_use: Vec<_> = found.iter().map(|unit| (unit.line.name().to_owned(), unit.serial)).collect();
    let (trace, its_clock) = (trace.clone(), Arc::clone(clock));
    let open = move |port: &PortAddress| open_port(port, &its_clock, &trace);
    let lookout = Lookout::over_ports(ports, &in_use, Box::new(open), Arc::clone(clock), switch.flag());
    let lookout = lookout.map_err(Failure::no_ports)?;
    switch.add_waker(lookout.waker());
    Ok(lookout)
}

/// How long the run waits for what it loses.
pub(super) fn waiting(unattended: &Unattended, lookout: Lookout) -> Waiting {
    Waiting { at_most: unattended.reconnect, lookout: Some(lookout), ..Waiting::default() }
}

/// Refuses units without a watchdog, unless the person wants them: any run may become one that nobody
/// watches.
pub(super) fn demand_watchdogs(
    unattended: &Unattended,
    found: &[FoundUnit],
    mut is_in_use: impl FnMut(SerialNumber) -> bool,
) -> Result<(), Failure> {
    let without = found.iter().find(|unit| is_in_use(unit.serial) && !unit.firmware.has_watchdog());
    match without {
        Some(unit) if !unattended.no_watchdog => Err(Failure::refused(format!(
            "unit {} has firmware {}, which has no watchdog: if this computer fails, its cells go on until they cross a limit",
            unit.serial, unit.firmware.0
        ))
        .hint("flash firmware 4 or later; or give --no-watchdog, and stay with the cells")),
        _ => Ok(()),
    }
}
