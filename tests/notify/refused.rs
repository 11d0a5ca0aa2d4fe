//! What is wrong is told before anything is energised.

use crate::program::{Scratch, project};
use batlab_run::diagnostic::Source;
use batlab_run::diagnostic::read::Word;
use batlab_run::notify::resolve;
use batlab_run::recipe::notify::{Mention, Occasion, read_file};

fn nothing_was_run(scratch: &Scratch) {
    assert!(!scratch.file("runs").exists(), "{:?}", scratch.list("."));
}

#[test]
fn a_variable_that_is_not_set_is_shown_at_its_place() {
    let scratch = Scratch::new();
    let recipe = std::fs::read_to_string(project("recipes/impedance.toml")).unwrap();
    let hook = "[notify]\nurl = \"https://hooks.slack.com/${env:BATLAB_HOOK}\"\non = \"finished\"\n";
    scratch.write("told.toml", &format!("{recipe}\n{hook}"));
    scratch.run(&["check", "told.toml"]).ends_with(0);
    for arguments in [&["--sim", "--notify-simulated", "told.toml"][..], &["notify", "test", "told.toml"]] {
        for value in [None, Some("")] {
            let mut command = scratch.command(arguments);
            command.env_remove("BATLAB_HOOK").envs(value.map(|value| ("BATLAB_HOOK", value)));
            let done = command.output().unwrap();
            let said = String::from_utf8(done.stderr).unwrap();
            assert_eq!(done.status.code(), Some(2), "{said}");
            for part in ["[no-variable]", "${env:BATLAB_HOOK}", "^^^^^^^^^^^^^^^^^^", "export BATLAB_HOOK="] {
                assert!(said.contains(part), "`{part}` is not in:\n{said}");
            }
        }
    }
    nothing_was_run(&scratch);
}

/// A variable can hold anything; what it holds is not shown.
#[test]
fn what_a_variable_holds_is_not_shown() {
    let scratch = Scratch::new();
    scratch.write("whole.toml", "[notify]\nurl = \"${env:HOOK}\"\non = \"finished\"\n").write(
        "header.toml",
        "[notify]\nurl = \"https://e.org\"\non = \"finished\"\nheaders = { X-Key = \"${env:HOOK}\" }\n",
    );
    let cases = [
        ("whole.toml", "open-sesame", "[bad-address]"),
        ("whole.toml", "sesame:open-sesame", "[bad-address]"),
        ("whole.toml", "http://example.org/open-sesame", "[plain-http]"),
        ("header.toml", "open-sesame\nX-More: 1", "[bad-header]"),
    ];
    for (file, value, code) in cases {
        let quick = project("recipes/quick.toml");
        let mut command = scratch.command(&["--sim", "--notify-simulated", "--notify", file, &quick]);
        let done = command.env("HOOK", value).output().unwrap();
        let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
        assert_eq!(done.status.code(), Some(2), "{said}");
        assert!(said.contains(code) && !said.contains("sesame"), "{value}: {said}");
    }
    nothing_was_run(&scratch);
}

#[test]
fn a_wrong_file_is_shown_at_its_place() {
    let scratch = Scratch::new();
    let quick = project("recipes/quick.toml");
    scratch.write("hook.toml", "[[notify]]\nurl = \"https://e.org/${env:HOME}\"\nonn = \"finished\"\n");
    let said = scratch.run(&["--sim", "--notify", "hook.toml", &quick]).ends_with(2);
    said.complains(&["hook.toml:3:1", "did you mean `on`?"]);
    let said = scratch.run(&["--sim", "--notify", &quick, &quick]).ends_with(2);
    said.complains(&["this is a recipe"]);
    scratch.write("empty.toml", "");
    scratch.run(&["--sim", "--notify", "empty.toml", &quick]).ends_with(2).complains(&["add [notify]"]);
    scratch.run(&["--notify-simulated", &quick]).ends_with(2).complains(&["--sim"]);
    nothing_was_run(&scratch);
}

/// The example of the page is a good file, and its receivers want what it says.
#[test]
fn the_example_of_the_page_is_good() {
    let page = std::fs::read_to_string(project("docs/notify.md")).unwrap();
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let notify = read_file(&Source::new("notify.md", example)).unwrap();
    let targets = resolve(&notify, &|name| Some(format!("{name}-value"))).unwrap();
    let labels: Vec<_> = targets.iter().map(|target| target.label().to_owned()).collect();
    let wanted = [
        "phone (https://ntfy.sh)",
        "lab-channel (https://hooks.slack.com)",
        "dashboard (https://bench.example.org)",
    ];
    assert_eq!(labels, wanted);
    assert!(targets[2].wants(Occasion::Alive) && !targets[0].wants(Occasion::Alive));
    assert!(!format!("{targets:?}").contains("value"), "{targets:?}");

    // The page names every occasion, fact and key that there is.
    let schema = published_schema();
    for key in schema["$defs"]["TargetText"]["properties"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("| `{key}` |")), "{key}");
    }
    for (word, _) in Occasion::WORDS {
        assert!(page.contains(&format!("| `{word}` |")), "{word}");
    }
    let facts = page.split("| fact | what |").nth(1).unwrap();
    for (word, _) in Mention::WORDS {
        assert!(facts.contains(&format!("`{word}`")), "{word}");
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&toml::from_str::<serde_json::Value>(example).unwrap()));
}

/// The published schema of a file for `--notify`; the program prints the same.
fn published_schema() -> serde_json::Value {
    let published = std::fs::read_to_string(project("schemas/notify.schema.json")).unwrap();
    assert_eq!(Scratch::new().run(&["schema", "notify"]).ends_with(0).out, published);
    serde_json::from_str(&published).unwrap()
}
