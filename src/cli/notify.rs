//! Who is told of a run by web hooks: from the recipe and the command line to what hears the run.

use super::args::{NotifyCommand, RunArgs, Showing};
use super::failure::Failure;
use super::say;
use super::script::Script;
use crate::clock::{Clock, SystemClock};
use crate::diagnostic::{Problem, Source};
use crate::notify::{Answer, Counts, Message, Notifier, NotifyError, Sender, Target, resolve};
use crate::recipe::notify::{NotifyText, Occasion, read_file};
use crate::verdict::Exit;
use std::path::Path;
use std::sync::Arc;

/// What hears a run, where somebody is told of it.
#[derive(Default)]
pub(super) struct Notifying {
    pub(super) notifier: Option<Notifier>,
    /// What the journal has to say of it.
    pub(super) notice: Option<String>,
}

/// Makes ready whom the recipe and the command line name for a run.
pub(super) fn open(args: &RunArgs, script: &Script, recipe: &str) -> Result<Notifying, Failure> {
    let simulated = args.sim.is_some().then_some(args.notify_simulated);
    of_run(&args.showing, simulated, script, recipe)
}

/// The same; `simulated` says of a simulated run whether anybody is told of it.
pub(super) fn of_run(
    showing: &Showing,
    simulated: Option<bool>,
    script: &Script,
    recipe: &str,
) -> Result<Notifying, Failure> {
    let own = if showing.no_notify { None } else { script.notify()? };
    let file = showing.notify.as_deref().map(of_file).transpose()?;
    if own.is_none() && file.is_none() {
        return Ok(Notifying::default());
    }
    if simulated == Some(false) {
        let notice = "nobody is told of a simulated run by web hooks without --notify-simulated".to_owned();
        return Ok(Notifying { notice: Some(notice), notifier: None });
    }
    let targets = targets(script_part(script, own), file)?;
    let notifier = Notifier::start(targets, recipe, simulated.is_some()).map_err(refused)?;
    Ok(Notifying { notifier: Some(notifier), notice: None })
}

impl Notifying {
    /// The run begins in this directory.
    pub(super) fn begin(mut self, directory: &Path, cells: usize) -> Self {
        if let Some(notifier) = &mut self.notifier {
            let name = directory.file_name().unwrap_or(directory.as_os_str());
            notifier.begin(&name.to_string_lossy(), cells);
        }
        self
    }

    /// Tells that no run began, where somebody wants to know.
    pub(super) fn tell_not_begun(&self, failure: Failure) -> Failure {
        if let Some(notifier) = &self.notifier {
            let clock = SystemClock::start();
            let why = failure.text.lines().next().unwrap_or_default();
            notifier.needs_person(clock.origin(), None, &format!("no run began: {why}"));
            notifier.close(&clock).iter().for_each(say::complain);
        }
        failure
    }
}

type Part = (Arc<Source>, NotifyText);

fn script_part(script: &Script, notify: Option<NotifyText>) -> Option<Part> {
    notify.map(|notify| (Arc::clone(&script.source), notify))
}

fn of_file(path: &Path) -> Result<Part, Failure> {
    let source = Arc::new(Source::from_file(path)?);
    let notify = read_file(&source).map_err(|problems| {
        let failure = Failure::problems(&source, &problems);
        if source.has_at_its_top("step") {
            return failure.hint("this is a recipe; its own [notify] is told without --notify");
        }
        failure
    })?;
    Ok((source, notify))
}

/// The targets of the recipe and of a file, with the variables of the environment filled in.
fn targets(own: Option<Part>, file: Option<Part>) -> Result<Vec<Target>, Failure> {
    let mut targets = Vec::new();
    for (source, notify) in own.into_iter().chain(file) {
        let environment = |name: &str| std::env::var(name).ok();
        let told = |problems: Vec<Problem>| Failure::problems(&source, &problems);
        targets.extend(resolve(&notify, &environment).map_err(told)?);
    }
    Ok(targets)
}

fn refused(error: NotifyError) -> Failure {
    Failure::refused(error)
        .hint("https needs the certificates of the system, such as the package ca-certificates")
}

/// Does what `batlab-run notify` is asked for.
pub(super) fn command(command: &NotifyCommand) -> Result<Exit, Failure> {
    let NotifyCommand::Test { recipe, settings, notify } = command;
    let script = recipe.as_deref().map(|recipe| Script::open(recipe, settings)).transpose()?;
    let mut name = "batlab-run".to_owned();
    let mut own = None;
    if let Some(script) = &script {
        script.prove()?.name().clone_into(&mut name);
        own = script_part(script, script.notify()?);
    }
    let file = notify.as_deref().map(of_file).transpose()?;
    if own.is_none() && file.is_none() {
        return Err(
            Failure::refused("this recipe tells nobody").hint("it has no [notify]; docs/notify.md tells how")
        );
    }
    let message = test_message(name);
    let mut exit = Exit::Passed;
    for target in targets(own, file)? {
        let sender = Sender::new(Arc::new(target)).map_err(refused)?;
        if !tried(&sender, &message) {
            exit = Exit::Failed;
        }
    }
    Ok(exit)
}

fn test_message(recipe: String) -> Message {
    Message {
        occasion: Occasion::Test,
        run: String::new(),
        recipe,
        simulated: false,
        time: SystemClock::start().origin(),
        unit: None,
        cell: None,
        why: "somebody tries whether messages arrive".to_owned(),
        exit: None,
        counts: Counts::default(),
    }
}

/// Tries one target and says what came back. Gives whether it took the message.
fn tried(sender: &Sender, message: &Message) -> bool {
    let (answer, beginning) = sender.try_out(message);
    let (taken, what) = match answer {
        Answer::Taken(status) => (true, format!("taken, answered {status}")),
        Answer::NotNow(why) | Answer::Never(why) => (false, format!("NOT TAKEN: {why}")),
    };
    let beginning = if beginning.is_empty() { String::new() } else { format!(": {beginning}") };
    say::out(format_args!("{}: {what}{beginning}\n", sender.target().label()));
    taken
}
