//! The names of steps, found before the steps are proved: conditions and jumps may name later ones.

use super::Proof;
use super::header::prove_name;
use super::impedance::frequencies;
use crate::diagnostic::Problem;
use crate::plan::StepMetric;
use crate::recipe::StepText;
use std::collections::BTreeMap;

/// Where a named step stands.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub id: u32,
    /// Its index in the list of steps, then in the list inside that one, and so on.
    pub path: Vec<usize>,
    /// The kind, as far as its keys tell it.
    pub kind: &'static str,
    /// Its metrics at one point of several.
    pub points: Vec<StepMetric>,
}

/// The times of a DC resistance and the frequencies of an impedance, as far as they are good.
fn points(text: &StepText) -> Vec<StepMetric> {
    let times = text.resistance.get().and_then(|given| given.value.after.get());
    let times = times.iter().flat_map(|times| &times.value.items);
    let frequencies = text.impedance.get().map_or_else(Vec::new, |given| frequencies(&given.value));
    times
        .map(|time| StepMetric::ResistanceAt(time.value.0))
        .chain(frequencies.into_iter().map(StepMetric::ImpedanceAt))
        .collect()
}

impl Proof<'_> {
    /// Finds all names, and refuses those that are no names or stand twice.
    pub(super) fn collect_names(&mut self, texts: &[StepText]) {
        let (mut names, mut path, mut id) = (BTreeMap::new(), Vec::new(), 0);
        self.collect(texts, &mut names, &mut path, &mut id);
        self.names = names;
    }

    fn collect(
        &mut self,
        texts: &[StepText],
        names: &mut BTreeMap<String, Named>,
        path: &mut Vec<usize>,
        id: &mut u32,
    ) {
        for (index, text) in texts.iter().enumerate() {
            *id = id.saturating_add(1);
            path.push(index);
            if let Some(name) = text.name.get() {
                let kind = super::kinds::kinds(text).first().copied().unwrap_or("nothing");
                let named = Named { id: *id, path: path.clone(), kind, points: points(text) };
                if let Err(problem) = prove_name(name) {
                    self.report(problem);
                } else if names.contains_key(&name.value) {
                    self.report(
                        Problem::new(
                            "duplicate-name",
                            name.span.clone(),
                            format!("two steps are called `{}`", name.value),
                            "the second one",
                        )
                        .hint("a name stands for one step in results and conditions; take another one"),
                    );
                } else {
                    names.insert(name.value.clone(), named);
                }
            }
            // What is too deep is refused by the proof of repeats and groups.
            if let Some(inner) = text.step.get()
                && path.len() <= super::DEEPEST_REPEAT + 1
            {
                self.collect(&inner.value, names, path, id);
            }
            path.pop();
        }
    }
}
