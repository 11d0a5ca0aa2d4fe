//! A computer that sleeps, or has too much to do, in the middle of a run: what the unit says meanwhile waits on the line.

use crate::lines::worst;
use crate::rig::{Outcome, Rig, li_ion};
use batlab_run::clock::{Clock, Instant};
use batlab_run::event::Event;
use batlab_run::transport::{Transport, TransportError, Wake, Waker};
use batlab_run::verdict::Verdict;
use std::sync::Arc;
use std::time::Duration;

const STEPS: &str = r#"
[[step]]
charge = "C/2"
at_most = "10 min"
[[step]]
rest = "5 min"
[[step]]
discharge = "C/2"
at_most = "10 min"
"#;

/// A line to which nobody comes for a while, again and again.
struct Absent {
    inner: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    next: Instant,
    every: Duration,
    time: Duration,
}

impl Transport for Absent {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.inner.send(bytes)
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        let now = self.clock.now();
        if now < self.next {
            return self.inner.receive(until, into);
        }
        // Everything comes at once when somebody is there again.
        let back = now + self.time;
        while self.clock.now() < back {
            self.inner.receive(back, into)?;
        }
        self.next = back + self.every;
        Ok(Wake::Bytes)
    }

    fn waker(&self) -> Waker {
        self.inner.waker()
    }
}

/// Nobody there for so many seconds, from a second on and then every so many.
fn absent(from: f64, every: f64, seconds: f64) -> Outcome {
    let second = Duration::from_secs_f64;
    let over = move |inner, clock: &Arc<dyn Clock>| -> Box<dyn Transport> {
        let (next, clock) = (Instant::ORIGIN + second(from), Arc::clone(clock));
        Box::new(Absent { inner, clock, next, every: second(every), time: second(seconds) })
    };
    Rig::new(&li_ion(STEPS), 3).over(over).run()
}

fn told(outcome: &Outcome) -> (f64, u32) {
    let told = outcome.unit_facts().into_iter().filter_map(|(_, event)| match event {
        Event::Unattended { seconds, times } => Some((*seconds, *times)),
        _ => None,
    });
    told.fold((0.0, 0), |(sum, count), (seconds, times)| (sum + seconds, count + times))
}

#[test]
fn what_waited_on_the_line_is_no_reading_and_the_run_goes_on() {
    for (from, every, seconds) in [
        (100.0, 9000.0, 3.0),
        (100.3, 9000.0, 12.0),
        (599.0, 9000.0, 8.0),
        (905.0, 9000.0, 18.0),
        (1200.0, 60.0, 4.0),
        (50.0, 97.0, 7.0),
    ] {
        let outcome = absent(from, every, seconds);
        let what = format!("{seconds} s at {from}, every {every}: {}", outcome.condensed());
        assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{what}");
        let (sum, times) = told(&outcome);
        // Nobody can know of an absence before something was due again: a second, at most.
        assert!(times > 0 && sum > seconds - 1.1, "{sum} {times} {what}");
        assert!(worst(&outcome) < 0.005, "{} {what}", worst(&outcome));
        for number in 0..4 {
            let rows = outcome.rows(number);
            assert!(rows.windows(2).all(|pair| pair[0].at <= pair[1].at), "{what}");
        }
    }
}

/// Shorter than what makes bytes old.
#[test]
fn a_moment_is_nothing_to_speak_of() {
    let outcome = absent(20.0, 10.0, 1.0);
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    assert_eq!(told(&outcome), (0.0, 0));
}

#[test]
fn after_a_long_absence_the_unit_has_stopped_its_cells() {
    // Whatever the station does at that moment.
    for from in [300.0, 300.1, 300.2, 300.3, 300.4, 300.5] {
        stopped_by_its_watchdog(&absent(from, 9000.0, 3600.0));
    }
}

fn stopped_by_its_watchdog(outcome: &Outcome) {
    let (sum, times) = told(outcome);
    assert!(times > 0 && sum > 3590.0, "{sum} {times}");
    for number in 0..4 {
        let stopped = outcome
            .facts(number)
            .into_iter()
            .any(|(at, event)| matches!(event, Event::Interrupted { .. }) && at > 3900.0);
        assert!(stopped, "{}", outcome.condensed());
        // 25.5 s after the last kick, which was at most 5 s before the absence.
        let first = outcome.drives(number).into_iter().next().expect("it was charged");
        assert!(first.books.charged.0 < 335.0 * 1.5, "{} C", first.books.charged.0);
    }
}
