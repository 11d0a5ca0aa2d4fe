//! Addresses, modes and flags, as the measurement processor's firmware numbers them.

/// A cell's registers (namespaces 0 to 3).
pub mod cell {
    pub const MODE: usize = 0x00;
    pub const ERROR: usize = 0x01;
    pub const STATUS: usize = 0x02;
    pub const CURRENT_SETPOINT: usize = 0x03;
    pub const REPORT_INTERVAL: usize = 0x04;
    pub const TEMPERATURE: usize = 0x05;
    pub const CURRENT: usize = 0x06;
    pub const VOLTAGE: usize = 0x07;
    pub const CHARGEL: usize = 0x08;
    pub const CHARGEH: usize = 0x09;
    pub const VOLTAGE_LIMIT_CHG: usize = 0x0A;
    pub const VOLTAGE_LIMIT_DCHG: usize = 0x0B;
    pub const CURRENT_LIMIT_CHG: usize = 0x0C;
    pub const CURRENT_LIMIT_DCHG: usize = 0x0D;
    pub const TEMP_LIMIT_CHG: usize = 0x0E;
    pub const TEMP_LIMIT_DCHG: usize = 0x0F;
    pub const DUTY: usize = 0x10;
    pub const CURRENT_PP: usize = 0x12;
    pub const VOLTAGE_PP: usize = 0x13;
    pub const CURRENT_CALIB_OFF: usize = 0x14;
    pub const CURRENT_CALIB_SCA: usize = 0x15;
    pub const TEMP_CALIB_R: usize = 0x16;
    pub const TEMP_CALIB_B: usize = 0x17;
    pub const CURRENT_CALIB_PP: usize = 0x18;
    pub const VOLTAGE_CALIB_PP: usize = 0x19;
    pub const CURR_CALIB_PP_OFF: usize = 0x1A;
    pub const VOLT_CALIB_PP_OFF: usize = 0x1B;
    pub const CURR_LOWV_SCA: usize = 0x1C;
    pub const CURR_LOWV_OFF: usize = 0x1D;
    pub const CURR_LOWV_OFF_SCA: usize = 0x1E;
    /// How many there are.
    pub const COUNT: usize = 0x1F;
}

/// The unit's registers (namespace 4).
pub mod unit {
    pub const SERIAL_NUM: usize = 0x00;
    pub const DEVICE_ID: usize = 0x01;
    pub const FIRMWARE_VER: usize = 0x02;
    pub const VCC: usize = 0x03;
    pub const SINE_FREQ: usize = 0x04;
    pub const SYSTEM_TIMER: usize = 0x05;
    pub const SETTINGS: usize = 0x06;
    pub const SINE_OFFSET: usize = 0x07;
    pub const SINE_MAGDIV: usize = 0x08;
    pub const BOOTLOAD: usize = 0x0A;
    pub const VOLT_CH_CALIB_OFF: usize = 0x0B;
    pub const VOLT_CH_CALIB_SCA: usize = 0x0C;
    pub const VOLT_DC_CALIB_OFF: usize = 0x0D;
    pub const VOLT_DC_CALIB_SCA: usize = 0x0E;
    pub const LOCK: usize = 0x0F;
    pub const ZERO_AMP_THRESH: usize = 0x10;
    pub const WATCHDOG_TIMER: usize = 0x11;
    /// How many there are.
    pub const COUNT: usize = 0x12;
}

/// The communications processor's registers (namespace 255). LED0 to LED3 come first.
pub mod comms {
    pub const PSU: usize = 0x04;
    pub const PSU_VOLTAGE: usize = 0x05;
    pub const PSU_CUTOFF_LOW: usize = 0x06;
    pub const PSU_CUTOFF_HIGH: usize = 0x07;
    pub const PSU_CUTOFF_HYST: usize = 0x08;
    /// How many there are.
    pub const COUNT: usize = 0x09;
}

/// The bootloader's registers (namespace 5).
pub mod boot {
    pub const BOOTLOAD: usize = 0x00;
    pub const ADDR: usize = 0x01;
    pub const DATA: usize = 0x02;
}

/// Who a command is for.
pub mod namespace {
    pub const CELL3: u8 = 3;
    pub const UNIT: u8 = 4;
    pub const BOOTLOADER: u8 = 5;
    pub const COMMS: u8 = 255;
}

/// Values of MODE. Any other is kept as written and does nothing.
pub mod mode {
    pub const NO_CELL: u16 = 0;
    pub const BACKWARDS: u16 = 1;
    pub const IDLE: u16 = 2;
    pub const CHARGE: u16 = 3;
    pub const DISCHARGE: u16 = 4;
    pub const IMPEDANCE: u16 = 5;
    pub const STOPPED: u16 = 6;

    /// Whether the firmware measures current in this mode.
    pub const fn is_active(mode: u16) -> bool {
        matches!(mode, CHARGE | DISCHARGE | IMPEDANCE)
    }
}

/// Bits of ERROR and STATUS.
pub mod flag {
    pub const VOLTAGE_LIMIT_CHG: u16 = 0x0001;
    pub const VOLTAGE_LIMIT_DCHG: u16 = 0x0002;
    pub const CURRENT_LIMIT_CHG: u16 = 0x0004;
    pub const CURRENT_LIMIT_DCHG: u16 = 0x0008;
    pub const TEMP_LIMIT_CHG: u16 = 0x0010;
    pub const TEMP_LIMIT_DCHG: u16 = 0x0020;
    pub const BACKWARDS: u16 = 0x0040;
    pub const NO_CELL: u16 = 0x0080;
    pub const NO_PSU: u16 = 0x0100;
    pub const NOT_INITIALIZED: u16 = 0x0200;
    pub const NOT_CALIBRATED: u16 = 0x0400;
    pub const LOW_VCC: u16 = 0x0800;
}

/// Bits of SETTINGS that the simulated firmware acts on. The two trims (0001, 0002) are accepted and
/// do nothing: no host may use them.
pub mod setting {
    pub const WATCHDOG_TIMER: u16 = 0x0004;
    pub const NO_PSU_DCHG_ENABLE: u16 = 0x0008;
    pub const CH0_HI_RES: u16 = 0x0010;
    pub const SAFETY_DISABLE: u16 = 0x4000;
    pub const DEBUG: u16 = 0x8000;
}

/// LED codes that the modes show.
pub mod led {
    pub const OFF: u16 = 0;
    pub const BLIP: u16 = 1;
    pub const FLASH_FAST: u16 = 3;
    pub const ON: u16 = 4;
    pub const RAMP_UP: u16 = 6;
    pub const RAMP_DOWN: u16 = 7;
    pub const SINE: u16 = 8;
}

/// The reply data of a command that was refused.
pub const REFUSED: u16 = 0x0101;
/// The reply data of a write that was accepted.
pub const ACCEPTED: u16 = 0x0000;
/// What a register reads whose EEPROM was never written.
pub const BLANK: u16 = 0xFFFF;
