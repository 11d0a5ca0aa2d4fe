//! One step as a recipe writes it.

use super::{Condition, Frequencies};
use crate::diagnostic::read::{OneOrMany, Period, Spanned};
use crate::units::{CurrentSpec, Volts};

crate::shape! {
    /// One step. Exactly one of charge, discharge, rest, impedance and repeat names its kind.
    pub struct StepText {
        /// A name: 1 to 64 letters, digits, '-' and '_', once in a recipe.
        optional name: Spanned<String>,
        /// Drives this current into the cell: "1.25 A", "C/2".
        optional charge: Spanned<CurrentSpec>,
        /// Drives this current out of the cell: "1.25 A", "C/2".
        optional discharge: Spanned<CurrentSpec>,
        /// Lets the cell lie without current for so long.
        optional rest: Spanned<Period>,
        /// Measures the impedance at a frequency, at each of a list, or over { from, to }.
        optional impedance: Spanned<Frequencies>,
        /// Does the steps inside so many times.
        optional repeat: Spanned<u32>,
        /// The voltage that is held when constant current has reached it.
        optional hold: Spanned<Volts>,
        /// What ends the step: a condition, or a list of which any one ends it.
        optional until: Spanned<OneOrMany<Condition>>,
        /// The time after which the step ends in any case.
        optional at_most: Spanned<Period>,
        /// The steps that are repeated.
        optional step: Spanned<Vec<StepText>>,
    }
    later "goto", "power", "resistance", "profile", "pulse", "sweep", "wait", "ramp"
}
