//! What a book shows: rows, lines by their names, and the merged lines for those who follow them.

use std::ops::Range;

use jiff::Timestamp;

use super::Book;
use super::flow::{Mark, Want};
use super::line::{Line, LineId, Row};
use super::segment::nanoseconds;
use crate::domain::log::LogSourceId;

/// How far somebody has come who follows the merged lines, whatever is shown of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Follower {
    /// Of the book, and the positions known.
    epoch: Option<u64>,
    known: Range<i64>,
    front: Front,
}

/// What has happened at the beginning of the merged order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Front {
    pub came: u64,
    pub went: u64,
}

/// What is new since a follower looked last, as positions for [`Book::lines`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Lines have changed their places: what was learned is to be forgotten, `newer` is everything.
    pub anew: bool,
    /// Lines that came before those known.
    pub older: Range<i64>,
    pub newer: Range<i64>,
}

impl Book {
    /// How many rows the view has.
    pub fn len(&self) -> usize {
        self.flow.count(Want::Row)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn row(&self, index: usize) -> Option<Row> {
        let position = self.flow.select(Want::Row, index)?;
        let end = self.flow.next(Want::Row, position + 1).unwrap_or(self.flow.range().end);
        let shown = self.flow.rank(Want::Shown, end) - self.flow.rank(Want::Shown, position);
        Some(Row { line: self.flow.get(position)?, repeats: u32::try_from(shown).unwrap_or(u32::MAX) })
    }

    /// The row in which a line stands: its own, or the one that stands for it.
    pub fn index_of(&self, line: LineId) -> Option<usize> {
        let position = self.position(line)?;
        self.flow.is(Mark::Shown, position).then(|| self.row_of(position))
    }

    /// The row of a position, or the one before it.
    pub(super) fn row_of(&self, position: i64) -> usize {
        self.flow.rank(Want::Row, position + 1).saturating_sub(1)
    }

    /// The first row that is not before a time; behind the last one if all are.
    pub fn at_time(&self, at: Timestamp) -> usize {
        let at = nanoseconds(at);
        self.flow.rank(Want::Row, self.flow.partition(|id| self.key(id) < at))
    }

    /// The last line that a source wrote before a time of its own clock, of those that have their place.
    pub fn last_before(&self, source: &LogSourceId, at: Timestamp) -> Option<LineId> {
        let lane = self.lane_at(self.place(source)?)?;
        let end = lane.seek(nanoseconds(at).saturating_sub(lane.skew())).min(lane.merged.end);
        let number = lane.numbers(lane.merged.start..end).rev().find(|number| lane.is_line(*number))?;
        Some(LineId::new(lane.place, number))
    }

    /// The row nearest to where a line stands or would stand that is not shown.
    pub fn nearest(&self, line: LineId) -> Option<usize> {
        let position = self.position(line)?;
        (!self.is_empty()).then(|| self.row_of(position))
    }

    /// The row from which on no source is known to have lines that are not held.
    pub fn complete_row(&self) -> usize {
        self.flow.rank(Want::Row, self.complete_from())
    }

    /// From when on no source is known to have lines that are not held, shown or not.
    pub fn known_since(&self) -> Option<Timestamp> {
        self.lines(self.complete_from()..i64::MAX).find_map(|line| line.at)
    }

    /// The line, as long as it is held.
    pub fn line(&self, line: LineId) -> Option<Line<'_>> {
        self.lane_at(line.lane())?.line(line.number())
    }

    /// The message of a line: its first line and those that continue it.
    pub fn group(&self, line: LineId) -> Vec<LineId> {
        let Some(lane) = self.lane_at(line.lane()).filter(|lane| lane.line(line.number()).is_some()) else {
            return Vec::new();
        };
        let numbers = lane.message(line.number(), lane.first()..lane.end());
        numbers.map(|number| LineId::new(line.lane(), number)).collect()
    }

    /// The merged lines around a line, so many on both sides, shown or not.
    pub fn context(&self, line: LineId, lines: usize) -> Vec<LineId> {
        let lines = i64::try_from(lines).unwrap_or(i64::MAX);
        let Some(position) = self.position(line) else { return Vec::new() };
        let range = self.flow.range();
        let from = position.saturating_sub(lines).max(range.start);
        let until = position.saturating_add(lines).saturating_add(1).min(range.end);
        (from..until).filter_map(|position| self.flow.get(position)).collect()
    }

    /// The times of the oldest and of the newest merged line.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.lines(self.positions()).find_map(|line| line.at)
    }

    pub fn newest(&self) -> Option<Timestamp> {
        let mut lines = self.positions().rev().filter_map(|position| self.line(self.flow.get(position)?));
        lines.find_map(|line| line.at)
    }

    /// The positions of all merged lines. They stay as they are while a [`Follower`] is told no other.
    pub fn positions(&self) -> Range<i64> {
        self.flow.range()
    }

    /// The merged lines at these positions.
    pub fn lines(&self, positions: Range<i64>) -> impl Iterator<Item = Line<'_>> {
        let range = self.flow.range();
        let positions = positions.start.max(range.start)..positions.end.min(range.end);
        positions.filter_map(|position| self.line(self.flow.get(position)?))
    }

    /// All merged lines, shown or not.
    pub fn all(&self) -> impl Iterator<Item = Line<'_>> {
        self.lines(self.positions())
    }

    /// The lines shown, those that repeat others too.
    pub fn shown(&self) -> impl Iterator<Item = Line<'_>> {
        let shown = self.positions().filter(|position| self.flow.is(Mark::Shown, *position));
        shown.filter_map(|position| self.line(self.flow.get(position)?))
    }

    /// Where a line stands in the merged order; `None` while it waits for others.
    pub fn position(&self, line: LineId) -> Option<i64> {
        let lane = self.lane_at(line.lane())?;
        if !lane.merged.contains(&line.number()) {
            return None;
        }
        let key = lane.key(line.number())?;
        let from = self.flow.partition(|id| self.key(id) < key);
        self.flow.find(line, from..self.flow.partition(|id| self.key(id) <= key))
    }

    /// What is new for a follower; it is taken as told.
    pub fn news(&self, follower: &mut Follower) -> News {
        let range = self.flow.range();
        let known = follower.known.clone();
        // When lines came before all others and first ones went, new ones stand where known ones stood.
        let Front { came, went } = follower.front;
        let mixed = came != self.at_the_front.came && went != self.at_the_front.went;
        let anew = follower.epoch != Some(self.epoch) || known.end < self.shifted || mixed;
        *follower = Follower { epoch: Some(self.epoch), known: range.clone(), front: self.at_the_front };
        if anew {
            return News { anew, older: range.start..range.start, newer: range };
        }
        let first = known.start.clamp(range.start, range.end);
        News { anew, older: range.start..first, newer: known.end.max(range.start)..range.end }
    }
}
