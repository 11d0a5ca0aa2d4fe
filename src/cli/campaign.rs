//! `campaign`: many runs on simulated benches with faults and kills, held against the laws.

use super::failure::Failure;
use super::say;
use crate::campaign::{self, Given, Orders, Report, Scenario};
use crate::diagnostic::Source;
use crate::terminal::transcript;
use crate::verdict::Exit;
use serde_json::json;
use std::ops::Range;
use std::path::PathBuf;

/// The arguments of `batlab-run campaign`.
#[derive(Clone, Debug, clap::Args)]
pub struct CampaignArgs {
    /// The seeds: from the first to before the last.
    #[arg(long, value_name = "A..B", default_value = "0..200", value_parser = seeds)]
    pub seeds: Range<u64>,
    /// Play this seed alone, and show what it is and all that happens.
    #[arg(long, value_name = "N", group = "one", conflicts_with_all = ["seeds", "jobs", "json"])]
    pub seed: Option<u64>,
    /// Play this scenario alone.
    #[arg(long, value_name = "FILE", group = "one", conflicts_with_all = ["seeds", "recipe", "bench", "jobs", "json"])]
    pub scenario: Option<PathBuf>,
    /// Leave the files of the one run in this directory, which must not exist yet.
    #[arg(long, value_name = "DIR", requires = "one")]
    pub keep: Option<PathBuf>,
    /// Test by this recipe in every run instead of one by chance.
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// Use this bench in every run instead of one by chance.
    #[arg(long, value_name = "BENCH.toml")]
    pub bench: Option<PathBuf>,
    /// How many runs go on side by side; as many as there are processors if not set.
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Print the counts as JSON.
    #[arg(long)]
    pub json: bool,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let wrong = || format!("`{text}` is not A..B, such as 0..2000");
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let (from, to) = (from.parse().map_err(|_| wrong())?, to.parse().map_err(|_| wrong())?);
    if from < to { Ok(from..to) } else { Err(format!("{text}: there is no seed in it")) }
}

/// Makes a campaign.
pub(super) fn campaign(args: &CampaignArgs) -> Result<Exit, Failure> {
    let text = |path: &Option<PathBuf>| -> Result<Option<String>, Failure> {
        Ok(path.as_deref().map(Source::from_file).transpose()?.map(|source| source.text))
    };
    let given = Given { recipe: text(&args.recipe)?, bench: text(&args.bench)? };
    if let Some(path) = &args.scenario {
        let source = Source::from_file(path)?;
        let scenario = Scenario::parse(&source.text)
            .map_err(|error| Failure::refused(format!("{}: {error}", source.path)))?;
        return play(&scenario, args);
    }
    if let Some(seed) = args.seed {
        return play(&Scenario::of_seed(seed, &given), args);
    }
    let jobs = args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let orders = Orders { seeds: args.seeds.clone(), jobs, given, bug: None };
    let report = campaign::campaign(&orders, |_, _| ()).map_err(Failure::fault)?;
    if args.json {
        tell_json(&report)?
    } else {
        tell(&report, args)
    }
    Ok(if report.failing.is_empty() { Exit::Passed } else { Exit::Failed })
}

/// Plays one scenario, and shows all of it.
fn play(scenario: &Scenario, args: &CampaignArgs) -> Result<Exit, Failure> {
    let scratch = tempfile::tempdir().map_err(Failure::fault)?;
    let place = args.keep.as_deref().unwrap_or(scratch.path());
    if args.keep.is_some() && place.exists() {
        return Err(Failure::refused(format!("{} is there already", place.display())));
    }
    let voyage = campaign::sail(scenario, place, None).map_err(Failure::refused)?;
    say::out(scenario.text().map_err(Failure::refused)?);
    say::out(format_args!("\n{}\n", transcript(&voyage.entries)));
    for breach in &voyage.breaches {
        say::out(format_args!("BROKEN ({}): {}\n", breach.law, breach.what));
    }
    say::out(format_args!("{} breaches; files {:08x}\n", voyage.breaches.len(), voyage.digest));
    Ok(if voyage.breaches.is_empty() { Exit::Passed } else { Exit::Failed })
}

fn tell_json(report: &Report) -> Result<(), Failure> {
    let failing: Vec<_> = report
        .failing
        .iter()
        .map(|(seed, breaches)| {
            let breaches: Vec<_> =
                breaches.iter().map(|it| json!({ "law": it.law, "what": it.what })).collect();
            json!({ "seed": seed, "breaches": breaches })
        })
        .collect();
    let value = json!({ "counts": report.tally, "failing": failing });
    let text = serde_json::to_string_pretty(&value).map_err(|error| Failure::defect(error.to_string()))?;
    say::out(text + "\n");
    Ok(())
}

fn tell(report: &Report, args: &CampaignArgs) {
    let tally = &report.tally;
    say::out(format_args!(
        "{:<16} {:>8} {:>8} {:>8} {:>8} {:>10} {:>8}\n",
        "fault", "injected", "pass", "fail", "error", "incomplete", "not run"
    ));
    for (word, ends) in &tally.faults {
        say::out(format_args!(
            "{word:<16} {:>8} {:>8} {:>8} {:>8} {:>10} {:>8}\n",
            ends.injected, ends.pass, ends.fail, ends.error, ends.incomplete, ends.not_run
        ));
    }
    for (seed, breaches) in &report.failing {
        for breach in breaches.iter().take(3) {
            say::out(format_args!("seed {seed}: BROKEN ({}): {}\n", breach.law, breach.what));
        }
        let option = |name: &str, path: &Option<PathBuf>| {
            path.as_ref().map_or_else(String::new, |path| format!(" --{name} {}", path.display()))
        };
        let (recipe, bench) = (option("recipe", &args.recipe), option("bench", &args.bench));
        say::out(format_args!("  again: batlab-run campaign --seed {seed}{recipe}{bench}\n"));
    }
    say::out(format_args!(
        "{} runs, {} kills, {} cells, {:.1} h on the bench, {} runs broke a law\n",
        tally.runs,
        tally.kills,
        tally.cells,
        tally.seconds as f64 / 3600.0,
        report.failing.len()
    ));
}
