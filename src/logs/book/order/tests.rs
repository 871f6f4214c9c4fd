//! Books against a simple model: whatever comes in whatever order, no line is lost, doubled or misplaced.

use std::collections::HashSet;

use proptest::prelude::*;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogEvent, LogGap, LogLine, LogStream, LogTurn};
use crate::logs::Level;
use crate::logs::book::tests::{at, source};
use crate::logs::book::*;
use crate::logs::search::Pattern;

/// What can happen. Sources are given by their number, amounts are small.
#[derive(Debug, Clone)]
enum Deed {
    Lines(usize, usize),
    Older(usize, usize),
    OlderFails(usize),
    State(usize, u8),
    Mark(usize, u8),
    Skew(usize, i64),
    Restart(usize, usize),
    Close(usize),
    Open(usize),
    Wait(i64),
    Choose(u8),
    Collapse(bool),
    Scan(u64),
    Look(u8),
    Search(u64),
    Watch(Option<usize>),
    Note,
}

fn deed() -> impl Strategy<Value = Deed> {
    let source = 0..SOURCES;
    prop_oneof![
        8 => (source.clone(), 1..40_usize).prop_map(|(s, n)| Deed::Lines(s, n)),
        5 => (source.clone(), 0..40_usize).prop_map(|(s, n)| Deed::Older(s, n)),
        1 => source.clone().prop_map(Deed::OlderFails),
        1 => (source.clone(), 0..4_u8).prop_map(|(s, n)| Deed::State(s, n)),
        1 => (source.clone(), 0..3_u8).prop_map(|(s, n)| Deed::Mark(s, n)),
        1 => (source.clone(), -3000..3000_i64).prop_map(|(s, n)| Deed::Skew(s, n)),
        1 => (source.clone(), 0..60_usize).prop_map(|(s, n)| Deed::Restart(s, n)),
        1 => source.clone().prop_map(Deed::Close),
        1 => source.prop_map(Deed::Open),
        3 => (0..400_i64).prop_map(Deed::Wait),
        1 => (0..4_u8).prop_map(Deed::Choose),
        1 => any::<bool>().prop_map(Deed::Collapse),
        3 => (0..100_000_u64).prop_map(Deed::Scan),
        1 => (0..3_u8).prop_map(Deed::Look),
        1 => (0..100_000_u64).prop_map(Deed::Search),
        1 => proptest::option::of(0..100_usize).prop_map(Deed::Watch),
        1 => Just(Deed::Note),
    ]
}

const SOURCES: usize = 4;
/// Lines that every source has written from the start.
const PAST: usize = 300;

/// What a source has written and will write: the line with a number.
fn written(source: usize, number: usize, jitter: bool) -> LogLine {
    let hash = (number * 2_654_435_761 + source * 40_503) % 1_000_003;
    let text = match hash % 9 {
        0 | 1 => format!("    at step {number} of s{source}"),
        2 => format!("ERROR failed {number} s{source}"),
        3 | 4 => format!("request {number} ok s{source}"),
        5 => format!("health {number} s{source}"),
        _ => format!("INFO did {number} é s{source}"),
    };
    let late = if jitter && hash.is_multiple_of(7) { 900 } else { 0 };
    let ms = number as i64 * 20 + source as i64 * 3 - late;
    let stream = if hash.is_multiple_of(11) { LogStream::Stderr } else { LogStream::Stdout };
    LogLine { at: (!hash.is_multiple_of(13) || !jitter).then(|| at(ms)), stream, text, cut: false }
}

/// The number of the line as written.
fn number_of(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit()).find(|n| !n.is_empty()).unwrap().parse().unwrap()
}

/// Includes, or excludes, messages with a word.
struct Word {
    word: &'static str,
    keeps: bool,
}

impl Choice for Word {
    fn judge(&self, line: &LineView<'_>, counts: &mut [u64]) -> bool {
        let found = line.text.contains(self.word);
        counts[0] += u64::from(found);
        found == self.keeps
    }

    fn steps(&self) -> usize {
        1
    }

    fn cost(&self) -> u32 {
        100
    }
}

fn choice(kind: u8) -> Option<Box<dyn Choice>> {
    let (word, keeps) =
        [("step", true), ("health", false), ("ERROR", true)].get(usize::from(kind)).copied()?;
    Some(Box::new(Word { word, keeps }))
}

/// A source as its reader has it: the first line of the reading, and the next one to come.
#[derive(Debug, Clone, Default)]
struct Reading {
    open: bool,
    base: usize,
    next: usize,
}

struct Run {
    book: Book,
    now: i64,
    jitter: bool,
    readings: Vec<Reading>,
    kind: u8,
    look: u8,
    follower: Follower,
    followed: Vec<LineId>,
}

impl Run {
    fn new(cap: usize, jitter: bool) -> Self {
        Self {
            book: Book::new(cap),
            now: PAST as i64 * 20,
            jitter,
            readings: vec![Reading::default(); SOURCES],
            kind: 9,
            look: 9,
            follower: Follower::default(),
            followed: Vec::new(),
        }
    }

    fn take(&mut self, s: usize, event: LogEvent) {
        self.book.take(&source(&s.to_string()), event, at(self.now));
    }

    /// So many lines that follow, as far as they have been written by now.
    fn next_lines(&mut self, s: usize, count: usize) -> Vec<LogLine> {
        let reading = &mut self.readings[s];
        let written_by_now = (self.now / 20).max(0) as usize;
        let until = (reading.next + count).min(written_by_now);
        let lines = (reading.next..until).map(|n| written(s, n, self.jitter)).collect();
        reading.next = reading.next.max(until);
        lines
    }

    fn run(&mut self, deed: Deed) {
        match deed {
            Deed::Open(s) if !self.readings[s].open => {
                self.book.open(source(&s.to_string()), format!("s{s}"));
                let begin = (self.now / 20).max(50) as usize - 40;
                self.readings[s] = Reading { open: true, base: begin, next: begin };
                self.take(s, LogEvent::Live);
            }
            Deed::Open(_) => {}
            Deed::Close(s) => {
                self.book.close(&source(&s.to_string()));
                self.readings[s].open = false;
            }
            Deed::Lines(s, count) => {
                let lines = self.next_lines(s, count);
                self.take(s, LogEvent::Lines(lines));
            }
            Deed::Older(s, count) => {
                let id = source(&s.to_string());
                let edge = self.book.edge(&id);
                let reading = self.readings[s].clone();
                let lane = self.book.place(&id).and_then(|place| self.book.lane(place));
                if lane.is_none_or(|lane| lane.joining.is_some()) {
                    return;
                }
                let begin = usize::try_from(reading.base as i64 + edge.number).unwrap();
                for (number, line) in (begin..).zip(&edge.head) {
                    assert_eq!(*line, written(s, number, self.jitter));
                }
                let from = begin.saturating_sub(count);
                let lines = (from..begin).map(|n| written(s, n, self.jitter)).collect();
                self.take(s, LogEvent::Older { lines, more: from > 0 });
            }
            Deed::OlderFails(s) => self.take(s, LogEvent::OlderFailed(fault())),
            Deed::State(s, kind) => {
                let event = match kind {
                    0 => LogEvent::Live,
                    1 => LogEvent::Lost(fault()),
                    2 => LogEvent::Ended,
                    _ => LogEvent::Refused(fault()),
                };
                self.take(s, event);
            }
            Deed::Mark(s, kind) => {
                let event = match kind {
                    0 => LogEvent::Gap(LogGap::default()),
                    1 => LogEvent::Turned(LogTurn::Rotated),
                    _ => LogEvent::Dropped(7),
                };
                self.take(s, event);
            }
            Deed::Skew(s, ms) if self.jitter => {
                self.take(s, LogEvent::Skew(jiff::SignedDuration::from_millis(ms)));
            }
            Deed::Skew(..) => {}
            Deed::Restart(s, back) => {
                if self.readings[s].open {
                    self.book.restart(&source(&s.to_string()));
                    let next = self.readings[s].next;
                    let begin = next.saturating_sub(back);
                    self.readings[s] = Reading { open: true, base: begin, next: begin };
                    self.take(s, LogEvent::Live);
                }
            }
            Deed::Wait(ms) => {
                self.now += ms;
                self.book.advance(at(self.now));
            }
            Deed::Choose(kind) => {
                self.kind = kind;
                self.book.set_choice(choice(kind));
            }
            Deed::Collapse(on) => self.book.set_collapse(on),
            Deed::Scan(budget) => {
                self.book.scan(budget);
            }
            Deed::Look(kind) => {
                self.look = kind;
                self.book.set_search(pattern(kind));
            }
            Deed::Search(budget) => {
                self.book.search(budget);
            }
            Deed::Watch(row) => {
                let row = row.and_then(|row| self.book.row(row));
                self.book.watch(row.map(|row| row.line));
            }
            Deed::Note => self.book.note(at(self.now), "note 1", Level::Info),
        }
    }

    /// What holds at all times.
    fn check(&mut self) {
        let book = &self.book;
        let mut keys = book.positions().map(|p| book.key(book.flow.get(p).unwrap()));
        let mut last = i64::MIN;
        assert!(keys.all(|key| std::mem::replace(&mut last, key) <= key), "the order");
        if !self.jitter {
            // The oldest line of a lane may be the rest of a message whose beginning went.
            let first = |line: &Line<'_>| book.lane(line.id.lane()).unwrap().first() == line.id.number();
            let whole =
                |line: &Line<'_>| line.kind == Kind::Line && !line.late && !line.continues && !first(line);
            assert!(book.all().filter(whole).filter_map(|line| line.at).is_sorted(), "the times");
        }
        let mut merged = 0;
        for lane in book.lanes() {
            let ledger = lane.ledger();
            assert_eq!(ledger.received, ledger.held + ledger.evicted + ledger.repeated, "{ledger:?}");
            let held: Vec<Line<'_>> =
                lane.numbers(lane.first()..lane.end()).map(|n| lane.line(n).unwrap()).collect();
            let numbers = held.iter().filter(|line| line.kind == Kind::Line).map(|line| number_of(line.text));
            let numbers: Vec<usize> = numbers.collect();
            assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{numbers:?}");
            assert_eq!(ledger.held, numbers.len() as u64);
            if let Some(reading) = lane.place.checked_sub(1).map(|_| &self.readings[source_of(lane)])
                && !lane.detached
                && lane.joining.is_none()
                && let Some(newest) = numbers.last()
            {
                assert_eq!(newest + 1, reading.next);
            }
            assert!(lane.first() <= lane.merged.start && lane.merged.end <= lane.end(), "{lane:?}");
            merged += lane.numbers(lane.merged.clone()).count();
            let counted = lane.merged.clone().filter(|n| lane.is_line(*n)).count();
            assert_eq!(ledger.merged, counted as u64);
            if book.scanning().is_none() {
                assert_eq!(ledger.shown + ledger.muted, ledger.merged, "{ledger:?}");
            }
            for number in lane.numbers(lane.merged.clone()) {
                let id = LineId::new(lane.place, number);
                let position = book.position(id).expect("every merged line has its place");
                assert_eq!(book.flow.get(position), Some(id));
            }
        }
        assert_eq!(merged, book.positions().count());
        for i in 0..book.len() {
            assert_eq!(book.index_of(book.row(i).unwrap().line), Some(i));
        }
        let repeats: usize = (0..book.len()).map(|i| book.row(i).unwrap().repeats as usize).sum();
        assert_eq!(repeats, book.shown().count());
        let costs: usize = book.lanes().map(|lane| lane.ledger().bytes as usize).sum();
        assert!(costs <= book.cap, "{costs}");
        self.follow();
    }

    fn follow(&mut self) {
        let news = self.book.news(&mut self.follower);
        let ids = |range| self.book.lines(range).map(|line| line.id).collect::<Vec<_>>();
        if news.anew {
            self.followed.clear();
        }
        self.followed.splice(0..0, ids(news.older));
        self.followed.extend(ids(news.newer));
        let distinct: HashSet<_> = self.followed.iter().collect();
        assert_eq!(distinct.len(), self.followed.len(), "nothing is told twice");
        let there = self.followed.iter().copied().filter(|id| self.book.position(*id).is_some());
        assert_eq!(there.collect::<Vec<_>>(), ids(self.book.positions()));
    }

    /// What holds when all work is done.
    fn settle(&mut self) {
        for _ in 0..3 {
            self.now += 1000;
            self.book.advance(at(self.now));
        }
        for lane in self.book.lanes() {
            assert_eq!(lane.merged.end, lane.end(), "nothing waits for ever");
        }
        while self.book.scan(1_000_000) {}
        while self.book.search(1_000_000) {}
        self.check();
        let evicted = self.book.lanes().any(|lane| lane.ledger().evicted > 0);
        let counts = self.book.step_counts().to_vec();
        if evicted {
            // What is left of a trace was judged with what went.
            self.book.set_choice(choice(self.kind));
            while self.book.scan(1_000_000) {}
        }
        let (shown, found) = self.naive();
        let ids: Vec<LineId> = self.book.shown().map(|line| line.id).collect();
        assert_eq!(ids, shown);
        if self.kind < 3 && !evicted {
            assert_eq!(counts, [found]);
        }
        let rows: Vec<LineId> = (0..self.book.len()).map(|i| self.book.row(i).unwrap().line).collect();
        assert_eq!(rows, self.collapsed(&shown));
        let regex = pattern(self.look);
        let is_hit =
            |id: &&LineId| regex.as_ref().is_some_and(|r| r.is_match(self.book.line(**id).unwrap().text));
        assert_eq!(self.book.hits(), shown.iter().filter(is_hit).count());
        let mut row = self.book.hit_after(0);
        let mut hit_rows = usize::from(self.book.is_hit(0));
        while let Some(next) = row {
            assert!(self.book.is_hit(next));
            assert!(self.book.hit_before(next + 1) == Some(next));
            hit_rows += 1;
            row = self.book.hit_after(next);
        }
        assert_eq!(hit_rows, (0..self.book.len()).filter(|i| self.book.is_hit(*i)).count());
    }

    /// The lines that are to be shown, and how many messages the filter's word is in.
    fn naive(&self) -> (Vec<LineId>, u64) {
        let mut shown = HashSet::new();
        let mut found = 0;
        for lane in self.book.lanes() {
            let mut number = lane.from(lane.merged.start);
            while number < lane.merged.end {
                let mut end = number + 1;
                while end < lane.merged.end && lane.continues(end) {
                    end += 1;
                }
                let text: Vec<&str> = (number..end).map(|n| lane.line(n).unwrap().text).collect();
                let view = LineView {
                    text: &text.join("\n"),
                    at: None,
                    stream: LogStream::Stdout,
                    level: None,
                    format: crate::logs::Format::Plain,
                    source: "",
                    lane: 0,
                    mark: None,
                };
                let mut counts = [0];
                let judge = |choice: Box<dyn Choice>| choice.judge(&view, &mut counts);
                if !lane.is_line(number) || choice(self.kind).is_none_or(judge) {
                    shown.extend((number..end).map(|n| LineId::new(lane.place, n)));
                }
                found += counts[0];
                number = lane.from(end);
            }
        }
        let all = self.book.all().map(|line| line.id);
        (all.filter(|id| shown.contains(id)).collect(), found)
    }

    fn collapsed(&self, shown: &[LineId]) -> Vec<LineId> {
        let alone = |id: LineId| {
            let lane = self.book.lane(id.lane()).unwrap();
            let next = id.number() + 1;
            lane.is_line(id.number())
                && !(lane.merged.start < id.number() && lane.continues(id.number()))
                && !(next < lane.merged.end && lane.continues(next))
        };
        let mut rows = Vec::new();
        let mut before: Option<LineId> = None;
        for id in shown.iter().copied() {
            let text = |id| self.book.line(id).unwrap().text;
            let repeats = self.book.collapses()
                && before.is_some_and(|before| {
                    before.lane() == id.lane() && alone(before) && alone(id) && alike(text(before), text(id))
                });
            if !repeats {
                rows.push(id);
            }
            before = Some(id);
        }
        rows
    }
}

fn source_of(lane: &Lane) -> usize {
    lane.label()[1..].parse().unwrap()
}

fn fault() -> Fault {
    Fault::new(FaultKind::Unreachable, "no route")
}

fn pattern(kind: u8) -> Option<Pattern> {
    let pattern = [r"/1\d/", r"/^ERROR/", "ok"].get(usize::from(kind))?;
    Some(Pattern::parse(pattern).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_line_is_lost_doubled_or_misplaced(
        deeds in proptest::collection::vec(deed(), 1..60),
        cap in prop_oneof![Just(1 << 20), 8_000..40_000_usize],
        jitter in any::<bool>(),
        opened in 1..=SOURCES,
    ) {
        let mut run = Run::new(cap, jitter);
        (0..opened).for_each(|source| run.run(Deed::Open(source)));
        for deed in deeds {
            run.run(deed);
            run.check();
        }
        run.settle();
    }
}
