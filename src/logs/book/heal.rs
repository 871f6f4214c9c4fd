//! Lines that came too fast and were dropped are read again when the flood has calmed, where their source keeps
//! them, and put in where they are missing. A drop leaves a row that says so and as many numbers as lines; what
//! is before the lines behind it is asked for as an older page is, and fills the numbers from behind. What
//! cannot be had, or is too much, stays missing, and its row stays.

#[cfg(test)]
mod tests;

use std::ops::Range;

use jiff::Timestamp;

use super::Book;
use super::grow::Remark;
use super::lane::Lane;
use super::ledger::LaneState;
use super::line::{Kind, LineId};
use super::segment::nanoseconds;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogEdge, LogLine, LogSourceId};
use crate::domain::quantity;
use crate::logs::Level;

/// The flood has calmed when nothing was dropped for so long, in nanoseconds.
const CALM: i64 = 2_000_000_000;
/// Lines read again at a time, and of a flood at most: engines need a second for some 100,000.
const PAGE: usize = 8_000;
const MOST: usize = 200_000;
/// So many answers in a row may fail.
const FAILURES: u8 = 4;
/// So many lines before a hole tell that it is full.
const KNOWN: usize = 3;

/// A place where lines were dropped.
#[derive(Debug, Clone)]
pub(super) struct Hole {
    /// The row that says so, right before it.
    pub row: i64,
    /// The numbers of the lines that are missing; what was read again stands behind them.
    pub missing: Range<i64>,
    healed: u64,
    /// Nothing more can be had.
    given_up: bool,
}

/// What an answer has for a hole.
struct Filling {
    row: i64,
    lines: Vec<LogLine>,
    given_up: bool,
}

impl Book {
    /// The lanes whose dropped lines can be asked for now, by [`Self::begin_healing`].
    pub fn heal_wanted(&self) -> impl Iterator<Item = usize> {
        self.lanes().filter(|lane| lane.calm_at().is_some_and(|at| at <= self.now)).map(Lane::place)
    }

    /// When a flood will have calmed, if nothing is dropped until then.
    pub fn heal_due(&self) -> Option<Timestamp> {
        let calm = self.lanes().filter_map(Lane::calm_at).filter(|at| *at > self.now).min();
        calm.and_then(|at| Timestamp::from_nanosecond(at.into()).ok())
    }

    /// How many older lines to ask for, and before which; the next older page that comes of the source is taken
    /// for the answer.
    pub fn begin_healing(&mut self, place: usize) -> Option<(u32, LogEdge)> {
        let lane = self.lane_mut(place).filter(|lane| lane.calm_at().is_some())?;
        let hole = lane.next_hole()?;
        let (row, behind) = (hole.row, hole.missing.end);
        let missing: usize = lane.open_holes().map(Hole::len).fold(0, usize::saturating_add);
        let lines = missing.saturating_add(KNOWN).min(PAGE).min(lane.heal_left);
        lane.healing = Some(row);
        Some((u32::try_from(lines).ok()?, lane.edge_at(behind)))
    }

    /// Whether the next older page of a source is such an answer.
    pub fn is_healing(&self, source: &LogSourceId) -> bool {
        self.place(source).and_then(|place| self.lane_at(place)).is_some_and(|lane| lane.healing.is_some())
    }

    /// Takes the answer in.
    pub(super) fn heal(&mut self, place: usize, lines: Vec<LogLine>, more: bool, now: Timestamp) {
        let segment = self.segment_bytes();
        let Some(lane) = self.lane_mut(place) else { return };
        lane.heal_failures = 0;
        let fillings = lane.distribute(lines, more);
        let rows = fillings.iter().filter(|filling| !filling.lines.is_empty()).map(|filling| filling.row);
        let Some(first) = rows.min() else {
            return fillings.into_iter().for_each(|filling| lane.fill(filling, segment));
        };
        // Lines that stand behind the oldest row lose their place for a moment.
        let newest = self.newest_key();
        let behind = self.lane_at(place).and_then(|lane| {
            let first = lane
                .holes
                .iter()
                .map(|hole| hole.row)
                .find(|row| *row >= first && lane.merged.contains(row))?;
            self.position(LineId::new(place, first))
        });
        if let Some(position) = behind {
            self.take_back(position + 1);
        }
        if let Some(lane) = self.lane_mut(place) {
            fillings.into_iter().for_each(|filling| lane.fill(filling, segment));
        }
        self.extend_back_in_time();
        let from = self.flow.range().end;
        self.emit(nanoseconds(now), newest);
        self.judge_new(from..self.flow.range().end);
        self.search_new(from..self.flow.range().end);
    }
}

impl Hole {
    fn len(&self) -> usize {
        usize::try_from(self.missing.end - self.missing.start).unwrap_or(usize::MAX)
    }

    /// What its row says, and as what.
    fn sentence(&self) -> (String, Kind, Level) {
        let (missing, healed) = (quantity::count(self.len() as u64), quantity::count(self.healed));
        let text = match (self.missing.is_empty(), self.healed) {
            (true, _) => {
                let text = format!("{healed} lines that came too fast were read again");
                return (text, Kind::Event, Level::Info);
            }
            (false, 0) => format!("{missing} lines came too fast to be taken"),
            (false, _) => format!("{missing} lines came too fast to be taken; {healed} more were read again"),
        };
        (text, Kind::Dropped, Level::Warn)
    }
}

impl Lane {
    /// So many lines were dropped behind the newest one.
    pub(super) fn dropped(&mut self, lines: u64, now: Timestamp, segment: usize) {
        if lines == 0 {
            return;
        }
        self.ledger.dropped = self.ledger.dropped.saturating_add(lines);
        self.edge.1 = self.edge.1.saturating_add(if self.segments.is_empty() { 0 } else { lines });
        let row = self.next;
        let count = i64::try_from(lines).unwrap_or(i64::MAX).min(1 << 40);
        let hole = Hole { row, missing: row + 1..row + 1 + count, healed: 0, given_up: false };
        let (text, kind, level) = hole.sentence();
        self.remark(&Remark { kind, text, level, at: now }, i64::MIN, segment);
        if let Some(segment) = self.segments.back_mut() {
            segment.dropped = segment.dropped.saturating_add(lines);
        }
        // Where nothing is held there is no row, and what was dropped is older than what is held.
        if self.next > row {
            self.next = hole.missing.end;
            self.holes.push(hole);
            (self.heal_left, self.flooded_at) = (MOST, nanoseconds(now));
        } else if !self.detached {
            self.dropped_before = self.dropped_before.saturating_add(lines);
        }
    }

    /// What could not be read again is asked for once more after a while, and at last no more.
    pub(super) fn heal_failed(&mut self, fault: &Fault, now: Timestamp) {
        self.healing = None;
        self.heal_failures += 1;
        if self.heal_failures >= FAILURES || fault.kind == FaultKind::Unsupported {
            self.heal_failures = 0;
            self.holes.iter_mut().for_each(|hole| hole.given_up = true);
        } else {
            // The source is still busy with what made the flood.
            self.flooded_at = nanoseconds(now);
        }
    }

    /// From when on holes may be asked for; `None` when none can be.
    fn calm_at(&self) -> Option<i64> {
        let reads = matches!(self.ledger.state, LaneState::Live | LaneState::Ended);
        let ready = reads && !self.detached && self.joining.is_none() && self.healing.is_none();
        (ready && self.heal_left > 0 && self.next_hole().is_some())
            .then(|| self.flooded_at.saturating_add(CALM))
    }

    /// Those that may be filled, the newest first.
    fn open_holes(&self) -> impl Iterator<Item = &Hole> {
        self.holes.iter().rev().filter(|hole| !hole.given_up && !hole.missing.is_empty())
    }

    fn next_hole(&self) -> Option<&Hole> {
        self.open_holes().find(|hole| self.is_line(hole.missing.end))
    }

    /// By what the lines before one are asked for that begins a segment.
    fn edge_at(&self, number: i64) -> LogEdge {
        let behind = self.segments.iter().filter(|segment| segment.first >= number);
        let since = behind.map(|s| s.lines.saturating_add(s.dropped)).fold(0, u64::saturating_add);
        let before = i64::try_from(self.edge.1.saturating_sub(since)).unwrap_or(i64::MAX);
        LogEdge { number: self.edge.0.saturating_add(before), since, head: self.head(number) }
    }

    /// Gives the lines of an answer to the holes, and passes over those between that are held.
    fn distribute(&mut self, mut lines: Vec<LogLine>, more: bool) -> Vec<Filling> {
        self.heal_left = self.heal_left.saturating_sub(lines.len().max(1));
        let Some(row) = self.healing.take() else { return Vec::new() };
        let mut fillings: Vec<Filling> = Vec::new();
        let mut next = Some(row);
        for hole in self.holes.iter().rev().skip_while(|hole| hole.row > row) {
            if next != Some(hole.row) || hole.given_up {
                break;
            }
            let last = self.before(hole.row);
            let known = self.tail(hole.row);
            let most = hole.len().min(lines.len());
            // It may hold less than was counted.
            let full = (0..=most).find(|count| self.ends_with(&lines, *count, &known));
            let count = full.unwrap_or(most);
            let filled = count == hole.len();
            let part = lines.split_off(lines.len() - count);
            let given_up = !filled && (full.is_some() || !more || count == 0);
            fillings.push(Filling { row: hole.row, lines: part, given_up });
            // On to the hole before, over what is held between.
            let mut number = last;
            while self.is_line(number) && lines.last().is_some_and(|line| self.is_same(number, line)) {
                lines.pop();
                number = self.before(number);
            }
            next = (filled && !lines.is_empty()).then_some(number);
        }
        fillings
    }

    /// Whether lines without so many of the last end with those of these numbers, the newest first.
    fn ends_with(&self, lines: &[LogLine], without: usize, known: &[i64]) -> bool {
        let rest = lines.get(..lines.len() - without).unwrap_or_default();
        let pairs = rest.iter().rev().zip(known);
        !known.is_empty() && rest.len() >= known.len() && pairs.into_iter().all(|(l, n)| self.is_same(*n, l))
    }

    /// The last lines before a number that follow each other, a few of them.
    fn tail(&self, number: i64) -> Vec<i64> {
        let lines = self.numbers(self.first()..number).rev().take_while(|number| self.is_line(*number));
        lines.take(KNOWN).collect()
    }

    /// Puts lines in before those that stand behind the hole.
    fn fill(&mut self, filling: Filling, segment: usize) {
        let Filling { row, lines, given_up } = filling;
        let Some(place) = self.holes.iter().position(|hole| hole.row == row) else { return };
        let Some(hole) = self.holes.get_mut(place) else { return };
        let (end, count) = (hole.missing.end, lines.len() as u64);
        let first = end - lines.len() as i64;
        hole.missing.end = first;
        hole.healed += count;
        hole.given_up |= given_up;
        let (is_full, (text, kind, level)) = (hole.missing.is_empty(), hole.sentence());
        if is_full {
            self.holes.remove(place);
        }
        self.ledger.received += count;
        self.ledger.held += count;
        self.ledger.heal(count);
        let (least, most) = (self.key(row).unwrap_or(i64::MIN), self.key(end).unwrap_or(i64::MAX));
        let (page, ..) = self.page(&lines, first, least..=most.max(least), segment);
        let behind = self.segments.partition_point(|s| s.first < end);
        if let Some(before) = behind.checked_sub(1).and_then(|i| self.segments.get_mut(i))
            && before.end() == row + 1
        {
            before.dropped = before.dropped.saturating_sub(count);
            before.reword(&text, kind, level);
        }
        for segment in page.into_iter().rev() {
            self.segments.insert(behind, segment);
        }
        // What lost its place goes on with the lines that were put in.
        if self.merged.end == end && self.merged.start < end {
            self.merged.end = first;
        }
        if is_full {
            self.join_messages(end);
        }
    }
}
