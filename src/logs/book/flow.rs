//! The lines of all lanes in their merged order, and which of them are shown: a deque of chunks of names with
//! bitmaps beside them, so that a row costs a few bits and both ends can grow and shrink.
//!
//! A position is the number of a line in this order. It stays when lines are added or removed at the ends.

use std::collections::VecDeque;
use std::ops::Range;

use super::line::LineId;

/// Names in a chunk.
const SIZE: i64 = 4096;
const WORDS: usize = (SIZE / 64) as usize;

/// What is marked at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The filter lets it pass.
    Shown,
    /// Shown, but together with the row before.
    Repeat,
    /// The search has found it.
    Hit,
}

/// What can be counted and found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Want {
    Shown,
    /// Shown and no repeat.
    Row,
    /// Shown and a hit.
    Hit,
}

#[derive(Debug)]
struct Chunk {
    ids: Vec<LineId>,
    marks: [[u64; WORDS]; 3],
    /// How many there are of each [`Want`].
    sums: [u32; 3],
}

impl Chunk {
    fn new() -> Self {
        Self { ids: vec![LineId::new(0, 0); SIZE as usize], marks: [[0; WORDS]; 3], sums: [0; 3] }
    }

    fn word(&self, want: Want, word: usize) -> u64 {
        let of = |mark: Mark| self.marks.get(mark as usize).and_then(|m| m.get(word)).copied().unwrap_or(0);
        match want {
            Want::Shown => of(Mark::Shown),
            Want::Row => of(Mark::Shown) & !of(Mark::Repeat),
            Want::Hit => of(Mark::Shown) & of(Mark::Hit),
        }
    }

    fn sum(&self, want: Want) -> u32 {
        self.sums.get(want as usize).copied().unwrap_or(0)
    }

    /// Sets a mark for the bits of a word that are in the mask.
    fn set(&mut self, mark: Mark, word: usize, mask: u64, on: bool) {
        let wants = [Want::Shown, Want::Row, Want::Hit];
        let before = wants.map(|want| self.word(want, word).count_ones());
        if let Some(bits) = self.marks.get_mut(mark as usize).and_then(|m| m.get_mut(word)) {
            *bits = if on { *bits | mask } else { *bits & !mask };
        }
        let after = wants.map(|want| self.word(want, word).count_ones());
        for ((sum, before), after) in self.sums.iter_mut().zip(before).zip(after) {
            *sum = *sum + after - before;
        }
    }
}

/// The merged order.
#[derive(Debug, Default)]
pub(super) struct Flow {
    chunks: VecDeque<Chunk>,
    /// The number of the first chunk: of the positions divided by [`SIZE`].
    base: i64,
    begin: i64,
    end: i64,
}

fn slot(position: i64) -> usize {
    position.rem_euclid(SIZE) as usize
}

fn bit(position: i64) -> (usize, u64) {
    (slot(position) / 64, 1 << (slot(position) % 64))
}

impl Flow {
    pub fn range(&self) -> Range<i64> {
        self.begin..self.end
    }

    pub fn len(&self) -> usize {
        (self.end - self.begin) as usize
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        self.chunks.len() * (SIZE as usize * size_of::<LineId>() + size_of::<Chunk>())
    }

    fn chunk(&self, position: i64) -> Option<&Chunk> {
        self.chunks.get(usize::try_from(position.div_euclid(SIZE) - self.base).ok()?)
    }

    fn chunk_mut(&mut self, position: i64) -> Option<&mut Chunk> {
        self.chunks.get_mut(usize::try_from(position.div_euclid(SIZE) - self.base).ok()?)
    }

    pub fn get(&self, position: i64) -> Option<LineId> {
        if !self.range().contains(&position) {
            return None;
        }
        self.chunk(position)?.ids.get(slot(position)).copied()
    }

    /// What stands at these positions, with them.
    pub fn ids(&self, positions: Range<i64>) -> impl Iterator<Item = (i64, LineId)> {
        let Range { start, end } = self.range();
        let (start, end) = (positions.start.max(start), positions.end.min(end));
        let chunks = start.div_euclid(SIZE)..end.max(start).div_euclid(SIZE) + 1;
        chunks.flat_map(move |number| {
            let first = start.max(number * SIZE);
            let until = end.min((number + 1) * SIZE).max(first);
            let chunk = self.chunk(first).map_or(&[][..], |chunk| &chunk.ids);
            (first..until).zip(chunk.iter().skip(slot(first)).copied())
        })
    }

    fn put(&mut self, position: i64, id: LineId) {
        if let Some(place) = self.chunk_mut(position).and_then(|c| c.ids.get_mut(slot(position))) {
            *place = id;
        }
    }

    pub fn push_back(&mut self, id: LineId) {
        if self.chunks.is_empty() {
            self.base = self.end.div_euclid(SIZE);
        }
        if self.chunk(self.end).is_none() {
            self.chunks.push_back(Chunk::new());
        }
        self.put(self.end, id);
        self.end += 1;
    }

    pub fn push_front(&mut self, id: LineId) {
        let position = self.begin - 1;
        if self.chunks.is_empty() {
            self.base = position.div_euclid(SIZE);
            self.chunks.push_back(Chunk::new());
        } else if self.chunk(position).is_none() {
            self.chunks.push_front(Chunk::new());
            self.base -= 1;
        }
        self.put(position, id);
        self.begin = position;
    }

    pub fn is(&self, mark: Mark, position: i64) -> bool {
        let (word, bit) = bit(position);
        let words = self.chunk(position).and_then(|c| c.marks.get(mark as usize));
        words.and_then(|w| w.get(word)).is_some_and(|w| w & bit != 0)
    }

    pub fn set(&mut self, mark: Mark, position: i64, on: bool) {
        if self.range().contains(&position) && self.is(mark, position) != on {
            let (word, bit) = bit(position);
            if let Some(chunk) = self.chunk_mut(position) {
                chunk.set(mark, word, bit, on);
            }
        }
    }

    /// Sets a mark at each of these positions, which rise.
    pub fn set_each(&mut self, mark: Mark, positions: &[i64]) {
        for near in positions.chunk_by(|a, b| a.div_euclid(64) == b.div_euclid(64)) {
            let mask = near.iter().fold(0, |mask, &position| mask | bit(position).1);
            let Some(&first) = near.first() else { continue };
            if let Some(chunk) = self.chunk_mut(first) {
                chunk.set(mark, bit(first).0, mask, true);
            }
        }
    }

    /// Sets a mark at all of these positions.
    pub fn set_all(&mut self, mark: Mark, positions: Range<i64>, on: bool) {
        let (mut at, until) = (positions.start.max(self.begin), positions.end.min(self.end));
        while at < until {
            let next = (at.div_euclid(64) * 64 + 64).min(until);
            let (word, _) = bit(at);
            let (from, count) = (slot(at) % 64, (next - at) as u32);
            let mask = (u64::MAX >> (64 - count)) << from;
            if let Some(chunk) = self.chunk_mut(at) {
                chunk.set(mark, word, mask, on);
            }
            at = next;
        }
    }

    /// How many there are.
    pub fn count(&self, want: Want) -> usize {
        self.chunks.iter().map(|c| c.sum(want) as usize).sum()
    }

    /// How many there are before a position.
    pub fn rank(&self, want: Want, position: i64) -> usize {
        if position >= self.end {
            return self.count(want);
        }
        let chunks = usize::try_from(position.div_euclid(SIZE) - self.base).unwrap_or(0);
        let before: usize = self.chunks.iter().take(chunks).map(|c| c.sum(want) as usize).sum();
        let (word, bit) = bit(position);
        let Some(chunk) = self.chunk(position) else { return before };
        let words: u32 = (0..word).map(|w| chunk.word(want, w).count_ones()).sum();
        before + words as usize + (chunk.word(want, word) & (bit - 1)).count_ones() as usize
    }

    /// The position of the one before which there are so many.
    pub fn select(&self, want: Want, mut rank: usize) -> Option<i64> {
        for (number, chunk) in self.chunks.iter().enumerate() {
            let sum = chunk.sum(want) as usize;
            if rank >= sum {
                rank -= sum;
                continue;
            }
            for word in 0..WORDS {
                let mut bits = chunk.word(want, word);
                let ones = bits.count_ones() as usize;
                if rank >= ones {
                    rank -= ones;
                    continue;
                }
                for _ in 0..rank {
                    bits &= bits - 1;
                }
                let slot = word as i64 * 64 + i64::from(bits.trailing_zeros());
                return Some((self.base + number as i64) * SIZE + slot);
            }
        }
        None
    }

    /// The first one at or after a position.
    pub fn next(&self, want: Want, position: i64) -> Option<i64> {
        self.select(want, self.rank(want, position))
    }

    /// The last one before a position.
    pub fn previous(&self, want: Want, position: i64) -> Option<i64> {
        self.select(want, self.rank(want, position).checked_sub(1)?)
    }

    /// The first position for whose line this does not hold; it must hold for a beginning of them.
    pub fn partition(&self, holds: impl Fn(LineId) -> bool) -> i64 {
        let (mut low, mut high) = (self.begin, self.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle).is_some_and(&holds) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Where a line stands among these positions.
    pub fn find(&self, id: LineId, positions: Range<i64>) -> Option<i64> {
        let (mut at, until) = (positions.start.max(self.begin), positions.end.min(self.end));
        while at < until {
            let next = (at.div_euclid(SIZE) * SIZE + SIZE).min(until);
            let ids = self.chunk(at)?.ids.get(slot(at)..slot(at) + (next - at) as usize)?;
            if let Some(i) = ids.iter().position(|other| *other == id) {
                return Some(at + i as i64);
            }
            at = next;
        }
        None
    }

    /// Removes what stands before a position.
    pub fn cut_front(&mut self, position: i64) {
        let position = position.clamp(self.begin, self.end);
        while self.base < position.div_euclid(SIZE) && self.chunks.pop_front().is_some() {
            self.base += 1;
        }
        let first = self.begin.max(position.div_euclid(SIZE) * SIZE);
        self.clear(first..position);
        self.begin = position;
    }

    /// Removes what stands from a position on.
    pub fn cut_back(&mut self, position: i64) {
        let position = position.clamp(self.begin, self.end);
        self.clear(position..self.end);
        self.end = position;
        let chunks = (position + SIZE - 1).div_euclid(SIZE) - self.base;
        self.chunks.truncate(usize::try_from(chunks).unwrap_or(0));
    }

    fn clear(&mut self, positions: Range<i64>) {
        for mark in [Mark::Shown, Mark::Repeat, Mark::Hit] {
            self.set_all(mark, positions.clone(), false);
        }
    }

    fn shift(&mut self, from: i64, to: i64) {
        if let Some(id) = self.get(from).filter(|_| from != to) {
            self.put(to, id);
            for mark in [Mark::Shown, Mark::Repeat, Mark::Hit] {
                let on = self.is(mark, from);
                self.set(mark, to, on);
            }
        }
    }

    /// Removes lines before a position; those that are kept move up to it. Told are a line's position, its name
    /// and whether it is shown.
    pub fn retain_before(&mut self, position: i64, mut keep: impl FnMut(i64, LineId, bool) -> bool) {
        let position = position.min(self.end);
        let mut to = position;
        for from in (self.begin..position).rev() {
            let shown = self.is(Mark::Shown, from);
            if self.get(from).is_some_and(|id| keep(from, id, shown)) {
                to -= 1;
                self.shift(from, to);
            }
        }
        self.cut_front(to);
    }

    /// Removes lines from a position on; those that are kept move down to it.
    pub fn retain_from(&mut self, position: i64, mut keep: impl FnMut(i64, LineId, bool) -> bool) {
        let first = position.max(self.begin);
        let mut to = first;
        for from in first..self.end {
            let shown = self.is(Mark::Shown, from);
            if self.get(from).is_some_and(|id| keep(from, id, shown)) {
                self.shift(from, to);
                to += 1;
            }
        }
        self.cut_back(to);
    }
}
