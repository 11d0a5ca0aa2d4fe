//! Voltage and current over a step: where they began, where they ended, and how far they went.

use super::law::SETTLING;
use super::reading::{Activity, Reading};
use crate::event::ImpedancePoint;
use crate::plan::Kind;
use crate::units::{Amperes, Celsius, Volts};

/// What a slot does while its step does what it is for.
#[derive(Clone, Copy, Debug)]
struct Own {
    driving: bool,
    settled: bool,
    sine: bool,
}

impl Own {
    /// A hold turns its current and a resistance begins without one by way of rests that are not what the
    /// step is about; the pauses of pulses and profiles are.
    fn of(kind: &Kind) -> Self {
        let (driving, settled, sine) = match kind {
            Kind::Charge(_) | Kind::Discharge(_) | Kind::Hold(_) | Kind::Resistance(_) => {
                (true, false, false)
            }
            Kind::Pulse(_) | Kind::Profile(_) => (true, true, false),
            Kind::Impedance { .. } => (false, false, true),
            Kind::Rest { .. } | Kind::Wait(_) | Kind::Goto(_) | Kind::Group { .. } | Kind::Repeat(_) => {
                (false, true, false)
            }
        };
        Self { driving, settled, sine }
    }

    fn has(self, activity: Activity) -> bool {
        match activity {
            Activity::Driving(_) => self.driving,
            Activity::Settled => self.settled,
            Activity::Sine => self.sine,
        }
    }
}

/// The current of a reading, positive into the cell. A sine discharges.
pub(super) fn signed(reading: &Reading) -> Amperes {
    match reading.activity {
        Activity::Driving(direction) => direction.sign(reading.current),
        Activity::Sine => -reading.current,
        Activity::Settled => Amperes(0.0),
    }
}

/// Whether the measuring slice of a reading saw nothing of what the slot did before. Trims of a setpoint by
/// a register step do not matter here, a current that had only been switched on does.
fn is_whole(reading: &Reading) -> bool {
    reading.steady || reading.at - reading.since >= SETTLING
}

/// First, last, lowest and highest value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range<T> {
    pub(super) first: T,
    pub(super) last: T,
    pub(super) low: T,
    pub(super) high: T,
}

impl<T: Copy + PartialOrd> Range<T> {
    fn with(range: Option<Self>, value: T) -> Self {
        let Some(Self { first, low, high, .. }) = range else {
            return Self { first: value, last: value, low: value, high: value };
        };
        Self {
            first,
            last: value,
            low: if value < low { value } else { low },
            high: if value > high { value } else { high },
        }
    }
}

/// Follows voltage and current through one step.
#[derive(Clone, Debug)]
pub(super) struct Course {
    own: Own,
    /// From readings that are wholly of the step.
    pub(super) voltage: Option<Range<Volts>>,
    pub(super) current: Option<Range<Amperes>>,
    /// From a reading under the step's own current that another one still has a part in, or before any.
    otherwise: Volts,
}

impl Course {
    /// Begins with the last reading before a step of this kind.
    pub(super) fn begin(kind: &Kind, before: &Reading) -> Self {
        Self { own: Own::of(kind), voltage: None, current: None, otherwise: before.voltage }
    }

    pub(super) fn take(&mut self, reading: &Reading) {
        if !self.own.has(reading.activity) {
            return;
        }
        self.otherwise = reading.voltage;
        if is_whole(reading) {
            self.voltage = Some(Range::with(self.voltage, reading.voltage));
            if self.own.driving || self.own.sine {
                self.current = Some(Range::with(self.current, signed(reading)));
            }
        }
    }

    /// Voltage at the last reading under the step's own current, one that is wholly of it if there is any.
    pub(super) fn voltage_end(&self) -> Volts {
        self.voltage.map_or(self.otherwise, |range| range.last)
    }
}

/// Means over the readings of one sine.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sine {
    count: u32,
    voltage: Volts,
    current: Amperes,
    temperature: Celsius,
}

impl Sine {
    pub(super) fn take(&mut self, reading: &Reading) {
        if reading.activity == Activity::Sine && is_whole(reading) {
            self.count += 1;
            self.voltage += reading.voltage;
            self.current += signed(reading);
            self.temperature += reading.temperature;
        }
    }

    /// Mean voltage, current and temperature, if any reading was wholly of the sine.
    pub(super) fn means(&self) -> Option<(Volts, Amperes, Celsius)> {
        let count = f64::from(self.count);
        (count > 0.0).then(|| (self.voltage / count, self.current / count, self.temperature / count))
    }
}

/// Keeps what a step has to tell of impedances: all points where they are what it is for, else the last.
pub(super) fn keep(kind: &Kind, points: &mut Vec<ImpedancePoint>, point: ImpedancePoint) {
    if !matches!(kind, Kind::Impedance { .. }) {
        points.clear();
    }
    points.push(point);
}
