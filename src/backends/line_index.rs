//! Which line of a reading is where: the places of some lines by their numbers, few enough to be kept for
//! millions of lines.

/// Places that are kept at most.
const MAX: usize = 1 << 15;

/// Where a line is in its source.
pub(super) trait Place {
    /// True when the other place can be come to from this one by reading on.
    fn goes_on_to(&self, other: &Self) -> bool;
}

/// Places by line numbers, ascending.
#[derive(Debug)]
pub(super) struct LineIndex<P> {
    known: Vec<(i64, P)>,
    /// Lines nearer to a known one are not noted.
    stride: i64,
}

impl<P> Default for LineIndex<P> {
    fn default() -> Self {
        Self { known: Vec::new(), stride: 1 }
    }
}

impl<P: Place> LineIndex<P> {
    /// The line with this number begins there.
    pub fn note(&mut self, number: i64, place: P) {
        let at = self.known.partition_point(|(known, _)| *known <= number);
        let before = at.checked_sub(1).and_then(|i| self.known.get(i));
        // The oldest one is always known: what is older is asked from there.
        if before.is_some_and(|(known, from)| number - known < self.stride && from.goes_on_to(&place)) {
            return;
        }
        self.known.insert(at, (number, place));
        if self.known.len() > MAX {
            self.stride *= 2;
            let mut keep = false;
            self.known.retain(|_| {
                keep = !keep;
                keep
            });
        }
    }

    /// The nearest line at or before this one whose place is known, and its place.
    pub fn nearest(&self, number: i64) -> Option<&(i64, P)> {
        let behind = self.known.partition_point(|(known, _)| *known <= number);
        self.known.get(behind.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct At(u64);

    impl Place for At {
        fn goes_on_to(&self, other: &Self) -> bool {
            self.0 % 2 == other.0 % 2
        }
    }

    #[test]
    fn places_stay_few_and_right() {
        let mut index = LineIndex::default();
        assert_eq!(index.nearest(0), None);
        for number in 0..200_000 {
            index.note(number, At(number as u64 * 2 + 1000));
        }
        for number in (-500..0).rev() {
            index.note(number, At((number * 2 + 1000) as u64));
        }
        assert!(index.known.len() <= MAX && index.known.is_sorted_by_key(|(number, _)| *number));
        assert_eq!(index.nearest(-501), None);
        for asked in [-500, -3, 0, 77_777, 199_999, 300_000] {
            let (number, place) = index.nearest(asked).unwrap();
            assert!(*number <= asked && asked.min(199_999) - number < 64, "{asked}: {number}");
            assert_eq!(place.0, (number * 2 + 1000) as u64);
        }
    }

    #[test]
    fn a_new_stretch_is_always_known() {
        let mut index = LineIndex { stride: 100, ..LineIndex::default() };
        for (number, place) in [(0, 0), (5, 2), (5, 1), (7, 3)] {
            index.note(number, At(place));
        }
        assert_eq!((index.nearest(6), index.nearest(4)), (Some(&(5, At(1))), Some(&(0, At(0)))));
    }
}
