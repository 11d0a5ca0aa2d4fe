//! What a cell has to come to: criteria for its verdict, and grades.

use super::{EndCondition, Fact, Reference};
use crate::expression::Claim;
use serde::{Serialize, Serializer};

/// A proved claim about results.
pub type ResultClaim = Claim<EndCondition>;

/// What makes the verdict and the grade of a cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Acceptance {
    /// All of these have to hold.
    #[serde(rename = "accept", skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<Criterion>,
    /// The first whose claim holds is the grade of the cell.
    #[serde(rename = "grade", skip_serializing_if = "Vec::is_empty")]
    pub grades: Vec<Grade>,
    /// Another run to compare with.
    #[serde(skip)]
    pub reference: Option<Reference>,
}

/// One named criterion.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Criterion {
    /// Its name, unlike that of any other.
    pub name: String,
    /// What has to hold.
    #[serde(serialize_with = "in_words")]
    pub that: ResultClaim,
    /// The same as the recipe has it.
    #[serde(skip)]
    pub text: String,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
}

/// One bin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grade {
    /// Its name, unlike that of any other.
    pub name: String,
    /// What has to hold; every cell that comes so far, where there is nothing.
    #[serde(serialize_with = "in_words_if_any", skip_serializing_if = "Option::is_none")]
    pub when: Option<ResultClaim>,
    /// Whether a cell of this grade fails.
    pub reject: bool,
}

fn in_words<S: Serializer>(claim: &ResultClaim, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&claim.words(&EndCondition::to_string))
}

fn in_words_if_any<S: Serializer>(claim: &Option<ResultClaim>, to: S) -> Result<S::Ok, S::Error> {
    match claim {
        Some(claim) => in_words(claim, to),
        None => to.serialize_none(),
    }
}

impl Acceptance {
    /// Whether nothing is asked of a cell but that its test comes to its end.
    pub fn is_empty(&self) -> bool {
        self.criteria.is_empty() && self.grades.is_empty()
    }

    /// Every claim in it.
    pub fn claims(&self) -> impl Iterator<Item = &ResultClaim> {
        let criteria = self.criteria.iter().map(|criterion| &criterion.that);
        criteria.chain(self.grades.iter().filter_map(|grade| grade.when.as_ref()))
    }
}

/// Every fact that a claim needs, also those of which other cells are asked.
pub fn facts_of(claim: &ResultClaim) -> Vec<&Fact> {
    let mut rest: Vec<&Fact> = claim.comparisons().into_iter().flat_map(EndCondition::facts).collect();
    let mut found = Vec::new();
    while let Some(fact) = rest.pop() {
        if let Fact::Across(_, inner) = fact {
            rest.extend(inner.facts());
        }
        found.push(fact);
    }
    found
}

/// Whether a claim can only be judged when all cells are done.
pub fn compares_cells(claim: &ResultClaim) -> bool {
    facts_of(claim).iter().any(|fact| matches!(fact, Fact::Across(..)))
}
