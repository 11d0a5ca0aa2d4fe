//! One step as a text: `Discharge at C/2 for 2 hours or until 2.5 V (1 minute period)`.

use crate::units::split_number;

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Does {
    Rest,
    Charge(Electric),
    Discharge(Electric),
    Hold(Electric),
}

/// A number with the unit that tells what it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Electric {
    /// Amperes.
    Current(f64),
    Rate(f64),
    /// Volts.
    Voltage(f64),
    /// Watts.
    Power(f64),
    /// Ohms.
    Resistance(f64),
}

/// A step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Parsed {
    pub(super) does: Does,
    /// Seconds.
    pub(super) duration: Option<f64>,
    /// What ends it; with a sign where it is of a value with its own.
    pub(super) until: Option<(Option<char>, Electric)>,
    /// Seconds between rows.
    pub(super) period: Option<f64>,
}

/// Reads a step.
///
/// # Errors
/// In words, what PyBaMM would not take.
pub(super) fn parse(text: &str) -> Result<Parsed, String> {
    let text = text.trim();
    let (text, period) = match text.split_once(" (") {
        Some((text, period)) => {
            let period = period.strip_suffix(" period)").ok_or("what stands in brackets is no period")?;
            (text, Some(seconds(period)?))
        }
        None => (text, None),
    };
    let (text, until) = match text.split_once(" until ") {
        Some((text, until)) => (text.strip_suffix(" or").unwrap_or(text), Some(termination(until)?)),
        None => (text, None),
    };
    let (text, duration) = match text.split_once(" for ") {
        Some((text, duration)) => (text, Some(seconds(duration)?)),
        None => (text, None),
    };
    if until.is_none() && duration.is_none() {
        return Err("it has neither `for` nor `until`".to_owned());
    }
    let does = match text.trim().split_once(" at ") {
        None if text.trim() == "Rest" => Does::Rest,
        None => {
            return Err(format!(
                "{text:?} is neither \"Rest\" nor \"Charge at\", \"Discharge at\" or \"Hold at\""
            ));
        }
        Some(("Charge", value)) => Does::Charge(electric(value)?),
        Some(("Discharge", value)) => Does::Discharge(electric(value)?),
        Some(("Hold", value)) => Does::Hold(electric(value)?),
        Some((other, _)) => {
            return Err(format!("{other:?} is none of \"Charge\", \"Discharge\" and \"Hold\""));
        }
    };
    Ok(Parsed { does, duration, until, period })
}

/// A time as PyBaMM writes it, in seconds; `m` is minutes.
fn seconds(text: &str) -> Result<f64, String> {
    let (number, unit) = split_number(text).map_err(|error| format!("{text:?}: {error}"))?;
    let factor = match unit {
        "s" | "sec" | "second" | "seconds" => 1.0,
        "m" | "min" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hour" | "hours" => 3600.0,
        _ => return Err(format!("{text:?} is no time in seconds, minutes or hours")),
    };
    if number > 0.0 { Ok(number * factor) } else { Err(format!("{text:?} is not above zero")) }
}

fn termination(text: &str) -> Result<(Option<char>, Electric), String> {
    let text = text.trim();
    let operator = text.chars().next().filter(|c| matches!(c, '<' | '>'));
    let value = operator.map_or(text, |_| text.get(1..).unwrap_or_default());
    Ok((operator, electric(value)?))
}

fn electric(text: &str) -> Result<Electric, String> {
    let text = text.trim();
    let wrong = || format!("{text:?} is no value in A, mA, V, mV, W, mW, Ohm or C, such as 1 A, 0.5C or C/2");
    if let Some(divisor) = text.strip_prefix("C/") {
        let rate = divisor.trim().parse::<f64>().ok().map(|divisor| 1.0 / divisor);
        return rate.filter(|rate| rate.is_finite()).map(Electric::Rate).ok_or_else(wrong);
    }
    let (number, unit) = split_number(text).map_err(|_| wrong())?;
    let (number, unit) = match unit.strip_prefix('m') {
        Some(unit) => (number / 1000.0, unit),
        None => (number, unit),
    };
    Ok(match unit {
        "A" => Electric::Current(number),
        "C" => Electric::Rate(number),
        "V" => Electric::Voltage(number),
        "W" => Electric::Power(number),
        "Ohm" => Electric::Resistance(number),
        _ => return Err(wrong()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_pybamm_are_read() {
        let parsed = |text: &str| parse(text).unwrap();
        let plain = |does, duration, until| Parsed { does, duration, until, period: None };
        assert_eq!(
            parsed("Discharge at C/20 for 0.5 hours"),
            plain(Does::Discharge(Electric::Rate(0.05)), Some(1800.0), None)
        );
        assert_eq!(
            parsed("Charge at 200mW for 45 minutes"),
            plain(Does::Charge(Electric::Power(0.2)), Some(2700.0), None)
        );
        assert_eq!(
            parsed("Hold at 4.1 V until 50mA"),
            plain(Does::Hold(Electric::Voltage(4.1)), None, Some((None, Electric::Current(0.05))))
        );
        assert_eq!(
            parsed("Discharge at 1 A for 2 hours or until > 2.5 V (10 seconds period)"),
            Parsed {
                does: Does::Discharge(Electric::Current(1.0)),
                duration: Some(7200.0),
                until: Some((Some('>'), Electric::Voltage(2.5))),
                period: Some(10.0),
            }
        );
        for wrong in [
            "Charge at 1 A",
            "Run US06",
            "Charge at 1 K for 1 h",
            "Rest for 1 day",
            "Charge at C/0 until 4 V",
            "",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
