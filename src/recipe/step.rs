//! One step as a recipe writes it.

use super::{
    DemandText, Ending, Frequencies, ProfileText, PulseText, RecordText, ResistanceText, TimeoutText,
    WaitText,
};
use crate::diagnostic::read::{OneOrMany, Period, Spanned};
use crate::units::{CurrentSpec, Volts};

crate::shape! {
    /// One step. Exactly one of charge, discharge, rest, pulse, profile, resistance, impedance, wait, goto,
    /// group and repeat names its kind, or hold where there is no charge or discharge.
    pub struct StepText {
        /// A name: 1 to 64 letters, digits, '-' and '_', once in a recipe.
        optional name: Spanned<String>,
        /// Drives this current or power into the cell: "1.25 A", "C/2", "5 W".
        optional charge: Spanned<DemandText>,
        /// Drives this current or power out of the cell, or loads it with this resistance: "1.25 A", "C/2", "5 W", "3 ohm".
        optional discharge: Spanned<DemandText>,
        /// The voltage that is held: after constant current or power has reached it, or by itself.
        optional hold: Spanned<Volts>,
        /// Lets the cell lie without current for so long.
        optional rest: Spanned<Period>,
        /// Drives two levels of current in turn: { discharge, low, on, off, count }.
        optional pulse: Spanned<PulseText>,
        /// Drives current or power over time, from a CSV file beside the recipe: its name, or { file, scale, times }.
        optional profile: Spanned<ProfileText>,
        /// Measures the DC resistance by a step of current: { discharge, after }.
        optional resistance: Spanned<ResistanceText>,
        /// Measures the impedance at a frequency, at each of a list, or over { from, to }.
        optional impedance: Spanned<Frequencies>,
        /// Waits for something without current: "supply", or a condition such as "temperature < 30 degC".
        optional wait: Spanned<WaitText>,
        /// Goes to the step of this name.
        optional goto: Spanned<String>,
        /// Steps that belong together, and what they are for in words.
        optional group: Spanned<String>,
        /// Does the steps inside so many times.
        optional repeat: Spanned<u32>,
        /// The largest current with which a voltage is held by itself.
        optional current: Spanned<CurrentSpec>,
        /// How often a cell may go to the named step by this goto, in all of its test; needed where it goes back.
        optional times: Spanned<u32>,
        /// What ends the step: a condition, { when, then }, or a list of which any one ends it.
        optional until: Spanned<OneOrMany<Ending>>,
        /// The time after which the step ends in any case, or { time, then }.
        optional at_most: Spanned<TimeoutText>,
        /// Whether the cell gets every slice of the unit in this step, 0.1024 s each, while the other slots of the unit
        /// wait without current; false if not set. Needs firmware 7, and a step of at most 2 min.
        optional hi_res: Spanned<bool>,
        /// When a row is written in this step, and in those inside; what is left out is as around it.
        optional record: RecordText,
        /// The steps of a group or a repeat.
        optional step: Spanned<Vec<StepText>>,
    }
    later "power", "sweep", "ramp"
}
