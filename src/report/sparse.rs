//! A bounded, even choice out of a list whose length is not known beforehand.

/// Keeps every item at first; once there are too many, every second, then every fourth, and so on. The
/// first and the last item are always there.
#[derive(Clone, Debug)]
pub(super) struct Sparse<T> {
    most: usize,
    stride: usize,
    seen: usize,
    kept: Vec<T>,
    /// The latest item, where its turn has not come.
    last: Option<T>,
}

impl<T> Sparse<T> {
    /// Keeps at most so many items (two at least), and the last one.
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.max(2), stride: 1, seen: 0, kept: Vec::new(), last: None }
    }

    pub(super) fn push(&mut self, item: T) {
        let on_turn = self.seen.is_multiple_of(self.stride);
        self.seen += 1;
        if !on_turn {
            self.last = Some(item);
            return;
        }
        self.last = None;
        self.kept.push(item);
        if self.kept.len() > self.most {
            self.thin_out();
        }
    }

    /// Lets every second item go. The newest, where it is one of them, stays as the last.
    fn thin_out(&mut self) {
        self.stride *= 2;
        if self.kept.len().is_multiple_of(2) {
            self.last = self.kept.pop();
        }
        let mut index = 0;
        self.kept.retain(|_| {
            index += 1;
            index % 2 == 1
        });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.iter().chain(&self.last)
    }

    /// How many there were in all.
    pub(super) const fn seen(&self) -> usize {
        self.seen
    }

    /// How many are kept.
    pub(super) fn len(&self) -> usize {
        self.kept.len() + usize::from(self.last.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_choice_is_bounded_even_and_has_both_ends(count in 1_usize..2000, most in 2_usize..50) {
            let mut sparse = Sparse::new(most);
            (0..count).for_each(|item| sparse.push(item));
            let kept: Vec<usize> = sparse.iter().copied().collect();
            prop_assert!(kept.len() <= most + 1);
            prop_assert_eq!(kept.len(), sparse.len());
            prop_assert_eq!(sparse.seen(), count);
            prop_assert_eq!(kept.first(), Some(&0));
            prop_assert_eq!(kept.last(), Some(&(count - 1)));
            let gaps: Vec<usize> = kept.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let (_, inner) = gaps.split_last().unwrap_or((&0, &[]));
            prop_assert!(inner.iter().all(|gap| *gap == inner[0]));
            if count <= most {
                prop_assert_eq!(kept.len(), count);
            }
        }
    }
}
