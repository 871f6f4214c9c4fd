//! How a lane grows: lines that come live at its end, pages before its beginning, and sentences of ours between.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};

use super::lane::{Lane, MESSAGE, Past};
use super::line::Kind;
use super::segment::{CONTINUES, CUT, Entry, LATE, Segment, nanoseconds};
use crate::domain::log::{LogLine, LogStream};
use crate::logs::frame::MAX_LINE;
use crate::logs::group::continues_as;
use crate::logs::{Level, Reading, continues, read_near};

/// Bytes of a line at the most. Sources cut theirs; what replaces invalid bytes is longer than they were.
const LONGEST: usize = 4 * MAX_LINE;
/// Lines in a segment at the most.
const LINES: usize = 8192;
/// Clocks do not differ by more.
const CENTURY: SignedDuration = SignedDuration::from_hours(24 * 36_500);

/// A sentence of ours that stands between lines.
pub(super) struct Remark {
    pub kind: Kind,
    pub text: String,
    pub level: Level,
    pub at: Timestamp,
}

impl Lane {
    /// A line that follows those held. `now` in nanoseconds; `segment` bytes of text make a segment.
    pub(super) fn push(&mut self, line: LogLine, now: i64, segment: usize) {
        self.ledger.received += 1;
        self.edge.1 = self.edge.1.saturating_add(1);
        self.ledger.last = line.at.or(self.ledger.last);
        if self.detached {
            self.ledger.evicted += 1;
            return;
        }
        let previous = self.next - 1;
        let before = self.entry(previous).copied();
        let (mut entry, reading) = read_line(&line);
        let mut key = line.at.map(|at| nanoseconds(at).saturating_sub(self.skew()).min(now));
        if let Some(before) = before.filter(|b| b.kind == Kind::Line && b.stream == line.stream)
            && self.message < MESSAGE
            && continues_as(self.text(previous), text(&line), &reading)
        {
            entry.flag(CONTINUES, true);
            entry.level = before.level.or(entry.level);
            self.message += 1;
            key = Some(self.last_key);
        } else {
            self.message = 1;
        }
        entry.flag(LATE, key.is_some_and(|key| key < self.late_key));
        self.ledger.late += u64::from(entry.has(LATE));
        let first = self.last_key == i64::MIN;
        // Without a time it was written now, unless it is of the past.
        entry.key =
            key.unwrap_or(if self.catching && !first { self.last_key } else { now }).max(self.last_key);
        self.last_key = entry.key;
        self.ledger.held += 1;
        self.append(text(&line), entry, segment);
    }

    /// A sentence of ours, not before this key: between lines it stands right behind the one before. Before the
    /// first line there is nothing that it could stand behind.
    pub(super) fn remark(&mut self, remark: &Remark, key: i64, segment: usize) {
        let key = key.max(self.last_key);
        if self.detached || key == i64::MIN {
            return;
        }
        let mut entry = Entry::new(remark.kind, LogStream::Engine, Some(remark.at), key);
        entry.level = Some(remark.level);
        self.last_key = key;
        self.message = MESSAGE;
        self.append(&remark.text, entry, segment);
    }

    fn append(&mut self, text: &str, entry: Entry, segment: usize) {
        match self.segments.back_mut() {
            Some(last) if !last.is_full(text.len(), segment, LINES) && last.end() == self.next => {}
            last => {
                if let Some(last) = last {
                    if self.merged.end == last.end() {
                        self.merged.end = self.next;
                    }
                    last.seal();
                }
                self.segments.push_back(Segment::new(self.next));
            }
        }
        if let Some(last) = self.segments.back_mut() {
            last.push(text, entry);
        }
        self.next += 1;
    }

    /// The lines right before the oldest one held, oldest first.
    pub(super) fn prepend(&mut self, lines: &[LogLine], now: i64, segment: usize) {
        if lines.is_empty() {
            return;
        }
        let count = lines.len() as u64;
        self.ledger.received += count;
        self.ledger.held += count;
        let missed = count.min(self.dropped_before);
        self.dropped_before -= missed;
        self.ledger.heal(missed);
        self.edge.0 = self.edge.0.saturating_sub_unsigned(lines.len() as u64);
        self.edge.1 = self.edge.1.saturating_add(count);
        let old = self.first();
        // No line of the page may stand after one that is held.
        let most = self.key(old).unwrap_or(now);
        if self.ledger.last.is_none() {
            self.ledger.last = lines.iter().rev().find_map(|line| line.at);
        }
        let (page, last, message) = self.page(lines, old - lines.len() as i64, i64::MIN..=most, segment);
        if self.segments.is_empty() {
            self.last_key = self.last_key.max(last);
            self.message = message;
        }
        page.into_iter().rev().for_each(|segment| self.segments.push_front(segment));
        self.join_messages(old);
    }

    /// Segments of lines that follow each other, numbered from `first` on, with keys of these. Also the key of
    /// the last line, and how many lines the last message has.
    pub(super) fn page(
        &self,
        lines: &[LogLine],
        first: i64,
        keys: RangeInclusive<i64>,
        segment: usize,
    ) -> (Vec<Segment>, i64, i64) {
        let (least, most) = keys.into_inner();
        let key = |at: Timestamp| nanoseconds(at).saturating_sub(self.skew()).min(most).max(least);
        let mut last = lines.iter().find_map(|line| line.at).map_or(most, key);
        let mut page: Vec<Segment> = Vec::new();
        let (mut before, mut message): (Option<(&LogLine, Option<Level>)>, _) = (None, 0);
        for (number, line) in (first..).zip(lines) {
            let (mut entry, reading) = read_line(line);
            let rest = before.filter(|(b, _)| {
                b.stream == line.stream && message < MESSAGE && continues_as(text(b), text(line), &reading)
            });
            message += 1;
            match rest {
                Some((_, level)) => {
                    entry.flag(CONTINUES, true);
                    entry.level = level.or(entry.level);
                }
                None => {
                    message = 1;
                    last = line.at.map_or(last, key).max(last);
                }
            }
            entry.key = last;
            before = Some((line, entry.level));
            let text = text(line);
            if page.last().is_none_or(|s| s.is_full(text.len(), segment, LINES)) {
                page.push(Segment::new(number));
            }
            if let Some(segment) = page.last_mut() {
                segment.push(text, entry);
            }
        }
        page.iter_mut().for_each(Segment::seal);
        (page, last, message)
    }

    /// The line that was the oldest may be the rest of a message that has come now.
    pub(super) fn join_messages(&mut self, old: i64) {
        let range = self.first()..self.end();
        let (Some(before), Some(first)) = (self.entry(old - 1).copied(), self.entry(old).copied()) else {
            return;
        };
        if before.kind != Kind::Line || first.kind != Kind::Line || before.stream != first.stream {
            return;
        }
        let (head, rest) = (self.message(old - 1, range.clone()), self.message(old, range));
        let length = head.end - head.start + rest.end - rest.start;
        if length > MESSAGE || !continues(self.text(old - 1), self.text(old)) {
            return;
        }
        for number in rest.clone() {
            if let Some(entry) = self.entry_mut(number) {
                entry.flag(CONTINUES, true);
                entry.level = before.level.or(entry.level);
            }
        }
        if rest.end == self.next {
            self.message = length;
        }
    }

    /// What an answer of so many lines says of those before them.
    pub(super) fn told_past(&mut self, more: bool, lines: usize) {
        self.past = match (more, lines) {
            (false, _) => Past::Begun,
            // Asking again at once would bring nothing again.
            (true, 0) => Past::Failed,
            (true, _) => Past::More,
        };
        self.ledger.older_fault = None;
    }

    /// The clock's difference is known (anew): true when lines that are held must be put elsewhere.
    pub(super) fn set_skew(&mut self, skew: SignedDuration, now: i64) -> bool {
        let skew = skew.clamp(-CENTURY, CENTURY);
        let moved = (skew - self.ledger.skew).abs() > SignedDuration::from_millis(50);
        self.ledger.skew = skew;
        if !moved || self.segments.is_empty() || self.ledger.last.is_none() {
            return false;
        }
        let skew = self.skew();
        let mut last = i64::MIN;
        for entry in self.segments.iter_mut().flat_map(Segment::entries_mut) {
            if entry.kind == Kind::Line && !entry.has(CONTINUES) {
                let key = entry.at().map(|at| nanoseconds(at).saturating_sub(skew).min(now));
                last = last.max(key.unwrap_or(if last == i64::MIN { entry.key } else { last }));
            }
            entry.key = if last == i64::MIN { entry.key } else { last };
            last = entry.key;
        }
        self.last_key = last;
        true
    }
}

/// What the line says of itself.
fn read_line(line: &LogLine) -> (Entry, Reading) {
    let reading = read_near(text(line), line.at);
    let mut entry = Entry::new(Kind::Line, line.stream, line.at, 0);
    entry.flag(CUT, line.cut || line.text.len() > LONGEST);
    (entry.level, entry.format) = (reading.level, reading.format);
    (entry, reading)
}

/// What is held of the line.
fn text(line: &LogLine) -> &str {
    let mut end = line.text.len().min(LONGEST);
    while !line.text.is_char_boundary(end) {
        end -= 1;
    }
    line.text.get(..end).unwrap_or_default()
}
