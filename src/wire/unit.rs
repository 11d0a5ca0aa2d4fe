//! The registers of the unit, namespace 4.

use super::ReadBack::{CountsDown, Nothing, Same};
use super::register::register_map;
use super::{
    Calibration, FirmwareVersion, Led, Lock, Setpoint, Settings, SineFrequency, SineMagnitude, SystemTimer,
    Vcc, WatchdogCount, ZeroAmpThreshold,
};

register_map! { Unit, single,
    0x00 SERIAL_NUM: u16, ReadWrite, true, Same, "Serial number, low half; writable only while blank";
    0x01 DEVICE_ID: u16, ReadWrite, true, Same, "Serial number, high half; writable only while blank";
    0x02 FIRMWARE_VER: FirmwareVersion, ReadOnly, false, Same, "Version of the firmware, 1 to 7 known";
    0x03 VCC: Vcc, ReadOnly, false, Same, "Supply: 32768 x 4.096 V / raw";
    0x04 SINE_FREQ: SineFrequency, ReadWrite, false, Same, "Frequency in impedance mode, 39.0625 Hz steps, 1 to 27";
    0x05 SYSTEM_TIMER: SystemTimer, ReadOnly, false, Same, "Time since reset, 0.1 s, wraps at 65536";
    0x06 SETTINGS: Settings, ReadWrite, false, Same, "Flags: watchdog, trims, hi-res channels";
    0x07 SINE_OFFSET: Setpoint, ReadWrite, false, Same, "Mean current in impedance mode, steps of 1/128 A";
    0x08 SINE_MAGDIV: SineMagnitude, ReadWrite, false, Same, "Peak to peak current in impedance mode: 2 A / 2^raw";
    // The firmware writes its own LED codes over it.
    0x09 LED_MESSAGE: Led, ReadWrite, false, Nothing, "LED code";
    0x0A BOOTLOAD: u16, WriteOnly, false, Nothing, "Any write restarts the unit into its bootloader";
    0x0B VOLT_CH_CALIB_OFF: Calibration, ReadWrite, true, Same, "Calibration: offset of VOLTAGE in charge";
    0x0C VOLT_CH_CALIB_SCA: Calibration, ReadWrite, true, Same, "Calibration: scale of VOLTAGE in charge";
    0x0D VOLT_DC_CALIB_OFF: Calibration, ReadWrite, true, Same, "Calibration: offset of VOLTAGE in discharge";
    0x0E VOLT_DC_CALIB_SCA: Calibration, ReadWrite, true, Same, "Calibration: scale of VOLTAGE in discharge";
    0x0F LOCK: Lock, ReadWrite, false, Same, "1 freezes CURRENT_PP, VOLTAGE_PP, TEMPERATURE and VCC";
    0x10 ZERO_AMP_THRESH: ZeroAmpThreshold, ReadWrite, true, Same, "Current below this reads 0; shared by the four cells";
    // A torn kick could leave it at more than an hour; a second's count is allowed for.
    0x11 WATCHDOG_TIMER: WatchdogCount, ReadWrite, false, CountsDown(10), "Time to the watchdog's stop, 0.1 s; write 255 to kick";
}
