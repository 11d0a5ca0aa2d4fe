//! The vendor's recovery file: 49 lines with a whole number in each.

use super::{Kept, Registers};
use crate::diagnostic::{Problem, Source};
use crate::identity::{SerialNumber, Slot};
use crate::wire::{Address, cell, unit};
use std::ops::Range;

/// What the lines are, from the second on; the first is the serial number. The order is that of the vendor's
/// library, and not that of the registers.
fn lines() -> Vec<Address> {
    let of_slot = |slot: Slot| {
        [
            cell::CURRENT_CALIB_OFF,
            cell::CURRENT_CALIB_SCA,
            cell::CURR_LOWV_OFF,
            cell::CURR_LOWV_SCA,
            cell::CURR_LOWV_OFF_SCA,
            cell::TEMP_CALIB_R,
            cell::TEMP_CALIB_B,
            cell::CURRENT_CALIB_PP,
            cell::VOLTAGE_CALIB_PP,
            cell::CURR_CALIB_PP_OFF,
            cell::VOLT_CALIB_PP_OFF,
        ]
        .map(|register| register.at(slot).address())
    };
    let of_unit =
        [unit::VOLT_CH_CALIB_OFF, unit::VOLT_CH_CALIB_SCA, unit::VOLT_DC_CALIB_OFF, unit::VOLT_DC_CALIB_SCA];
    Slot::ALL.into_iter().flat_map(of_slot).chain(of_unit.map(|register| register.address())).collect()
}

/// Whether a text looks like one: it begins with a number on a line of its own.
pub(super) fn is_one(text: &str) -> bool {
    text.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| line.trim().parse::<i64>().is_ok())
}

/// Reads one.
pub(super) fn read(source: &Source) -> Result<Kept, Vec<Problem>> {
    let registers = lines();
    let mut problems = Vec::new();
    let mut numbers = Vec::new();
    let mut at = 0;
    for line in source.text.trim_end().split_inclusive('\n') {
        let text = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        // Of what a line is there is no sign but its number.
        let most = if numbers.is_empty() { u32::MAX } else { u32::from(u16::MAX) };
        let number = text.parse::<u32>().ok().filter(|number| *number <= most);
        if number.is_none() && numbers.len() <= registers.len() {
            problems.push(wrong(
                start..start + text.len(),
                format!("`{text}` is no whole number from 0 to {most}"),
                match numbers.len().checked_sub(1).and_then(|at| registers.get(at)) {
                    Some(register) => format!("this line is {register}"),
                    None => "this line is the serial number".to_owned(),
                },
            ));
        }
        numbers.push(number.unwrap_or_default());
    }
    if numbers.len() != registers.len() + 1 {
        let end = source.text.trim_end().len();
        let message = format!("a recovery file has 49 lines, and this one has {}", numbers.len());
        problems.push(wrong(end..end, message, "it ends here".to_owned()));
    }
    let Some((serial, values)) = numbers.split_first() else { return Err(problems) };
    let value = |address: Address| {
        let line = registers.iter().position(|register| *register == address)?;
        values.get(line).and_then(|number| u16::try_from(*number).ok())
    };
    match Registers::collect(value) {
        Some(registers) if problems.is_empty() => {
            let serial = Some(SerialNumber(*serial)).filter(|serial| serial.0 != u32::MAX);
            Ok(Kept { serial, registers })
        }
        _ => Err(problems),
    }
}

fn wrong(span: Range<usize>, message: String, label: String) -> Problem {
    Problem::new("bad-calibration", span, message, label)
        .hint("the vendor's recovery file is a serial number and 48 constants, each on a line of its own")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 49 lines, each with its own number.
    fn text() -> String {
        (0..49).map(|line| format!("{}\n", if line == 0 { 100_001 } else { 1000 + line })).collect()
    }

    #[test]
    fn each_line_goes_to_its_register() {
        let kept = read(&Source::new("r.txt", text())).unwrap();
        assert_eq!(kept.serial, Some(SerialNumber(100_001)));
        let slot = |n: usize| Slot::ALL[n];
        for (address, line) in [
            (cell::CURRENT_CALIB_OFF.at(slot(0)).address(), 1),
            (cell::CURR_LOWV_OFF.at(slot(0)).address(), 3),
            (cell::CURR_LOWV_SCA.at(slot(0)).address(), 4),
            (cell::TEMP_CALIB_R.at(slot(1)).address(), 17),
            (cell::VOLT_CALIB_PP_OFF.at(slot(3)).address(), 44),
            (unit::VOLT_CH_CALIB_OFF.address(), 45),
            (unit::VOLT_DC_CALIB_SCA.address(), 48),
        ] {
            assert_eq!(kept.registers.get(address), Some(1000 + line), "{address}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let told = |text: String| {
            let source = Source::new("r.txt", text);
            crate::diagnostic::render(&source, &read(&source).unwrap_err(), crate::diagnostic::Colour::Off)
        };
        let short: String = text().lines().take(48).map(|line| format!("{line}\n")).collect();
        assert!(told(short).contains("this one has 48"));
        assert!(told(text() + "7\n").contains("this one has 50"));
        let wrong = told(text().replace("1006", "x6"));
        assert!(wrong.contains("r.txt:7:1") && wrong.contains("slot 0: TEMP_CALIB_R"), "{wrong}");
        assert!(told(text().replace("1006", "65536")).contains("from 0 to 65535"));
        assert!(told(text().replace("1006", "-4")).contains("`-4` is no whole number"));
        assert!(told(text().replace("100001", "4294967296")).contains("serial number"));
    }
}
