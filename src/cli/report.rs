//! Making the report of a run again, or one of several runs side by side.

use super::failure::Failure;
use super::say;
use crate::report::{self, Port, Report};
use crate::verdict::Exit;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where a comparison goes unless told otherwise.
const COMPARISON: &str = "comparison.html";

/// Writes the report of these run directories: of one into the directory itself, of several into the
/// current one, unless `out` names a file.
pub(super) fn report(directories: &[PathBuf], out: Option<&Path>) -> Result<Exit, Failure> {
    let report = Report::open(directories).map_err(Failure::refused)?;
    let path = match (out, directories) {
        (Some(out), _) => out.to_owned(),
        (None, [directory]) => report::path_in(directory),
        (None, _) => PathBuf::from(COMPARISON),
    };
    report.write(&path).map_err(Failure::fault)?;
    for trouble in report.troubles() {
        say::complain(format_args!("warning: {trouble}"));
    }
    say::out(format_args!("report: {}\n", path.display()));
    Ok(Exit::Passed)
}

/// Writes the report of a run that has just ended. The results are safe without it: where it cannot be
/// written, that is told, and the run's exit code stays what it is.
pub(super) fn of_finished_run(directory: &Path) {
    let path = report::path_in(directory);
    let written = Report::open(&[directory]).and_then(|report| {
        report.write(&path)?;
        Ok(report.troubles())
    });
    match written {
        Ok(troubles) => {
            for trouble in troubles {
                say::complain(format_args!("warning: {trouble}"));
            }
        }
        Err(error) => say::complain(format_args!(
            "warning: the run has no report: {error}\nhint: `batlab-run report {}` makes it again",
            directory.display()
        )),
    }
}

/// Takes the port of the live page, before anything is energised.
pub(super) fn port(address: Option<SocketAddr>, anyone: bool) -> Result<Option<Port>, Failure> {
    let Some(address) = address else { return Ok(None) };
    if !address.ip().is_loopback() {
        if !anyone {
            let why = format!("--serve {address}: other machines reach that address");
            let hint =
                "--serve 127.0.0.1:8080 is for this machine alone; --serve-anyone lets others read along";
            return Err(Failure::refused(why).hint(hint));
        }
        say::complain(format_args!("warning: whoever reaches {address} can read the results of this run"));
    }
    let refused = |error| {
        Failure::refused(format!("--serve {address}: {error}")).hint("another port may be free; 0 takes any")
    };
    let port = Port::take(address).map_err(refused)?;
    say::complain(format_args!("live page: http://{}/", port.address()));
    Ok(Some(port))
}
