//! When rows are written and impedances measured by the vendor's settings, and what they leave unjudged.

use super::settings::Settings;
use crate::exchange::draft::{Limits, Record, SHORTEST_EVERY, time};
use crate::exchange::{Fate, Note};
use crate::plan::{self, HIGHEST_CURRENT_LIMIT, SHORTEST_IMPEDANCE_EVERY, envelope, sine};
use crate::recipe::Chemistry;

/// The shortest time from one impedance to the next that a recipe may ask for, in seconds.
const SHORTEST_IMPEDANCE: f64 = SHORTEST_IMPEDANCE_EVERY.as_secs_f64();

/// When rows are written and impedances measured by the settings, in a recipe with these limits.
pub(super) fn record(settings: &Settings, fence: &Limits, notes: &mut Vec<Note>) -> Record {
    let mut told = |key: &str, what: String| notes.push(Note::new(Fate::NotCarried, key, what));
    let mut every = settings.report;
    if every < SHORTEST_EVERY {
        let what = format!("{every} s is less than the {SHORTEST_EVERY} s in which a unit has a reading");
        told("reportingPeriod", what);
        every = SHORTEST_EVERY;
    }
    let mut impedance = settings.impedance;
    // A sine hangs on the limit of the discharge current alone.
    let limits = plan::Limits {
        current_discharge: fence.discharge.unwrap_or(HIGHEST_CURRENT_LIMIT),
        ..envelope(Chemistry::LiIon)
    };
    if impedance > 0.0 && sine(&limits).is_none() {
        let what = format!(
            "with a discharge current cutoff of {} no sine of the unit is safe; none is measured",
            limits.current_discharge
        );
        told("impedanceReportingPeriod", what);
        impedance = 0.0;
    } else if impedance > 0.0 {
        if impedance < SHORTEST_IMPEDANCE {
            let what =
                format!("{impedance} s is less than the {SHORTEST_IMPEDANCE} s that a recipe may ask for");
            told("impedanceReportingPeriod", what);
            impedance = SHORTEST_IMPEDANCE;
        }
        let what = "the impedance is measured at 1015.625 Hz here; the original measures at whatever its unit is set to".to_owned();
        told("impedanceReportingPeriod", what);
    }
    Record { every: time(every), impedance_every: time(impedance), ..Record::default() }
}

/// What the original reads and does nothing with, ready to be taken into the recipe.
pub(super) fn remarks(settings: &Settings, record: &Record, notes: &mut Vec<Note>) -> Vec<String> {
    if record.impedance_every.is_none() {
        return Vec::new();
    }
    let what =
        "the original reads it and judges nothing by it; a commented [accept] at the end of the recipe does";
    notes.push(Note::new(Fate::Changed, "acceptableImpedanceThreshold", what));
    vec![
        "What acceptableImpedanceThreshold seems to mean; the original judges nothing by it:".to_owned(),
        "[accept]".to_owned(),
        format!("impedance = \"cell.impedance <= {} ohm\"", settings.threshold),
    ]
}
