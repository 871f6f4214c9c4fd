//! How much is kept: so much of each recording and so much in all. What was written longest ago goes first.

use std::collections::{BTreeMap, VecDeque};

/// Bounds of what recordings take on the disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of one recording.
    pub source_bytes: u64,
    /// Of all of them.
    pub total_bytes: u64,
    /// What is left free for others: with less than that nothing is written.
    pub spare_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { source_bytes: 64 << 20, total_bytes: 1 << 30, spare_bytes: 64 << 20 }
    }
}

/// A segment: the recording's number and its own within that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId {
    pub source: i64,
    pub number: i64,
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    number: i64,
    bytes: u64,
    /// When it was last written to, in any unit.
    at: i64,
}

#[derive(Debug, Default)]
struct Held {
    /// Oldest first.
    segments: VecDeque<Kept>,
    bytes: u64,
}

/// What there is, and what has to go before more is written.
#[derive(Debug)]
pub struct Ring {
    limits: Limits,
    sources: BTreeMap<i64, Held>,
    bytes: u64,
}

impl Ring {
    pub fn new(limits: Limits) -> Self {
        Self { limits, sources: BTreeMap::new(), bytes: 0 }
    }

    /// What everything takes on the disk.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What a recording takes, and in how many segments.
    pub fn of(&self, source: i64) -> (u64, u64) {
        self.sources.get(&source).map_or((0, 0), |held| (held.bytes, held.segments.len() as u64))
    }

    /// A segment is to have this size; segments come in the order of their numbers. Tells which ones have to
    /// go before it is written; `None` when it cannot be had even then, and nothing has changed.
    pub fn resize(&mut self, id: SegmentId, size: u64, at: i64) -> Option<Vec<SegmentId>> {
        let size = on_disk(size);
        if size > self.limits.source_bytes.min(self.limits.total_bytes) {
            return None;
        }
        let held = self.sources.entry(id.source).or_default();
        let before = match held.segments.back_mut() {
            Some(last) if last.number == id.number => {
                last.at = at;
                std::mem::replace(&mut last.bytes, size)
            }
            _ => {
                held.segments.push_back(Kept { number: id.number, bytes: size, at });
                0
            }
        };
        held.bytes = held.bytes - before + size;
        self.bytes = self.bytes - before + size;
        let mut gone = Vec::new();
        while self.sources.get(&id.source).is_some_and(|held| held.bytes > self.limits.source_bytes) {
            gone.extend(self.drop_oldest(id.source));
        }
        while self.bytes > self.limits.total_bytes {
            let oldest = |(source, held): (&i64, &Held)| {
                let first = held.segments.front()?;
                // What is written now is not the oldest, whatever the clock says.
                ((*source, first.number) != (id.source, id.number)).then_some((first.at, *source))
            };
            let Some((_, source)) = self.sources.iter().filter_map(oldest).min() else { break };
            gone.extend(self.drop_oldest(source));
        }
        Some(gone)
    }

    fn drop_oldest(&mut self, source: i64) -> Option<SegmentId> {
        let held = self.sources.get_mut(&source)?;
        let gone = held.segments.pop_front()?;
        held.bytes -= gone.bytes;
        self.bytes -= gone.bytes;
        if held.segments.is_empty() {
            self.sources.remove(&source);
        }
        Some(SegmentId { source, number: gone.number })
    }
}

/// A file takes whole blocks of the disk: so many small segments count for what they really take.
fn on_disk(size: u64) -> u64 {
    size.div_ceil(4096).max(1).saturating_mul(4096)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever is written where: neither bound is ever exceeded, what goes is the oldest of its
        /// recording, and nothing goes that could have stayed.
        #[test]
        fn the_bounds_hold(
            source_kib in 4_u64..200, total_kib in 4_u64..400,
            writes in proptest::collection::vec((0_i64..4, 0_u64..90_000, any::<bool>()), 1..120),
        ) {
            let limits = Limits { source_bytes: source_kib << 10, total_bytes: total_kib << 10, spare_bytes: 0 };
            let mut ring = Ring::new(limits);
            let mut files: BTreeMap<SegmentId, (u64, i64)> = BTreeMap::new();
            let mut numbers = [0_i64; 4];
            for (now, (source, size, next)) in writes.into_iter().enumerate() {
                let now = now as i64;
                let number = &mut numbers[source as usize];
                *number += i64::from(next);
                let id = SegmentId { source, number: *number };
                let size = files.get(&id).map_or(0, |f| f.0) + size;
                let before = files.clone();
                let Some(gone) = ring.resize(id, size, now) else {
                    prop_assert!(on_disk(size) > limits.source_bytes.min(limits.total_bytes));
                    continue;
                };
                files.insert(id, (size, now));
                for id in &gone {
                    prop_assert!(files.remove(id).is_some(), "dropped twice or never written: {id:?}");
                }
                prop_assert!(!gone.contains(&id));
                let total: u64 = files.values().map(|f| on_disk(f.0)).sum();
                prop_assert_eq!(total, ring.bytes());
                prop_assert!(total <= limits.total_bytes);
                for source in 0..4 {
                    let kept: Vec<_> = files.range(SegmentId { source, number: 0 }..SegmentId { source: source + 1, number: 0 }).collect();
                    let bytes: u64 = kept.iter().map(|(_, f)| on_disk(f.0)).sum();
                    prop_assert_eq!((bytes, kept.len() as u64), ring.of(source));
                    prop_assert!(bytes <= limits.source_bytes);
                    let newest_gone = gone.iter().filter(|g| g.source == source).map(|g| g.number).max();
                    prop_assert!(kept.first().is_none_or(|(first, _)| newest_gone.is_none_or(|gone| first.number > gone)));
                }
                // The last one to go would not fit beside what stayed.
                if let Some(last) = gone.last() {
                    let last = on_disk(before[last].0);
                    let (of_source, _) = ring.of(source);
                    prop_assert!(total + last > limits.total_bytes || of_source + last > limits.source_bytes);
                }
            }
        }
    }

    #[test]
    fn small_segments_count_as_a_block_of_the_disk() {
        let mut ring = Ring::new(Limits { source_bytes: 8192, total_bytes: 1 << 20, spare_bytes: 0 });
        let id = |number| SegmentId { source: 1, number };
        assert_eq!(ring.resize(id(0), 10, 0), Some(vec![]));
        assert_eq!(ring.resize(id(1), 10, 1), Some(vec![]));
        assert_eq!(ring.resize(id(2), 10, 2), Some(vec![id(0)]));
        assert_eq!(ring.resize(id(3), 8193, 3), None);
    }
}
