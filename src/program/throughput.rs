//! What no charge and no discharge can move, whatever the voltage reads: the last bound on a cell whose
//! VOLTAGE drifts or stands still unseen.

use super::turn::End;
use crate::event::{EndReason, Totals};
use crate::plan::{Kind, MOST_CAPACITIES};
use crate::units::Coulombs;

/// Ends a charge or a discharge that has moved more than a cell of this nominal capacity can take.
pub(super) fn judge(kind: &Kind, nominal: Coulombs, passed: Totals) -> Option<End> {
    let (moved, way) = match kind {
        Kind::Charge(_) => (passed.charge_in, "put in"),
        Kind::Discharge(_) => (passed.charge_out, "taken out"),
        _ => return None,
    };
    (moved > nominal * MOST_CAPACITIES).then(|| {
        End::by(EndReason::Fault(format!(
            "{:.4} Ah were {way} in this step, more than {MOST_CAPACITIES} times the nominal {:.4} Ah: is the capacity in the recipe right, and the voltage that is read?",
            moved.ampere_hours(),
            nominal.ampere_hours()
        )))
    })
}
