//! Files of this machine as sources of lines: real files that are written, rotated, paged back and searched.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt;
use jiff::Timestamp;
use pult::backends::local::local_source;
use pult::backends::log_source::{LogRange, LogSource};
use pult::domain::fault::FaultKind;
use pult::domain::log::{LogAnchor, LogEvent, LogLine, LogSourceId, LogTurn};
use tempfile::TempDir;

use super::local_reading::Reading;

/// A log in a folder of its own.
struct Log {
    dir: TempDir,
}

impl Log {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, end: &str) -> PathBuf {
        self.dir.path().join(format!("app.log{end}"))
    }

    fn source(&self) -> Arc<dyn LogSource> {
        local_source(&LogSourceId::File(self.path("").to_str().unwrap().into())).unwrap()
    }

    fn append(&self, text: &str) {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path(""))
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }

    /// Three files of 1000 numbered lines, a second each; the oldest is compressed.
    fn rotated() -> Self {
        let log = Self::new();
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(numbered(0..1000).as_bytes()).unwrap();
        fs::write(log.path(".2.gz"), packed.finish().unwrap()).unwrap();
        fs::write(log.path(".1"), numbered(1000..2000)).unwrap();
        log.append(&numbered(2000..3000));
        log
    }
}

fn time(number: u32) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + i64::from(number)).unwrap()
}

fn numbered(range: std::ops::Range<u32>) -> String {
    range.map(|number| format!("{} line {number}\n", time(number))).collect()
}

/// Numbers of lines with whether there are more.
fn page((lines, more): (Vec<LogLine>, bool)) -> (Vec<u32>, bool) {
    (numbers(&lines), more)
}

fn number(text: &str) -> u32 {
    text.rsplit(' ').next().unwrap().parse().unwrap()
}

fn numbers(lines: &[LogLine]) -> Vec<u32> {
    assert!(lines.iter().all(|line| line.at == Some(time(number(&line.text)))));
    lines.iter().map(|line| number(&line.text)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn followed_through_a_rotation_and_paged_back_to_the_beginning() {
    let log = Log::rotated();
    let mut reading = Reading::of(&log.source(), LogAnchor::End, Some(10));
    assert_eq!(reading.next().await, LogEvent::Live);
    assert_eq!(numbers(&reading.lines("line 2999").await), (2990..3000).collect::<Vec<_>>());
    log.append(&numbered(3000..3100));
    reading.lines("line 3099").await;
    fs::rename(log.path(".2.gz"), log.path(".3.gz")).unwrap();
    fs::rename(log.path(".1"), log.path(".2")).unwrap();
    fs::rename(log.path(""), log.path(".1")).unwrap();
    log.append(&numbered(3100..3200));
    let mut got = Vec::new();
    let mut turns = Vec::new();
    while got.last() != Some(&3199) {
        match reading.next().await {
            LogEvent::Lines(lines) => got.extend(numbers(&lines)),
            LogEvent::Turned(turn) => turns.push((turn, got.len())),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((got, turns), ((3100..3200).collect(), vec![(LogTurn::Rotated, 0)]));
    // The reader has given away all but the lines from number 150 on: 3140.
    assert_eq!(page(reading.older(30, 150).await), ((3110..3140).collect(), true));
    assert_eq!(page(reading.older(30, 120).await), ((3080..3110).collect(), true));
    assert_eq!(page(reading.older(100, 0).await), ((2890..2990).collect(), true));
    assert_eq!(page(reading.older(1500, -100).await), ((1390..2890).collect(), true));
    assert_eq!(page(reading.older(5000, -1600).await), ((0..1390).collect(), false));
    assert_eq!(page(reading.newer(5).await), (vec![], false), "what is newer comes by itself");
    reading.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn around_a_time_both_ways() {
    let log = Log::rotated();
    let mut reading = Reading::of(&log.source(), LogAnchor::Time(time(1500)), Some(20));
    assert_eq!(reading.next().await, LogEvent::Live);
    assert_eq!(numbers(&reading.lines("line 1519").await), (1500..1520).collect::<Vec<_>>());
    match reading.next().await {
        LogEvent::Older { lines, more } => {
            assert_eq!((numbers(&lines), more), ((1480..1500).collect(), true))
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(page(reading.older(1000, -20).await), ((480..1480).collect(), true));
    assert_eq!(page(reading.newer(1000).await), ((1520..2520).collect(), true));
    let (lines, _) = page(reading.newer(1000).await);
    assert_eq!(lines, (2520..3000).collect::<Vec<_>>());
    log.append(&numbered(3000..3010));
    assert_eq!(page(reading.newer(1000).await), ((3000..3010).collect(), false));
    reading.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_search_finds_can_be_gone_to() {
    let log = Log::rotated();
    let source = log.source();
    let mut reading = Reading::of(&source, LogAnchor::End, Some(1));
    reading.lines("line 2999").await;
    let found = reading.find(r"LINE \d*77$").await;
    assert_eq!((found.hits, found.places.len(), found.fault), (30, 30, None));
    for (place, want) in found.places.into_iter().zip((0..30).rev().map(|n| n * 100 + 77)).step_by(7) {
        let mut around = Reading::of(&source, LogAnchor::Offset(place), Some(1));
        assert_eq!(around.next().await, LogEvent::Live);
        assert_eq!(numbers(&around.lines(&format!("line {}", want)).await), [want]);
        around.end().await;
    }
    let wrong = reading.find("(").await;
    assert_eq!((wrong.hits, wrong.fault.is_some()), (0, true));
    reading.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_without_end_is_shown_before_it_has_one() {
    let log = Log::new();
    log.append("first\nsecond …");
    let mut reading = Reading::of(&log.source(), LogAnchor::End, None);
    assert_eq!(reading.next().await, LogEvent::Live);
    let texts = |event| match event {
        LogEvent::Lines(lines) => lines.into_iter().map(|line| line.text).collect(),
        LogEvent::Progress(line) => vec!["open".to_owned(), line.text],
        other => panic!("{other:?}"),
    };
    assert_eq!(texts(reading.next().await), ["first"]);
    assert_eq!(texts(reading.next().await), ["open", "second …"]);
    log.append(" done\n");
    assert_eq!(texts(reading.next().await), ["second … done"]);
    reading.end().await;
}

async fn stored(log: &Log, range: LogRange) -> Vec<u32> {
    let lines: Vec<_> = log.source().stored(range).await.unwrap().map(Result::unwrap).concat().await;
    numbers(&lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_in_a_range() {
    let log = Log::rotated();
    let range = |tail, since: Option<u32>, until: Option<u32>| LogRange {
        tail,
        since: since.map(time),
        until: until.map(time),
    };
    assert_eq!(stored(&log, range(None, None, None)).await, (2000..3000).collect::<Vec<_>>());
    assert_eq!(stored(&log, range(Some(3), None, None)).await, [2997, 2998, 2999]);
    assert_eq!(stored(&log, range(Some(3000), None, None)).await.len(), 1000, "of the file itself");
    assert_eq!(stored(&log, range(None, Some(995), Some(2003))).await, (995..=2003).collect::<Vec<_>>());
    assert_eq!(stored(&log, range(Some(4), Some(995), Some(1001))).await, [998, 999, 1000, 1001]);
    assert_eq!(stored(&log, range(Some(40), Some(998), Some(1001))).await, [998, 999, 1000, 1001]);
    assert_eq!(stored(&log, range(None, Some(5000), None)).await, [0; 0]);
    assert_eq!(stored(&log, range(Some(0), None, None)).await, [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused() {
    let log = Log::new();
    let fault = log.source().stored(LogRange::default()).await.err().unwrap();
    assert_eq!(fault.kind, FaultKind::Gone);
    log.append("no time in here\n");
    let since = LogRange { since: Some(time(0)), ..LogRange::default() };
    let fault = log.source().stored(since).await.err().unwrap();
    assert!(fault.kind == FaultKind::Unsupported && fault.message.contains("time"), "{fault:?}");
    let folder = local_source(&LogSourceId::File(log.dir.path().to_str().unwrap().into())).unwrap();
    let mut reading = Reading::of(&folder, LogAnchor::End, None);
    assert!(matches!(reading.next().await, LogEvent::Refused(_)));
    reading.ended().await;
}
