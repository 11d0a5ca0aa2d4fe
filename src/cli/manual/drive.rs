//! A current by hand: a recipe of one step, run as any other, of which nothing is kept.

use super::args::CellArgs;
use super::find;
use super::observe::Watcher;
use crate::cli::failure::Failure;
use crate::cli::say;
use crate::identity::{CellName, Place};
use crate::manual::{Act, Action, Target};
use crate::plan;
use crate::pool::{self, CellArgument};
use crate::scheduler::{self, StopSwitch};
use crate::station::{BoundCell, Live};
use crate::verdict::Exit;
use std::sync::Arc;

/// Does it, and shows the readings until it ends.
pub(super) fn drive(target: &Target, act: Act, args: &CellArgs) -> Result<Exit, Failure> {
    let recipe = action(act, args).recipe();
    let plan = plan::check(&recipe).map_err(|problems| {
        let names = "in this command at_most is --for, and the limits are --limit-voltage, --limit-current and --limit-temperature";
        Failure::problems(&recipe, &problems).hint(names)
    })?;
    if args.print_recipe {
        say::out(&recipe.text);
        return Ok(Exit::Passed);
    }
    let plan = Arc::new(plan);
    let switch = StopSwitch::default();
    switch.listen().map_err(|error| Failure::fault(format!("signals cannot be caught: {error}")))?;
    let mut unit = find::one(&args.at, &target.unit)?;
    find::leave_alone(&mut unit, args.force)?;
    let unit = pool::ready(unit).map_err(find::failure)?;
    let named = target.slot.map(|slot| CellArgument {
        name: CellName::of_slot(unit.serial, slot),
        place: Place { unit: unit.serial, slot },
    });
    let units = vec![unit];
    let bindings = pool::bind(&units, named.as_slice()).map_err(|error| match named {
        Some(_) => Failure { exit: Exit::NothingToRun, ..Failure::refused(error) },
        None => Failure::refused(error),
    })?;
    if bindings.is_empty() {
        return Err(Failure::nothing("no slot of the unit holds a cell, the right way round"));
    }
    let cells: Vec<_> = bindings
        .into_iter()
        .map(|bound| BoundCell {
            live: Live::new(bound.cell, bound.place),
            voltage: bound.voltage,
            plan: Arc::clone(&plan),
            uncalibrated: args.uncalibrated,
            earlier: None,
        })
        .collect();
    let mut watcher = Watcher::new(args.json);
    watcher.begin(plan.limits());
    let end = scheduler::start(units, &cells, &switch).finish(&mut watcher);
    if let Some(why) = end.lost {
        return Err(Failure { exit: end.exit, ..Failure::fault(why) });
    }
    Ok(end.exit)
}

fn action(act: Act, args: &CellArgs) -> Action {
    let voltage = args.limit_voltage.as_deref().and_then(|pair| match pair {
        [low, high] => Some((low.clone(), high.clone())),
        _ => None,
    });
    Action {
        act,
        chemistry: args.chemistry.clone(),
        capacity: args.capacity.clone(),
        voltage,
        current: args.limit_current.clone(),
        temperature: args.limit_temperature.clone(),
        every: args.every,
    }
}
