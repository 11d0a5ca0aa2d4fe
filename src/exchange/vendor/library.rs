//! Settings of the vendor's Python library, as it reads them (0.5.36).

use super::fields::{Fields, outside};
use super::settings::{Pulse, Settings, Taper, Train, Trickle};
use crate::exchange::json::Value;
use crate::exchange::{Fate, ImportError, Note};
use crate::plan::CURRENT_STEP;
use crate::units::{Amperes, Celsius, Volts};

/// Every key that the library knows.
pub(super) const KEYS: [&str; 37] = [
    "acceptableImpedanceThreshold",
    "batlabCellPlaylistFileVersion",
    "cellPlaylistName",
    "chargeCurrentSafetyCutoff",
    "chargeRate",
    "chargeTemperatureCutoff",
    "constantVoltageDischargeEnable",
    "constantVoltageEnable",
    "constantVoltageSensitivity",
    "constantVoltageStepsize",
    "dischargeCurrentSafetyCutoff",
    "dischargeRate",
    "dischargeTemperatureCutoff",
    "highVoltageCutoff",
    "impedanceReportingPeriod",
    "individualCellLogs",
    "lowVoltageCutoff",
    "numMeasurementCycles",
    "numWarmupCycles",
    "prechargeRate",
    "pulseChrgOffTime",
    "pulseChrgOnTime",
    "pulseDischrgOffRate",
    "pulseDischrgOffTime",
    "pulseDischrgOnTime",
    "pulseEnable",
    "reportingPeriod",
    "restPeriod",
    "sineWaveFrequency",
    "sineWaveMagnitude",
    "storageDischarge",
    "storageDischargeVoltage",
    "trickleChrgEngageVoltage",
    "trickleChrgRate",
    "trickleDischrgEngageVoltage",
    "trickleDischrgRate",
    "trickleEnable",
];

/// Keys of the desktop program that stand in files for the library too.
fn elsewhere(key: &str) -> Option<&'static str> {
    match key {
        "cellNames" => {
            Some("cells are named when a run is started: --cell NAME@SERIAL:SLOT, or --cells FILE")
        }
        "pulseChrgOffRate" => Some("it has no key for the current between pulses of a charge, which is 0 A"),
        "cellChemistryType" => Some("--chemistry says it here"),
        "cellLogTimestamps" | "playlistOutputDirectory" | "playlistSaveFilename" => {
            Some("it belongs to the desktop program")
        }
        _ => None,
    }
}

/// Reads the settings as the library does.
///
/// # Errors
/// The library itself would end in an error, or go on with a number that is none.
pub(super) fn read(value: &Value, notes: &mut Vec<Note>) -> Result<Settings, ImportError> {
    let mut fields = Fields::of(value, "", notes)?;
    let it = &mut fields;
    let name = it.text("cellPlaylistName");
    let name = name.unwrap_or_else(|| told_default(it, "cellPlaylistName", "DefaultPlaylist"));
    const CURRENT: (f64, f64) = (0.0, 4.096);
    const RATE: (f64, f64) = (0.0, 4.0);
    const TEMPERATURE: (f64, f64) = (-60.0, 80.0);
    let storage = truth(it, "storageDischarge");
    let storage_voltage = checked(it, "storageDischargeVoltage", (2.5, 4.3), 3.8, "V", storage)?;
    let settings = Settings {
        tool: "the vendor's Python library",
        name,
        chemistry: None,
        precharge: Amperes(checked(it, "prechargeRate", RATE, 2.0, "A", true)?),
        charge: Amperes(checked(it, "chargeRate", RATE, 2.0, "A", true)?),
        discharge: Amperes(checked(it, "dischargeRate", RATE, 2.0, "A", true)?),
        charge_cutoff: Amperes(checked(it, "chargeCurrentSafetyCutoff", CURRENT, 4.096, "A", true)?),
        discharge_cutoff: Amperes(checked(it, "dischargeCurrentSafetyCutoff", CURRENT, 4.096, "A", true)?),
        charge_temperature: Celsius(checked(it, "chargeTemperatureCutoff", TEMPERATURE, 50.0, "degC", true)?),
        discharge_temperature: Celsius(checked(
            it,
            "dischargeTemperatureCutoff",
            TEMPERATURE,
            80.0,
            "degC",
            true,
        )?),
        high: Volts(checked(it, "highVoltageCutoff", (3.0, 4.3), 4.2, "V", true)?),
        low: Volts(checked(it, "lowVoltageCutoff", (2.4324, 4.25), 2.5, "V", true)?),
        storage: storage.then_some(Volts(storage_voltage)),
        warmup: free(it, "numWarmupCycles", 0.0, "", true)?,
        measured: free(it, "numMeasurementCycles", 1.0, "", true)?,
        rest: free(it, "restPeriod", 60.0, "s", true)?,
        report: free(it, "reportingPeriod", 1.0, "s", true)?,
        impedance: free(it, "impedanceReportingPeriod", 60.0, "s", true)?,
        threshold: free(it, "acceptableImpedanceThreshold", 1.0, "ohm", false)?,
        taper: taper(it)?,
        trickle: trickle(it)?,
        pulse: pulse(it)?,
    };
    without_effect(it);
    fields.rest(&KEYS, elsewhere);
    Ok(settings)
}

/// Tells that the library takes a value of its own.
fn told_default(fields: &mut Fields<'_>, key: &str, default: &str) -> String {
    fields.note(Fate::Default, key, format_args!("is not there; the original takes {default}"));
    default.to_owned()
}

/// A number as Python has it, where true is 1.
fn number(fields: &mut Fields<'_>, key: &str, default: f64, told: (&str, bool)) -> Result<f64, ImportError> {
    let (unit, matters) = told;
    match fields.take(key) {
        None => {
            if matters {
                told_default(fields, key, format!("{default} {unit}").trim_end());
            }
            Ok(default)
        }
        Some(Value::Number(number)) if number.is_nan() => Err(fields.refused(
            key,
            "is NaN, which the original lets pass, since it is neither above nor below its bounds; write a number",
        )),
        Some(Value::Number(number)) => Ok(*number),
        Some(Value::Bool(value)) => {
            let number = f64::from(u8::from(*value));
            fields.note(Fate::Changed, key, format_args!("is {value}; the original computes with {number}"));
            Ok(number)
        }
        Some(other) => Err(fields.refused(
            key,
            format!("expected a number, found {}; the original ends in an error here too", other.kind()),
        )),
    }
}

/// A number that the library holds to a range, and replaces without that.
fn checked(
    fields: &mut Fields<'_>,
    key: &str,
    range: (f64, f64),
    default: f64,
    unit: &str,
    matters: bool,
) -> Result<f64, ImportError> {
    let value = number(fields, key, default, (unit, matters))?;
    if (range.0..=range.1).contains(&value) {
        return Ok(value);
    }
    fields.note(Fate::Changed, key, outside(value, range, default, unit));
    Ok(default)
}

/// A number that the library takes as it is.
fn free(
    fields: &mut Fields<'_>,
    key: &str,
    default: f64,
    unit: &str,
    matters: bool,
) -> Result<f64, ImportError> {
    let value = number(fields, key, default, (unit, matters))?;
    if value.is_finite() {
        return Ok(value);
    }
    Err(fields.refused(key, "is infinite; nothing that ends can be made of it"))
}

/// What Python takes for true.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => *number != 0.0,
        Value::Text(text) => !text.is_empty(),
        Value::List(list) => !list.is_empty(),
        Value::Table(pairs) => !pairs.is_empty(),
    }
}

/// What is on where Python takes it for true; what is neither true nor false nor a number is told of.
fn truth(fields: &mut Fields<'_>, key: &str) -> bool {
    let Some(value) = fields.take(key) else { return false };
    let truth = is_true(value);
    if !matches!(value, Value::Bool(_) | Value::Number(_)) {
        fields.note(
            Fate::Changed,
            key,
            format_args!("is {}; the original takes it for {truth}", value.kind()),
        );
    }
    truth
}

/// What is on only where it is true or 1; anything else that looks so is told of.
fn is_on(fields: &mut Fields<'_>, key: &str) -> bool {
    let Some(value) = fields.take(key) else { return false };
    let on = matches!(value, Value::Bool(true)) || *value == Value::Number(1.0);
    if !on && is_true(value) {
        fields.note(Fate::Changed, key, "is neither true nor 1; the original takes it for off");
    }
    on
}

fn taper(fields: &mut Fields<'_>) -> Result<Taper, ImportError> {
    let charge = is_on(fields, "constantVoltageEnable");
    let discharge = is_on(fields, "constantVoltageDischargeEnable");
    let used = charge || discharge;
    let steps = free(fields, "constantVoltageStepsize", 8.0, "steps of 1/128 A", used)?;
    let sensitivity = free(fields, "constantVoltageSensitivity", 1.0, "", false)?;
    if used && sensitivity != 1.0 {
        let what = "a held voltage is kept by a closed loop here, which has no such number";
        fields.note(Fate::NotCarried, "constantVoltageSensitivity", what);
    }
    // Where it takes back by nothing, the current stays what it is.
    let (charge, discharge) = (charge && steps > 0.0, discharge && steps > 0.0);
    if used && steps <= 0.0 {
        let what =
            "is not above zero; the original takes nothing back, and ends on the cutoff at full current";
        fields.note(Fate::Changed, "constantVoltageStepsize", what);
    }
    Ok(Taper { charge, discharge, step: CURRENT_STEP * steps.max(0.0) })
}

fn trickle(fields: &mut Fields<'_>) -> Result<Option<Trickle>, ImportError> {
    let on = is_on(fields, "trickleEnable");
    let trickle = Trickle {
        charge: (
            Volts(free(fields, "trickleChrgEngageVoltage", 2.8, "V", on)?),
            Amperes(free(fields, "trickleChrgRate", 0.5, "A", on)?),
        ),
        discharge: (
            Volts(free(fields, "trickleDischrgEngageVoltage", 4.1, "V", on)?),
            Amperes(free(fields, "trickleDischrgRate", 0.5, "A", on)?),
        ),
    };
    Ok(on.then_some(trickle))
}

fn pulse(fields: &mut Fields<'_>) -> Result<Option<Pulse>, ImportError> {
    let on = is_on(fields, "pulseEnable");
    let pulse = Pulse {
        charge: Train {
            on: free(fields, "pulseChrgOnTime", 60.0, "s", on)?,
            off: free(fields, "pulseChrgOffTime", 10.0, "s", on)?,
            // The library has no key for it.
            low: Amperes(0.0),
        },
        discharge: Train {
            on: free(fields, "pulseDischrgOnTime", 60.0, "s", on)?,
            off: free(fields, "pulseDischrgOffTime", 10.0, "s", on)?,
            low: Amperes(free(fields, "pulseDischrgOffRate", 0.0, "A", on)?),
        },
    };
    Ok(on.then_some(pulse))
}

/// Keys that the library reads, and does nothing with in a test.
fn without_effect(fields: &mut Fields<'_>) {
    for key in ["sineWaveFrequency", "sineWaveMagnitude"] {
        if fields.take(key).is_some() {
            let what = "the original never sets it in its unit; here an impedance inside a step is measured at 1015.625 Hz, \
                        with the largest sine that suits the limits";
            fields.note(Fate::NotCarried, key, what);
        }
    }
    if fields.take("individualCellLogs").is_some_and(is_true) {
        let what = "every cell has its own files here; `export --format vendor-csv --individual` writes the original's";
        fields.note(Fate::NotCarried, "individualCellLogs", what);
    }
    fields.take("batlabCellPlaylistFileVersion");
}
