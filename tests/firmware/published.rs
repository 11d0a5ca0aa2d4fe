//! The vendor's releases: looked at, downloaded, flashed.

use crate::program::Scratch;
use crate::served::serve;
use crate::vendor::{File, serve as publish};
use crate::{FAST, objects, version};
use batlab_run::simulator::image;

#[test]
fn releases_are_shown_beside_what_units_run() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let newer = publish(&[("V7", File::Good(7)), ("V8", File::Good(8)), ("odd", File::Good(1))]);
    let said = scratch.run(&["firmware", "check", "--releases", &newer, "--port", "u"]).ends_with(1);
    assert!(said.out.contains("release V8: version 8 (2019-05-01T00:00:00Z)"), "{}", said.out);
    assert!(said.out.contains("unit 100001 on u: version 7, older than the latest release"), "{}", said.out);
    said.complains(&["left out: odd: no version in its tag"]);
    let said =
        scratch.run(&["firmware", "check", "--releases", &newer, "--port", "u", "--json"]).ends_with(1);
    let told = &objects(&said)[0];
    assert_eq!((&told["latest"], &told["units"][0]["behind"]), (&8.into(), &true.into()));
    // The address by the environment.
    let same = publish(&[("V7", File::Good(7))]);
    let mut command = scratch.command(&["firmware", "check", "--port", "u"]);
    let done = command.env("BATLAB_RUN_RELEASES", &same).output().unwrap();
    let out = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(done.status.code(), Some(0), "{out}");
    assert!(out.contains("version 7, the latest"), "{out}");
}

#[test]
fn an_image_is_proved_before_its_file_is_there() {
    let scratch = Scratch::new();
    let url = publish(&[
        ("V7", File::Good(7)),
        ("V6", File::Exchanged(6)),
        ("V5", File::Short),
        ("V4", File::Endless),
        ("V3", File::Missing),
    ]);
    let fetch = |more: &[&str]| scratch.run(&[&["firmware", "fetch", "--releases", &url], more].concat());
    for (tag, why) in [
        ("6", "is not what was published"),
        ("5", "9000 bytes of 15360"),
        ("4", "more than the 15360 bytes"),
        ("3", "answered 404"),
    ] {
        fetch(&[tag]).ends_with(3).complains(&[why]);
    }
    fetch(&["2"]).ends_with(2).complains(&["no release of version 2", "it has 7, 6, 5, 4, 3"]);
    assert_eq!(scratch.list("."), [""; 0], "nothing is left behind");
    fetch(&[]).ends_with(0);
    assert_eq!(std::fs::read(scratch.file("batlab-firmware-7.bin")).unwrap(), image(7));
    fetch(&[]).ends_with(0);
    scratch.write("mine.bin", "mine");
    fetch(&["--out", "mine.bin"]).ends_with(2).complains(&["nothing is overwritten"]);
    assert_eq!(scratch.read("mine.bin"), "mine");
}

#[test]
fn a_list_that_cannot_be_had_is_an_error() {
    let scratch = Scratch::new();
    let check = |url: &str| scratch.run(&["firmware", "check", "--releases", url]);
    check("http://127.0.0.1:9/releases").ends_with(3).complains(&["cannot be reached", "firmware flash"]);
    check("http://releases.example/").ends_with(2).complains(&["write https"]);
    check("no address").ends_with(2).complains(&["no address of a list of releases"]);
    let there = publish(&[]);
    check(&there.replace("/releases", "/nothing")).ends_with(3).complains(&["answered 404"]);
}

#[test]
fn an_update_is_verified_by_the_version_that_runs() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, FAST);
    // The image of V6 says that it is 5.
    let url = publish(&[("V6", File::Good(5)), ("V7", File::Good(7))]);
    let update =
        |more: &[&str]| scratch.run(&[&["firmware", "update", "u", "--releases", &url], more].concat());
    update(&["--to", "6"]).ends_with(3).complains(&["version 6 was flashed", "it runs version 5"]);
    let said = update(&[]).ends_with(0);
    assert!(said.out.contains("unit 100001 on u runs version 7: 15360 bytes"), "{}", said.out);
    said.complains(&["unit 100001 on u runs version 5", "of 15360 bytes"]);
    assert_eq!(version(&scratch), "version 7 (raw 7)");
    let unknown = publish(&[("V8", File::Good(8))]);
    let newer = scratch.run(&["firmware", "update", "u", "--releases", &unknown]).ends_with(2);
    newer.complains(&["version 8, which this program does not know", "--to 8"]);
    let again = update(&[]).ends_with(0);
    assert!(again.out.contains("it is left as it is"), "{}", again.out);
}
