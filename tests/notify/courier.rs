//! The notifier by itself: floods, and time that passes.

use crate::server::{self, Server};
use batlab_run::clock::{Instant, SystemClock};
use batlab_run::diagnostic::Source;
use batlab_run::event::{Entry, Event};
use batlab_run::identity::CellName;
use batlab_run::notify::{Notifier, QUEUE, resolve};
use batlab_run::recipe::notify::read_file;
use batlab_run::verdict::{Exit, Verdict};
use chrono::{DateTime, Utc};
use std::io::Write;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

fn notifier(hook: &str) -> Notifier {
    let text = read_file(&Source::new("hook.toml", hook)).unwrap();
    let targets = resolve(&text, &|name| panic!("{name} is asked for")).unwrap();
    let mut notifier = Notifier::start(targets, "flood", false).unwrap();
    notifier.begin("run", 200);
    notifier
}

fn entry(cell: Option<usize>, event: Event) -> Entry {
    let cell: Option<CellName> = cell.map(|number| format!("c{number}").parse().unwrap());
    Entry { time: DateTime::<Utc>::UNIX_EPOCH, test_time_second: 0.0, unit: None, slot: None, cell, event }
}

/// Whether the server of the flood may answer.
static GATE: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

fn behind_the_gate(number: usize, to: &mut dyn Write) -> std::io::Result<()> {
    drop(GATE.1.wait_while(GATE.0.lock().unwrap(), |open| !*open).unwrap());
    server::good(number, to)
}

#[test]
fn a_flood_is_bounded_and_the_last_word_is_kept() {
    let server = Server::start(behind_the_gate);
    let hook = format!(
        "[notify]\nurl = \"{}\"\non = [\"failed\", \"finished\"]\ntimeout = \"60 s\"\n",
        server.url()
    );
    let mut notifier = notifier(&hook);
    let failure =
        || Event::CellEnded { verdict: Verdict::Error, why: "why not".to_owned(), resumable: false };
    notifier.hear(&entry(Some(0), failure()));
    server.waits();
    // One is in hand, and does not come to its end.
    for number in 1..100 {
        notifier.hear(&entry(Some(number), failure()));
    }
    notifier.hear(&entry(None, Event::RunEnded { exit: Exit::Fault }));
    let dropped = 100 - QUEUE;
    let wanted = format!("{dropped} messages were dropped, the oldest first, because too many waited");
    let told = notifier.losses();
    assert!(told.len() == 1 && told[0].ends_with(&wanted), "{told:?}");
    *GATE.0.lock().unwrap() = true;
    GATE.1.notify_all();
    assert_eq!(notifier.close(&SystemClock::start()), Vec::<String>::new());

    let facts: Vec<_> = server.seen().iter().map(server::Seen::json).collect();
    assert_eq!(facts.len(), 1 + QUEUE);
    let cells: Vec<_> = facts.iter().map(|fact| fact["cell"].as_str().unwrap().to_owned()).collect();
    let mut wanted = vec!["c0".to_owned()];
    wanted.extend((dropped + 1..100).map(|number| format!("c{number}")));
    wanted.push(String::new());
    assert_eq!(cells, wanted);
    let last = facts.last().unwrap();
    assert_eq!(
        (&last["event"], &last["errors"], &last["under_test"]),
        (&"finished".into(), &100.into(), &100.into())
    );
    assert_eq!(
        last["text"],
        "0 of 200 cells passed, 100 ended as errors, 100 under test; exit code 3, results in run"
    );
}

#[test]
fn a_run_that_goes_on_is_told_of_as_often_as_was_asked() {
    let server = Server::start(server::good);
    let hook = format!("[notify]\nurl = \"{}\"\non = \"alive\"\nalive_every = \"1 h\"\n", server.url());
    let mut notifier = notifier(&hook);
    let begun = Instant::ORIGIN + Duration::from_secs(77);
    let mut told = 0;
    for minute in 0..=150 {
        notifier.tick(begun + Duration::from_secs(60 * minute), DateTime::<Utc>::UNIX_EPOCH);
        if minute == 60 || minute == 120 {
            server.waits();
            told += 1;
        }
        assert_eq!(server.seen().len(), told, "minute {minute}");
    }
    assert!(notifier.close(&SystemClock::start()).is_empty());
    let facts = server.seen();
    assert_eq!(facts.len(), 2);
    assert_eq!(facts[0].json()["event"], "alive");
    assert_eq!(facts[0].json()["title"], "flood: still running");
}

#[test]
fn what_touches_safety_needs_a_person() {
    let server = Server::start(server::good);
    let hook = format!("[notify]\nurl = \"{}\"\non = \"needs-person\"\nstyle = \"ntfy\"\n", server.url());
    let mut notifier = notifier(&hook);
    notifier.hear(&entry(Some(7), Event::NotMadeSafe { what: "no answer".to_owned() }));
    notifier.hear(&entry(None, Event::StopRequested { by: "SIGINT".to_owned() }));
    notifier.hear(&entry(None, Event::Fault { what: "of no interest here".to_owned() }));
    notifier.hear(&entry(
        Some(8),
        Event::CellEnded { verdict: Verdict::Incomplete, why: "stopped".to_owned(), resumable: true },
    ));
    assert!(notifier.close(&SystemClock::start()).is_empty());
    let said: Vec<_> =
        server.seen().into_iter().map(|seen| (seen.headers["priority"].clone(), seen.body)).collect();
    let wanted = ["c7: NOT MADE SAFE, current may flow: no answer", "stopped before its end by SIGINT"];
    assert_eq!(said, wanted.map(|text| ("5".to_owned(), text.to_owned())));
}
