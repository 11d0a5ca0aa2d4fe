//! The hard corners of the fidelity benchmark's matrix, and its bounds.
#![allow(missing_docs)]

#[path = "../benches/fidelity/mod.rs"]
mod fidelity;

use fidelity::figures::{Metric, figures};
use fidelity::matrix::some;

#[test]
fn control_and_accounting_keep_to_their_bounds() -> Result<(), fidelity::Fault> {
    let figures = figures(&some(), 0.0)?;
    for figure in &figures {
        let (name, in_words) = figure.metric.names();
        println!(
            "{in_words}: {:.3} {} ({}); median of {}: {:.3}",
            figure.worst,
            figure.metric.unit(),
            figure.worst_case,
            figure.count,
            figure.median
        );
        assert!(
            figure.holds(),
            "{name} is off by {:.3} {} for {}: more than {:?}",
            figure.worst,
            figure.metric.unit(),
            figure.worst_case,
            figure.metric.bound()
        );
    }
    assert_eq!(figures.len(), Metric::ALL.len(), "everything was measured");
    Ok(())
}
