//! What a recorded row costs: time and bytes. `cargo bench --bench record`.

use batlab_run::clock::{Clock, Instant, SystemClock};
use batlab_run::event::{Sample, StepType, Totals};
use batlab_run::record::BdfRows;
use batlab_run::units::{Amperes, Celsius, Coulombs, Joules, Volts};
use chrono::{DateTime, Utc};
use std::error::Error;
use std::io::{BufWriter, Write};
use std::time::Duration;

const ROWS: u32 = 500_000;

/// A row of a long discharge, with digits in every place.
fn sample(index: u32) -> Sample {
    let charge = Coulombs(f64::from(index) * 0.768_123);
    let totals = Totals {
        charge_in: Coulombs(9_123.456),
        charge_out: charge,
        energy_in: Joules(33_333.3),
        energy_out: Joules(charge.0 * 3.654_321),
    };
    let at = Instant::from_micros(u64::from(index) * 614_400);
    Sample {
        at,
        test_start: Instant::ORIGIN,
        step_start: Instant::ORIGIN,
        step_id: 3,
        step_count: 3,
        cycle: 1,
        step_type: StepType::ConstantCurrentDischarge,
        voltage: Volts(4.2 - f64::from(index) * 1e-6),
        current: Amperes(-1.249_878),
        temperature: Celsius(25.0 + f64::from(index) * 1e-5),
        total: totals,
        step: totals,
        in_cycle: totals,
        impedance: None,
    }
}

/// Time of one row and bytes of one row, written to `out`.
fn measure(out: &mut dyn Write) -> Result<(Duration, f64), Box<dyn Error>> {
    let clock = SystemClock::start();
    let mut rows = BdfRows::new(DateTime::<Utc>::UNIX_EPOCH);
    let mut row = Vec::with_capacity(512);
    let mut bytes = 0;
    let start = clock.now();
    for index in 0..ROWS {
        row.clear();
        rows.push(&sample(index), &mut row).map_err(|fault| format!("{fault:?}"))?;
        out.write_all(&row)?;
        bytes += row.len();
    }
    out.flush()?;
    Ok(((clock.now() - start) / ROWS, bytes as f64 / f64::from(ROWS)))
}

fn main() -> Result<(), Box<dyn Error>> {
    let (formatting, bytes) = measure(&mut std::io::sink())?;
    let mut file = BufWriter::with_capacity(32 * 1024, tempfile::tempfile()?);
    let (writing, _) = measure(&mut file)?;
    println!("a row formatted: {} ns", formatting.as_nanos());
    println!("a row formatted and written to a file: {} ns", writing.as_nanos());
    println!("a row holds {bytes:.1} bytes");
    Ok(())
}
