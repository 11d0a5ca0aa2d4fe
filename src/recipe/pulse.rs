//! Pulse trains and steps of current, as a recipe writes them.

use crate::diagnostic::read::{OneOrMany, Period, Spanned};
use crate::units::CurrentSpec;

crate::shape! {
    /// Two levels of current in turn. Exactly one of charge and discharge is the first level.
    pub struct PulseText {
        /// The first level, into the cell.
        optional charge: Spanned<CurrentSpec>,
        /// The first level, out of the cell.
        optional discharge: Spanned<CurrentSpec>,
        /// The second level, in the same direction; no current if it is left out.
        optional low: Spanned<CurrentSpec>,
        /// How long the first level lasts.
        needed on: Spanned<Period>,
        /// How long the second level lasts.
        needed off: Spanned<Period>,
        /// How many times both.
        needed count: Spanned<u32>,
    }
}

crate::shape! {
    /// A step of current for the DC resistance. Exactly one of charge and discharge is the current.
    pub struct ResistanceText {
        /// The current that is stepped to, into the cell.
        optional charge: Spanned<CurrentSpec>,
        /// The current that is stepped to, out of the cell.
        optional discharge: Spanned<CurrentSpec>,
        /// When the resistance is taken, from the step of current on: a time, or a list.
        needed after: Spanned<OneOrMany<Spanned<Period>>>,
        /// The current before the step, in the same direction; no current if it is left out.
        optional from: Spanned<CurrentSpec>,
        /// How long the current before the step flows.
        optional lead: Spanned<Period>,
    }
}
