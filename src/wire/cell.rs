//! The registers of a cell, namespaces 0 to 3.

use super::ReadBack::{CountsUp, Masked, Mode as ModeLaw, Same};
use super::register::register_map;
use super::{
    Calibration, CurrentLimit, Duty, ErrorFlags, Mode, RawCurrent, RawTemperature, RawVoltage,
    ReportInterval, Setpoint, StatusFlags, TemperatureLimit, VoltageLimit,
};

register_map! { Cell, cell,
    0x00 MODE: Mode, ReadWrite, false, ModeLaw, "What the cell is doing";
    // The firmware may raise its own flags at once; bits that are no flag must be as written.
    0x01 ERROR: ErrorFlags, ReadWrite, false, Masked(0xF400), "Flags that stopped the cell; cleared while IDLE or by writing 0";
    0x02 STATUS: StatusFlags, ReadOnly, false, Same, "Flags as they are now";
    0x03 CURRENT_SETPOINT: Setpoint, ReadWrite, false, Same, "Current to hold, steps of 1/128 A, 0 to 575";
    0x04 REPORT_INTERVAL: ReportInterval, ReadWrite, false, Same, "Stream packet every (n + 1) x 0.1 s; 0 is none";
    0x05 TEMPERATURE: RawTemperature, ReadOnly, false, Same, "Thermistor ratio of 32768; falls as temperature rises";
    0x06 CURRENT: RawCurrent, ReadOnly, false, Same, "Magnitude of the current, 4.096 A / 32768";
    0x07 VOLTAGE: RawVoltage, ReadOnly, false, Same, "Voltage, 4.5 V / 32768; 32767 is over range";
    // One sample adds at most 32767, and samples are 0.1 s apart or more.
    0x08 CHARGEL: u16, ReadWrite, false, CountsUp(32767), "Sum of CURRENT samples, low half; a write clears both halves";
    0x09 CHARGEH: u16, ReadWrite, false, CountsUp(1), "Sum of CURRENT samples, high half; a write clears both halves";
    0x0A VOLTAGE_LIMIT_CHG: VoltageLimit, ReadWrite, false, Same, "Upper voltage limit, in every active mode";
    0x0B VOLTAGE_LIMIT_DCHG: VoltageLimit, ReadWrite, false, Same, "Lower voltage limit, in every active mode";
    0x0C CURRENT_LIMIT_CHG: CurrentLimit, ReadWrite, false, Same, "Current limit in charge";
    0x0D CURRENT_LIMIT_DCHG: CurrentLimit, ReadWrite, false, Same, "Current limit in discharge";
    0x0E TEMP_LIMIT_CHG: TemperatureLimit, ReadWrite, false, Same, "Temperature limit in charge";
    0x0F TEMP_LIMIT_DCHG: TemperatureLimit, ReadWrite, false, Same, "Temperature limit in discharge";
    0x10 DUTY: Duty, ReadOnly, false, Same, "Duty of the current driver, of 640";
    0x11 COMPENSATION: u16, ReadOnly, false, Same, "Steps that the firmware's trim added";
    0x12 CURRENT_PP: RawCurrent, ReadOnly, false, Same, "Peak to peak current of the last slice, as CURRENT";
    0x13 VOLTAGE_PP: RawVoltage, ReadOnly, false, Same, "Peak to peak voltage of the last slice, as VOLTAGE";
    0x14 CURRENT_CALIB_OFF: Calibration, ReadWrite, true, Same, "Calibration: offset of CURRENT";
    0x15 CURRENT_CALIB_SCA: Calibration, ReadWrite, true, Same, "Calibration: scale of CURRENT";
    0x16 TEMP_CALIB_R: Calibration, ReadWrite, true, Same, "Calibration: thermistor divider, ohms";
    0x17 TEMP_CALIB_B: Calibration, ReadWrite, true, Same, "Calibration: thermistor beta, kelvin";
    0x18 CURRENT_CALIB_PP: Calibration, ReadWrite, true, Same, "Calibration: scale of CURRENT_PP";
    0x19 VOLTAGE_CALIB_PP: Calibration, ReadWrite, true, Same, "Calibration: scale of VOLTAGE_PP";
    0x1A CURR_CALIB_PP_OFF: Calibration, ReadWrite, true, Same, "Calibration: offset of CURRENT_PP";
    0x1B VOLT_CALIB_PP_OFF: Calibration, ReadWrite, true, Same, "Calibration: offset of VOLTAGE_PP";
    0x1C CURR_LOWV_SCA: Calibration, ReadWrite, true, Same, "Calibration: low-voltage scale of CURRENT";
    0x1D CURR_LOWV_OFF: Calibration, ReadWrite, true, Same, "Calibration: low-voltage offset of CURRENT";
    0x1E CURR_LOWV_OFF_SCA: Calibration, ReadWrite, true, Same, "Calibration: scale of the low-voltage offset";
}
