//! Did you mean: the word of a list that is nearest to one that is not in it.

/// So many candidates are looked at, the first ones: comparing takes time, and a hostile text could ask
/// for very much of it.
const MOST: usize = 128;

/// The candidate that `word` was probably meant to be, if one is near enough: at most a third of
/// its letters away (one letter at least), counting swapped neighbours as one.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A long word is compared by its beginning only, so that hostile text costs little.
    let word: String = word.chars().take(64).collect::<String>().to_lowercase();
    let length = word.chars().count();
    candidates
        .into_iter()
        .take(MOST)
        .filter(|candidate| {
            candidate.chars().count().abs_diff(length) <= (candidate.chars().count() / 3).max(1)
        })
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let words = ["charge", "discharge", "rest", "impedance"];
        assert_eq!(nearest("charg", words), Some("charge"));
        assert_eq!(nearest("impedence", words), Some("impedance"));
        assert_eq!(nearest("Rest", words), Some("rest"));
        assert_eq!(nearest("voltage", words), None);
    }
}
