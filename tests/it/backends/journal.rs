//! The journal as a source of lines: against a stand-in for `journalctl` that keeps its entries in a file, and
//! against the real one where `systemd-journal-remote` can make a journal.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use jiff::Timestamp;
use pult::backends::journal::JournalLog;
use pult::backends::log_source::{LogRange, LogSource};
use pult::domain::fault::FaultKind;
use pult::domain::log::{LogAnchor, LogEvent, LogLine};
use tempfile::TempDir;

use super::local_reading::Reading;

/// Entry N is on line N; its name is `c=N` and its time N seconds after a beginning.
const STAND_IN: &str = r#"#!/bin/sh
entries=DIR/entries
first=1; last=$(wc -l < $entries); lines=all; reverse=; follow=
for argument in "$@"; do
  value=${argument#*=}
  case $argument in
    --reverse) reverse=1 ;;
    --follow) follow=1 ;;
    --lines=*) lines=$value ;;
    --cursor=*) if [ $reverse ]; then last=${value#c=}; else first=${value#c=}; fi ;;
    --after-cursor=*) first=$((${value#c=} + 1)) ;;
    --since=*) value=${value#@}; first=$((${value%.*} - 1700000000)); [ ${value#*.} = 000000 ] || first=$((first + 1)) ;;
    --until=*) value=${value#@}; last=$((${value%.*} - 1700000000)) ;;
  esac
done
if [ $lines != all ]; then
  if [ $reverse ] || [ $follow ]; then [ $((last - first)) -lt $lines ] || first=$((last - lines + 1)); fi
fi
[ $first -ge 1 ] || first=1
if [ $follow ]; then exec tail -n +$first -f $entries; fi
if [ $reverse ]; then [ $first -gt $last ] || sed -n "${first},${last}p" $entries | tac; exit; fi
[ $first -gt $last ] || sed -n "${first},${last}p" $entries
"#;

const REMOTE: &str = "/lib/systemd/systemd-journal-remote";

fn time(number: u32) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + i64::from(number)).unwrap()
}

/// A journal with numbered entries, the real one or a stand-in.
struct Journal {
    dir: TempDir,
    real: bool,
    count: u32,
}

/// Those that can be had here.
fn journals(count: u32) -> Vec<Journal> {
    let real = Path::new(REMOTE).exists() && Path::new("/usr/bin/journalctl").exists();
    let kinds = if real { vec![false, true] } else { vec![false] };
    kinds.into_iter().map(|real| Journal::new(real, count)).collect()
}

impl Journal {
    fn new(real: bool, count: u32) -> Self {
        let mut this = Self { dir: tempfile::tempdir().unwrap(), real, count: 0 };
        if !real {
            script(this.dir.path(), &STAND_IN.replace("DIR", this.dir.path().to_str().unwrap()));
        }
        this.add(count);
        this
    }

    /// Adds entries; every tenth one has two lines.
    fn add(&mut self, count: u32) {
        let numbers = self.count + 1..=self.count + count;
        self.count += count;
        let message = |n: u32| {
            if n.is_multiple_of(10) { format!("entry {n}\n  more of {n}") } else { format!("entry {n}") }
        };
        if self.real {
            let file = self.dir.path().join("entries.export");
            let mut out = Vec::new();
            for n in numbers {
                let (text, us) = (message(n), time(n).as_microsecond());
                write!(out, "__REALTIME_TIMESTAMP={us}\n__MONOTONIC_TIMESTAMP={n}\n_BOOT_ID=0123456789abcdef0123456789abcdef\nPRIORITY=3\nSYSLOG_IDENTIFIER=app\n_PID=7\nMESSAGE\n").unwrap();
                out.extend((text.len() as u64).to_le_bytes());
                write!(out, "{text}\n\n").unwrap();
            }
            fs::write(&file, out).unwrap();
            let journal = self.dir.path().join("x.journal");
            run(REMOTE, &[&format!("--output={}", journal.display()), file.to_str().unwrap()]);
        } else {
            let mut out = fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(self.dir.path().join("entries"))
                .unwrap();
            for n in numbers {
                let entry = serde_json::json!({
                    "__CURSOR": format!("c={n}"), "__REALTIME_TIMESTAMP": time(n).as_microsecond().to_string(),
                    "MESSAGE": message(n), "PRIORITY": "3", "SYSLOG_IDENTIFIER": "app", "_PID": "7",
                });
                writeln!(out, "{entry}").unwrap();
            }
        }
    }

    fn source(&self) -> Arc<dyn LogSource> {
        let (program, more) = match self.real {
            true => ("journalctl".into(), vec![format!("--directory={}", self.dir.path().display())]),
            false => (self.dir.path().join("journalctl").into_os_string(), Vec::new()),
        };
        Arc::new(JournalLog::asking(program, None, more))
    }
}

#[allow(clippy::disallowed_methods)] // A test starts what it needs.
fn run(program: &str, arguments: &[&str]) {
    let output = std::process::Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// A program called `journalctl`.
fn script(dir: &Path, text: &str) -> PathBuf {
    let path = dir.join("journalctl");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// What entries of these numbers make.
fn texts(numbers: impl Iterator<Item = u32>) -> Vec<String> {
    numbers
        .flat_map(|n| {
            let more = n.is_multiple_of(10).then(|| format!("  more of {n}"));
            std::iter::once(format!("<3>app[7]: entry {n}")).chain(more)
        })
        .collect()
}

fn got(lines: &[LogLine]) -> Vec<String> {
    assert!(lines.iter().all(|line| line.at.is_some()));
    lines.iter().map(|line| line.text.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn followed_and_paged_back_to_the_beginning() {
    for mut journal in journals(100) {
        let mut reading = Reading::of(&journal.source(), LogAnchor::End, Some(5));
        assert_eq!(reading.next().await, LogEvent::Live);
        let mut lines = reading.lines("entry 100").await;
        lines.extend(if lines.last().is_some_and(|l| l.text.contains("more")) {
            vec![]
        } else {
            reading.lines("more of 100").await
        });
        assert_eq!(got(&lines), texts(96..=100), "real: {}", journal.real);
        journal.add(3);
        assert_eq!(got(&reading.lines("entry 103").await), texts(101..=103));
        // In the middle of what is held, then behind its beginning, to the end of all.
        let (older, more) = reading.older(4, 4).await;
        assert_eq!((got(&older), more), (texts(96..=99), true));
        let (older, more) = reading.older(8, 0).await;
        assert_eq!((got(&older), more), (texts(88..=95), true));
        let (older, more) = reading.older(50, -9).await;
        assert_eq!((got(&older), more), (texts(38..=87), true));
        let held = 9 + older.len() as i64;
        let (older, more) = reading.older(500, -held).await;
        assert_eq!((got(&older), more), (texts(1..=37), false));
        reading.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn around_a_time_both_ways_and_found() {
    for journal in journals(100) {
        let source = journal.source();
        let mut reading = Reading::of(&source, LogAnchor::Time(time(51)), Some(5));
        assert_eq!(reading.next().await, LogEvent::Live);
        assert_eq!(got(&reading.lines("entry 55").await), texts(51..=55));
        match reading.next().await {
            LogEvent::Older { lines, more } => assert_eq!((got(&lines), more), (texts(46..=50), true)),
            other => panic!("{other:?}"),
        }
        assert_eq!(got(&reading.older(5, -6).await.0), texts(41..=45));
        assert_eq!(got(&reading.newer(4).await.0), texts(56..=59));
        let (newer, more) = reading.newer(1000).await;
        assert_eq!((got(&newer), more), (texts(60..=100), false));
        let found = reading.find("(ENTRY|more of) .*7|more of 30").await;
        assert_eq!(
            (found.hits, found.places.len(), found.fault.clone()),
            (21, 21, None),
            "real: {}",
            journal.real
        );
        let mut there = Reading::of(&source, LogAnchor::Offset(found.places[0]), Some(1));
        assert_eq!(there.next().await, LogEvent::Live);
        assert_eq!(got(&there.lines("97").await), texts(97..=97));
        assert!(reading.find("(").await.fault.is_some());
        there.end().await;
        reading.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_in_a_range() {
    for journal in journals(50) {
        let source = journal.source();
        let stored = async |tail, since: Option<u32>, until: Option<u32>| {
            let range = LogRange { tail, since: since.map(time), until: until.map(time) };
            got(&source.stored(range).await.unwrap().map(Result::unwrap).concat().await)
        };
        assert_eq!(stored(None, None, None).await, texts(1..=50));
        assert_eq!(stored(Some(3), None, None).await, texts(48..=50));
        assert_eq!(stored(None, Some(20), Some(30)).await, texts(20..=30));
        assert_eq!(stored(Some(2), Some(20), Some(30)).await, texts(29..=30));
        assert_eq!(stored(None, Some(90), None).await, [""; 0]);
    }
}

fn of_script(text: &str) -> (TempDir, Arc<dyn LogSource>) {
    let dir = tempfile::tempdir().unwrap();
    let program: OsString =
        script(dir.path(), &format!("#!/bin/sh\n{text}\n").replace("DIR", dir.path().to_str().unwrap()))
            .into();
    let source = Arc::new(JournalLog::asking(program, Some("nginx".into()), Vec::new()));
    (dir, source)
}

#[tokio::test(flavor = "multi_thread")]
async fn complaints_become_faults() {
    for (text, kind, word) in [
        (
            "echo 'No journal files were found.' >&2; echo '-- No entries --' >&2",
            FaultKind::Gone,
            "no journal",
        ),
        (
            "echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1",
            FaultKind::Denied,
            "permission",
        ),
        (
            r"printf 'Failed to add match: \033[31mbad\n' >&2; exit 1",
            FaultKind::Failed,
            "Failed to add match: bad",
        ),
    ] {
        let (_dir, source) = of_script(text);
        let fault = source.stored(LogRange::default()).await.err().unwrap();
        assert!(fault.kind == kind && fault.message.contains(word), "{fault:?}");
        let mut reading = Reading::of(&source, LogAnchor::End, None);
        let event = reading.next().await;
        match kind {
            FaultKind::Failed => assert_eq!(event, LogEvent::Lost(fault)),
            _ => assert_eq!(event, LogEvent::Refused(fault)),
        }
        reading.end().await;
    }
    let (_dir, source) = of_script(
        "echo 'Hint: You are currently not seeing messages from other users and the system.' >&2; exec sleep 100",
    );
    let mut reading = Reading::of(&source, LogAnchor::End, None);
    assert_eq!(reading.next().await, LogEvent::Live);
    assert!(matches!(reading.next().await, LogEvent::Note(text) if text.contains("systemd-journal")));
    reading.end().await;
}

/// It ends in the middle; the next one goes on behind the last entry that came.
#[tokio::test(flavor = "multi_thread")]
async fn a_journalctl_that_ends_is_started_again() {
    let text = r#"
echo "$@" >> DIR/asked
case "$*" in
  *--after-cursor=c=2*) echo '{"__CURSOR":"c=3","MESSAGE":"three"}'; exec sleep 100 ;;
  *) echo '{"__CURSOR":"c=1","MESSAGE":"one"}'; echo garbage; echo '{"__CURSOR":"c=2","MESSAGE":"two"}' ;;
esac"#;
    let (dir, source) = of_script(text);
    let mut reading = Reading::of(&source, LogAnchor::End, Some(10));
    let lines = reading.lines("three").await;
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!([texts[0], texts[2], texts[3]], ["one", "two", "three"]);
    assert!(texts[1].contains("left out"));
    reading.end().await;
    let asked = fs::read_to_string(dir.path().join("asked")).unwrap();
    assert!(
        asked.lines().all(|line| line.contains("--unit=nginx") && line.contains("--output=json")),
        "{asked}"
    );
}
