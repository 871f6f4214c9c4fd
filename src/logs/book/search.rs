//! The search: which of the lines match, found in slices, the newest lines first. The text of many lines is
//! searched in one piece.

use std::ops::Range;

use super::Book;
use super::flow::{Mark, Want};
use super::lane::Lane;
use super::line::LineId;
use crate::logs::search::Pattern;
use crate::logs::show::shown_otherwise;

/// Lines that are searched in one go.
const SLICE: i64 = 4096;
/// More new lines than that are searched like those that are held.
const AT_ONCE: i64 = 16_384;
/// What it costs to find out how a line is shown, roughly, in nanoseconds.
const SHOWN: u64 = 3_000;

impl Book {
    /// Looks for a pattern in all lines. [`Self::search`] does the work.
    pub fn set_search(&mut self, pattern: Option<Pattern>) {
        let range = self.flow.range();
        self.flow.set_all(Mark::Hit, range.clone(), false);
        self.searched = range.end;
        self.pattern = pattern;
    }

    /// Searches for about so many nanoseconds; true when there is more to do.
    pub fn search(&mut self, budget: u64) -> bool {
        let Some(pattern) = &self.pattern else { return false };
        let cost = pattern.cost().max(1);
        let lines = budget / u64::from(cost);
        let mut left = i64::try_from(lines).unwrap_or(i64::MAX);
        while self.searched > self.flow.range().start {
            let from = self.flow.range().start.max((self.searched - 1).div_euclid(SLICE) * SLICE);
            left -= self.searched - from;
            let shown = self.search_slice(from..self.searched) * SHOWN / u64::from(cost);
            left = left.saturating_sub_unsigned(shown);
            self.searched = from;
            if left <= 0 {
                break;
            }
        }
        self.searched > self.flow.range().start
    }

    /// The share that is searched, while there is more to do.
    pub fn searching(&self) -> Option<f32> {
        let range = self.flow.range();
        let more = self.pattern.is_some() && self.searched > range.start;
        more.then(|| (range.end - self.searched) as f32 / self.flow.len() as f32)
    }

    /// Lines that match, of those that are shown.
    pub fn hits(&self) -> usize {
        self.flow.count(Want::Hit)
    }

    /// How many hits stand before a row.
    pub fn hits_before(&self, row: usize) -> usize {
        self.flow.select(Want::Row, row).map_or_else(|| self.hits(), |at| self.flow.rank(Want::Hit, at))
    }

    /// Whether the row's line (or one that it stands for) matches.
    pub fn is_hit(&self, row: usize) -> bool {
        self.hits_before(row) < self.hits_before(row + 1)
    }

    /// The first row with a hit behind this one.
    pub fn hit_after(&self, row: usize) -> Option<usize> {
        self.flow.select(Want::Hit, self.hits_before(row + 1)).map(|at| self.row_of(at))
    }

    /// The last row with a hit before this one.
    pub fn hit_before(&self, row: usize) -> Option<usize> {
        let before = self.hits_before(row).checked_sub(1)?;
        self.flow.select(Want::Hit, before).map(|at| self.row_of(at))
    }

    /// Searches lines that came to the end.
    pub(super) fn search_new(&mut self, range: Range<i64>) {
        if self.pattern.is_none() {
            self.searched = self.flow.range().start;
        } else if range.end - range.start > AT_ONCE {
            self.searched = range.end;
        } else {
            self.search_slice(range);
        }
    }

    /// Marks the hits at these positions; so many lines were looked at as they are shown.
    fn search_slice(&mut self, range: Range<i64>) -> u64 {
        let Some(pattern) = &self.pattern else { return 0 };
        let mut shown = 0;
        // Of every lane the numbers that are here, and the hits among them.
        let mut spans: Vec<Range<i64>> = vec![0..0; self.lanes.len()];
        for (_, id) in self.flow.ids(range.clone()) {
            if let Some(span) = spans.get_mut(id.lane()) {
                *span = if span.is_empty() { id.number() } else { span.start }..id.number() + 1;
            }
        }
        let mut hits: Vec<Vec<i64>> = vec![Vec::new(); spans.len()];
        for ((place, span), hits) in spans.into_iter().enumerate().zip(&mut hits) {
            let Some(lane) = self.lane_at(place) else { continue };
            *hits = numbers_of(lane, span.clone(), pattern);
            if let Some(word) = pattern.word() {
                let missed =
                    numbers_of(lane, span, word).into_iter().filter(|n| hits.binary_search(n).is_err());
                let lines = missed.filter_map(|number| Some((number, lane.line(number)?)));
                let mut as_shown = Vec::new();
                for (number, line) in lines.filter(|(_, line)| !line.continues) {
                    let Some(text) = shown_otherwise(line.text, line.format, line.at) else { continue };
                    shown += 1;
                    if pattern.is_match(&text) {
                        as_shown.push(number);
                    }
                }
                hits.extend(as_shown);
                hits.sort_unstable();
            }
        }
        if hits.iter().all(Vec::is_empty) {
            return shown;
        }
        let mut next: Vec<_> = hits.into_iter().map(|hits| hits.into_iter().peekable()).collect();
        let found = |&(_, id): &(i64, LineId)| {
            let hits = next.get_mut(id.lane());
            // More than one where a line has line feeds in it.
            hits.is_some_and(|hits| std::iter::from_fn(|| hits.next_if_eq(&id.number())).count() > 0)
        };
        let found: Vec<_> = self.flow.ids(range).filter(found).map(|(position, _)| position).collect();
        self.flow.set_each(Mark::Hit, &found);
        shown
    }
}

/// The numbers of a lane's lines that have a pattern, in order; one with line feeds in it may be told twice.
fn numbers_of(lane: &Lane, span: Range<i64>, pattern: &Pattern) -> Vec<i64> {
    let (mut numbers, mut number) = (Vec::new(), span.start);
    while number < span.end
        && let Some(segment) = lane.segment(number)
    {
        let until = segment.end().min(span.end);
        let mut from = number;
        pattern.hits_in(segment.span(number..until), |byte| {
            from = segment.at_byte(number, byte, from);
            numbers.push(from);
        });
        number = lane.from(until);
    }
    numbers
}
