use super::*;
use crate::identity::{SerialNumber, Slot};
use crate::units::{Amperes, Celsius, Hertz, Ohms, Volts};
use proptest::prelude::*;
use std::time::Duration;

fn address(namespace: u8, register: u8) -> Address {
    Address::new(Namespace::from_number(namespace).unwrap(), register).unwrap()
}

fn any_address() -> impl Strategy<Value = Address> {
    let all: Vec<Address> = (0..=255)
        .filter_map(Namespace::from_number)
        .flat_map(|namespace| (0..=127).filter_map(move |register| Address::new(namespace, register)))
        .collect();
    proptest::sample::select(all)
}

fn frames(bytes: &[u8], step: usize) -> (Vec<Frame>, Decoder) {
    let (mut decoder, mut found) = (Decoder::new(), Vec::new());
    bytes.chunks(step).for_each(|chunk| decoder.feed(chunk, |frame| found.push(frame)));
    (found, decoder)
}

fn any_frame() -> impl Strategy<Value = (Frame, Vec<u8>)> {
    let response = (any_address(), any::<bool>(), any::<u16>()).prop_map(|(address, is_write, data)| {
        let response = Response { address, is_write, data };
        (Frame::Response(response), response.encode().to_vec())
    });
    let stream = (0..4u8, any::<[u16; 5]>()).prop_map(|(cell, [m, s, t, c, v])| {
        let packet = StreamPacket {
            slot: Slot::new(cell).unwrap(),
            mode: Mode::from_raw(m),
            status: StatusFlags::from_raw(s),
            temperature: RawTemperature::from_raw(t),
            current: RawCurrent::from_raw(c),
            voltage: RawVoltage::from_raw(v),
        };
        (Frame::Stream(packet), packet.encode().to_vec())
    });
    prop_oneof![response, stream]
}

#[test]
fn a_register_is_found_again_by_its_text() {
    proptest!(|(address in any_address())| {
        prop_assert_eq!(Address::named(&address.to_string()), Some(address));
    });
    for none in ["", "SETTINGS", "unit: ", "unit: NOTHING", "slot 4: MODE", "moon: MODE"] {
        assert_eq!(Address::named(none), None, "{none}");
    }
}

#[test]
fn golden_bytes() {
    let slot = Slot::ALL[2];
    let setpoint = cell::CURRENT_SETPOINT.at(slot);
    assert_eq!(Command::Read(setpoint.address()).encode(), [0xAA, 2, 3, 0, 0]);
    let one = Setpoint::nearest(Amperes(1.25)).unwrap();
    assert_eq!(Command::Write(setpoint.address(), one.to_raw()).encode(), [0xAA, 2, 0x83, 0xA0, 0]);
    assert_eq!(Command::Write(unit::WATCHDOG_TIMER.address(), 255).encode(), [0xAA, 4, 0x91, 0xFF, 0]);
    assert_eq!(Command::Read(communications::PSU.address()).encode(), [0xAA, 0xFF, 4, 0, 0]);
    assert_eq!(Command::Read(bootloader::ADDR.address()).encode(), [0xAA, 5, 1, 0, 0]);
    let refused = Response::decode([0xAA, 2, 0x83, 1, 1]).unwrap();
    assert_eq!((refused.address, refused.is_write, refused.data), (setpoint.address(), true, REFUSED));
    let stream = [0xAF, 1, 0, 3, 0, 0, 1, 0x04, 0x62, 0x40, 0x1F, 0x77, 0x77];
    let packet = StreamPacket::decode(stream).unwrap();
    assert_eq!((packet.slot.number(), packet.mode), (1, Mode::Charge));
    assert!(packet.status.contains(StatusFlags::NO_PSU));
    assert_eq!(packet.current.amperes(), Ok(Amperes(1.0)));
    assert!((packet.voltage.volts().unwrap().0 - 4.2).abs() < 1e-4);
    assert_eq!(packet.encode(), stream);
}

#[test]
fn the_tables_are_dense_and_named_once() {
    for table in [cell::ALL, unit::ALL, communications::ALL, bootloader::ALL] {
        for (place, info) in table.iter().enumerate() {
            assert_eq!(usize::from(info.register), place, "{}", info.name);
            assert!(table.iter().filter(|other| other.name == info.name).count() == 1);
        }
    }
    assert_eq!((cell::ALL.len(), unit::ALL.len(), communications::ALL.len()), (0x1F, 0x12, 9));
    assert_eq!(address(4, 0x10).to_string(), "unit: ZERO_AMP_THRESH");
    assert!(address(4, 0x10).info().eeprom);
    assert_eq!(Address::new(Namespace::Unit, 0x12), None);
    assert_eq!(Namespace::from_number(6), None);
}

#[test]
fn physical_values_of_the_defaults() {
    assert_eq!(Setpoint::from_raw(256).amperes(), Amperes(2.0));
    assert_eq!(Setpoint::nearest(Amperes(4.6)).map_err(|e| e.value), Err(4.6));
    assert!(Setpoint::nearest(Amperes(f64::NAN)).is_err() && Setpoint::nearest(Amperes(-0.1)).is_err());
    assert!(CurrentLimit::upper(Amperes(4.096)).is_err() && CurrentLimit::check(32736).is_err());
    assert_eq!(CurrentLimit::upper(Amperes(4.0)).map(Encoding::to_raw), Ok(32000));
    assert_eq!(VoltageLimit::upper(Volts(4.2)).map(Encoding::to_raw), Ok(30583));
    assert_eq!(VoltageLimit::lower(Volts(4.2)).map(Encoding::to_raw), Ok(30584));
    let thermistor = Thermistor::new(Ohms(10000.0), 3380.0).unwrap();
    assert!((RawTemperature::from_raw(16384).to_celsius(thermistor).unwrap().0 - 25.0).abs() < 1e-9);
    for raw in [0, 1, 32767, 32768, 65535] {
        assert!(RawTemperature::from_raw(raw).to_celsius(thermistor).is_err(), "{raw}");
    }
    let blank = Calibration::from_raw(65535);
    assert!(Thermistor::from_registers(blank, Calibration::from_raw(3380)).is_err());
    assert!(RawVoltage::from_raw(0x7FFF).volts().is_err() && RawCurrent::from_raw(0xAA10).amperes().is_err());
    assert!(
        (Vcc::from_raw(26844).volts().unwrap().0 - 5.0).abs() < 1e-3 && Vcc::from_raw(0).volts().is_err()
    );
    assert_eq!(SineFrequency::nearest(Hertz(1000.0)).map(SineFrequency::hertz), Ok(Hertz(1015.625)));
    assert!(SineFrequency::nearest(Hertz(1100.0)).is_err() && SineFrequency::nearest(Hertz(10.0)).is_err());
    assert_eq!(SineMagnitude::exactly(Amperes(0.5)).map(Encoding::to_raw), Ok(2));
    assert_eq!(ZeroAmpThreshold::from_raw(65535).amperes(), Amperes(0.25));
    assert_eq!(ReportInterval::exactly(Duration::from_secs(1)).map(Encoding::to_raw), Ok(9));
    assert!(ReportInterval::exactly(Duration::from_millis(100)).is_err());
    assert_eq!(serial_number(1, 2), Some(SerialNumber(65538)));
    assert_eq!(serial_number(65535, 65535), None);
    assert!(Settings::check(Settings::SAFETY_DISABLE.with(Settings::DEBUG).to_raw()).is_err());
    let charge = ChargeSum::from_halves(0, 5).since(ChargeSum::from_halves(0xFFFF, 0xFFFB));
    assert_eq!(charge, ChargeSum(10));
    assert!((ChargeSum(8000).coulombs(SamplePeriod::Rotation).0 - 0.6144).abs() < 1e-12);
}

#[test]
fn names_of_flags_and_modes() {
    assert_eq!(ErrorFlags::from_raw(0x9210).to_string(), "TEMP_LIMIT_CHG HW_CURRENT_LIMIT 0x9000");
    assert_eq!(StatusFlags::from_raw(0x0200).to_string(), "NOT_INITIALIZED");
    assert_eq!(Mode::from_raw(77).to_string(), "unknown mode 77");
    assert_eq!((unit::SETTINGS.address().info().describe)(4), "WATCHDOG_TIMER");
}

#[test]
fn read_back_laws() {
    assert!(ReadBack::CountsDown(10).proves(255, 250) && !ReadBack::CountsDown(10).proves(255, 0xAAFF));
    assert!(!ReadBack::CountsDown(10).proves(255, 200) && ReadBack::CountsDown(10).proves(3, 0));
    assert!(ReadBack::Mode.proves(3, 6) && ReadBack::Mode.proves(2, 0) && !ReadBack::Mode.proves(6, 3));
    assert!(!ReadBack::Mode.proves(3, 0xAA03) && !ReadBack::Masked(0xF400).proves(0, 0xAA00));
    assert!(ReadBack::Masked(0xF400).proves(0, 0x0080));
}

#[test]
fn what_people_write_is_read_as_the_register_holds_it() {
    let raw =
        |address: Address, text: &str| (address.info().from_text)(text).map_err(|error| error.to_string());
    let slot = Slot::ALL[0];
    for (address, text, wanted) in [
        (cell::MODE.at(slot).address(), "idle", 2),
        (cell::CURRENT_SETPOINT.at(slot).address(), "1.25 A", 160),
        (cell::VOLTAGE_LIMIT_CHG.at(slot).address(), "4200 mV", 30583),
        (cell::REPORT_INTERVAL.at(slot).address(), "off", 0),
        (cell::ERROR.at(slot).address(), "none", 0),
        (cell::CHARGEL.at(slot).address(), "0x20B", 523),
        (unit::SETTINGS.address(), "WATCHDOG_TIMER, ch3-hi-res", 0x84),
        (unit::ZERO_AMP_THRESH.address(), "blank", 65535),
        (unit::SINE_MAGDIV.address(), "0.5 A", 2),
        (unit::WATCHDOG_TIMER.address(), "25.5 s", 255),
        (communications::LED0.address(), "FLASH_SLOW", 2),
        (communications::LED0.address(), "pwm 40", 0x2805),
    ] {
        assert_eq!(raw(address, text), Ok(wanted), "{text}");
    }
    for (address, text, why) in [
        (cell::MODE.at(slot).address(), "NO_CELL", "IDLE, CHARGE"),
        (cell::CURRENT_SETPOINT.at(slot).address(), "1.25", "a unit is missing"),
        (cell::CURRENT_SETPOINT.at(slot).address(), "5 A", "0 A to 4.492 A"),
        (cell::TEMP_LIMIT_CHG.at(slot).address(), "40 degC", "raw number"),
        (cell::CHARGEL.at(slot).address(), "0x+1", "whole number"),
        (cell::CHARGEL.at(slot).address(), "65536", "whole number"),
        (unit::SETTINGS.address(), "WATCHDOG", "NO_PSU_DCHG_ENABLE"),
        (unit::WATCHDOG_TIMER.address(), "0.25 s", "multiple of 0.1 s"),
        (communications::LED0.address(), "pwm 256", "flash-slow"),
    ] {
        let error = raw(address, text).unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn what_is_shown_can_be_written(address in any_address(), raw: u16) {
        let info = address.info();
        let shown = (info.describe)(raw);
        let known = ["unknown", "ratio", "(blank)"].iter().all(|word| !shown.contains(word));
        if info.access == Access::ReadWrite && (info.check)(raw).is_ok() && known {
            let again = (info.from_text)(&shown).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!((info.describe)(again), shown);
        }
    }

    #[test]
    fn any_text_is_a_value_or_an_error(address in any_address(), text in "\\PC{0,12}") {
        let _ = (address.info().from_text)(&text);
    }

    #[test]
    fn every_raw_value_gives_itself_back(raw: u16) {
        for info in registers() {
            (info.describe)(raw);
        }
        prop_assert_eq!(Mode::from_raw(raw).to_raw(), raw);
        prop_assert_eq!(ErrorFlags::from_raw(raw).to_raw(), raw);
        prop_assert_eq!(StatusFlags::from_raw(raw).to_raw(), raw);
        prop_assert_eq!(Settings::from_raw(raw).to_raw(), raw);
    }

    #[test]
    fn physical_values_come_back(raw in 0u16..32735) {
        let nearest = Setpoint::nearest(Setpoint::from_raw(raw % 576).amperes());
        prop_assert_eq!(nearest.map(Encoding::to_raw), Ok(raw % 576));
        let current = RawCurrent::from_raw(raw);
        prop_assert_eq!(RawCurrent::nearest(current.amperes().unwrap()), Ok(current));
        let voltage = RawVoltage::from_raw(raw.wrapping_sub(16000));
        prop_assert_eq!(RawVoltage::nearest(voltage.volts().unwrap()), Ok(voltage));
        prop_assert_eq!(CurrentLimit::upper(CurrentLimit::from_raw(raw).amperes()), Ok(CurrentLimit::from_raw(raw)));
        prop_assert_eq!(VoltageLimit::upper(VoltageLimit::from_raw(raw).volts()), Ok(VoltageLimit::from_raw(raw)));
        prop_assert_eq!(VoltageLimit::lower(VoltageLimit::from_raw(raw).volts()), Ok(VoltageLimit::from_raw(raw)));
        let vcc = Vcc::from_raw(raw + 1);
        prop_assert_eq!(Vcc::nearest(vcc.volts().unwrap()), Ok(vcc));
        let interval = ReportInterval::from_raw(raw + 1);
        prop_assert_eq!(ReportInterval::exactly(interval.period().unwrap()), Ok(interval));
        let sine = SineFrequency::from_raw(raw % 27 + 1);
        prop_assert_eq!(SineFrequency::nearest(sine.hertz()), Ok(sine));
        let zero = ZeroAmpThreshold::from_raw(raw);
        prop_assert_eq!(ZeroAmpThreshold::nearest(zero.amperes()), Ok(zero));
    }

    #[test]
    fn temperatures_come_back(celsius in -20.0..80.0f64, divider in 1000.0..20000.0f64, beta in 3000.0..4500.0f64) {
        let thermistor = Thermistor::new(Ohms(divider), beta).unwrap();
        let raw = RawTemperature::nearest(Celsius(celsius), thermistor).unwrap();
        let back = raw.to_celsius(thermistor).unwrap();
        prop_assert!((back.0 - celsius).abs() < 0.3);
        prop_assert_eq!(RawTemperature::nearest(back, thermistor), Ok(raw));
    }

    #[test]
    fn commands_come_back(address in any_address(), raw: u16) {
        for command in [Command::Read(address), Command::Write(address, raw)] {
            prop_assert_eq!(Command::decode(command.encode()), Some(command));
        }
    }

    #[test]
    fn frames_are_found_among_garbage(
        parts in proptest::collection::vec((proptest::collection::vec(0u8..0xAA, 0..9), any_frame()), 0..12),
        step in 1usize..40,
    ) {
        let mut bytes = Vec::new();
        let (mut wanted, mut garbage) = (Vec::new(), 0);
        for (noise, (frame, encoded)) in parts {
            garbage += noise.len() as u64;
            bytes.extend(noise);
            bytes.extend(encoded);
            wanted.push(frame);
        }
        let (found, decoder) = frames(&bytes, step);
        prop_assert_eq!(found, wanted);
        prop_assert_eq!(decoder.garbage(), garbage);
    }

    #[test]
    fn slicing_changes_nothing(bytes: Vec<u8>, step in 1usize..20) {
        let (whole, a) = frames(&bytes, usize::MAX);
        let (sliced, b) = frames(&bytes, step);
        prop_assert_eq!(whole, sliced);
        prop_assert_eq!((a.garbage(), a.held()), (b.garbage(), b.held()));
    }

    #[test]
    fn zeros_always_bring_it_back(bytes: Vec<u8>, (frame, encoded) in any_frame()) {
        let (mut decoder, mut found) = (Decoder::new(), Vec::new());
        decoder.feed(&bytes, |_| ());
        decoder.feed(&[0; STREAM_LENGTH], |_| ());
        decoder.feed(&encoded, |frame| found.push(frame));
        prop_assert_eq!(found, vec![frame]);
    }
}
