//! Floods, and what is read again of them.

use std::collections::VecDeque;

use proptest::prelude::*;

use crate::domain::log::{LogEvent, LogLine};
use crate::logs::Level;
use crate::logs::book::tests::{at, line, source};
use crate::logs::book::{Book, Choice, Kind, LineView};
use crate::logs::search::Pattern;

/// A source that keeps all its lines and answers for them.
struct Log {
    lines: Vec<LogLine>,
    /// What was rotated away.
    gone: usize,
}

impl Log {
    fn new(count: usize, gone: usize) -> Self {
        // Several lines have the same time.
        let line = |i: usize| line(i as i64 / 3, &format!("n{i}"));
        Self { lines: (0..count).map(line).collect(), gone }
    }

    /// Answers as long as the book asks; so many lines at a time.
    fn answer(&self, book: &mut Book, most: u32, now: i64) {
        for _ in 0..10_000 {
            book.advance(at(now));
            let Some(place) = book.heal_wanted().next() else { return };
            let (lines, edge) = book.begin_healing(place).unwrap();
            let end = self.lines.windows(edge.head.len()).position(|w| w == edge.head).unwrap();
            assert_eq!(edge.since, (self.lines.len() - end) as u64);
            let from = end.saturating_sub(lines.min(most) as usize).max(self.gone);
            let lines = self.lines.get(from..end).unwrap_or_default().to_vec();
            book.take(&source("a"), LogEvent::Older { lines, more: from > self.gone }, at(now));
        }
        panic!("it does not end");
    }
}

fn book(names: &[&str]) -> Book {
    let mut book = Book::new(16 << 20);
    for name in names {
        book.open(source(name), (*name).to_owned());
        book.take(&source(name), LogEvent::Live, at(0));
        // Its beginning is known: it does not hold the others up.
        book.take(&source(name), LogEvent::Older { lines: Vec::new(), more: false }, at(0));
    }
    book
}

/// The lines of a source as they are shown.
fn shown(book: &Book, label: &str) -> Vec<String> {
    let lines = book.shown().filter(|line| line.kind == Kind::Line && line.source == label);
    lines.map(|line| line.text.to_owned()).collect()
}

/// Brings a log of which parts come and parts are dropped, in turn.
fn flood(book: &mut Book, log: &Log, parts: &[usize]) -> u64 {
    let (mut from, mut dropped) = (0, 0);
    for (i, part) in parts.iter().enumerate() {
        let until = (from + part).min(log.lines.len());
        let last = i + 1 == parts.len();
        if i % 2 == 0 || last {
            let until = if last { log.lines.len() } else { until };
            book.take(&source("a"), LogEvent::Lines(log.lines[from..until].to_vec()), at(2000));
        } else {
            dropped += (until - from) as u64;
            book.take(&source("a"), LogEvent::Dropped((until - from) as u64), at(2000));
        }
        from = until;
    }
    dropped
}

#[derive(Debug)]
struct Odd;

impl Choice for Odd {
    fn judge(&self, line: &LineView<'_>, counts: &mut [u64]) -> bool {
        counts[0] += 1;
        line.text.ends_with(['1', '3', '5', '7', '9'])
    }

    fn steps(&self) -> usize {
        1
    }

    fn cost(&self) -> u32 {
        1
    }
}

#[test]
fn after_the_flood_every_line_is_there_once() {
    let (mut book, log) = (book(&["a", "b"]), Log::new(3000, 0));
    book.take(&source("b"), LogEvent::Lines(vec![line(100, "b1"), line(900, "b2")]), at(2000));
    assert_eq!(flood(&mut book, &log, &[500, 1000, 700, 300, 500]), 1300);
    book.advance(at(2500));
    assert_eq!((book.heal_wanted().count(), shown(&book, "a").len()), (0, 1700), "it has not calmed yet");
    let due = book.heal_due().unwrap();
    assert!(due > at(3900) && due <= at(4000), "{due}");
    let cursor = book.row(book.len() - 1).unwrap().line;
    log.answer(&mut book, 400, 4100);
    let all: Vec<String> = (0..3000).map(|i| format!("n{i}")).collect();
    assert_eq!(shown(&book, "a"), all);
    assert_eq!(book.index_of(cursor), Some(book.len() - 1), "names of lines stay");
    let texts: Vec<&str> = book.shown().map(|line| line.text).collect();
    let place = |text: &str| texts.iter().position(|t| *t == text).unwrap();
    assert!(place("n300") < place("b1") && place("b1") < place("n303"), "in its place between others");
    assert_eq!(texts.iter().filter(|text| text.ends_with("were read again")).count(), 2);
    let ledger = book.ledger(1).unwrap();
    assert_eq!((ledger.received, ledger.held, ledger.shown), (3000, 3000, 3000));
    assert_eq!((ledger.dropped, ledger.healed), (0, 1300));
    // What comes then goes on as ever.
    book.take(&source("a"), LogEvent::Lines(vec![line(5000, "later")]), at(5000));
    book.advance(at(5300));
    assert_eq!(shown(&book, "a").last().unwrap(), "later");
    assert_eq!(book.edge(&source("a")).since, 3001);
}

#[test]
fn what_was_rotated_away_stays_missing() {
    let (mut book, log) = (book(&["a"]), Log::new(1000, 600));
    flood(&mut book, &log, &[100, 700, 200]);
    log.answer(&mut book, 1000, 5000);
    let ledger = book.ledger(1).unwrap();
    assert_eq!((ledger.dropped, ledger.healed, shown(&book, "a").len()), (500, 200, 500));
    let row = book.shown().find(|line| line.kind == Kind::Dropped).unwrap();
    assert_eq!(row.text, "500 lines came too fast to be taken; 200 more were read again");
    assert_eq!((row.level, book.heal_due()), (Some(Level::Warn), None), "it is not asked for again");
}

#[test]
fn a_source_that_cannot_read_again_keeps_its_gap() {
    let (mut book, log) = (book(&["a"]), Log::new(1000, 0));
    flood(&mut book, &log, &[100, 700, 200]);
    book.advance(at(5000));
    assert!(book.begin_healing(1).is_some() && book.heal_wanted().next().is_none(), "one answer at a time");
    let fault = crate::domain::fault::Fault::new(crate::domain::fault::FaultKind::Unsupported, "no");
    book.take(&source("a"), LogEvent::OlderFailed(fault), at(5000));
    assert_eq!((book.heal_wanted().count(), book.ledger(1).unwrap().dropped), (0, 700));
    assert_eq!(book.ledger(1).unwrap().older_fault, None, "that says nothing of older lines");
}

#[test]
fn a_source_that_is_busy_is_asked_again_some_times() {
    let (mut book, log) = (book(&["a"]), Log::new(1000, 0));
    flood(&mut book, &log, &[100, 700, 200]);
    let busy = || crate::domain::fault::Fault::new(crate::domain::fault::FaultKind::Timeout, "busy");
    let mut now = 5000;
    for failures in 1..=4 {
        book.advance(at(now));
        assert!(book.begin_healing(1).is_some());
        book.take(&source("a"), LogEvent::OlderFailed(busy()), at(now));
        assert_eq!(book.heal_wanted().count(), 0, "not at once");
        assert_eq!(book.heal_due().is_some(), failures < 4);
        now += 3000;
    }
}

#[test]
fn what_was_dropped_before_the_first_line_comes_with_older_ones() {
    let (mut book, log) = (book(&["a"]), Log::new(100, 0));
    book.take(&source("a"), LogEvent::Dropped(50), at(2000));
    book.take(&source("a"), LogEvent::Lines(log.lines[50..].to_vec()), at(2000));
    book.take(&source("a"), LogEvent::Older { lines: log.lines[20..50].to_vec(), more: true }, at(2000));
    assert_eq!((book.ledger(1).unwrap().dropped, book.ledger(1).unwrap().healed), (20, 30));
    assert_eq!((book.edge(&source("a")).since, shown(&book, "a").len()), (80, 80));
}

#[test]
fn a_count_that_is_wrong_doubles_nothing() {
    let (mut book, log) = (book(&["a"]), Log::new(900, 0));
    book.take(&source("a"), LogEvent::Lines(log.lines[..300].to_vec()), at(2000));
    book.take(&source("a"), LogEvent::Dropped(400), at(2000));
    book.take(&source("a"), LogEvent::Lines(log.lines[600..].to_vec()), at(2000));
    book.advance(at(5000));
    let (_, edge) = book.begin_healing(1).unwrap();
    assert_eq!(edge.head[0], log.lines[600]);
    book.take(&source("a"), LogEvent::Older { lines: log.lines[100..600].to_vec(), more: true }, at(5000));
    assert_eq!(shown(&book, "a"), (0..900).map(|i| format!("n{i}")).collect::<Vec<_>>());
    assert_eq!((book.ledger(1).unwrap().dropped, book.heal_wanted().count()), (100, 0));
}

#[test]
fn memory_that_goes_takes_its_holes_along() {
    let mut book = Book::new(1 << 20);
    book.open(source("a"), "a".to_owned());
    book.take(&source("a"), LogEvent::Live, at(0));
    let mut log: VecDeque<LogLine> = Log::new(60_000, 0).lines.into();
    while !log.is_empty() {
        let some: Vec<LogLine> = log.drain(..log.len().min(1000)).collect();
        book.take(&source("a"), LogEvent::Lines(some), at(30_000));
        let gone = log.drain(..log.len().min(500)).count() as u64;
        book.take(&source("a"), LogEvent::Dropped(gone), at(30_000));
    }
    let first = book.lane(1).unwrap().first();
    assert!(book.lane(1).unwrap().holes.iter().all(|hole| hole.row >= first));
    let ledger = book.ledger(1).unwrap();
    assert_eq!((ledger.received, ledger.held + ledger.evicted, ledger.dropped), (40_000, 40_000, 20_000));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn floods_of_all_kinds_heal(
        parts in proptest::collection::vec(1_usize..120, 3..12),
        most in 5_u32..300,
        others in proptest::collection::vec(0_i64..400, 0..5),
        filtered: bool,
        begin in 0_usize..40,
        paged_first: bool,
    ) {
        // The first ones are older than what is read at first.
        let log = Log::new(begin + parts.iter().sum::<usize>() + 5, 0);
        let live = Log { lines: log.lines[begin..].to_vec(), gone: 0 };
        let mut book = book(&["a", "b"]);
        let pattern = Pattern::parse("n1").unwrap();
        book.set_search(Some(pattern.clone()));
        if filtered {
            book.set_choice(Some(Box::new(Odd)));
        }
        let mut others: Vec<LogLine> = others.into_iter().map(|ms| line(ms, "other")).collect();
        others.sort_by_key(|line| line.at);
        let count = others.len();
        book.take(&source("b"), LogEvent::Lines(others), at(2000));
        let dropped = flood(&mut book, &live, &parts);
        let older = |book: &mut Book| {
            assert_eq!(book.edge(&source("a")).since, live.lines.len() as u64);
            let lines = log.lines[..begin].to_vec();
            book.take(&source("a"), LogEvent::Older { lines, more: false }, at(9000));
        };
        if paged_first {
            older(&mut book);
        }
        log.answer(&mut book, most, 9000);
        if !paged_first {
            older(&mut book);
        }
        while book.scan(u64::MAX) || book.search(u64::MAX) {}
        let want = log.lines.iter().map(|line| line.text.clone());
        let odd = |text: &String| !filtered || text.ends_with(['1', '3', '5', '7', '9']);
        prop_assert_eq!(shown(&book, "a"), want.filter(odd).collect::<Vec<_>>());
        let hits = book.shown().filter(|line| pattern.is_match(line.text)).count();
        prop_assert_eq!(book.hits(), hits);
        for position in book.positions() {
            prop_assert_eq!(book.position(book.flow.get(position).unwrap()), Some(position));
        }
        let ledger = book.ledger(1).unwrap();
        prop_assert_eq!((ledger.dropped, ledger.healed), (0, dropped));
        prop_assert_eq!((ledger.merged, ledger.shown + ledger.muted), (log.lines.len() as u64, log.lines.len() as u64));
        prop_assert_eq!(book.all().filter(|line| line.text == "other").count(), count);
        let keys: Vec<_> = book.all().filter(|line| line.kind == Kind::Line).map(|line| line.at).collect();
        prop_assert!(keys.is_sorted());
    }
}
