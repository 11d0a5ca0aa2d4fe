//! `test`: runs the tests that stand in recipes on simulated cells, and tells what was not as expected.

mod snapshot;

use super::args::Settings;
use super::failure::Failure;
use super::say;
use super::script::Script;
use crate::clock::{Clock, SystemClock};
use crate::diagnostic::{Colour, Problem, Source, render};
use crate::plan::{self, Plan};
use crate::rehearsal::{self, Stage, Trial};
use crate::terminal::transcript;
use crate::verdict::Exit;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// No test runs for longer than this of simulated time.
const LONGEST: Duration = Duration::from_secs(60 * 86400);

/// A test and what it needs.
struct Job {
    source: Arc<Source>,
    plan: Arc<Plan>,
    trial: Trial,
}

/// What a test came to.
struct Done {
    took: Duration,
    problems: Vec<Problem>,
    /// What is to be told beside the problems: a difference of snapshots, or why it could not be run.
    more: String,
}

impl Done {
    fn is_good(&self) -> bool {
        self.problems.is_empty() && self.more.is_empty()
    }
}

/// Runs the tests of all these recipes, and of the recipes in these directories.
pub(super) fn test(paths: &[PathBuf], update: bool, as_json: bool) -> Result<Exit, Failure> {
    let mut jobs = Vec::new();
    let mut refused = false;
    for path in recipes(paths)? {
        match jobs_of(&path) {
            Ok(some) => jobs.extend(some),
            Err(failure) => {
                say::complain(failure.text.trim_end());
                refused = true;
            }
        }
    }
    if refused {
        return Ok(Exit::Refused);
    }
    if jobs.is_empty() {
        return Err(
            Failure::refused("no recipe here has a test").hint("a test is a table [[test]] in a recipe")
        );
    }
    let results = run_all(&jobs, update);
    let failed = results.iter().filter(|done| !done.is_good()).count();
    if as_json {
        let tests: Vec<_> = jobs.iter().zip(&results).map(|(job, done)| told(job, done)).collect();
        let value = json!({ "tests": tests, "failed": failed });
        let text =
            serde_json::to_string_pretty(&value).map_err(|error| Failure::defect(error.to_string()))?;
        say::out(text + "\n");
    } else {
        for (job, done) in jobs.iter().zip(&results) {
            let word = if done.is_good() { "ok    " } else { "FAILED" };
            let seconds = done.took.as_secs_f64();
            say::out(format_args!("{word} {} {} ({seconds:.1} s)\n", job.source.path, job.trial.name.value));
            say::out(render(&job.source, &done.problems, Colour::Off));
            say::out(&done.more);
        }
        say::out(format_args!("{} tests, {failed} failed\n", results.len()));
    }
    Ok(if failed == 0 { Exit::Passed } else { Exit::Failed })
}

fn told(job: &Job, done: &Done) -> serde_json::Value {
    let problems = done.problems.iter().map(|problem| {
        let place = job.source.place(problem.span.start);
        json!({ "line": place.line, "column": place.column, "message": problem.message, "expected": problem.label })
    });
    json!({
        "recipe": job.source.path,
        "test": job.trial.name.value,
        "ok": done.is_good(),
        "second": done.took.as_secs_f64(),
        "problems": problems.collect::<Vec<_>>(),
        "more": done.more,
    })
}

/// The recipes that are meant, each directory's in the order of their names.
fn recipes(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let cannot = |error| Failure::refused(format!("{} cannot be read: {error}", path.display()));
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(cannot)? {
            let file = entry.map_err(cannot)?.path();
            if file.is_file() && file.extension().is_some_and(|ending| ending == "toml") {
                inside.push(file);
            }
        }
        inside.sort();
        // Files of other kinds may lie there, too; what cannot be read is told by its own reading.
        inside.retain(|file| Source::from_file(file).map_or(true, |source| source.has_at_its_top("recipe")));
        found.extend(inside);
    }
    Ok(found)
}

fn jobs_of(path: &Path) -> Result<Vec<Job>, Failure> {
    let script = Script::open(path, &Settings::default())?;
    let job = |(trial, plan)| Job { source: Arc::clone(&script.source), plan: Arc::new(plan), trial };
    Ok(script.trials()?.into_iter().map(job).collect())
}

/// Runs them on all cores; the results are in the order of the jobs.
fn run_all(jobs: &[Job], update: bool) -> Vec<Done> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(index) else { break };
                    let done = run(job, update);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((index, done));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, done)| done).collect()
}

fn run(job: &Job, update: bool) -> Done {
    let clock = SystemClock::start();
    let Job { source, plan, trial } = job;
    // A margin for finding units and making them safe.
    let bound = plan::forecast(plan).at_most.saturating_add(Duration::from_secs(3600)).min(LONGEST);
    let stage =
        Stage { bench: trial.bench.clone(), at_most: bound, faults: trial.faults.clone(), events: true };
    let (mut problems, mut more) = (Vec::new(), String::new());
    match rehearsal::rehearse(plan, &stage) {
        Ok(outcome) => {
            problems = rehearsal::judge(&trial.expect, &outcome);
            if trial.expect.text.snapshot.get() == Some(&true) {
                let path = snapshot::path(Path::new(&source.path), &trial.name.value);
                let kept = if update {
                    snapshot::write(&path, &transcript(&outcome.events))
                } else {
                    snapshot::compare(&path, &transcript(&outcome.events))
                };
                more = kept.err().unwrap_or_default();
            }
        }
        Err(error) => more = format!("error: {error}\n"),
    }
    Done { took: clock.now().since(crate::clock::Instant::ORIGIN), problems, more }
}
