//! What a whole test came to for a cell, and how the cells of a run compare in it.

use crate::units::Dimension;

/// What a cell is asked for when its test is over: `cell.capacity`. How each is got is told with the
/// columns of the summary, `docs/result-files.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellMetric {
    /// Charge out of the last discharge from full to empty.
    Capacity,
    /// Energy out of the same one.
    Energy,
    /// Charge out over charge in, from one empty cell to the next.
    Efficiency,
    /// The same of energy.
    EnergyEfficiency,
    /// Magnitude of the last impedance, at the frequency nearest to 1 kHz.
    Impedance,
    /// DC resistance of the last step that measured it, at the latest time that was asked for.
    Resistance,
    /// How much less the last capacity is than the first, as a share of that.
    Fade,
    /// Open-circuit voltage at the end of the last rest.
    Ocv,
    /// Voltage as the cell was found.
    VoltageStart,
    /// Voltage in its last row.
    VoltageEnd,
    /// Highest temperature.
    TemperatureMax,
    /// From the start of its test to its last row.
    Time,
    /// Cycles that were begun.
    Cycles,
}

impl CellMetric {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Capacity,
        Self::Energy,
        Self::Efficiency,
        Self::EnergyEfficiency,
        Self::Impedance,
        Self::Resistance,
        Self::Fade,
        Self::Ocv,
        Self::VoltageStart,
        Self::VoltageEnd,
        Self::TemperatureMax,
        Self::Time,
        Self::Cycles,
    ];

    /// The word for it in a recipe.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Capacity => "capacity",
            Self::Energy => "energy",
            Self::Efficiency => "efficiency",
            Self::EnergyEfficiency => "energy_efficiency",
            Self::Impedance => "impedance",
            Self::Resistance => "resistance",
            Self::Fade => "fade",
            Self::Ocv => "ocv",
            Self::VoltageStart => "voltage_start",
            Self::VoltageEnd => "voltage_end",
            Self::TemperatureMax => "temperature_max",
            Self::Time => "time",
            Self::Cycles => "cycles",
        }
    }

    /// What it measures.
    pub const fn dimension(self) -> Dimension {
        match self {
            Self::Capacity => Dimension::CHARGE,
            Self::Energy => Dimension::ENERGY,
            Self::Efficiency | Self::EnergyEfficiency | Self::Fade | Self::Cycles => Dimension::NUMBER,
            Self::Impedance | Self::Resistance => Dimension::RESISTANCE,
            Self::Ocv | Self::VoltageStart | Self::VoltageEnd => Dimension::VOLTAGE,
            Self::TemperatureMax => Dimension::TEMPERATURE,
            Self::Time => Dimension::TIME,
        }
    }

    /// Its column in a summary, and how many base units one of that column is.
    pub const fn column(self) -> (&'static str, f64) {
        match self {
            Self::Capacity => ("capacity_ah", 3600.0),
            Self::Energy => ("energy_wh", 3600.0),
            Self::Efficiency => ("coulombic_efficiency", 1.0),
            Self::EnergyEfficiency => ("energy_efficiency", 1.0),
            Self::Impedance => ("impedance_ohm", 1.0),
            Self::Resistance => ("dc_resistance_ohm", 1.0),
            Self::Fade => ("capacity_fade", 1.0),
            Self::Ocv => ("open_circuit_voltage_volt", 1.0),
            Self::VoltageStart => ("voltage_start_volt", 1.0),
            Self::VoltageEnd => ("voltage_end_volt", 1.0),
            Self::TemperatureMax => ("temperature_max_celsius", 1.0),
            Self::Time => ("duration_second", 1.0),
            Self::Cycles => ("cycles", 1.0),
        }
    }
}

/// Which cell of another run is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferenceOf {
    /// The median over all of its cells that have the value.
    Median,
    /// The cell of the same name.
    SameCell,
}

/// How the cells of a run compare in something: over all that have it and whose own test came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statistic {
    /// The lowest.
    Min,
    /// The highest.
    Max,
    /// The arithmetic mean.
    Mean,
    /// The one in the middle, or the mean of the two there.
    Median,
    /// The standard deviation of a sample (divided by the number of cells less one).
    Stddev,
    /// From the lowest to the highest, over the mean.
    Spread,
    /// The place of this cell, the highest being 1; like ones share the better place.
    Rank,
}

impl Statistic {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Min, Self::Max, Self::Mean, Self::Median, Self::Stddev, Self::Spread, Self::Rank];

    /// The word for it in a recipe.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
            Self::Mean => "mean",
            Self::Median => "median",
            Self::Stddev => "stddev",
            Self::Spread => "spread",
            Self::Rank => "rank",
        }
    }

    /// What comes of it, where what it is of has this dimension.
    pub fn dimension(self, of: Dimension) -> Dimension {
        match self {
            Self::Min | Self::Max | Self::Mean | Self::Median | Self::Stddev => of,
            Self::Spread | Self::Rank => Dimension::NUMBER,
        }
    }

    /// Its value over these values of all cells, for the cell that has `own`. None where there are too few:
    /// how far values lie from each other is known of two and more.
    pub fn of(self, values: &[f64], own: Option<f64>) -> Option<f64> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (first, last) = (*sorted.first()?, *sorted.last()?);
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        let value = match self {
            Self::Min => first,
            Self::Max => last,
            Self::Mean => mean,
            Self::Median => median(&sorted)?,
            Self::Rank => {
                let own = own?;
                1.0 + sorted.iter().filter(|value| **value > own).count() as f64
            }
            Self::Stddev | Self::Spread if sorted.len() < 2 => return None,
            Self::Stddev => {
                let squares: f64 = sorted.iter().map(|value| (value - mean) * (value - mean)).sum();
                (squares / (sorted.len() - 1) as f64).sqrt()
            }
            Self::Spread => (last - first) / mean.abs(),
        };
        value.is_finite().then_some(value)
    }
}

/// The median of values in order.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some((sorted.get(middle.checked_sub(1)?)? + upper) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_those_of_the_books() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        let of = |statistic: Statistic, own| statistic.of(&values, own);
        assert_eq!(of(Statistic::Min, None), Some(2.0));
        assert_eq!(of(Statistic::Max, None), Some(9.0));
        assert_eq!(of(Statistic::Mean, None), Some(5.0));
        assert_eq!(of(Statistic::Median, None), Some(4.5));
        assert_eq!(of(Statistic::Spread, None), Some(1.4));
        assert_eq!(of(Statistic::Stddev, None), Some((32.0_f64 / 7.0).sqrt()));
        assert_eq!(of(Statistic::Rank, Some(9.0)), Some(1.0));
        assert_eq!(of(Statistic::Rank, Some(5.0)), Some(3.0));
        assert_eq!(of(Statistic::Rank, None), None);
    }

    #[test]
    fn one_cell_has_no_spread_and_no_cells_have_nothing() {
        assert_eq!(Statistic::Spread.of(&[2.0], Some(2.0)), None);
        assert_eq!(Statistic::Stddev.of(&[2.0], Some(2.0)), None);
        assert_eq!(Statistic::Median.of(&[2.0], None), Some(2.0));
        assert_eq!(Statistic::Spread.of(&[-1.0, 1.0], None), None, "over a mean of zero");
        for statistic in Statistic::ALL {
            assert_eq!(statistic.of(&[], Some(1.0)), None);
        }
    }
}
