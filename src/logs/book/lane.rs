//! The lines of one source, in the order in which they came.

use std::collections::VecDeque;
use std::ops::Range;

use super::choice::LineView;
use super::heal::Hole;
use super::ledger::{LaneState, Ledger};
use super::line::{Kind, Line, LineId};
use super::segment::{CONTINUES, CUT, Entry, LATE, Segment};
use crate::domain::log::{LogEdge, LogLine, LogSourceId};

/// So many lines a message has at the most; what continues it after that is a message of its own.
pub(super) const MESSAGE: i64 = 500;
/// Lines by which an older page is joined.
const HEAD: usize = 64;
const MILLISECOND: i64 = 1_000_000;
/// What is younger is of the present: a lane with such a line has caught up.
pub(super) const PRESENT: i64 = 1000 * MILLISECOND;
/// Some sources are always behind: after a while a lane has caught up that is not further behind than this.
const BEHIND: i64 = 30_000 * MILLISECOND;
const A_WHILE: i64 = 5000 * MILLISECOND;

/// What is known of the lines before the oldest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Past {
    /// There may be some.
    More,
    /// The source could not give them the last time.
    Failed,
    Begun,
}

/// One source and its lines.
#[derive(Debug)]
pub struct Lane {
    pub(super) place: usize,
    source: Option<LogSourceId>,
    pub(super) label: String,
    pub(super) segments: VecDeque<Segment>,
    /// The number of the next line that comes.
    pub(super) next: i64,
    /// What has its place in the merged order. What is before waits for other lanes to be read so far back.
    pub(super) merged: Range<i64>,
    /// Whether it has been decided where the merged part begins.
    pub(super) placed: bool,
    /// The key of the newest line.
    pub(super) last_key: i64,
    /// What comes with a key below this is late.
    pub(super) late_key: i64,
    /// How many lines the newest message has.
    pub(super) message: i64,
    /// Its lines are of the past still: they are put in where they belong.
    pub(super) catching: bool,
    /// When it was connected the last time.
    pub(super) live_since: i64,
    /// The newest lines went; what comes is not held until the lane begins anew.
    pub(super) detached: bool,
    /// How long lines were under way of late, in nanoseconds.
    pub(super) lag: i64,
    pub(super) past: Past,
    /// Whether there are lines after the newest one to be asked for; `None` where they follow by themselves.
    pub(super) newer: Option<bool>,
    /// The oldest line's number as the source counts, and the lines received from it on.
    pub(super) edge: (i64, u64),
    /// After a new beginning: where the next line is expected among those held.
    pub(super) joining: Option<Option<i64>>,
    /// Where lines were dropped and are to be read again, in their order.
    pub(super) holes: Vec<Hole>,
    /// Lines dropped before the first one came: older pages bring them.
    pub(super) dropped_before: u64,
    /// The row before the hole whose lines were asked for.
    pub(super) healing: Option<i64>,
    /// So many lines more may be read again, and when the last ones were dropped.
    pub(super) heal_left: usize,
    pub(super) flooded_at: i64,
    /// Answers in a row that failed.
    pub(super) heal_failures: u8,
    pub(super) ledger: Ledger,
}

impl Lane {
    pub(super) fn new(place: usize, source: Option<LogSourceId>, label: String) -> Self {
        Self {
            place,
            source,
            label,
            segments: VecDeque::new(),
            next: 0,
            merged: 0..0,
            placed: false,
            last_key: i64::MIN,
            late_key: i64::MIN,
            message: 0,
            catching: true,
            live_since: i64::MAX,
            detached: false,
            lag: 0,
            past: Past::More,
            newer: None,
            edge: (0, 0),
            joining: None,
            holes: Vec::new(),
            dropped_before: 0,
            healing: None,
            heal_left: 0,
            flooded_at: i64::MIN,
            heal_failures: 0,
            ledger: Ledger::default(),
        }
    }

    /// Its place among the lanes, as in [`LineId::lane`].
    pub fn place(&self) -> usize {
        self.place
    }

    /// `None` of the book's own notes.
    pub fn source(&self) -> Option<&LogSourceId> {
        self.source.as_ref()
    }

    pub fn label(&self) -> &str {
        &self.label
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Whether the source may have lines before the oldest one held.
    pub fn has_older(&self) -> bool {
        self.past != Past::Begun
    }

    /// Its newest lines went to make room for older ones: to follow it again it is begun anew.
    pub fn is_detached(&self) -> bool {
        self.detached
    }

    /// The number of the oldest line held.
    pub(super) fn first(&self) -> i64 {
        self.segments.front().map_or(self.next, |s| s.first)
    }

    /// Behind the newest line held.
    pub(super) fn end(&self) -> i64 {
        self.segments.back().map_or(self.next, Segment::end)
    }

    /// The first number held from this one on: where lines were dropped, numbers are left out. Behind the newest
    /// if there is none.
    pub(super) fn from(&self, number: i64) -> i64 {
        let behind = self.segments.partition_point(|s| s.end() <= number);
        self.segments.get(behind).map_or(self.end(), |s| s.first.max(number))
    }

    /// The last number held before this one; before the oldest if there is none.
    pub(super) fn before(&self, number: i64) -> i64 {
        let behind = self.segments.partition_point(|s| s.first < number);
        let last = behind.checked_sub(1).and_then(|i| self.segments.get(i));
        last.map_or(self.first() - 1, |s| s.end().min(number) - 1)
    }

    /// The numbers held, of these.
    pub(super) fn numbers(&self, within: Range<i64>) -> impl DoubleEndedIterator<Item = i64> + use<'_> {
        let begin = self.segments.partition_point(|s| s.end() <= within.start);
        let end = self.segments.partition_point(|s| s.first < within.end).max(begin);
        let segments = self.segments.range(begin..end);
        segments.flat_map(move |s| s.first.max(within.start)..s.end().min(within.end))
    }

    pub(super) fn segment(&self, number: i64) -> Option<&Segment> {
        let behind = self.segments.partition_point(|s| s.first <= number);
        self.segments.get(behind.checked_sub(1)?)
    }

    pub(super) fn entry(&self, number: i64) -> Option<&Entry> {
        self.segment(number)?.entry(number)
    }

    pub(super) fn entry_mut(&mut self, number: i64) -> Option<&mut Entry> {
        let behind = self.segments.partition_point(|s| s.first <= number);
        self.segments.get_mut(behind.checked_sub(1)?)?.entry_mut(number)
    }

    pub(super) fn text(&self, number: i64) -> &str {
        self.segment(number).map_or("", |s| s.span(number..number + 1))
    }

    pub(super) fn key(&self, number: i64) -> Option<i64> {
        self.entry(number).map(|e| e.key)
    }

    /// The first number whose key is not below this; behind the newest if there is none.
    pub(super) fn seek(&self, key: i64) -> i64 {
        let behind = self.segments.partition_point(|s| s.entries().last().is_some_and(|e| e.key < key));
        self.segments.get(behind).map_or(self.end(), |s| s.partition(|e| e.key < key))
    }

    /// The line, if it is held.
    pub(super) fn line(&self, number: i64) -> Option<Line<'_>> {
        let segment = self.segment(number)?;
        let entry = segment.entry(number)?;
        Some(Line {
            id: LineId::new(self.place, number),
            kind: entry.kind,
            text: segment.span(number..number + 1),
            at: entry.at(),
            level: entry.level,
            format: entry.format,
            stream: entry.stream,
            source: &self.label,
            cut: entry.has(CUT),
            late: entry.has(LATE),
            continues: entry.has(CONTINUES),
        })
    }

    pub(super) fn continues(&self, number: i64) -> bool {
        self.entry(number).is_some_and(|e| e.has(CONTINUES))
    }

    /// Whether it is a line of the source, not a sentence of ours.
    pub(super) fn is_line(&self, number: i64) -> bool {
        self.entry(number).is_some_and(|e| e.kind == Kind::Line)
    }

    /// A message as a filter sees it; `None` of what is no line.
    pub(super) fn view<T>(&self, numbers: Range<i64>, with: impl FnOnce(&LineView<'_>) -> T) -> Option<T> {
        let segment = self.segment(numbers.start)?;
        let first = segment.entry(numbers.start).filter(|e| e.kind == Kind::Line)?;
        let joined;
        let text = if numbers.end <= segment.end() {
            segment.span(numbers.clone())
        } else {
            let lines: Vec<&str> = numbers.clone().map(|number| self.text(number)).collect();
            joined = lines.join("\n");
            &joined
        };
        Some(with(&LineView {
            text,
            at: first.at(),
            stream: first.stream,
            level: numbers.filter_map(|number| self.entry(number)?.level).next(),
            format: first.format,
            source: &self.label,
            lane: self.place,
            mark: None,
        }))
    }

    /// The message of a line: from its first line to behind its last one, of the numbers given.
    pub(super) fn message(&self, number: i64, within: Range<i64>) -> Range<i64> {
        let (mut from, mut until) = (number, number + 1);
        while from > within.start && self.continues(from) {
            from -= 1;
        }
        while until < within.end && self.continues(until) {
            until += 1;
        }
        from..until
    }

    /// Raises the keys of the lines from a number on to at least this one: they are late.
    pub(super) fn raise(&mut self, from: i64, key: i64) {
        let mut number = from;
        while let Some(entry) = self.entry_mut(number).filter(|e| e.key < key) {
            entry.key = key;
            let late = entry.kind == Kind::Line && !entry.has(LATE);
            entry.flag(LATE, late || entry.has(LATE));
            self.ledger.late += u64::from(late);
            number = self.from(number + 1);
        }
        self.last_key = self.last_key.max(key);
        self.late_key = key;
    }

    /// Its lines are of the present and have their place: what comes too late from now on is late.
    pub(super) fn is_caught_up(&self, now: i64) -> bool {
        let behind = if now.saturating_sub(self.live_since) > A_WHILE { BEHIND } else { PRESENT };
        self.placed && self.merged.end == self.end() && self.last_key >= now - behind
    }

    /// How long others wait for its lines, in nanoseconds: twice as long as they were under way of late.
    pub(super) fn patience(&self) -> i64 {
        match self.lag {
            0 => 200 * MILLISECOND,
            lag => lag.saturating_mul(2).clamp(25 * MILLISECOND, 200 * MILLISECOND),
        }
    }

    /// All its lines to come have keys that are not below this one, as far as can be known.
    pub(super) fn promise(&self, now: i64) -> i64 {
        match (&self.ledger.state, self.newer) {
            (_, Some(true)) => self.last_key,
            (LaneState::Live, None) if !self.detached => self.last_key.max(now - self.patience()),
            _ => i64::MAX,
        }
    }

    /// How much its clock is ahead, in nanoseconds.
    pub(super) fn skew(&self) -> i64 {
        self.ledger.skew.as_nanos() as i64
    }

    /// By what a page before the oldest line is asked for.
    pub(super) fn log_edge(&self) -> LogEdge {
        LogEdge { number: self.edge.0, since: self.edge.1, head: self.head(self.first()) }
    }

    /// The lines from a number on that follow each other, a few of them.
    pub(super) fn head(&self, number: i64) -> Vec<LogLine> {
        let lines = self.numbers(number..self.end()).filter_map(|number| self.line(number));
        let whole = lines.take_while(|line| !matches!(line.kind, Kind::Gap | Kind::Dropped));
        let head = whole.filter(|line| line.kind == Kind::Line).take(HEAD).map(|line| LogLine {
            at: line.at,
            stream: line.stream,
            text: line.text.to_owned(),
            cut: line.cut,
        });
        head.collect()
    }

    /// Memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.segments.iter().map(Segment::bytes).sum()
    }
}
