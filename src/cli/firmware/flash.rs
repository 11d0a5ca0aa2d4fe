//! Flashing a unit: found, proved to be at rest, filled, started, and asked what it runs.

use super::{From, published};
use crate::cli::failure::Failure;
use crate::cli::manual::args::Where;
use crate::cli::manual::find;
use crate::cli::say;
use crate::driver::Line;
use crate::firmware::{EnterError, FlashError, Flashed, Image, Loader, Stage};
use crate::identity::SerialNumber;
use crate::manual::UnitName;
use crate::pool::{self, MetUnit, PoolError};
use crate::terminal::Filling;
use crate::verdict::Exit;
use crate::wire::FirmwareVersion;
use serde_json::json;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often it is looked whether a unit was unplugged or plugged in.
const LOOK: Duration = Duration::from_millis(500);
/// After so many looks nobody is waited for any more: five minutes.
const LOOKS: u32 = 600;

/// A unit to be flashed.
struct Unit {
    line: Line,
    /// Who it is and what it runs; in its bootloader it knows neither.
    was: Option<(Option<SerialNumber>, FirmwareVersion)>,
}

/// Flashes a file.
pub(super) fn flash(
    name: &UnitName,
    file: &Path,
    expect: Option<u16>,
    at: &Where,
    json: bool,
) -> Result<Exit, Failure> {
    // Before any port is opened: what is no image does not come near a unit.
    let image = Image::from_file(file).map_err(|error| {
        Failure::refused(format!("{} is no firmware image: {error}", file.display()))
            .hint("nothing was sent to the unit; `batlab-run firmware fetch` downloads one that is good")
    })?;
    fill(reach(name, at)?, &image, expect.map(FirmwareVersion), json)
}

/// Brings a unit to a release.
pub(super) fn update(
    name: &UnitName,
    to: Option<u16>,
    from: &From,
    at: &Where,
    json: bool,
) -> Result<Exit, Failure> {
    let releases = published::list(from)?;
    let release = published::of(&releases, to)?;
    let unit = reach(name, at)?;
    if let Some((_, runs)) = unit.was
        && (runs == release.version || (to.is_none() && runs > release.version))
    {
        if json {
            say::out(format_args!("{}\n", json!({ "event": "nothing-to-do", "firmware": runs.0 })));
        } else {
            let how =
                if runs == release.version { "is the release" } else { "is newer than the latest release" };
            say::out(format_args!("{name} runs {runs}, which {how} {}; it is left as it is\n", release.tag));
        }
        return Ok(Exit::Passed);
    }
    if to.is_none() && !release.version.is_known() {
        let why = format!(
            "the latest release is {}, which this program does not know: it would test no cell on a unit that runs it",
            release.version
        );
        return Err(Failure::refused(why).hint(format!("--to {} flashes it all the same", release.version.0)));
    }
    let image = published::download(release)?;
    fill(unit, &image, Some(release.version), json)
}

/// Finds a unit. One in its bootloader is found by its port only.
fn reach(name: &UnitName, at: &Where) -> Result<Unit, Failure> {
    if let (UnitName::Port(path), None) = (name, &at.sim) {
        let port = find::address(path)?;
        let open = || find::open(&port, &find::system_clock()).map_err(Failure::refused);
        match pool::meet(open()?) {
            Ok(unit) => return at_hand(unit),
            Err(PoolError::Bootloader { .. }) => return Ok(Unit { line: open()?, was: None }),
            Err(error) => return Err(find::failure(error)),
        }
    }
    at_hand(find::one(at, name)?)
}

/// Refuses a unit that is in use, whatever for.
fn at_hand(mut unit: MetUnit) -> Result<Unit, Failure> {
    find::must_be_free(&mut unit)?;
    let MetUnit { line, serial, firmware } = unit;
    Ok(Unit { line, was: Some((serial, firmware)) })
}

/// Flashes an image, verifies what runs, and tells it.
fn fill(mut unit: Unit, image: &Image, expect: Option<FirmwareVersion>, json: bool) -> Result<Exit, Failure> {
    let port = unit.line.name().to_owned();
    tell_begin(&port, &unit, json);
    let done = match attempt(&mut unit.line, image, json) {
        Err(Failed::Flash(error @ FlashError::Spoiled { .. })) if may_wait(&unit.line, json) => {
            say::complain(error);
            // The port has to be let go, or it cannot come back.
            drop(unit.line);
            unit.line = replugged(Path::new(&port))?;
            attempt(&mut unit.line, image, json)
        }
        other => other,
    };
    let done = done.map_err(Failed::told)?;
    let MetUnit { serial, firmware, .. } = pool::meet(unit.line).map_err(Failure::fault)?;
    let rate = done.written as f64 / done.took.as_secs_f64().max(f64::MIN_POSITIVE);
    if json {
        let told = json!({
            "event": "flashed",
            "port": port,
            "serial": serial,
            "firmware_before": unit.was.map(|(_, firmware)| firmware.0),
            "firmware": firmware.0,
            "bytes_found": done.found,
            "bytes_written": done.written,
            "seconds": done.took.as_secs_f64(),
            "bytes_per_second": rate,
            "in_flight": done.in_flight,
            "mended": done.mended,
        });
        say::out(format_args!("{told}\n"));
    } else {
        say::out(format_args!(
            "{} on {port} runs {firmware}: {} bytes written and read back in {:.1} s ({rate:.0} bytes/s, {} at once)\n",
            name(serial),
            done.written,
            done.took.as_secs_f64(),
            requests(done.in_flight),
        ));
    }
    if let Some((was, _)) = unit.was.filter(|(was, _)| *was != serial) {
        return Err(Failure::fault(format!(
            "{} was flashed, and {} answers there now",
            name(was),
            name(serial)
        )));
    }
    match expect {
        Some(expected) if expected != firmware => {
            Err(Failure::fault(format!("{expected} was flashed, and the unit says that it runs {firmware}")))
        }
        _ => Ok(Exit::Passed),
    }
}

fn tell_begin(port: &str, unit: &Unit, json: bool) {
    if json {
        let told = json!({
            "event": "begins",
            "port": port,
            "serial": unit.was.and_then(|(serial, _)| serial),
            "firmware": unit.was.map(|(_, firmware)| firmware.0),
            "bytes": Image::LENGTH,
        });
        say::out(format_args!("{told}\n"));
    } else {
        let what = match unit.was {
            Some((serial, firmware)) => format!("{} on {port} runs {firmware}", name(serial)),
            None => format!("a unit in its bootloader on {port}"),
        };
        say::complain(format_args!(
            "{what}; it is flashed now: leave it plugged in, and if it breaks off, give the same command again"
        ));
    }
}

fn name(serial: Option<SerialNumber>) -> String {
    serial.map_or_else(|| "a unit without serial number".to_owned(), |serial| format!("unit {serial}"))
}

fn requests(count: usize) -> String {
    if count == 1 { "one request".to_owned() } else { format!("{count} requests") }
}

enum Failed {
    Enter(EnterError),
    Flash(FlashError),
}

impl Failed {
    fn told(self) -> Failure {
        match self {
            Self::Enter(error @ EnterError::NotAtRest(_)) => Failure::refused(error),
            Self::Enter(error) => Failure::fault(error),
            Self::Flash(error) => Failure::fault(error),
        }
    }
}

fn attempt(line: &mut Line, image: &Image, json: bool) -> Result<Flashed, Failed> {
    let loader = Loader::enter(line).map_err(Failed::Enter)?;
    let mut filling = Filling::new("flash", Image::LENGTH as u64, !json);
    let done = loader.flash(image, &mut |stage| match stage {
        Stage::Erasing => {}
        Stage::Found(bytes) => {
            filling.begin_at(bytes as u64);
            tell_stage("found", bytes, json);
        }
        Stage::Written(bytes) => {
            filling.is_at(bytes as u64);
            tell_stage("written", bytes, json);
        }
    });
    filling.end();
    done.map_err(Failed::Flash)
}

fn tell_stage(event: &str, bytes: usize, json: bool) {
    if json {
        say::out(format_args!("{}\n", json!({ "event": event, "bytes": bytes, "of": Image::LENGTH })));
    }
}

/// Whether somebody is there who can unplug a unit, and a port from which it goes.
fn may_wait(line: &Line, json: bool) -> bool {
    !json && io::stderr().is_terminal() && PathBuf::from(line.name()).exists()
}

/// Waits until a unit is unplugged and plugged in again.
fn replugged(port: &Path) -> Result<Line, Failure> {
    let (port, clock) = (find::address(port)?, find::system_clock());
    let mut gone = false;
    for _ in 0..LOOKS {
        std::thread::sleep(LOOK);
        match find::open(&port, &clock) {
            Ok(line) if gone => return Ok(line),
            Err(_) if !gone => {
                gone = true;
                say::complain("unplugged; now plug it in again");
            }
            _ => {}
        }
    }
    Err(Failure::fault(format!("nobody has unplugged the unit on {port} and plugged it in again")))
}
