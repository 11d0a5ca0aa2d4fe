//! What several recipes share: a file that they extend.

use super::{CellText, LimitText, ParamsText, RecordText};
use crate::diagnostic::Source;
use crate::diagnostic::read::Spanned;
use std::sync::Arc;

crate::shape! {
    /// What several recipes share.
    pub struct BaseText {
        /// A file beside the recipe that this one extends in turn.
        optional extends: Spanned<String>,
        /// Named values.
        optional params: ParamsText,
        /// What may lie in a slot.
        optional cell: CellText,
        /// What may never be crossed while current flows; who extends this can tighten it.
        optional limits: LimitText,
        /// When a row is written; what the recipe says goes first.
        optional record: RecordText,
    }
}

/// A file that a recipe extends.
#[derive(Clone, Debug, PartialEq)]
pub struct Base {
    /// The file.
    pub source: Arc<Source>,
    /// What it says.
    pub text: BaseText,
}
