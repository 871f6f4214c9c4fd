//! Recordings on a disk that is really full: a small one of memory, for which the tests have to be root.

use std::fs;
use std::path::Path;
use std::process::Command;

use futures_util::StreamExt;
use jiff::Timestamp;
use pult::backends::log_source::{LogRange, LogSource};
use pult::backends::recording::{Library, RecordingLog, Store};
use pult::domain::log::{LogLine, LogStream};
use pult::logs::recording::Limits;
use pult::panes::{FilePart, FileRecord};
use pult::runtime::audit_book::AuditBook;
use pult::runtime::audit_file::FILE_NAME;
use pult::runtime::file_parts::Writer;
use pult::runtime::session::Session;
use tempfile::TempDir;

/// A file system of 2 MiB for as long as this lives.
struct Small(TempDir);

impl Small {
    fn mount() -> Option<Self> {
        let dir = TempDir::new().unwrap();
        #[allow(clippy::disallowed_methods)] // The tests' own disk.
        let done =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(dir.path()).output();
        done.is_ok_and(|done| done.status.success()).then_some(Self(dir))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        #[allow(clippy::disallowed_methods)]
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).output();
    }
}

#[test]
fn an_export_that_finds_the_disk_full_says_so_and_leaves_nothing() {
    let Some(disk) = Small::mount() else {
        eprintln!("not tested: mounting a tmpfs needs root");
        return;
    };
    let state = TempDir::new().unwrap();
    let session = Session { session: "1".into(), user: "anna".into(), origin: None };
    let mut writer = Writer::new(None, AuditBook::of(Some(state.path()), session));
    let path = disk.path().join("out.log").display().to_string();
    let record = FileRecord { command: "logs.export", equivalent: "pult logs".into(), redacted: false };
    let part = |first| FilePart {
        number: 1,
        path: path.clone(),
        bytes: vec![b'x'; 1 << 20],
        first,
        last: false,
        what: "many lines".into(),
        record: Some(record.clone()),
    };
    assert_eq!(writer.write(&part(true)), None);
    let why = (0..4).find_map(|_| writer.write(&part(false))).unwrap().unwrap_err();
    assert!(why.contains(&path) && why.contains("make room or choose another disk"), "{why}");
    assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 0);
    let audit = fs::read_to_string(state.path().join(FILE_NAME)).unwrap();
    assert!(audit.lines().count() == 1 && audit.contains("\"failed\""), "{audit}");
}

fn lines(n: u64) -> Vec<LogLine> {
    let mut state = n;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + u8::try_from(state >> 58).unwrap())
    };
    let text = (0..50_000).map(|_| next()).collect();
    vec![LogLine { at: Timestamp::from_second(1_000_000).ok(), stream: LogStream::Stdout, text, cut: false }]
}

#[tokio::test]
async fn a_full_disk_takes_nothing_that_was_written_and_recording_goes_on_with_room() {
    let Some(disk) = Small::mount() else {
        eprintln!("not tested: mounting a tmpfs needs root");
        return;
    };
    let limits = Limits { spare_bytes: 0, ..Limits::default() };
    let now = Timestamp::from_second(1_000_000).unwrap();
    let ballast = disk.path().join("ballast");
    fs::write(&ballast, vec![0; 1 << 20]).unwrap();
    let mut store = Store::open(disk.path(), limits).unwrap();
    let mut written = 0;
    let fault = loop {
        match store.append("w@a", &lines(written), now).and_then(|()| store.keep(now)) {
            Ok(()) => written += 1,
            Err(fault) => break fault,
        }
        assert!(written < 100, "2 MiB take no 100 × 37 kB");
    };
    assert!(fault.hint.as_deref().is_some_and(|hint| hint.contains("make room")), "{fault:?}");
    drop(store);
    // Still full: either it cannot be opened, or nothing can be written; readers do not mind.
    let before = Library::new(disk.path()).recordings().unwrap();
    assert!(before[0].summary.lines >= written - 1, "{before:?} of {written}");
    fs::remove_file(ballast).unwrap();
    let mut store = Store::open(disk.path(), limits).unwrap();
    let kept = store.end("w@a").unwrap().lines;
    assert!(kept.len() as u64 >= written);
    store.append("w@a", &lines(1000), now).unwrap();
    store.close().unwrap();
    let log = RecordingLog::new(disk.path(), "w@a");
    let batches: Vec<_> = log.stored(LogRange::default()).await.unwrap().collect().await;
    let read: Vec<LogLine> = batches.into_iter().flat_map(Result::unwrap).collect();
    let expected: Vec<LogLine> = (0..kept.len() as u64).chain([1000]).flat_map(lines).collect();
    assert!(read == expected, "{} of {} lines", read.len(), expected.len());
}
