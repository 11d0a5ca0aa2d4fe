//! The figures of many runs: worst and median, and whether they keep to their bounds.

use super::Fault;
use super::matrix::{Case, units};
use super::measure::measure;
use super::run::run;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    Charge,
    Energy,
    Current,
    Overshoot,
    Held,
    TrulyHeld,
    BeyondHold,
    EndCurrent,
    Power,
    Impedance,
    Resistance,
    AboveEnd,
    BelowEnd,
    AboveLimit,
}

impl Metric {
    pub const ALL: [Self; 14] = [
        Self::Charge,
        Self::Energy,
        Self::Current,
        Self::Overshoot,
        Self::Held,
        Self::TrulyHeld,
        Self::BeyondHold,
        Self::EndCurrent,
        Self::Power,
        Self::Impedance,
        Self::Resistance,
        Self::AboveEnd,
        Self::BelowEnd,
        Self::AboveLimit,
    ];

    /// A name for machines, and in words.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Charge => ("charge", "charge of a full discharge"),
            Self::Energy => ("energy", "energy of a full discharge"),
            Self::Current => ("current", "mean of a constant current after 10 s"),
            Self::Overshoot => ("overshoot", "highest current above it, ever"),
            Self::Held => ("held", "held voltage as measured, whole taper"),
            Self::TrulyHeld => ("truly_held", "held voltage in truth, whole taper"),
            Self::BeyondHold => ("beyond_hold", "furthest beyond a held voltage"),
            Self::EndCurrent => ("end_current", "current at which a hold ended (C/50)"),
            Self::Power => ("power", "constant power, any 10 s after 10 s"),
            Self::Impedance => ("impedance", "AC magnitude, 1016 Hz and 39 Hz"),
            Self::Resistance => ("resistance", "DC resistance after 2, 10, 30 s"),
            Self::AboveEnd => ("above_end", "beyond `voltage > full`"),
            Self::BelowEnd => ("below_end", "beyond `voltage < empty`"),
            Self::AboveLimit => ("above_limit", "beyond `voltage >` the unit's limit"),
        }
    }

    pub fn unit(self) -> &'static str {
        match self {
            Self::Held | Self::TrulyHeld | Self::BeyondHold => "mV",
            Self::AboveEnd | Self::BelowEnd | Self::AboveLimit => "mV",
            Self::Overshoot | Self::EndCurrent => "mA",
            _ => "%",
        }
    }

    /// The largest that it may be; none where it is only told.
    pub fn bound(self) -> Option<f64> {
        match self {
            Self::Charge => Some(0.1),
            Self::Energy | Self::Current => Some(0.2),
            // A step of the register of a driver that gives 5 % more, and the noise of finding that out.
            Self::Overshoot => Some(9.5),
            Self::Held | Self::TrulyHeld | Self::EndCurrent => Some(5.0),
            // The fence.
            Self::BeyondHold => Some(20.0),
            Self::Power => Some(0.5),
            Self::Impedance => Some(2.0),
            Self::Resistance => Some(3.0),
            Self::AboveEnd | Self::BelowEnd | Self::AboveLimit => None,
        }
    }

    /// Only what lies beyond counts, and not what stays short of it.
    fn is_one_sided(self) -> bool {
        let two_sided = [
            Self::Charge,
            Self::Energy,
            Self::Current,
            Self::Held,
            Self::TrulyHeld,
            Self::EndCurrent,
            Self::Power,
            Self::Impedance,
            Self::Resistance,
        ];
        !two_sided.contains(&self)
    }

    /// How much a value counts.
    fn size(self, value: f64) -> f64 {
        if self.is_one_sided() { value } else { value.abs() }
    }
}

/// All values of one metric.
#[derive(Clone, Debug)]
pub struct Figure {
    pub metric: Metric,
    /// The worst, with its sign, and where.
    pub worst: f64,
    pub worst_case: Case,
    /// The median of the sizes.
    pub median: f64,
    pub count: usize,
}

impl Figure {
    /// Whether it keeps to its bound.
    pub fn holds(&self) -> bool {
        self.metric.bound().is_none_or(|bound| self.metric.size(self.worst) <= bound)
    }
}

type Found = Vec<(Case, Vec<(Metric, f64)>)>;

/// Runs every case, two units at a time.
pub fn figures(cases: &[Case], gain_error: f64) -> Result<Vec<Figure>, Fault> {
    let units = units(cases);
    let (next, found): (_, Mutex<Result<Found, Fault>>) = (AtomicUsize::new(0), Mutex::new(Ok(Vec::new())));
    let work = || {
        while let Some(cases) = units.get(next.fetch_add(1, Ordering::Relaxed)) {
            let seen = run(cases, gain_error);
            let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match (seen, found.as_mut()) {
                (Ok(seen), Ok(found)) => found.extend(seen.iter().map(|it| (it.case, measure(it)))),
                (Err(fault), Ok(_)) => *found = Err(fault),
                (_, Err(_)) => return,
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    let found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)?;
    Ok(Metric::ALL.into_iter().filter_map(|metric| figure(metric, &found)).collect())
}

fn figure(metric: Metric, found: &Found) -> Option<Figure> {
    let mut values: Vec<(f64, Case)> = Vec::new();
    for (case, metrics) in found {
        values.extend(metrics.iter().filter(|(of, _)| *of == metric).map(|(_, value)| (*value, *case)));
    }
    values.sort_by(|one, other| metric.size(one.0).total_cmp(&metric.size(other.0)));
    let (worst, worst_case) = *values.last()?;
    let median = metric.size(values.get(values.len() / 2)?.0);
    Some(Figure { metric, worst, worst_case, median, count: values.len() })
}
