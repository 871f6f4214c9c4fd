//! A stretch of a lane: the text of its lines in one piece, and what is known of each.

use std::ops::Range;

use jiff::Timestamp;

use super::line::Kind;
use crate::domain::log::LogStream;
use crate::logs::{Format, Level};

/// No time.
const NEVER: i64 = i64::MIN;

/// What is known of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Its time in nanoseconds since 1970.
    at: i64,
    /// Where it stands among the lines of other lanes: never less than that of the line before.
    pub key: i64,
    /// Where its text begins, and above [`START`] its flags.
    place: u32,
    pub level: Option<Level>,
    pub format: Format,
    pub stream: LogStream,
    pub kind: Kind,
}

/// A segment's text is shorter than this.
const START: u32 = (1 << 24) - 1;
pub(super) const CUT: u32 = 1 << 24;
pub(super) const LATE: u32 = 1 << 25;
pub(super) const CONTINUES: u32 = 1 << 26;

impl Entry {
    pub fn new(kind: Kind, stream: LogStream, at: Option<Timestamp>, key: i64) -> Self {
        let at = at.map_or(NEVER, nanoseconds);
        Self { at, key, place: 0, level: None, format: Format::Plain, stream, kind }
    }

    pub fn at(&self) -> Option<Timestamp> {
        (self.at != NEVER).then(|| Timestamp::from_nanosecond(self.at.into()).ok()).flatten()
    }

    pub fn has(&self, flag: u32) -> bool {
        self.place & flag != 0
    }

    pub fn flag(&mut self, flag: u32, on: bool) {
        self.place = if on { self.place | flag } else { self.place & !flag };
    }

    fn start(&self) -> usize {
        (self.place & START) as usize
    }
}

/// Times beyond the years 1678 to 2262 are moved there.
pub(super) fn nanoseconds(at: Timestamp) -> i64 {
    let at = at.as_nanosecond();
    i64::try_from(at).unwrap_or(if at < 0 { i64::MIN } else { i64::MAX }).max(NEVER + 1)
}

/// Entries are numbered on; each line's text ends with a line feed of ours.
#[derive(Debug)]
pub(super) struct Segment {
    /// The number of the first entry.
    pub first: i64,
    text: String,
    entries: Vec<Entry>,
    /// Of the entries those that are lines.
    pub lines: u64,
    /// Lines that the entries say were dropped.
    pub dropped: u64,
}

impl Segment {
    pub fn new(first: i64) -> Self {
        Self { first, text: String::new(), entries: Vec::new(), lines: 0, dropped: 0 }
    }

    /// The number behind the last entry.
    pub fn end(&self) -> i64 {
        self.first + self.entries.len() as i64
    }

    /// Whether so much text more would make it longer than that.
    pub fn is_full(&self, more: usize, text: usize, lines: usize) -> bool {
        !self.entries.is_empty() && (self.text.len() + more >= text || self.entries.len() >= lines)
    }

    pub fn push(&mut self, text: &str, mut entry: Entry) {
        entry.place = (entry.place & !START) | (self.text.len() as u32 & START);
        self.lines += u64::from(entry.kind == Kind::Line);
        self.entries.push(entry);
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Gives the last entry another text.
    pub fn reword(&mut self, text: &str, kind: Kind, level: Level) {
        if let Some(last) = self.entries.last_mut() {
            (last.kind, last.level) = (kind, Some(level));
            self.text.truncate(last.start());
            self.text.push_str(text);
            self.text.push('\n');
        }
    }

    /// Gives back what was allocated ahead: nothing is added any more.
    pub fn seal(&mut self) {
        self.text.shrink_to_fit();
        self.entries.shrink_to_fit();
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.entries.capacity() * size_of::<Entry>() + size_of::<Self>()
    }

    pub fn entry(&self, number: i64) -> Option<&Entry> {
        self.entries.get(usize::try_from(number - self.first).ok()?)
    }

    pub fn entry_mut(&mut self, number: i64) -> Option<&mut Entry> {
        self.entries.get_mut(usize::try_from(number - self.first).ok()?)
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn entries_mut(&mut self) -> &mut [Entry] {
        &mut self.entries
    }

    /// The number of the first entry for which this does not hold; it must hold for a beginning of them.
    pub fn partition(&self, holds: impl Fn(&Entry) -> bool) -> i64 {
        self.first + self.entries.partition_point(holds) as i64
    }

    /// The text of these entries, with line feeds between; those that are here.
    pub fn span(&self, numbers: Range<i64>) -> &str {
        let index = |number: i64| usize::try_from(number - self.first).unwrap_or(0);
        let start = |i: usize| self.entries.get(i).map_or(self.text.len(), Entry::start);
        let (from, until) = (start(index(numbers.start)), start(index(numbers.end)));
        self.text.get(from..until.saturating_sub(1).max(from)).unwrap_or_default()
    }

    /// The number of the entry in which a byte of its span lies that begins with this number. It is looked for from
    /// an entry on that is not behind it.
    pub fn at_byte(&self, first: i64, byte: usize, from: i64) -> i64 {
        let byte = self.entry(first).map_or(0, Entry::start) + byte;
        let rest = usize::try_from(from - self.first).ok().and_then(|from| self.entries.get(from..));
        let rest = rest.unwrap_or_default();
        // The next hit is mostly near.
        let mut reach = 1;
        while rest.get(reach).is_some_and(|entry| entry.start() <= byte) {
            reach *= 2;
        }
        let last = rest.get(reach / 2..reach.min(rest.len())).unwrap_or_default();
        from + (reach / 2 + last.partition_point(|entry| entry.start() <= byte)) as i64 - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_24_bytes() {
        assert_eq!(size_of::<Entry>(), 24);
    }

    #[test]
    fn texts_and_bytes_are_found_again() {
        let mut segment = Segment::new(-2);
        for text in ["ab", "", "é", "d"] {
            segment.push(text, Entry::new(Kind::Line, LogStream::Stdout, None, 0));
        }
        assert_eq!((segment.span(-2..-1), segment.span(-1..0), segment.span(0..1)), ("ab", "", "é"));
        assert_eq!((segment.span(-2..2), segment.span(0..9), segment.span(2..3)), ("ab\n\né\nd", "é\nd", ""));
        let lies_in = [-2, -2, -2, -1, 0, 0, 0, 1];
        for (byte, lies_in) in lies_in.into_iter().enumerate() {
            for from in -2..=lies_in {
                assert_eq!(segment.at_byte(-2, byte, from), lies_in, "byte {byte}, from {from}");
            }
        }
        assert_eq!(segment.at_byte(0, 0, 0), 0);
    }

    #[test]
    fn flags_and_times_do_not_touch_each_other() {
        let at = "2026-11-21T12:00:00.000000001Z".parse().ok();
        let mut segment = Segment::new(0);
        segment.push("a", Entry::new(Kind::Line, LogStream::Stdout, None, 0));
        let mut entry = Entry::new(Kind::Gap, LogStream::Stderr, at, 7);
        entry.flag(CUT, true);
        entry.flag(LATE, true);
        segment.push("b", entry);
        let entry = segment.entry_mut(1).unwrap();
        entry.flag(LATE, false);
        assert_eq!((entry.at(), entry.has(CUT), entry.has(LATE), entry.start()), (at, true, false, 2));
        assert_eq!((segment.lines, segment.entry(0).unwrap().at()), (1, None));
        assert_eq!(segment.span(1..2), "b");
    }
}
