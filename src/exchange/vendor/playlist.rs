//! Playlists of the vendor's desktop program, as it reads them (file version 0.0.1).

use super::NESTED;
use super::fields::{Fields, outside};
use super::settings::{Settings, Taper};
use crate::exchange::json::Value;
use crate::exchange::{CellHint, Fate, ImportError, Note};
use crate::plan::CURRENT_STEP;
use crate::recipe::Chemistry;
use crate::units::{Amperes, Celsius, Volts};

/// Without these the program does not load a file.
const NEEDED: [&str; 5] =
    ["cellPlaylistName", "batlabCellPlaylistFileVersion", "cellChemistryType", "cellNames", NESTED];

/// The keys of the outer table.
const OUTER: [&str; 16] = [
    "acceptableImpedanceThreshold",
    "batlabCellPlaylistFileVersion",
    NESTED,
    "cellChemistryType",
    "cellLogTimestamps",
    "cellNames",
    "cellPlaylistName",
    "impedanceReportingPeriod",
    "individualCellLogs",
    "numMeasurementCycles",
    "numWarmupCycles",
    "playlistOutputDirectory",
    "playlistSaveFilename",
    "reportingPeriod",
    "restPeriod",
    "storageDischarge",
];
const STORAGE_VOLTAGE: &str = "storageDischargeVoltage";

/// The keys of the inner table.
const INNER: [&str; 12] = [
    "chargeCurrentSafetyCutoff",
    "chargeRate",
    "chargeTemperatureCutoff",
    "dischargeCurrentSafetyCutoff",
    "dischargeRate",
    "dischargeTemperatureCutoff",
    "enableConstantVoltage",
    "highVoltageCutoff",
    "lowVoltageCutoff",
    "prechargeRate",
    "sineWaveFrequency",
    "sineWaveMagnitude",
];

/// What the inner table says.
struct Inner {
    high: f64,
    low: f64,
    charge_temperature: f64,
    discharge_temperature: f64,
    charge_cutoff: f64,
    discharge_cutoff: f64,
    precharge: f64,
    charge: f64,
    discharge: f64,
    taper: bool,
}

/// Reads a playlist as the program does.
///
/// # Errors
/// The program would not load it; or it is for cells of a kind that has no envelope here.
pub(super) fn read(value: &Value, hint: CellHint, notes: &mut Vec<Note>) -> Result<Settings, ImportError> {
    if let Some(missing) = NEEDED.iter().find(|key| value.get(key).is_none()) {
        return Err(ImportError::refused(
            *missing,
            "is not there; the desktop program does not load such a file",
        ));
    }
    if let Some(key) = strange(value) {
        return Err(ImportError::refused(
            key,
            "is no number that JSON has; the desktop program does not load such a file",
        ));
    }
    let inner = inner(value.get(NESTED).unwrap_or(&Value::Null), notes)?;
    let mut fields = Fields::of(value, "", notes)?;
    let it = &mut fields;
    it.take(NESTED);
    it.take("batlabCellPlaylistFileVersion");
    let chemistry = chemistry(it, hint)?;
    let names = match it.take("cellNames") {
        Some(Value::List(names)) => names.len(),
        _ => 0,
    };
    if names > 0 {
        let what = format!(
            "{names} names; cells are named when a run is started: --cell NAME@SERIAL:SLOT, or --cells FILE"
        );
        it.note(Fate::NotCarried, "cellNames", what);
    }
    let storage = truth(it, "storageDischarge", true);
    let storage_voltage = number(it, STORAGE_VOLTAGE, (2.0, inner.high), 3.7, "V");
    let settings = Settings {
        tool: "the vendor's desktop program",
        name: it.text("cellPlaylistName").unwrap_or_default(),
        chemistry,
        precharge: Amperes(inner.precharge),
        charge: Amperes(inner.charge),
        discharge: Amperes(inner.discharge),
        charge_cutoff: Amperes(inner.charge_cutoff),
        discharge_cutoff: Amperes(inner.discharge_cutoff),
        charge_temperature: Celsius(inner.charge_temperature),
        discharge_temperature: Celsius(inner.discharge_temperature),
        high: Volts(inner.high),
        low: Volts(inner.low),
        storage: storage.then_some(Volts(storage_voltage)),
        warmup: whole(it, "numWarmupCycles", (0.0, 100.0), 0.0, ""),
        measured: whole(it, "numMeasurementCycles", (0.0, 10000.0), 1.0, ""),
        rest: whole(it, "restPeriod", (0.0, 3600.0), 60.0, "s"),
        report: number(it, "reportingPeriod", (0.5, 3600.0), 1.0, "s"),
        impedance: number(it, "impedanceReportingPeriod", (10.0, 3600.0), 300.0, "s"),
        threshold: number(it, "acceptableImpedanceThreshold", (0.02, 200.0), 0.2, "ohm"),
        taper: Taper { charge: inner.taper, discharge: inner.taper, step: CURRENT_STEP * 8.0 },
        trickle: None,
        pulse: None,
    };
    for key in ["individualCellLogs", "cellLogTimestamps", "playlistOutputDirectory", "playlistSaveFilename"]
    {
        if it.take(key).is_some() {
            it.note(Fate::NotCarried, key, "where results go is said when a run is started: --out DIR");
        }
    }
    let known: Vec<&str> = OUTER.into_iter().chain([STORAGE_VOLTAGE]).collect();
    fields.rest(&known, |key| INNER.contains(&key).then_some("it counts only inside of `batlabSettings`"));
    Ok(settings)
}

/// The key of a number that JSON has no word for.
fn strange(value: &Value) -> Option<&str> {
    let Value::Table(pairs) = value else { return None };
    pairs.iter().find_map(|(key, value)| match value {
        Value::Number(number) => (!number.is_finite()).then_some(key.as_str()),
        inner => strange(inner),
    })
}

fn inner(value: &Value, notes: &mut Vec<Note>) -> Result<Inner, ImportError> {
    let mut fields = Fields::of(value, "batlabSettings.", notes)?;
    let it = &mut fields;
    let charge_cutoff = number(it, "chargeCurrentSafetyCutoff", (0.25, 4.095), 4.095, "A");
    let discharge_cutoff = number(it, "dischargeCurrentSafetyCutoff", (0.25, 4.095), 4.095, "A");
    let inner = Inner {
        high: number(it, "highVoltageCutoff", (3.0, 4.4), 4.2, "V"),
        low: number(it, "lowVoltageCutoff", (2.0, 3.6), 2.5, "V"),
        charge_temperature: number(it, "chargeTemperatureCutoff", (25.0, 80.0), 45.0, "degC"),
        discharge_temperature: number(it, "dischargeTemperatureCutoff", (25.0, 80.0), 65.0, "degC"),
        charge_cutoff,
        discharge_cutoff,
        precharge: number(it, "prechargeRate", (0.25, charge_cutoff), 2.0, "A"),
        charge: number(it, "chargeRate", (0.25, charge_cutoff), 2.0, "A"),
        discharge: number(it, "dischargeRate", (0.25, discharge_cutoff), 2.0, "A"),
        taper: truth(it, "enableConstantVoltage", false),
    };
    for key in ["sineWaveFrequency", "sineWaveMagnitude"] {
        if it.take(key).is_some() {
            let what = "here an impedance inside a step is measured at 1015.625 Hz, with the largest sine that suits the limits";
            it.note(Fate::NotCarried, key, what);
        }
    }
    fields.rest(&INNER, |key| {
        let pulses = key.contains("ulse") || key.contains("rickle");
        let outer = OUTER.contains(&key) || key == STORAGE_VOLTAGE;
        match (pulses, outer) {
            (true, _) => Some("it never loads pulses and trickle currents from a file"),
            (_, true) => Some("it counts only outside of `batlabSettings`"),
            _ => None,
        }
    });
    Ok(inner)
}

fn chemistry(fields: &mut Fields<'_>, hint: CellHint) -> Result<Option<Chemistry>, ImportError> {
    const KEY: &str = "cellChemistryType";
    match fields.text(KEY).as_deref() {
        Some("lipoChemistry") => Ok(Some(Chemistry::LiIon)),
        Some("ironPhosphateChemistry") => Ok(Some(Chemistry::Lfp)),
        Some("otherChemistry") if hint.chemistry.is_none() => Err(fields.refused(
            KEY,
            "\"otherChemistry\" has no envelope here; say with --chemistry which one is safe for the cells, li-ion or lfp",
        )),
        Some("otherChemistry") => Ok(None),
        other => {
            let what = format!(
                "{:?} is not known; the original takes its default, \"lipoChemistry\"",
                other.unwrap_or_default()
            );
            fields.note(Fate::Changed, KEY, what);
            Ok(Some(Chemistry::LiIon))
        }
    }
}

/// A number within a range. What is no number is zero to the program; what is outside is left at the default.
fn number(fields: &mut Fields<'_>, key: &str, range: (f64, f64), default: f64, unit: &str) -> f64 {
    let found = match fields.take(key) {
        None => {
            let what = format!("is not there; the original takes {default} {unit}");
            fields.note(Fate::Default, key, what.trim_end());
            return default;
        }
        Some(Value::Number(number)) => *number,
        Some(other) => {
            fields.note(Fate::Changed, key, format_args!("is {}; the original reads 0", other.kind()));
            0.0
        }
    };
    if found >= range.0 && found <= range.1 {
        return found;
    }
    fields.note(Fate::Changed, key, outside(found, range, default, unit));
    default
}

/// A whole number within a range; what is not whole is zero to the program.
fn whole(fields: &mut Fields<'_>, key: &str, range: (f64, f64), default: f64, unit: &str) -> f64 {
    match fields.peek(key) {
        Some(Value::Number(number)) if number.fract() != 0.0 => {
            fields.take(key);
            fields.note(Fate::Changed, key, format_args!("{number} is not whole; the original reads 0"));
            0.0
        }
        _ => number(fields, key, range, default, unit),
    }
}

/// True or false; what is neither is false to the program.
fn truth(fields: &mut Fields<'_>, key: &str, default: bool) -> bool {
    match fields.take(key) {
        None => {
            fields.note(Fate::Default, key, format_args!("is not there; the original takes {default}"));
            default
        }
        Some(Value::Bool(value)) => *value,
        Some(other) => {
            fields.note(Fate::Changed, key, format_args!("is {}; the original reads false", other.kind()));
            false
        }
    }
}
