//! Scenarios that stand in files: a bench, a recipe, what goes wrong, and the events that come of it.

use batlab_run::campaign::{Scenario, sail};
use batlab_run::terminal::transcript;
use std::path::Path;

#[test]
fn every_scenario_comes_to_what_is_written_beside_it() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut paths: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "toml"));
    paths.sort();
    assert!(paths.len() >= 12, "{paths:?}");
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let scenario = Scenario::parse(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let scratch = tempfile::tempdir().unwrap();
        let voyage = sail(&scenario, scratch.path(), None).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(voyage.breaches, [], "{name}: {}", transcript(&voyage.entries));
        let happened: Vec<_> =
            voyage.incidents.iter().map(|(word, ends)| format!("{word}: {ends:?}")).collect();
        // Each unit's events are in order; of two units that wait for each other no more, one's may be written first.
        let mut entries = voyage.entries;
        entries.sort_by(|one, other| one.test_time_second.total_cmp(&other.test_time_second));
        let text = format!("{}\n{}\n", transcript(&entries), happened.join("\n"));
        insta::with_settings!({ snapshot_path => "../scenarios/snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, text);
        });
    }
}

#[test]
fn the_example_of_the_page_can_be_played() {
    let page = include_str!("../../docs/campaign.md");
    let (_, rest) = page.split_once("```toml\n").expect("the page has an example");
    let (text, _) = rest.split_once("```").expect("it ends");
    let scratch = tempfile::tempdir().unwrap();
    let voyage = sail(&Scenario::parse(text).unwrap(), scratch.path(), None).unwrap();
    assert_eq!((voyage.breaches.as_slice(), voyage.kills), (&[][..], 1));
    assert_eq!(voyage.incidents.len(), 1);
}
