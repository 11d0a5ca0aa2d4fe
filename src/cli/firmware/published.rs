//! What the vendor has published: shown beside what the connected units run, and downloaded.

use super::From;
use crate::cli::failure::Failure;
use crate::cli::manual::args::Where;
use crate::cli::manual::find;
use crate::cli::say;
use crate::firmware::{Image, Release, ReleaseError, Releases, VENDOR};
use crate::pool::MetUnit;
use crate::record::create;
use crate::verdict::Exit;
use crate::wire::FirmwareVersion;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Names the address of the list where none is given.
const VARIABLE: &str = "BATLAB_RUN_RELEASES";

/// Asks for the list.
pub(super) fn list(from: &From) -> Result<Releases, Failure> {
    let set = std::env::var(VARIABLE).ok().filter(|url| !url.is_empty());
    let url = from.releases.clone().or(set).unwrap_or_else(|| VENDOR.to_owned());
    Releases::ask(&url).map_err(failure)
}

/// The release of a version, or the latest.
pub(super) fn of(releases: &Releases, version: Option<u16>) -> Result<&Release, Failure> {
    let found = match version {
        Some(version) => releases.of(FirmwareVersion(version)),
        None => releases.latest(),
    };
    found.ok_or_else(|| {
        let there: Vec<String> = releases.list.iter().map(|release| release.version.0.to_string()).collect();
        let what =
            version.map_or("no release with an image".to_owned(), |it| format!("no release of version {it}"));
        let mut failure = Failure::refused(format!("the list of releases has {what}"));
        if !there.is_empty() {
            failure = failure.hint(format!("it has {}", there.join(", ")));
        }
        if releases.left_out.is_empty() { failure } else { failure.hint(releases.left_out.join("; ")) }
    })
}

/// Downloads and proves the image of a release.
pub(super) fn download(release: &Release) -> Result<Image, Failure> {
    release.download().map_err(failure)
}

fn failure(error: ReleaseError) -> Failure {
    match error {
        ReleaseError::Address { .. } => Failure::refused(error),
        ReleaseError::Unreachable { .. } => Failure::fault(error)
            .hint("`batlab-run firmware flash` takes a file that was downloaded in another way"),
        _ => Failure::fault(error),
    }
}

/// Shows the list, and how the connected units compare.
pub(super) fn check(from: &From, at: &Where, json: bool) -> Result<Exit, Failure> {
    let releases = list(from)?;
    let latest = releases.latest();
    let found = find::search(at, |_| false)?;
    let behind = |unit: &MetUnit| latest.is_some_and(|latest| unit.firmware < latest.version);
    let is_one_behind = found.units.iter().any(behind);
    if json {
        let units: Vec<Value> = found.units.iter().map(|unit| unit_json(unit, behind(unit))).collect();
        let list: Vec<Value> = releases.list.iter().map(release_json).collect();
        let told = json!({
            "latest": latest.map(|release| release.version.0),
            "releases": list,
            "left_out": releases.left_out,
            "units": units,
            "passed_over": found.left_out(),
        });
        say::out(format_args!("{told}\n"));
    } else {
        show(&releases);
        for unit in &found.units {
            let how = match latest {
                _ if behind(unit) => "older than the latest release",
                Some(latest) if unit.firmware > latest.version => "newer than the latest release",
                Some(_) => "the latest",
                None => "nothing to compare it with",
            };
            say::out(format_args!("unit {}: {}, {how}\n", find::name_and_port(unit), unit.firmware));
        }
        if found.units.is_empty() {
            say::out("no unit answers\n");
        }
        found.left_out().iter().for_each(say::complain);
    }
    Ok(if is_one_behind { Exit::Failed } else { Exit::Passed })
}

fn show(releases: &Releases) {
    for release in &releases.list {
        let published = release.published.as_deref().unwrap_or("date unknown");
        let pre = if release.prerelease { ", a pre-release" } else { "" };
        say::out(format_args!("release {}: {} ({published}{pre})\n", release.tag, release.version));
    }
    for why in &releases.left_out {
        say::complain(format_args!("left out: {why}"));
    }
    if releases.list.is_empty() {
        say::out("nothing is published there\n");
    }
}

fn release_json(release: &Release) -> Value {
    json!({
        "tag": release.tag,
        "version": release.version.0,
        "prerelease": release.prerelease,
        "published": release.published,
        "file": release.asset.name,
        "url": release.asset.url,
    })
}

fn unit_json(unit: &MetUnit, behind: bool) -> Value {
    json!({
        "serial": unit.serial,
        "port": unit.line.name(),
        "firmware": unit.firmware.0,
        "behind": behind,
    })
}

/// Downloads an image into a file.
pub(super) fn fetch(
    version: Option<u16>,
    out: Option<&Path>,
    from: &From,
    json: bool,
) -> Result<Exit, Failure> {
    let releases = list(from)?;
    let release = of(&releases, version)?;
    // Not the vendor's name for it: what a server sends is no path.
    let path = out.map_or_else(
        || PathBuf::from(format!("batlab-firmware-{}.bin", release.version.0)),
        Path::to_path_buf,
    );
    let image = download(release)?;
    put(&path, &image)?;
    if json {
        let mut told = release_json(release);
        told["written"] = path.display().to_string().into();
        say::out(format_args!("{told}\n"));
    } else {
        say::out(format_args!(
            "{}: release {}, {} bytes, checksum good\n",
            path.display(),
            release.tag,
            Image::LENGTH
        ));
    }
    Ok(Exit::Passed)
}

fn put(path: &Path, image: &Image) -> Result<(), Failure> {
    if std::fs::read(path).is_ok_and(|there| there == image.bytes()) {
        return Ok(());
    }
    create(path, image.bytes()).map_err(Failure::not_created)
}
