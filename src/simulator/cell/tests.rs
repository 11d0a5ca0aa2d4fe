use super::*;
use crate::recipe::Chemistry;
use crate::units::{Amperes, Celsius, Coulombs, Hertz, Volts};
use proptest::prelude::*;
use std::time::Duration;

const ROOM: Celsius = Celsius(25.0);
const SLICE: Duration = Duration::from_micros(102_400);

fn exact(chemistry: Chemistry, ampere_hours: f64, state_of_charge: f64) -> Cell {
    let kind = CellSpec::typical(chemistry, Coulombs::from_ampere_hours(ampere_hours));
    let spec = CellSpec { capacity_spread: 0.0, resistance_spread: 0.0, state_of_charge, ..kind };
    Cell::new(&spec, ROOM, 1)
}

/// Charges to the upper voltage and holds it until the current has tapered to C/20.
fn fill(cell: &mut Cell, volts: f64) {
    let hour = cell.books().capacity.ampere_hours();
    let mut current = hour / 2.0;
    for _ in 0..400_000 {
        while cell.terminal_voltage(Amperes(current)) > Volts(volts) {
            current *= 0.999;
        }
        if current < hour / 20.0 {
            return;
        }
        cell.advance(Amperes(current), SLICE);
    }
    panic!("the cell was never full");
}

fn empty(cell: &mut Cell, volts: f64) {
    let current = Amperes(-cell.books().capacity.ampere_hours() / 2.0);
    for _ in 0..400_000 {
        if cell.terminal_voltage(current) < Volts(volts) {
            return;
        }
        cell.advance(current, SLICE);
    }
    panic!("the cell was never empty");
}

#[test]
fn a_capacity_test_finds_the_capacity() {
    for (chemistry, full, low) in [(Chemistry::LiIon, 4.2, 2.8), (Chemistry::Lfp, 3.65, 2.5)] {
        let mut cell = exact(chemistry, 2.5, 0.3);
        fill(&mut cell, full);
        let start = cell.books();
        assert!((0.98..1.01).contains(&start.state_of_charge), "{chemistry:?} {start:?}");
        empty(&mut cell, low);
        let given = cell.books().since(&start);
        assert!((0.97..1.0).contains(&(given.discharged / given.capacity)), "{chemistry:?} {given:?}");
        assert_eq!(given.charged, Coulombs(0.0));
        let mean = given.energy_out.0 / given.discharged.0;
        assert!((low..full).contains(&mean), "{chemistry:?} discharges at a mean of {mean} V");
    }
}

#[test]
fn energy_is_the_integral_of_terminal_voltage_and_current() {
    let mut cell = exact(Chemistry::LiIon, 2.5, 0.6);
    let mut sum = 0.0;
    let tick = Duration::from_millis(1);
    let current = Amperes(-2.0);
    for _ in 0..600_000 {
        let before = cell.terminal_voltage(current).0;
        cell.advance(current, tick);
        sum += (before + cell.terminal_voltage(current).0) / 2.0 * 2.0 * 0.001;
    }
    let booked = cell.books().energy_out.0;
    assert!((booked / sum - 1.0).abs() < 1e-5, "{booked} {sum}");
}

#[test]
fn no_energy_comes_from_nowhere() {
    // What goes in comes out again, less the heat: resistances as measured, times current squared.
    let mut cell = exact(Chemistry::LiIon, 2.5, 0.4);
    let ohms = cell.impedance(Hertz(1e-6)).0;
    for amperes in [1.0, -1.0] {
        for _ in 0..36_000 {
            cell.advance(Amperes(amperes), Duration::from_millis(100));
        }
        cell.advance(Amperes(0.0), Duration::from_secs(3600));
    }
    let books = cell.books();
    assert!((books.state_of_charge - 0.4).abs() < 1e-9);
    let lost = books.energy_in.0 - books.energy_out.0;
    let expected = 2.0 * 3600.0 * ohms;
    assert!((lost / expected - 1.0).abs() < 0.05, "{lost} J lost, {expected} J expected");
}

#[test]
fn a_current_step_shows_the_ohmic_resistance_at_once_and_the_branches_later() {
    let mut cell = exact(Chemistry::LiIon, 2.5, 0.5);
    let rest = cell.terminal_voltage(Amperes(0.0)).0;
    let step = rest - cell.terminal_voltage(Amperes(-2.0)).0;
    assert!((step / 2.0 - cell.books().resistance.0).abs() < 1e-12);
    assert!((cell.impedance(Hertz(1e5)).0 - cell.books().resistance.0).abs() < 1e-6);

    cell.advance(Amperes(-2.0), Duration::from_secs(600));
    let settled = cell.open_circuit_voltage().0;
    // After a second the quick branch is gone; what is left falls by e every 40 s.
    cell.advance(Amperes(0.0), Duration::from_secs(1));
    let early = settled - cell.terminal_voltage(Amperes(0.0)).0;
    assert!(early > 0.03, "{early}");
    cell.advance(Amperes(0.0), Duration::from_secs(40));
    let late = settled - cell.terminal_voltage(Amperes(0.0)).0;
    assert!((late / early - (-1.0f64).exp()).abs() < 1e-6, "{early} {late}");
}

#[test]
fn a_spectrum_falls_with_frequency() {
    let cell = exact(Chemistry::LiIon, 2.5, 0.5);
    let ohms: Vec<f64> = (1..=27).map(|n| cell.impedance(Hertz(39.0625 * f64::from(n))).0).collect();
    assert!(ohms.windows(2).all(|pair| pair[1] < pair[0]));
    assert!(ohms[0] / ohms[26] > 1.05, "{ohms:?}");
}

#[test]
fn current_heats_the_cell_to_where_losses_balance() {
    let mut cell = exact(Chemistry::LiIon, 2.5, 0.9);
    cell.advance(Amperes(0.0), Duration::from_secs(86_400));
    assert_eq!(cell.temperature(), ROOM);
    let mut hottest = 25.0f64;
    for _ in 0..18_000 {
        cell.advance(Amperes(-2.5), SLICE);
        hottest = hottest.max(cell.temperature().0);
    }
    // 2.5 A through some 60 mohm is 0.37 W, into 0.08 W/K with a time constant of 9 min.
    assert!((3.0..5.0).contains(&(hottest - 25.0)), "{hottest}");
    cell.advance(Amperes(0.0), Duration::from_secs(86_400));
    assert!((cell.temperature().0 - 25.0).abs() < 1e-3);
    cell.set_ambient(Celsius(-10.0));
    let warm = cell.impedance(Hertz(1000.0)).0;
    cell.advance(Amperes(0.0), Duration::from_secs(86_400));
    assert!(cell.impedance(Hertz(1000.0)).0 > 2.0 * warm, "a cold cell resists more");
}

#[test]
fn seeds_make_cells_and_make_them_again() {
    let spec = CellSpec::typical(Chemistry::LiIon, Coulombs::from_ampere_hours(2.5));
    let cells: Vec<Books> = (0..50).map(|seed| Cell::new(&spec, ROOM, seed).books()).collect();
    for (seed, books) in cells.iter().enumerate() {
        assert_eq!(*books, Cell::new(&spec, ROOM, seed as u64).books());
        assert!((books.capacity / spec.capacity - 1.0).abs() <= 0.02);
        assert!((books.resistance / spec.resistance - 1.0).abs() <= 0.10);
        assert!(seed == 0 || *books != cells[seed - 1]);
    }
}

#[test]
fn a_cell_driven_too_far_shows_it() {
    let mut cell = exact(Chemistry::LiIon, 2.5, 0.01);
    cell.advance(Amperes(-1.0), Duration::from_secs(300));
    assert!(cell.state_of_charge() < 0.0);
    assert!(cell.terminal_voltage(Amperes(0.0)) < Volts(2.4));
    let mut cell = exact(Chemistry::Lfp, 2.5, 0.99);
    cell.advance(Amperes(1.0), Duration::from_secs(300));
    assert!(cell.terminal_voltage(Amperes(0.0)) > Volts(3.9));
}

proptest! {
    /// The same current over time, cut in two ways, leaves the same cell.
    #[test]
    fn how_time_is_cut_does_not_matter(
        phases in prop::collection::vec((-3.0..3.0f64, 1u32..2_000, 1u32..40), 1..12),
    ) {
        let mut coarse = exact(Chemistry::LiIon, 2.5, 0.5);
        let mut fine = coarse.clone();
        for (amperes, millis, cuts) in phases {
            let part = Duration::from_millis(u64::from(millis));
            coarse.advance(Amperes(amperes), part * cuts);
            for _ in 0..cuts {
                fine.advance(Amperes(amperes), part);
            }
        }
        let (a, b) = (coarse.books(), fine.books());
        prop_assert!((a.state_of_charge - b.state_of_charge).abs() < 1e-9);
        prop_assert!((a.charged.0 - b.charged.0).abs() < 1e-6);
        prop_assert!((a.discharged.0 - b.discharged.0).abs() < 1e-6);
        // Resistance moves a little within a step, which the step takes from its start.
        prop_assert!((a.energy_in.0 - b.energy_in.0).abs() <= 1e-3 * a.energy_in.0.abs() + 1e-6);
        prop_assert!((a.energy_out.0 - b.energy_out.0).abs() <= 1e-3 * a.energy_out.0.abs() + 1e-6);
        prop_assert!((coarse.temperature() - fine.temperature()).abs() < Celsius(0.05));
        prop_assert!(a.charged.0 >= 0.0 && a.discharged.0 >= 0.0);
    }
}

#[test]
fn what_is_lost_inside_never_comes_to_the_terminals() {
    let kind = CellSpec::typical(Chemistry::LiIon, Coulombs::from_ampere_hours(2.0));
    let spec = CellSpec {
        capacity_spread: 0.0,
        resistance_spread: 0.0,
        state_of_charge: 0.5,
        self_discharge: Amperes(0.1),
        ..kind
    };
    let mut cell = Cell::new(&spec, ROOM, 1);
    let before = cell.open_circuit_voltage();
    for _ in 0..36_000 {
        cell.advance(Amperes(0.0), Duration::from_millis(100));
    }
    assert!((cell.state_of_charge() - 0.45).abs() < 1e-9, "0.1 Ah of 2 Ah: {}", cell.state_of_charge());
    assert!(cell.open_circuit_voltage() < before);
    assert_eq!((cell.books().charged, cell.books().discharged), (Coulombs(0.0), Coulombs(0.0)));
}
