//! The DC resistance: a step of current, and what the voltage does at stated times after it.

use super::super::reading::{Activity, Reading};
use super::super::turn::{End, Turn};
use super::{Judged, Law, Wanted, constant_current, flows, is_steady};
use crate::clock::Instant;
use crate::event::{ResistancePoint, StepType};
use crate::plan::{DcResistance, Direction, Lead};
use crate::units::{Amperes, Ohms, Volts};
use std::collections::VecDeque;
use std::time::Duration;

/// A smaller change of current tells no resistance.
const TELLING: Amperes = Amperes(0.02);

/// If no reading comes for so long after the last of its times, the step ends with what it has.
const PATIENCE: Duration = Duration::from_secs(3);

/// Voltage and current at a moment.
#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    voltage: Volts,
    current: Amperes,
}

#[derive(Debug)]
pub(super) struct Stepping {
    direction: Direction,
    /// The lower current before the step, until it is over.
    lead: Option<Lead>,
    step: Amperes,
    /// When the lower current began to flow.
    lead_began: Option<Instant>,
    /// When the current was stepped up.
    stepped: Option<Instant>,
    /// The last look before the step, and the newest after it.
    base: Look,
    newest: Option<Look>,
    /// Times that are still to come.
    after: VecDeque<Duration>,
    points: VecDeque<ResistancePoint>,
}

impl Stepping {
    pub(super) fn new(step: &DcResistance, reading: &Reading) -> Self {
        Self {
            direction: step.direction,
            lead: step.from,
            step: step.current,
            lead_began: None,
            stepped: None,
            base: Look { at: reading.at, voltage: reading.voltage, current: Amperes(0.0) },
            newest: None,
            after: step.after.iter().copied().collect(),
            points: VecDeque::new(),
        }
    }

    /// Takes every resistance whose time lies between two looks, or before the first.
    fn take(&mut self, stepped: Instant, look: Look) {
        while let Some(after) = self.after.front().copied().filter(|after| stepped + *after <= look.at) {
            self.after.pop_front();
            let at = stepped + after;
            let (voltage, current) = match self.newest {
                Some(earlier) if earlier.at < look.at && earlier.at <= at => {
                    let span = (look.at - earlier.at).as_secs_f64();
                    let share = (at - earlier.at).as_secs_f64() / span;
                    (
                        earlier.voltage + (look.voltage - earlier.voltage) * share,
                        earlier.current + (look.current - earlier.current) * share,
                    )
                }
                // No reading is wholly of so early a time: the first that is one stands for it.
                _ => (look.voltage, look.current),
            };
            let change = (current - self.base.current).abs();
            if change > TELLING {
                let resistance: Ohms = (voltage - self.base.voltage).abs() / change;
                self.points.push_back(ResistancePoint { after, resistance });
            }
        }
        self.newest = Some(look);
    }
}

impl Law for Stepping {
    fn wanted(&self) -> Wanted {
        Wanted::Current(self.direction, self.lead.map_or(self.step, |lead| lead.current))
    }

    fn step_type(&self, _: Activity) -> StepType {
        constant_current(self.direction)
    }

    fn wake_at(&self) -> Option<Instant> {
        match (self.lead, self.stepped) {
            (Some(lead), _) => Some(self.lead_began? + lead.time),
            (None, Some(stepped)) => {
                Some(stepped + self.after.back().copied().unwrap_or_default() + PATIENCE)
            }
            (None, None) => None,
        }
    }

    fn on_time(&mut self, now: Instant) -> Turn {
        if self.wake_at().is_none_or(|at| now < at) {
            return Turn::GoOn;
        }
        if self.lead.take().is_some() {
            self.stepped = Some(now);
            return Turn::Edge;
        }
        Turn::End(End::completed())
    }

    fn on_switched(&mut self, at: Instant) {
        if self.lead.is_some() {
            self.lead_began.get_or_insert(at);
        } else {
            self.stepped.get_or_insert(at);
        }
    }

    fn judges(&self, _: &Reading) -> Judged {
        Judged::Nothing
    }

    fn expects_current(&self, reading: &Reading) -> bool {
        flows(reading, self.direction, self.stepped.unwrap_or(Instant::ORIGIN))
    }

    fn on_reading(&mut self, reading: &Reading, _: Amperes) -> Turn {
        let look = Look { at: reading.at, voltage: reading.voltage, current: reading.current };
        match (self.lead, self.stepped) {
            (Some(_), _) => {
                if is_steady(reading, self.direction, Instant::ORIGIN) {
                    self.base = look;
                }
            }
            (None, Some(stepped)) => {
                if flows(reading, self.direction, stepped) {
                    self.take(stepped, look);
                }
                if self.after.is_empty() {
                    return Turn::End(End::completed());
                }
            }
            (None, None) => {
                if reading.activity == Activity::Settled {
                    self.base = Look { current: Amperes(0.0), ..look };
                }
            }
        }
        Turn::GoOn
    }

    fn take_resistance(&mut self) -> Option<ResistancePoint> {
        self.points.pop_front()
    }
}
