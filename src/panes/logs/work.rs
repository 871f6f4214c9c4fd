//! What is done in slices when nothing else is to do: filters and searches go through the lines that are held,
//! lines are counted over time, marked ones found, patterns learned, files written.

use jiff::Timestamp;

use super::view::{LogView, TEMPLATES};
use crate::logs::book::{Follower, Kind};
use crate::logs::histogram::Histogram;
use crate::logs::templates::Templates;
use crate::panes::{Context, Request};

/// Time that a slice of work may take, nanoseconds.
pub(super) const SLICE_NS: u64 = 3_000_000;
/// Lines whose patterns are learned in a slice.
const LEARN: i64 = 1_500;
/// Lines counted in a slice.
const COUNT: i64 = 4_000;

impl LogView {
    /// When the view changes by the passing of time alone.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let second = now + jiff::SignedDuration::from_secs(1);
        let ages = self.options.times == super::options::Times::Age && !self.book.is_empty();
        let rates = self.lanes().any(|lane| lane.ledger().rate(now) != Some(0.0));
        [self.book.next_due(now), self.book.heal_due(), (ages || rates).then_some(second)]
            .into_iter()
            .flatten()
            .min()
    }

    pub fn has_work(&self) -> bool {
        self.is_answering()
            || self.export.is_some()
            || !self.to_count.is_empty()
            || !self.stop_finds.is_empty()
            || self.dropped_wanted().next().is_some()
            || self.short().next().is_some()
            || (self.detail.wants_patterns() && !self.to_learn.is_empty())
    }

    /// A filter or a search is on its way through the lines.
    pub fn is_answering(&self) -> bool {
        self.book.scanning().is_some() || self.book.searching().is_some()
    }

    /// Adds what is new to the histogram.
    pub(super) fn count_lines(&mut self) {
        let news = self.book.news(&mut self.counted);
        if news.anew {
            self.histogram = Histogram::new();
            self.to_count.clear();
        }
        self.to_count.extend([news.older, news.newer].into_iter().filter(|range| !range.is_empty()));
        self.marks.let_go(|line| self.book.line(line).is_some());
        // What just came is seen at once, a whole log in slices.
        self.count(COUNT);
        if self.detail.wants_patterns() {
            let news = self.book.news(&mut self.learning);
            // Older pages are not learned: what is new is what matters, and what came twice would count twice.
            if news.anew {
                self.templates = Templates::new(TEMPLATES);
                self.to_learn = news.newer;
            } else {
                self.to_learn = self.to_learn.start.min(news.newer.start)..news.newer.end;
            }
        }
    }

    /// Adds some more lines to the histogram, and finds marked ones.
    fn count(&mut self, mut lines: i64) {
        let mut histogram = std::mem::take(&mut self.histogram);
        let mut marks = std::mem::take(&mut self.marks);
        let mut found = false;
        while let Some(range) = self.to_count.pop() {
            let slice = range.start.max(range.end - lines)..range.end;
            lines -= slice.end - slice.start;
            if slice.start > range.start {
                self.to_count.push(range.start..slice.start);
            }
            for line in self.book.lines(slice) {
                if let Some(at) = line.at.filter(|_| line.kind == Kind::Line) {
                    // A trace is one error, however long it is.
                    histogram.add(at, if line.continues { None } else { self.level(&line) });
                }
                let source = || self.source(line.id.lane()).map_or_else(String::new, |s| self.kept_as(s));
                found |= marks.meet(&line, source);
            }
            if lines <= 0 {
                break;
            }
        }
        (self.histogram, self.marks) = (histogram, marks);
        if found {
            self.marks_changed();
        }
    }

    /// A slice of what is done when nothing else is to do: applying the filter, learning patterns, writing out.
    pub fn work(&mut self, cx: &Context) -> Vec<Request> {
        if self.book.scanning().is_some() {
            self.book.scan(SLICE_NS);
            self.settle(cx);
            return Vec::new();
        }
        if self.book.searching().is_some() {
            self.book.search(SLICE_NS);
            return Vec::new();
        }
        if !self.to_count.is_empty() {
            self.count(COUNT);
            return Vec::new();
        }
        if let Some(requests) = self.export_on() {
            return requests;
        }
        let mut requests = self.stop_finds();
        requests.extend(self.ask_dropped());
        requests.extend(self.ask_short());
        if !requests.is_empty() {
            return requests;
        }
        self.learn();
        Vec::new()
    }

    /// Learns the patterns of some more lines.
    fn learn(&mut self) {
        let slice = self.to_learn.start..self.to_learn.end.min(self.to_learn.start + LEARN);
        let mut templates = std::mem::replace(&mut self.templates, Templates::new(1));
        for line in self.book.lines(slice.clone()) {
            if line.kind == Kind::Line && !line.continues {
                templates.learn(line.text, self.level(&line), line.at, line.source);
            }
        }
        self.templates = templates;
        self.to_learn.start = slice.end.max(self.book.positions().start.min(self.to_learn.end));
    }

    /// Goes through all lines again: for the histogram, patterns and marks.
    pub(super) fn recount(&mut self) {
        self.counted = Follower::default();
        self.learning = Follower::default();
        self.count_lines();
    }
}
