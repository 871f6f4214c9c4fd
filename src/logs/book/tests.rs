//! Books as a whole.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogEvent, LogGap, LogLine, LogStream};
use crate::logs::Level;

/// So many milliseconds after a time.
pub(super) fn at(ms: i64) -> Timestamp {
    "2026-11-21T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_millis(ms)
}

pub(super) fn source(name: &str) -> LogSourceId {
    LogSourceId::File(name.into())
}

pub(super) fn line(ms: i64, text: &str) -> LogLine {
    LogLine { at: Some(at(ms)), stream: LogStream::Stdout, text: text.into(), cut: false }
}

/// Lines as `1 a` and `5  b`: their time in milliseconds and their text.
pub(super) fn lines(all: &[&str]) -> Vec<LogLine> {
    let parts = all.iter().map(|l| l.split_once(' ').unwrap());
    parts.map(|(ms, text)| line(ms.parse().unwrap(), text)).collect()
}

struct Bench {
    book: Book,
}

impl Bench {
    /// With these sources open and connected.
    fn of(names: &[&str]) -> Self {
        let mut bench = Self { book: Book::new(1 << 20) };
        for name in names {
            bench.book.open(source(name), (*name).to_owned());
            bench.take(name, 0, LogEvent::Live);
        }
        bench
    }

    fn take(&mut self, name: &str, now: i64, event: LogEvent) {
        self.book.take(&source(name), event, at(now));
    }

    fn lines(&mut self, name: &str, now: i64, all: &[&str]) {
        self.take(name, now, LogEvent::Lines(lines(all)));
    }

    fn older(&mut self, name: &str, all: &[&str], more: bool) {
        self.take(name, 10_000, LogEvent::Older { lines: lines(all), more });
    }

    /// The rows' texts; `×n` behind those that stand for others, `!` before late ones.
    fn rows(&self) -> String {
        let rows = (0..self.book.len()).map(|i| {
            let row = self.book.row(i).unwrap();
            let line = self.book.line(row.line).unwrap();
            assert_eq!(self.book.index_of(row.line), Some(i));
            let late = if line.late { "!" } else { "" };
            let repeats = if row.repeats > 1 { format!("×{}", row.repeats) } else { String::new() };
            format!("{late}{}{repeats}", line.text)
        });
        rows.collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn a_single_source_is_shown_at_once() {
    let mut bench = Bench::of(&["a"]);
    bench.lines("a", 10, &["1 x", "2 y"]);
    assert_eq!(bench.rows(), "x y");
    assert_eq!(bench.book.next_due(at(10)), None);
    bench.older("a", &["-1 v", "0 w"], false);
    assert_eq!(bench.rows(), "v w x y");
    let ledger = bench.book.ledger(1).unwrap();
    assert_eq!((ledger.received, ledger.held, ledger.merged, ledger.shown, ledger.muted), (4, 4, 4, 4, 0));
}

#[test]
fn sources_wait_for_each_other() {
    let mut bench = Bench::of(&["a", "b"]);
    bench.lines("a", 1000, &["990 a1", "995 a2"]);
    assert_eq!(bench.rows(), "");
    bench.lines("b", 1001, &["992 b1", "1000 b2"]);
    assert_eq!(bench.rows(), "a1 b1 a2");
    let due = bench.book.next_due(at(1001)).unwrap();
    assert!(due > at(1001) && due <= at(1201), "{due}");
    assert!(bench.book.advance(due));
    assert_eq!((bench.rows().as_str(), bench.book.next_due(due)), ("a1 b1 a2 b2", None));
    // A minute later; the other one says nothing.
    bench.lines("a", 60_000, &["60000 a3"]);
    assert_eq!(bench.rows(), "a1 b1 a2 b2");
    bench.book.advance(at(60_201));
    assert_eq!(bench.rows(), "a1 b1 a2 b2 a3");
    bench.lines("b", 60_201, &["59000 b3", "60201 b4"]);
    bench.book.advance(at(60_500));
    assert_eq!(bench.rows(), "a1 b1 a2 b2 a3 !b3 b4");
    assert_eq!(bench.book.ledger(2).unwrap().late, 1);
}

#[test]
fn what_a_source_brings_of_its_past_is_put_in_where_it_belongs() {
    let mut bench = Bench::of(&["a", "b"]);
    bench.lines("a", 60_000, &["10 a1", "30 a2"]);
    assert_eq!(bench.rows(), "a1 a2");
    bench.lines("b", 60_010, &["20 b1", "40 b2"]);
    assert_eq!(bench.rows(), "a1 b1 a2 b2");
    // It follows; then it is away for a while and brings what was written meanwhile.
    bench.lines("b", 60_020, &["60019 b3"]);
    bench.take("b", 60_100, LogEvent::Lost(fault()));
    bench.lines("a", 63_000, &["62000 a3", "62990 a4"]);
    bench.take("b", 64_000, LogEvent::Live);
    bench.lines("b", 64_000, &["61000 b4", "63950 b5"]);
    bench.book.advance(at(64_300));
    let rows = "a1 b1 a2 b2 b3 connection lost: no route connected again b4 a3 a4 b5";
    assert_eq!(bench.rows(), rows);
    assert_eq!(bench.book.ledger(2).unwrap().late, 0);
}

#[test]
fn the_view_reaches_back_as_far_as_all_sources_are_read() {
    let mut bench = Bench::of(&["a", "b"]);
    bench.lines("a", 60_000, &["500 a1", "600 a2"]);
    bench.lines("b", 60_000, &["100 b1", "200 b2", "550 b3"]);
    // What is older than `a` reaches waits.
    assert_eq!(bench.rows(), "a1 b3 a2");
    let wanted =
        |bench: &Bench| bench.book.older_wanted().into_iter().map(|(lane, _)| lane).collect::<Vec<_>>();
    assert_eq!((wanted(&bench), bench.book.ledger(2).unwrap().waiting()), (vec![1], 2));
    bench.older("a", &["150 a0"], true);
    assert_eq!(bench.rows(), "a0 b2 a1 b3 a2");
    bench.older("a", &[], false);
    assert_eq!(bench.rows(), "b1 a0 b2 a1 b3 a2");
    assert_eq!((wanted(&bench), bench.book.complete_row()), (vec![2], 0));
    // One that cannot give more does not hold the others up.
    bench.take("b", 60_000, LogEvent::OlderFailed(fault()));
    bench.older("a", &[], false);
    assert_eq!(bench.book.ledger(2).unwrap().older_fault, Some(fault()));
    assert_eq!(bench.book.edge(&source("a")).number, -1);
    assert_eq!(bench.book.at_time(at(150)), 1);
    assert_eq!((bench.book.oldest(), bench.book.newest()), (Some(at(100)), Some(at(600))));
}

#[test]
fn a_page_that_comes_late_is_put_between() {
    let mut bench = Bench::of(&["b"]);
    bench.lines("b", 60_000, &["100 b1", "200 b2", "550 b3"]);
    bench.book.open(source("a"), "a".into());
    bench.lines("a", 60_000, &["500 a1"]);
    assert_eq!((bench.rows().as_str(), bench.book.complete_row()), ("b1 b2 a1 b3", 2));
    bench.older("a", &["150 a0"], true);
    assert_eq!((bench.rows().as_str(), bench.book.complete_row()), ("a0 b2 a1 b3", 0));
    bench.older("a", &[], false);
    assert_eq!(bench.rows(), "b1 a0 b2 a1 b3");
}

#[test]
fn around_a_time_lines_wait_for_the_sources_that_have_more() {
    let mut bench = Bench::of(&["a", "b"]);
    for name in ["a", "b"] {
        bench.book.anchor(&source(name));
    }
    bench.lines("a", 90_000, &["100 a1", "200 a2"]);
    bench.lines("b", 90_000, &["110 b1", "120 b2"]);
    assert_eq!((bench.rows().as_str(), bench.book.newer_wanted()), ("a1 b1 b2", vec![2]));
    assert_eq!(bench.book.next_due(at(90_000)), None);
    bench.take("b", 90_001, LogEvent::Newer { lines: lines(&["300 b3"]), more: false });
    assert_eq!(bench.rows(), "a1 b1 b2 a2");
    bench.take("a", 90_002, LogEvent::Newer { lines: Vec::new(), more: false });
    assert_eq!(bench.rows(), "a1 b1 b2 a2 b3");
}

struct Has(&'static str);

impl Choice for Has {
    fn judge(&self, line: &LineView<'_>, counts: &mut [u64]) -> bool {
        let found = line.text.contains(self.0);
        counts.iter_mut().for_each(|count| *count += u64::from(found));
        found
    }

    fn steps(&self) -> usize {
        1
    }

    fn cost(&self) -> u32 {
        50
    }
}

#[test]
fn a_trace_is_shown_whole() {
    let mut bench = Bench::of(&["a", "b"]);
    bench.book.set_choice(Some(Box::new(Has("deep"))));
    bench.lines("a", 1000, &["900 ERROR it failed", "900   at top", "901 other"]);
    bench.lines("b", 1000, &["950 b"]);
    bench.book.advance(at(1300));
    assert_eq!((bench.rows().as_str(), bench.book.step_counts()), ("", [0].as_slice()));
    // The line that passes comes last, and nothing of the trace was shown.
    bench.lines("a", 1400, &["1390 panic: it failed", "1390   at top"]);
    bench.book.advance(at(1700));
    bench.lines("a", 1701, &["1700   at deep"]);
    bench.book.advance(at(2000));
    let rows = "panic: it failed   at top   at deep";
    assert_eq!((bench.rows().as_str(), bench.book.step_counts()), (rows, [1].as_slice()));
    let ids: Vec<_> = (0..3).map(|i| bench.book.row(i).unwrap().line).collect();
    assert_eq!((bench.book.group(ids[1]), bench.book.context(ids[0], 1).len()), (ids.clone(), 3));
    assert_eq!(bench.book.line(ids[2]).unwrap().level, bench.book.line(ids[0]).unwrap().level);
    let ledger = bench.book.ledger(1).unwrap();
    assert_eq!((ledger.shown, ledger.muted), (3, 3));
    bench.book.set_choice(None);
    assert_eq!((bench.book.len(), bench.book.scanning()), (7, None));
}

#[test]
fn a_new_filter_shows_the_newest_lines_first() {
    let mut bench = Bench::of(&["a"]);
    let all = (0..5000).map(|i| line(i, &format!("line {i}"))).collect();
    bench.take("a", 9000, LogEvent::Lines(all));
    bench.book.set_choice(Some(Box::new(Has("00"))));
    assert!(bench.book.scan(1));
    assert_eq!(bench.book.line(bench.book.row(0).unwrap().line).unwrap().text, "line 4000");
    let share = bench.book.scanning().unwrap();
    assert!(share > 0.1 && share < 0.9, "{share}");
    bench.lines("a", 9001, &["9000 line 9900"]);
    while bench.book.scan(1) {}
    let found = (0..5000).filter(|i| i.to_string().contains("00")).count() + 1;
    assert_eq!((bench.book.len(), bench.book.step_counts()), (found, [found as u64].as_slice()));
}

#[test]
fn rows_alike_are_one() {
    let mut bench = Bench::of(&["a", "b"]);
    bench.book.set_collapse(true);
    let rows = [
        "1 retry 1",
        "2 retry 22",
        "3 retry 333",
        "4 done",
        "5 retry 4",
        "6 Error: x",
        "6   at 1",
        "7   at 2",
    ];
    bench.lines("a", 60_000, &rows);
    bench.lines("b", 60_000, &["8 retry 5"]);
    assert_eq!(bench.rows(), "retry 1×3 done retry 4 Error: x   at 1   at 2 retry 5");
    let second = bench.book.all().nth(1).unwrap().id;
    assert_eq!(bench.book.index_of(second), Some(0));
    bench.book.set_collapse(false);
    assert_eq!(bench.book.len(), 9);
}

#[test]
fn a_search_counts_and_goes_on() {
    let mut bench = Bench::of(&["a"]);
    bench.lines("a", 60_000, &["1 one", "2 two", "3 one two", "4 three"]);
    bench.book.set_search(Some(Pattern::parse("two").unwrap()));
    assert_eq!(bench.book.searching(), Some(0.0));
    assert!(!bench.book.search(1_000_000));
    bench.lines("a", 60_001, &["5 two", "6 six"]);
    assert_eq!((bench.book.hits(), bench.book.hits_before(2)), (3, 1));
    assert_eq!([0, 1, 2, 4].map(|row| bench.book.hit_after(row)), [Some(1), Some(2), Some(4), None]);
    assert_eq!([1, 2, 9].map(|row| bench.book.hit_before(row)), [None, Some(1), Some(4)]);
    bench.book.set_choice(Some(Box::new(Has("one"))));
    bench.book.scan(1_000_000);
    assert_eq!((bench.book.hits(), bench.book.hit_after(0), bench.book.is_hit(1)), (1, Some(1), true));
    bench.book.set_search(None);
    assert_eq!((bench.book.hits(), bench.book.searching()), (0, None));
}

/// A line of 100 bytes.
fn long(number: i64) -> LogLine {
    line(number, &format!("line {number:095}"))
}

#[test]
fn memory_is_bounded_and_what_goes_can_be_read_again() {
    let mut bench = Bench::of(&["a", "b"]);
    bench.lines("b", 1, &["0 rare"]);
    for start in (0..40_000).step_by(1000) {
        let now = start + 1000;
        bench.take("a", now, LogEvent::Lines((start..now).map(long).collect()));
    }
    bench.book.advance(at(41_000));
    let (ledger, edge) = (bench.book.ledger(1).unwrap(), bench.book.edge(&source("a")));
    assert!(bench.book.bytes() < (1 << 20) + (200 << 10), "{}", bench.book.bytes());
    assert_eq!((ledger.received, ledger.held + ledger.evicted), (40_000, 40_000));
    assert!(ledger.held > 5000 && edge.number == ledger.evicted as i64 && edge.since == ledger.held);
    assert_eq!(edge.head[0], long(edge.number));
    // Of the other one nothing went.
    assert_eq!(bench.rows().split(' ').next(), Some("rare"));
    assert_eq!(bench.book.older_wanted().len(), 2);
    bench.take(
        "a",
        41_000,
        LogEvent::Older { lines: (edge.number - 100..edge.number).map(long).collect(), more: true },
    );
    assert_eq!(bench.book.line(bench.book.row(0).unwrap().line).unwrap().at, Some(at(edge.number - 100)));
}

#[test]
fn what_is_looked_at_stays() {
    let mut bench = Bench::of(&["a"]);
    bench.take("a", 1000, LogEvent::Lines((0..1000).map(long).collect()));
    let id = bench.book.row(500).unwrap().line;
    bench.book.watch(Some(id));
    for start in (1000..30_000).step_by(1000) {
        bench.take("a", start + 1000, LogEvent::Lines((start..start + 1000).map(long).collect()));
    }
    assert_eq!(bench.book.index_of(id), Some(500));
    let lane = bench.book.lane(1).unwrap();
    assert!(lane.is_detached());
    let ledger = lane.ledger();
    assert_eq!((ledger.received, ledger.held + ledger.evicted), (30_000, 30_000));
    // To follow it again it is begun anew.
    bench.book.restart(&source("a"));
    bench.take("a", 30_000, LogEvent::Lines((29_900..30_000).map(long).collect()));
    assert_eq!((bench.book.len(), bench.book.edge(&source("a")).since), (100, 100));
}

#[test]
fn a_new_reading_doubles_nothing() {
    let mut bench = Bench::of(&["a"]);
    bench.lines("a", 60_000, &["1 a", "2 b", "3 c", "3 c"]);
    bench.older("a", &["0 z"], true);
    bench.book.restart(&source("a"));
    bench.lines("a", 60_000, &["2 b", "3 c"]);
    assert!(bench.book.older_wanted().is_empty());
    bench.lines("a", 60_000, &["3 c", "4 d"]);
    assert_eq!(bench.rows(), "z a b c c d");
    let edge = bench.book.edge(&source("a"));
    assert_eq!((edge.number, edge.since), (-2, 6));
    assert_eq!(bench.book.ledger(1).unwrap().repeated, 3);
    // Nothing of it is held: it begins anew.
    bench.book.restart(&source("a"));
    bench.lines("a", 60_000, &["8 x"]);
    assert_eq!((bench.rows().as_str(), bench.book.edge(&source("a")).number), ("x", 0));
    let ledger = bench.book.ledger(1).unwrap();
    assert_eq!((ledger.received, ledger.held, ledger.evicted, ledger.repeated), (10, 1, 6, 3));
}

#[test]
fn what_stands_between_lines_is_never_hidden() {
    let mut bench = Bench::of(&["a"]);
    bench.book.set_choice(Some(Box::new(Has("x"))));
    bench.lines("a", 60_000, &["1 x1", "2 y"]);
    bench.take("a", 60_000, LogEvent::Dropped(5));
    bench.take("a", 60_000, LogEvent::Gap(LogGap::default()));
    bench.lines("a", 60_000, &["3 x2"]);
    bench.book.note(at(60_001), "died", Level::Error);
    bench.book.advance(at(60_300));
    let rows = "x1 5 lines came too fast to be taken lines are missing here: they are not available any more x2 died";
    assert_eq!(bench.rows(), rows);
    let kinds = bench.book.shown().map(|line| line.kind).collect::<Vec<_>>();
    assert_eq!(kinds, [Kind::Line, Kind::Dropped, Kind::Gap, Kind::Line, Kind::Note]);
    let (ledger, edge) = (bench.book.ledger(1).unwrap(), bench.book.edge(&source("a")));
    assert_eq!((ledger.dropped, ledger.gaps, ledger.held, edge.since), (5, 1, 3, 8));
}

#[test]
fn clocks_that_differ_are_put_right() {
    let mut bench = Bench::of(&["a", "b"]);
    bench.lines("a", 60_000, &["59000 a1", "59500 a2"]);
    bench.take("b", 60_000, LogEvent::Skew(SignedDuration::from_secs(-10)));
    bench.lines("b", 60_000, &["49250 b1"]);
    assert_eq!(bench.rows(), "a1 b1 a2");
    bench.take("b", 60_000, LogEvent::Skew(SignedDuration::from_secs(-11)));
    bench.book.advance(at(61_000));
    assert_eq!(bench.rows(), "a1 a2 b1");
    // A time far ahead does not make everything that follows late.
    bench.lines("a", 61_000, &["9000000 a3", "60900 a4"]);
    bench.lines("b", 61_010, &["50015 b2"]);
    bench.book.advance(at(62_000));
    assert_eq!(bench.rows(), "a1 a2 b1 a3 a4 b2");
    assert_eq!(bench.book.ledger(2).unwrap().late, 0);
}

#[test]
fn lines_without_a_time_come_when_they_come() {
    let mut bench = Bench::of(&["a", "b"]);
    let bare = |text: &str| LogLine { at: None, ..line(0, text) };
    bench.take("a", 1000, LogEvent::Lines(vec![bare("a1")]));
    bench.lines("b", 2000, &["1500 b1"]);
    bench.take("a", 2500, LogEvent::Lines(vec![bare("a2")]));
    bench.book.advance(at(3000));
    assert_eq!(bench.rows(), "a1 b1 a2");
    assert_eq!(bench.book.all().next().unwrap().at, None);
}

#[test]
fn an_index_takes_less_than_40_bytes_a_line() {
    let mut book = Book::new(256 << 20);
    let id = source("a");
    book.open(id.clone(), "a".into());
    for start in (0..100_000).step_by(1000) {
        book.take(&id, LogEvent::Lines((start..start + 1000).map(long).collect()), at(start));
    }
    book.set_choice(Some(Box::new(Has("7"))));
    while book.scan(u64::MAX) {}
    let text: usize = book.all().map(|line| line.text.len()).sum();
    let index = (book.bytes() - text) / 100_000;
    assert!(index <= 40, "{index}");
}

#[test]
fn hostile_lines_are_held_as_they_are_and_bounded() {
    let mut bench = Bench::of(&["a"]);
    let all = ["\0\u{1b}]52;c;x\u{7}", "a\nb", "", &"é".repeat(1 << 20)];
    let lines = all.map(|text| line(1, text));
    bench.take("a", 60_000, LogEvent::Lines(lines.to_vec()));
    let held: Vec<_> = bench.book.all().map(|line| (line.text.len(), line.cut)).collect();
    assert_eq!(held, [(all[0].len(), false), (3, false), (0, false), (256 << 10, true)]);
    bench.book.set_search(Some(Pattern::parse("b").unwrap()));
    bench.book.search(u64::MAX);
    assert_eq!(bench.book.hits(), 1);
    // Times beyond what nanoseconds can tell.
    for at in [Timestamp::MIN, Timestamp::MAX] {
        bench.take("a", 60_000, LogEvent::Lines(vec![LogLine { at: Some(at), ..line(0, "t") }]));
        bench.take("a", 60_000, LogEvent::Skew(SignedDuration::MAX));
        bench.take("a", 60_000, LogEvent::Skew(SignedDuration::MIN));
    }
    assert_eq!(bench.book.len(), 6);
}

#[test]
fn places_are_given_again_when_they_run_out() {
    let mut book = Book::new(1 << 20);
    let id = |i: usize| source(&i.to_string());
    for i in 1..LANES {
        assert_eq!(book.open(id(i), String::new()), i);
    }
    book.close(&id(7));
    assert_eq!((book.open(id(LANES), String::new()), book.place(&id(7))), (7, None));
    assert_eq!((book.open(id(LANES), "x".into()), book.lane(7).unwrap().label()), (7, "x"));
    assert_eq!((book.open(id(LANES + 1), String::new()), book.place(&id(1))), (1, None));
}

fn fault() -> Fault {
    Fault::new(FaultKind::Unreachable, "no route")
}

#[test]
fn what_is_missing_stands_where_it_is_missing() {
    let hour = 3_600_000;
    let mut bench = Bench::of(&["api", "db"]);
    bench.lines("api", hour, &["1 before"]);
    bench.book.advance(at(hour + 300));
    bench.take("api", hour + 300, LogEvent::Dropped(1204));
    bench.take("api", hour + 300, LogEvent::Gap(crate::domain::log::LogGap::default()));
    bench.lines("api", hour + 300, &["2 after"]);
    bench.book.advance(at(hour + 600));
    let rows = bench.rows();
    let place = |word: &str| rows.find(word).unwrap_or_else(|| panic!("{word}: {rows}"));
    assert!(place("before") < place("1,204") && place("1,204") < place("after"));
}

#[test]
fn notes_stand_where_they_belong() {
    let mut bench = Bench::of(&["a"]);
    bench.lines("a", 60_000, &["50000 a1", "59000 a2", "60000 a3"]);
    // Told a moment late it stands at the end, told much later where it belongs.
    bench.book.note(at(59_900), "died", Level::Error);
    let due = bench.book.next_due(at(60_000)).unwrap();
    bench.book.advance(due);
    assert_eq!(bench.rows(), "a1 a2 a3 died");
    bench.lines("a", 62_000, &["62000 a4"]);
    bench.book.note(at(60_100), "deployed", Level::Info);
    assert_eq!(bench.rows(), "a1 a2 a3 died deployed a4");
    bench.book.note(at(90_000_000), "from a wrong clock", Level::Info);
    bench.lines("a", 62_500, &["62500 a5"]);
    bench.book.advance(at(63_000));
    assert_eq!(bench.rows(), "a1 a2 a3 died deployed a4 from a wrong clock a5");
}

#[test]
fn a_source_that_is_always_behind_is_late_in_the_end() {
    let mut bench = Bench::of(&["a", "b"]);
    for now in (0..20_000).step_by(500) {
        bench.lines("a", now, &[&format!("{now} a")]);
        bench.lines("b", now, &[&format!("{} b", now - 3000)]);
    }
    let late = bench.book.ledger(2).unwrap().late;
    assert!(late > 20 && late < 35, "{late}");
    assert_eq!(bench.book.ledger(1).unwrap().late, 0);
}

#[test]
fn lines_put_in_between_leave_the_rest_as_it_was_judged() {
    let mut bench = Bench::of(&["a", "b"]);
    bench.book.set_choice(Some(Box::new(Has("x"))));
    bench.lines("a", 60_000, &["100 x1", "200 y", "300 ERROR z", "300   at x"]);
    assert!(!bench.book.scan(1_000_000));
    // It is put in between the lines of the trace, which stays together all the same.
    bench.lines("b", 60_000, &["150 x2", "310 y"]);
    assert_eq!((bench.book.scanning(), bench.rows().as_str()), (None, "x1 x2 ERROR z   at x"));
    assert_eq!(bench.book.step_counts(), [3]);
}
