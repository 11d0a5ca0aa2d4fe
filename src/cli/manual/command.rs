//! The commands on units by hand.

use super::args::{CellArgs, DriveArgs, Kind, RegisterArgs, Where};
use crate::manual::Target;
use crate::units::parse_duration;
use clap::Subcommand;
use std::time::Duration;

/// Commands on units and their slots.
#[derive(Debug, Subcommand)]
pub enum ManualCommand {
    /// Lists the units that are connected: port, serial number, firmware, supply, and what is in their slots.
    #[command(after_help = "Examples:
  batlab-run list
  batlab-run list --json | jq .serial
  batlab-run list --sim=recipes/sim/two_units.toml")]
    List {
        /// Where units are looked for.
        #[command(flatten)]
        at: Where,
        /// Print a JSON object on a line for each unit, and for each port that was left out.
        #[arg(long)]
        json: bool,
    },
    /// Measures slots: voltage, current, temperature, charge, mode, errors.
    #[command(after_help = "Examples:
  batlab-run measure                       every slot of every unit
  batlab-run measure 4711:0                one slot
  batlab-run measure 4711 --watch          each second, until Ctrl-C
  batlab-run measure --sim --json

Nothing in a unit is changed by it. Current is positive into the cell; charge is what the unit's counter
holds since it was cleared, whichever way it went.")]
    Measure {
        /// A unit, or one of its slots; all without it.
        #[arg(value_name = "UNIT[:SLOT]")]
        target: Option<Target>,
        /// Where units are looked for.
        #[command(flatten)]
        at: Where,
        /// Measure again and again, until Ctrl-C.
        #[arg(long)]
        watch: bool,
        /// How often, with --watch.
        #[arg(long, value_name = "TIME", default_value = "1 s", value_parser = parse_duration, requires = "watch")]
        every: Duration,
        /// How many times, with --watch.
        #[arg(long, value_name = "N", requires = "watch")]
        times: Option<u64>,
        /// Print a JSON object on a line for each unit.
        #[arg(long)]
        json: bool,
    },
    /// Shows what slots are set to: setpoint, and the limits by which the unit stops them.
    #[command(after_help = "Examples:
  batlab-run setpoints
  batlab-run setpoints 4711:2 --json")]
    Setpoints {
        /// A unit, or one of its slots; all without it.
        #[arg(value_name = "UNIT[:SLOT]")]
        target: Option<Target>,
        /// Where units are looked for.
        #[command(flatten)]
        at: Where,
        /// Print a JSON object on a line for each slot.
        #[arg(long)]
        json: bool,
    },
    /// Shows the map of registers: name, number, access, unit, meaning.
    #[command(after_help = "Examples:
  batlab-run registers
  batlab-run registers cell
  batlab-run registers --json | jq 'select(.eeprom)'")]
    Registers {
        /// Only those of this kind: cell, unit, bootloader, comms.
        #[arg(value_enum)]
        of: Option<Kind>,
        /// Print a JSON object on a line for each register.
        #[arg(long)]
        json: bool,
    },
    /// Reads a register.
    #[command(after_help = "Examples:
  batlab-run read 4711 unit FIRMWARE_VER
  batlab-run read 4711 cell0 VOLTAGE
  batlab-run read /dev/ttyACM0 0 0x07

Namespaces: cell0 to cell3 (0 to 3), unit (4), bootloader (5), comms (255). `batlab-run registers` lists
the registers. What is outside of the map is not read: a unit's refusal looks like a value.")]
    Read {
        /// The register.
        #[command(flatten)]
        register: RegisterArgs,
        /// Print it as a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Writes a register, and reads it back.
    #[command(after_help = "Examples:
  batlab-run write 4711 cell0 REPORT_INTERVAL off
  batlab-run write 4711 cell0 VOLTAGE_LIMIT_CHG \"4.2 V\"       asks first
  batlab-run write 4711 cell0 VOLTAGE_LIMIT_CHG 30583 --raw --force
  batlab-run write 4711 comms LED0 flash-slow

A value is written with its unit or in words, as `read` shows it, or as the raw number with --raw. What can
do harm is asked for on a terminal, and needs --force elsewhere: modes with current, setpoints, limits,
SETTINGS, what EEPROM keeps. SAFETY_DISABLE is never set.")]
    Write {
        /// The register.
        #[command(flatten)]
        register: RegisterArgs,
        /// The value.
        value: String,
        /// The value is the register's own number, 0 to 65535.
        #[arg(long)]
        raw: bool,
        /// Write it although it can do harm or a test may be going on.
        #[arg(long)]
        force: bool,
        /// Print what it was and is as a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Charges a slot, or all slots of a unit with cells, within verified limits.
    #[command(after_help = "Examples:
  batlab-run charge 4711:0 \"1 A\" --chemistry li-ion --capacity 2.5Ah --hold 4.2V --until \"current < C/20\" --for 5h
  batlab-run charge 4711 C/10 --chemistry lfp --capacity 1.5Ah --for 10min
  batlab-run charge --sim 100001:0 125mA --chemistry li-ion --capacity 80mAh --for 1min

It is the same as a recipe of one step, which --print-recipe shows: proved first, limits read back before any
current flows, the unit's watchdog kept. The current ends with this command: after --for, when a condition is
met, at a limit, or on Ctrl-C.

Exit codes: 0 the time was up or a condition met; 2 refused; 3 a limit or a fault ended it; 4 no unit or
no cell; 5 Ctrl-C.")]
    Charge {
        /// How much: \"1 A\", C/2, \"4 W\".
        #[command(flatten)]
        drive: DriveArgs,
    },
    /// Discharges a slot, or all slots of a unit with cells, within verified limits.
    #[command(after_help = "Examples:
  batlab-run discharge 4711:0 \"1 A\" --chemistry li-ion --capacity 2.5Ah --until \"voltage < 3 V\" --for 5h
  batlab-run discharge 4711:0 \"3 ohm\" --chemistry li-ion --capacity 2.5Ah --until \"voltage < 3 V\" --for 5h
  batlab-run discharge --sim 100001 125mA --chemistry li-ion --capacity 80mAh --for 1min

As `batlab-run charge`.")]
    Discharge {
        /// How much: \"1 A\", C/2, \"4 W\", \"3 ohm\".
        #[command(flatten)]
        drive: DriveArgs,
    },
    /// Lets a slot bear a sine current, and measures its impedance over and over.
    #[command(after_help = "Example:
  batlab-run sine 4711:0 1kHz --for 1min --chemistry li-ion --capacity 2.5Ah

The unit makes 39.0625 Hz to 1054.6875 Hz in steps of 39.0625 Hz, and one sine for all its slots. Each
measurement takes about 4.7 s, and --for is rounded up to whole ones; between two of them the sine is off for a
moment. The sine discharges the cell.")]
    Sine {
        /// The slot, or a unit.
        #[arg(value_name = "UNIT[:SLOT]")]
        target: Target,
        /// The frequency, such as 1kHz.
        frequency: String,
        /// For about so long.
        #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
        length: Duration,
        /// What the cell is, and how it is done.
        #[command(flatten)]
        cell: CellArgs,
    },
    /// Measures the impedance of a slot, or of all slots of a unit with cells.
    #[command(after_help = "Examples:
  batlab-run impedance 4711:0 1kHz --chemistry li-ion --capacity 2.5Ah
  batlab-run impedance 4711 78.125Hz 312.5Hz 1kHz --chemistry li-ion --capacity 2.5Ah
  batlab-run impedance --sim 100001:0 1kHz --chemistry li-ion --capacity 80mAh")]
    Impedance {
        /// The slot, or a unit.
        #[arg(value_name = "UNIT[:SLOT]")]
        target: Target,
        /// The frequencies, each such as 1kHz.
        #[arg(required = true)]
        frequencies: Vec<String>,
        /// What the cell is, and how it is done.
        #[command(flatten)]
        cell: CellArgs,
    },
    /// Ends the current: MODE is STOPPED, the setpoint 0.
    #[command(after_help = "Examples:
  batlab-run stop                          every slot of every unit
  batlab-run stop 4711:0

What another run has under its hands is stopped there, by Ctrl-C: its port is its own. ERROR is left, because it
tells why the unit had stopped a slot; `reset` clears it.")]
    Stop {
        /// A unit, or one of its slots; all without it.
        #[arg(value_name = "UNIT[:SLOT]")]
        target: Option<Target>,
        /// Where units are looked for.
        #[command(flatten)]
        at: Where,
        /// Print a JSON object on a line for each slot.
        #[arg(long)]
        json: bool,
    },
    /// Brings slots back to IDLE, with setpoint 0 and without errors.
    #[command(after_help = "Examples:
  batlab-run reset 4711:0
  batlab-run reset                         every slot of every unit

LOCK is opened, and a watchdog that somebody left on is switched off, because it would stop the slots again.
Limits and other settings stay as they are.")]
    Reset {
        /// A unit, or one of its slots; all without it.
        #[arg(value_name = "UNIT[:SLOT]")]
        target: Option<Target>,
        /// Where units are looked for.
        #[command(flatten)]
        at: Where,
        /// Do it although a test may be going on.
        #[arg(long)]
        force: bool,
        /// Print a JSON object on a line for each slot.
        #[arg(long)]
        json: bool,
    },
    /// Shows or sets the lights of slots.
    #[command(after_help = "Examples:
  batlab-run leds 4711
  batlab-run leds 4711:0 flash-slow        which slot is that?
  batlab-run leds 4711:0 pwm 40

Lights: off, blip, flash-slow, flash-fast, on, pwm (with a duty of 255), ramp-up, ramp-down, sine. The unit's
firmware sets the light of a slot by itself, every 2 s while it has something to show.")]
    Leds {
        /// A unit, or one of its slots; all without it.
        #[arg(value_name = "UNIT[:SLOT]")]
        target: Option<Target>,
        /// How the light is to behave; without it, how it behaves is shown.
        light: Vec<String>,
        /// Where units are looked for.
        #[command(flatten)]
        at: Where,
        /// Do it although a test may be going on.
        #[arg(long)]
        force: bool,
        /// Print a JSON object on a line for each slot.
        #[arg(long)]
        json: bool,
    },
}
