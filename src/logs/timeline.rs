//! Counts over time in little room: per second at first, in coarser buckets as the range grows. Lines may come
//! in any order; only buckets in which something was counted are held.

use jiff::Timestamp;

/// Seconds of a bucket; each divides the next.
const WIDTHS: [i64; 10] = [1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 86_400];

/// `N` counts that go together, in at most so many buckets.
#[derive(Debug, Clone)]
pub(super) struct Timeline<const N: usize> {
    /// Index in [`WIDTHS`].
    width: usize,
    most: usize,
    /// In order.
    buckets: Vec<Bucket<N>>,
    /// The first and the last second counted.
    oldest: i64,
    newest: i64,
}

/// What was counted from one second on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket<const N: usize> {
    pub start: i64,
    pub counts: [u32; N],
}

impl<const N: usize> Timeline<N> {
    pub fn new(most: usize) -> Self {
        Self { width: 0, most: most.max(1), buckets: Vec::new(), oldest: i64::MAX, newest: i64::MIN }
    }

    /// Seconds of a bucket.
    pub fn width(&self) -> i64 {
        WIDTHS.get(self.width).copied().unwrap_or(1)
    }

    pub fn add(&mut self, at: Timestamp, counts: [u32; N]) {
        let second = at.as_second();
        (self.oldest, self.newest) = (self.oldest.min(second), self.newest.max(second));
        let start = floor(second, self.width());
        let place = match self.buckets.last() {
            Some(last) if last.start >= start => self.buckets.partition_point(|b| b.start < start),
            _ => self.buckets.len(),
        };
        match self.buckets.get_mut(place) {
            Some(bucket) if bucket.start == start => merge(&mut bucket.counts, counts),
            _ => {
                self.buckets.insert(place, Bucket { start, counts });
                self.fit();
            }
        }
    }

    /// Coarser buckets until they are few enough; of the coarsest the oldest go.
    fn fit(&mut self) {
        while self.buckets.len() > self.most {
            if self.width + 1 == WIDTHS.len() {
                self.buckets.remove(0);
                continue;
            }
            self.width += 1;
            let width = self.width();
            self.buckets.iter_mut().for_each(|b| b.start = floor(b.start, width));
            self.buckets.dedup_by(|next, kept| {
                let same = next.start == kept.start;
                if same {
                    merge(&mut kept.counts, next.counts);
                }
                same
            });
        }
    }

    /// The buckets that begin in a range of seconds.
    pub fn between(&self, from: i64, until: i64) -> &[Bucket<N>] {
        let start = self.buckets.partition_point(|b| b.start < from);
        let end = self.buckets.partition_point(|b| b.start < until);
        self.buckets.get(start..end).unwrap_or_default()
    }

    /// What was counted in a range of seconds; buckets that lie in it in part count in part.
    pub fn sum(&self, from: i64, until: i64) -> [f64; N] {
        let mut sum = [0.0; N];
        for bucket in self.between(floor(from, self.width()), until) {
            // Lines came in a part of the first and the last bucket only.
            let start = bucket.start.max(self.oldest);
            let end = (bucket.start + self.width()).min(self.newest.saturating_add(1));
            let inside = end.min(until) - start.max(from);
            let share = (inside as f64 / (end - start).max(1) as f64).clamp(0.0, 1.0);
            for (sum, count) in sum.iter_mut().zip(bucket.counts) {
                *sum += f64::from(count) * share;
            }
        }
        sum
    }

    /// Seconds from the first bucket to the end of the last one.
    pub fn span(&self) -> Option<(i64, i64)> {
        let (first, last) = (self.buckets.first()?, self.buckets.last()?);
        Some((first.start, last.start + self.width()))
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.buckets.capacity() * size_of::<Bucket<N>>()
    }
}

pub(super) fn merge<const N: usize>(to: &mut [u32; N], from: [u32; N]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = to.saturating_add(from);
    }
}

/// The last multiple of a width that is not after a second.
pub(super) fn floor(second: i64, width: i64) -> i64 {
    second - second.rem_euclid(width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn parts_of_buckets_count_in_part() {
        let mut timeline = Timeline::<1>::new(4);
        (0..60).for_each(|second| timeline.add(at(second), [2]));
        assert_eq!(timeline.width(), 15);
        assert_eq!(timeline.sum(0, 60), [120.0]);
        assert_eq!(timeline.sum(20, 50), [60.0]);
        // Of the newest bucket only a fifth has passed.
        (60..63).for_each(|second| timeline.add(at(second), [2]));
        assert_eq!((timeline.width(), timeline.sum(0, 63)), (60, [126.0]));
        assert_eq!((timeline.sum(60, 63), timeline.sum(60, 120)), ([6.0], [6.0]));
    }

    proptest! {
        #[test]
        fn few_buckets_in_order_and_nothing_lost(seconds in proptest::collection::vec(-50_000..50_000_i64, 0..400), most in 3..40_usize) {
            let mut timeline = Timeline::<2>::new(most);
            seconds.iter().for_each(|s| timeline.add(at(*s), [1, 2]));
            prop_assert!(timeline.buckets.len() <= most);
            prop_assert!(timeline.buckets.is_sorted_by(|a, b| a.start < b.start));
            let total: u32 = timeline.buckets.iter().map(|b| b.counts[0]).sum();
            prop_assert_eq!(total as usize, seconds.len());
            prop_assert!((timeline.sum(-100_000, 100_000)[1] - 2.0 * f64::from(total)).abs() < 0.001);
        }
    }
}
