//! Recordings written, cut off, lost, dropped and read back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Library, RecordingLog, Store};
use crate::backends::log_source::{LogRange, LogReader, LogReading, LogSource};
use crate::domain::fault::FaultKind;
use crate::domain::log::{LogAnchor, LogAsk, LogEdge, LogEvent, LogFind, LogLine, LogStream};
use crate::logs::recording::Limits;

const LIMITS: Limits = Limits { source_bytes: 64 << 20, total_bytes: 1 << 30, spare_bytes: 0 };

fn at(s: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + s).unwrap()
}

fn line(s: i64, text: &str) -> LogLine {
    LogLine { at: Some(at(s)), stream: LogStream::Stdout, text: text.into(), cut: false }
}

fn numbers(range: std::ops::Range<i64>) -> Vec<LogLine> {
    range.map(|n| line(n, &n.to_string())).collect()
}

fn open(dir: &TempDir) -> Store {
    Store::open(dir.path(), LIMITS).unwrap()
}

async fn stored(dir: &TempDir, name: &str, range: LogRange) -> Vec<LogLine> {
    let log = RecordingLog::new(dir.path(), name);
    let batches: Vec<_> = log.stored(range).await.unwrap().collect().await;
    batches.into_iter().flat_map(Result::unwrap).collect()
}

fn texts(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|l| l.text.as_str()).collect()
}

/// Every file below, with its size.
fn files(dir: &Path) -> Vec<(PathBuf, u64)> {
    let mut out = Vec::new();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        match entry.metadata().unwrap() {
            about if about.is_dir() => out.extend(files(&entry.path())),
            about => out.push((entry.path(), about.len())),
        }
    }
    out.sort();
    out
}

fn segments(dir: &TempDir) -> Vec<(PathBuf, u64)> {
    let mut files = files(&dir.path().join("recordings"));
    files.retain(|(path, _)| path.extension().is_some_and(|e| e == "segment"));
    files
}

#[tokio::test]
async fn what_is_written_is_read_over_several_segments() {
    let dir = TempDir::new().unwrap();
    let mut store = open(&dir);
    for n in 0..10 {
        store.append("web@a", &numbers(n * 10..n * 10 + 10), at(n * 200)).unwrap();
        store.append("db@a", &[line(n, "ERROR x")], at(n * 200)).unwrap();
        store.keep(at(n * 200)).unwrap();
    }
    // Readers do not wait for the end.
    assert_eq!(stored(&dir, "web@a", LogRange::default()).await, numbers(0..100));
    let part = LogRange { tail: None, since: Some(at(35)), until: Some(at(62)) };
    assert_eq!(stored(&dir, "web@a", part).await, numbers(35..63));
    let tail = LogRange { tail: Some(7), since: None, until: Some(at(62)) };
    assert_eq!(stored(&dir, "web@a", tail).await, numbers(56..63));
    let tail = LogRange { tail: Some(1000), since: Some(at(90)), until: None };
    assert_eq!(stored(&dir, "web@a", tail).await, numbers(90..100));

    let recordings = Library::new(dir.path()).recordings().unwrap();
    assert_eq!(recordings, store.recordings().unwrap());
    let [db, web] = recordings.as_slice() else { panic!("{recordings:?}") };
    assert_eq!((&*db.name, db.summary.lines, db.summary.levels[4]), ("db@a", 10, 10));
    assert_eq!((web.summary.first, web.summary.last, web.segments), (Some(at(0)), Some(at(99)), 4));
    store.close().unwrap();
    for (path, size) in segments(&dir) {
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(size > 0);
    }
    let recordings = dir.path().join("recordings");
    assert_eq!(recordings.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(recordings.join("index.sqlite").metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_recording_goes_on_where_it_ended() {
    let dir = TempDir::new().unwrap();
    let mut store = open(&dir);
    store.begin("web@a", "life 1").unwrap();
    store.append("web@a", &numbers(0..30), at(0)).unwrap();
    drop(store); // As in a crash.
    let mut store = open(&dir);
    let end = store.end("web@a").unwrap();
    assert_eq!((end.life.as_str(), end.lines.last()), ("life 1", Some(&line(29, "29"))));
    assert_eq!(store.end("new@a").unwrap(), super::End::default());
    store.append("web@a", &numbers(30..40), at(40)).unwrap();
    store.close().unwrap();
    assert_eq!(stored(&dir, "web@a", LogRange::default()).await, numbers(0..40));
}

#[tokio::test]
async fn a_crash_takes_no_more_than_what_was_not_whole() {
    let dir = TempDir::new().unwrap();
    let mut store = open(&dir);
    for n in 0..3 {
        store.append("w", &numbers(n * 2..n * 2 + 2), at(0)).unwrap();
    }
    drop(store);
    let (path, size) = segments(&dir).remove(0);
    let whole = fs::read(&path).unwrap();
    let mut ends = Vec::new();
    for cut in 0..=usize::try_from(size).unwrap() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &whole[..cut]).unwrap();
        drop(open(&dir));
        let left = segments(&dir).first().map_or(0, |(_, size)| *size);
        if left as usize == cut {
            ends.push(cut);
        }
        assert_eq!(left as usize, *ends.last().unwrap_or(&0), "cut at {cut}");
        let lines = match left {
            0 => Vec::new(),
            _ => stored(&dir, "w", LogRange::default()).await,
        };
        assert_eq!(lines, numbers(0..(ends.len() as i64 - 1) * 2), "cut at {cut}");
        for (path, _) in segments(&dir) {
            fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(ends.len(), 4, "nothing, and three blocks: {ends:?}");
}

#[tokio::test]
async fn the_index_is_made_anew_from_the_segments() {
    let dir = TempDir::new().unwrap();
    let mut store = open(&dir);
    for n in 0..4 {
        store.append("web@a", &numbers(n * 10..n * 10 + 10), at(n * 400)).unwrap();
        store.append("file:/var/log/x", &[line(n, "WARN y")], at(n * 400)).unwrap();
        store.keep(at(n * 400)).unwrap();
    }
    store.close().unwrap();
    let before = Library::new(dir.path()).recordings().unwrap();
    let index = dir.path().join("recordings/index.sqlite");
    for damage in
        [None, Some(b"no database at all".to_vec()), Some(fs::read(&index).unwrap()[..5000].to_vec())]
    {
        match damage {
            None => fs::remove_file(&index).unwrap(),
            Some(bytes) => fs::write(&index, bytes).unwrap(),
        }
        open(&dir).close().unwrap();
        assert_eq!(Library::new(dir.path()).recordings().unwrap(), before);
        assert_eq!(stored(&dir, "web@a", LogRange::default()).await, numbers(0..40));
    }
    // What only the index knows is no recording.
    fs::remove_dir_all(dir.path().join("recordings/1")).unwrap();
    drop(open(&dir));
    assert_eq!(Library::new(dir.path()).recordings().unwrap().len(), 1);
}

#[test]
fn a_newer_pults_recordings_are_left_alone() {
    let dir = TempDir::new().unwrap();
    open(&dir).close().unwrap();
    let db = rusqlite::Connection::open(dir.path().join("recordings/index.sqlite")).unwrap();
    db.pragma_update(None, "user_version", 2).unwrap();
    drop(db);
    assert_eq!(Store::open(dir.path(), LIMITS).unwrap_err().kind, FaultKind::Unsupported);
    assert_eq!(Library::new(dir.path()).recordings().unwrap_err().kind, FaultKind::Unsupported);
}

#[test]
fn one_writes_at_a_time() {
    let dir = TempDir::new().unwrap();
    let first = open(&dir);
    assert_eq!(Store::open(dir.path(), LIMITS).unwrap_err().kind, FaultKind::Conflict);
    drop(first);
    open(&dir);
}

#[test]
fn without_room_nothing_is_written() {
    let dir = TempDir::new().unwrap();
    let none = Limits { spare_bytes: u64::MAX, ..LIMITS };
    let fault = Store::open(dir.path(), none).unwrap_err();
    assert!(fault.hint.is_some_and(|hint| hint.contains("make room")));
}

#[tokio::test]
async fn what_cannot_be_written_is_a_fault_and_opening_anew_goes_on() {
    let dir = TempDir::new().unwrap();
    let mut store = open(&dir);
    store.append("w", &numbers(0..5), at(0)).unwrap();
    store.keep(at(400)).unwrap();
    let (folder, aside) = (dir.path().join("recordings/1"), dir.path().join("aside"));
    fs::rename(&folder, &aside).unwrap();
    fs::write(&folder, "in the way").unwrap();
    assert!(store.append("w", &numbers(5..9), at(400)).is_err());
    drop(store);
    fs::remove_file(&folder).unwrap();
    fs::rename(&aside, &folder).unwrap();
    let mut store = open(&dir);
    store.append("w", &numbers(5..9), at(800)).unwrap();
    store.close().unwrap();
    assert_eq!(stored(&dir, "w", LogRange::default()).await, numbers(0..9));
}

/// Text that does not become smaller.
fn noise(seed: u64, bytes: usize) -> LogLine {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + u8::try_from(state >> 58).unwrap())
    };
    line(0, &(0..bytes).map(|_| next()).collect::<String>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn the_ring_never_exceeds_its_bounds(
        source_kib in 80_u64..200, total_kib in 120_u64..400,
        writes in proptest::collection::vec((0_usize..3, 0_usize..40_000, 0_i64..400), 1..40),
    ) {
        let dir = TempDir::new().unwrap();
        let limits = Limits { source_bytes: source_kib << 10, total_bytes: total_kib << 10, spare_bytes: 0 };
        let mut store = Store::open(dir.path(), limits).unwrap();
        let mut now = 0;
        for (i, (source, bytes, wait)) in writes.into_iter().enumerate() {
            now += wait;
            let name = ["a", "b", "c"][source];
            if store.append(name, &[noise(i as u64, bytes)], at(now)).is_err() {
                // A segment alone was too large: that is told, and it goes on after opening anew.
                drop(store);
                store = Store::open(dir.path(), limits).unwrap();
            }
            store.keep(at(now)).unwrap();
            let mut of_source = std::collections::BTreeMap::<_, u64>::new();
            for (path, size) in segments(&dir) {
                *of_source.entry(path.parent().unwrap().to_owned()).or_default() += size.div_ceil(4096) * 4096;
            }
            prop_assert!(of_source.values().all(|bytes| *bytes <= limits.source_bytes), "{:?}", of_source);
            let total: u64 = of_source.values().sum();
            prop_assert!(total <= limits.total_bytes);
            prop_assert_eq!(total, store.bytes());
            let indexed: u64 = store.recordings().unwrap().iter().map(|r| r.segments).sum();
            prop_assert_eq!(indexed, segments(&dir).len() as u64);
        }
    }
}

#[tokio::test]
async fn tighter_limits_hold_from_the_start() {
    let dir = TempDir::new().unwrap();
    let mut store = open(&dir);
    for n in 0..8 {
        store.append("w", &[noise(n, 30_000)], at(n as i64 * 400)).unwrap();
        store.keep(at(n as i64 * 400)).unwrap();
    }
    store.close().unwrap();
    let store = Store::open(dir.path(), Limits { source_bytes: 100 << 10, ..LIMITS }).unwrap();
    assert!(store.bytes() <= 100 << 10 && store.bytes() > 50 << 10);
    assert_eq!(stored(&dir, "w", LogRange::default()).await.last().unwrap(), &noise(7, 30_000));
}

struct Reading {
    asks: mpsc::Sender<LogAsk>,
    events: mpsc::Receiver<LogEvent>,
    lines: Vec<LogLine>,
}

impl Reading {
    fn of(dir: &TempDir, name: &str, anchor: LogAnchor, tail: Option<u32>) -> Self {
        let ((asks, asked), (told, events)) = (mpsc::channel(8), mpsc::channel(2));
        let log = Arc::new(RecordingLog::new(dir.path(), name));
        let reader = LogReader { asks: asked, events: told, stop: CancellationToken::new() };
        #[allow(clippy::disallowed_methods)] // Tests have no runtime of ours.
        tokio::spawn(log.read(LogReading { anchor, tail }, reader));
        Self { asks, events, lines: Vec::new() }
    }

    async fn event(&mut self) -> LogEvent {
        self.events.recv().await.expect("it goes on")
    }

    /// Collects lines until there are so many.
    async fn lines(&mut self, n: usize) -> Vec<LogLine> {
        while self.lines.len() < n {
            match self.event().await {
                LogEvent::Lines(lines) => self.lines.extend(lines),
                LogEvent::Live => {}
                // Around a place: what is before it comes behind what is there.
                LogEvent::Older { lines, .. } => {
                    self.lines = [lines, std::mem::take(&mut self.lines)].concat()
                }
                other => panic!("{other:?}"),
            }
        }
        std::mem::take(&mut self.lines)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_follows_what_is_written_meanwhile() {
    let dir = TempDir::new().unwrap();
    let mut store = open(&dir);
    store.append("w", &numbers(0..10), at(0)).unwrap();
    store.keep(at(0)).unwrap();
    let mut reading = Reading::of(&dir, "w", LogAnchor::End, Some(4));
    assert_eq!(reading.lines(4).await, numbers(6..10));
    let writer = tokio::task::spawn_blocking(move || {
        for n in 1..60 {
            store.append("w", &numbers(n * 500..n * 500 + 500), at(n * 20)).unwrap();
            store.keep(at(n * 20)).unwrap();
        }
        store.close().unwrap();
    });
    let lines = reading.lines(59 * 500).await;
    assert_eq!(lines, numbers(500..30_000), "whole, in order, once");
    writer.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_pages_both_ways_from_a_time_and_from_a_place() {
    let dir = TempDir::new().unwrap();
    let mut store = open(&dir);
    for n in 0..10 {
        store.append("w", &numbers(n * 10..n * 10 + 10), at(n * 400)).unwrap();
        store.keep(at(n * 400)).unwrap();
    }
    store.close().unwrap();
    let older = |lines, number| LogAsk::Older { lines, edge: LogEdge { number, ..LogEdge::default() } };
    for anchor in [LogAnchor::Time(at(50)), LogAnchor::Offset(50)] {
        let mut reading = Reading::of(&dir, "w", anchor, Some(3));
        assert_eq!(reading.lines(6).await, numbers(47..53));
        reading.asks.send(older(15, -3)).await.unwrap();
        assert_eq!(reading.event().await, LogEvent::Older { lines: numbers(32..47), more: true });
        reading.asks.send(older(100, -18)).await.unwrap();
        assert_eq!(reading.event().await, LogEvent::Older { lines: numbers(0..32), more: false });
        // Some of it was given up meanwhile.
        reading.asks.send(older(5, -13)).await.unwrap();
        assert_eq!(reading.event().await, LogEvent::Older { lines: numbers(32..37), more: true });
        reading.asks.send(LogAsk::Newer { lines: 40 }).await.unwrap();
        assert_eq!(reading.event().await, LogEvent::Newer { lines: numbers(53..93), more: true });
        reading.asks.send(LogAsk::Newer { lines: 40 }).await.unwrap();
        assert_eq!(reading.event().await, LogEvent::Newer { lines: numbers(93..100), more: false });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_searched_from_its_end() {
    let dir = TempDir::new().unwrap();
    let mut store = open(&dir);
    for n in 0..5 {
        store.append("w", &[line(n, "other"), line(n, &format!("NEEDLE {n}"))], at(n * 400)).unwrap();
        store.keep(at(n * 400)).unwrap();
    }
    store.close().unwrap();
    let mut reading = Reading::of(&dir, "w", LogAnchor::End, Some(0));
    let mut find = LogFind { generation: 7, regex: "needle [1-9]".into(), ignore_case: true };
    reading.asks.send(LogAsk::Find(find.clone())).await.unwrap();
    loop {
        if let LogEvent::Found(found) = reading.event().await
            && found.done
        {
            assert_eq!((found.generation, found.hits, found.places), (7, 4, vec![9, 7, 5, 3]));
            assert_eq!(found.scanned_bytes, found.total_bytes);
            break;
        }
    }
    find.regex = "(".into();
    reading.asks.send(LogAsk::Find(find)).await.unwrap();
    assert!(matches!(reading.event().await, LogEvent::Found(found) if found.done && found.fault.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_is_told_what_the_ring_dropped_under_it() {
    let dir = TempDir::new().unwrap();
    let limits = Limits { source_bytes: 120 << 10, ..LIMITS };
    let mut store = Store::open(dir.path(), limits).unwrap();
    for n in 0..5 {
        store.append("w", &numbers(n * 3000..n * 3000 + 3000), at(n * 400)).unwrap();
        store.keep(at(n * 400 + 399)).unwrap();
    }
    let mut reading = Reading::of(&dir, "w", LogAnchor::End, None);
    // The channel holds two events: it waits with half of it.
    assert_eq!(reading.event().await, LogEvent::Live);
    for n in 5..9 {
        store.append("w", &[noise(n, 60_000)], at(n as i64 * 400)).unwrap();
        store.keep(at(n as i64 * 400 + 399)).unwrap();
    }
    // How much it has read before the ring turned is left to chance, and it may read on while it turns.
    let (mut lines, mut first_gap) = (Vec::new(), None);
    while lines.last() != Some(&noise(8, 60_000)) {
        match reading.event().await {
            LogEvent::Lines(more) => lines.extend(more),
            LogEvent::Gap(_) => first_gap = first_gap.or(Some(lines.len() as i64)),
            other => panic!("{other:?}"),
        }
    }
    let (all, before) = (lines.len() as i64, first_gap.unwrap());
    assert!(before < 15_000);
    assert_eq!(lines[lines.len() - 2..], [noise(7, 60_000), noise(8, 60_000)]);
    let older = |number| LogAsk::Older { lines: 9, edge: LogEdge { number, ..LogEdge::default() } };
    reading.asks.send(older(all - 1)).await.unwrap();
    assert_eq!(reading.event().await, LogEvent::Older { lines: vec![noise(7, 60_000)], more: false });
    reading.asks.send(older(before - 1)).await.unwrap();
    assert_eq!(reading.event().await, LogEvent::Older { lines: vec![], more: false });
}

#[tokio::test]
async fn a_damaged_block_is_told_and_numbers_stay() {
    let dir = TempDir::new().unwrap();
    let mut store = open(&dir);
    store.append("w", &numbers(0..3), at(0)).unwrap();
    store.append("w", &numbers(3..6), at(0)).unwrap();
    store.close().unwrap();
    let (path, size) = segments(&dir).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[size as usize - 5] ^= 1;
    fs::write(&path, bytes).unwrap();
    let lines = stored(&dir, "w", LogRange::default()).await;
    assert_eq!(lines[..3], numbers(0..3));
    assert_eq!(texts(&lines[3..]), ["recording: damaged"; 3]);
}

#[tokio::test]
async fn what_was_never_recorded_is_gone() {
    let dir = TempDir::new().unwrap();
    let fault = RecordingLog::new(dir.path(), "x").stored(LogRange::default()).await.err().unwrap();
    assert_eq!(fault.kind, FaultKind::Gone);
    let mut reading = Reading::of(&dir, "x", LogAnchor::End, None);
    assert!(matches!(reading.event().await, LogEvent::Refused(f) if f.kind == FaultKind::Gone));
    drop(open(&dir));
    assert!(Library::new(dir.path()).recordings().unwrap().is_empty());
}

mod capsules {
    use super::*;
    use crate::domain::capsule::{Capsule, CapsuleInfo};
    use serde_json::json;

    fn capsule(n: i64, bytes: usize) -> Capsule {
        let info = CapsuleInfo {
            id: Capsule::id(at(n), "web", "9b61"),
            at: at(n),
            target: "docker:a".into(),
            container: "9b61".into(),
            name: "web".into(),
            image: "nginx:1".into(),
            exit_code: Some(1),
            oom: false,
            skipped_before: 2,
            crossing: None,
        };
        Capsule {
            server: None,
            info,
            image_id: "sha256:1".into(),
            asked_to_stop: false,
            restart_count: Some(3),
            started_at: None,
            missing: vec![],
            usage: vec![],
            log: vec![line(n, "\u{1b}[31mred\0"), line(n, &"x".repeat(bytes))],
            log_cut: false,
            inspect: json!({"Id": "9b61", "N": 1.5}),
        }
    }

    #[test]
    fn they_are_kept_listed_and_read() {
        let dir = TempDir::new().unwrap();
        let library = Library::new(dir.path());
        assert!(library.capsules().unwrap().is_empty());
        let mut store = open(&dir);
        store.put_capsule(&capsule(1, 10)).unwrap();
        store.put_capsule(&capsule(2, 10)).unwrap();
        let infos = library.capsules().unwrap();
        assert_eq!(infos, [capsule(2, 10).info, capsule(1, 10).info], "the newest first");
        assert_eq!(library.capsule(&infos[1].id).unwrap(), capsule(1, 10));
        drop(store);
        // Neither a lost index nor a lost file nor a foreign one confuses.
        fs::remove_file(dir.path().join("recordings/index.sqlite")).unwrap();
        let folder = dir.path().join("recordings/capsules");
        fs::remove_file(folder.join(format!("{}.json", infos[1].id))).unwrap();
        fs::write(folder.join("2x.json"), "{").unwrap();
        fs::write(folder.join("half.new"), "{").unwrap();
        drop(open(&dir));
        assert_eq!(library.capsules().unwrap(), [capsule(2, 10).info]);
        assert_eq!(files(&folder).len(), 2);
        assert_eq!(library.capsule("2x").unwrap_err().kind, FaultKind::Protocol);
        for bad in ["../index", "nothing", "20", "../../etc/passwd"] {
            assert_eq!(library.capsule(bad).unwrap_err().kind, FaultKind::Gone);
        }
    }

    #[test]
    fn they_never_fill_the_disk() {
        let dir = TempDir::new().unwrap();
        let mut store = open(&dir);
        for n in 0..230 {
            store.put_capsule(&capsule(n, 10)).unwrap();
        }
        let infos = Library::new(dir.path()).capsules().unwrap();
        assert_eq!((infos.len(), infos[0].at, infos[199].at), (200, at(229), at(30)));
        // Large ones: as the index has it, 10 MiB each.
        let index = super::super::index::Index::open(&dir.path().join("recordings/index.sqlite")).unwrap();
        for n in 230..240 {
            store.put_capsule(&capsule(n, 10)).unwrap();
            index.put_capsule(&capsule(n, 10).info, 10 << 20).unwrap();
        }
        store.put_capsule(&capsule(240, 10)).unwrap();
        let kept = files(&dir.path().join("recordings/capsules"));
        assert_eq!(kept.len(), 1 + 6);
    }
}

#[test]
fn a_clock_that_jumps_back_closes_the_segment() {
    let dir = TempDir::new().unwrap();
    let mut store = open(&dir);
    store.append("w", &numbers(0..1), at(0)).unwrap();
    let back = at(0).checked_sub(SignedDuration::from_hours(9)).unwrap();
    store.keep(back).unwrap();
    store.append("w", &numbers(1..2), back).unwrap();
    store.close().unwrap();
    assert_eq!(segments(&dir).len(), 2);
}
