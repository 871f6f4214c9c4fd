//! The recorder with sources that tests write to.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::watch;

use super::{RecorderHandle, start_with};
use crate::backends::log_source::{LogBatches, LogRange, LogReader, LogReading, LogSource};
use crate::backends::recording::Store;
use crate::domain::container::{Container, State};
use crate::domain::docker::DockerHost;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::TargetId;
use crate::domain::log::{LogEvent, LogLine, LogSourceId, LogStream};
use crate::domain::recording::{Following, RecorderState, RecorderStatus};
use crate::logs::recording::Limits;
use crate::runtime::tasks::Tasks;

const LIMITS: Limits = Limits { source_bytes: 64 << 20, total_bytes: 1 << 30, spare_bytes: 0 };

/// A source that keeps what it is told to write.
struct Fake {
    id: LogSourceId,
    log: watch::Sender<Vec<LogLine>>,
}

impl Fake {
    fn write(&self, range: std::ops::Range<i64>) {
        self.log.send_modify(|log| log.extend(range.map(|n| line(n, &n.to_string()))));
    }
}

fn line(ms: i64, text: &str) -> LogLine {
    let at = Timestamp::from_millisecond(1_700_000_000_000 + ms * 10).ok();
    LogLine { at, stream: LogStream::Stdout, text: text.into(), cut: false }
}

impl LogSource for Fake {
    fn id(&self) -> LogSourceId {
        self.id.clone()
    }

    fn stored(&self, _: LogRange) -> BoxFuture<'_, Result<LogBatches, Fault>> {
        let all = self.log.borrow().clone();
        Box::pin(async move { Ok(stream::iter([Ok(all)]).boxed()) })
    }

    fn read(self: Arc<Self>, reading: LogReading, reader: LogReader) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let mut log = self.log.subscribe();
            let tail = reading.tail.map_or(usize::MAX, |n| n as usize);
            let mut next = log.borrow_and_update().len().saturating_sub(tail);
            let _ = reader.events.send(LogEvent::Live).await;
            loop {
                let new = log.borrow_and_update().get(next..).unwrap_or_default().to_vec();
                next += new.len();
                if !new.is_empty() && reader.events.send(LogEvent::Lines(new)).await.is_err() {
                    return;
                }
                if log.changed().await.is_err() {
                    return;
                }
            }
        })
    }
}

/// Sources by their ids.
#[derive(Default, Clone)]
struct Fakes(Arc<Mutex<Vec<Arc<Fake>>>>);

impl Fakes {
    fn add(&self, id: LogSourceId) -> Arc<Fake> {
        let fake = Arc::new(Fake { id, log: watch::Sender::new(Vec::new()) });
        self.0.lock().unwrap().push(fake.clone());
        fake
    }
}

/// A session: the recorder, and the pictures of an engine.
struct Session {
    handle: RecorderHandle,
    tasks: Tasks,
}

impl Session {
    fn start(dir: &Path, limits: Limits, fakes: &Fakes) -> Self {
        let (mut tasks, _) = Tasks::new();
        let fakes = fakes.clone();
        let open = move |id: &LogSourceId| {
            let found = fakes.0.lock().unwrap().iter().find(|f| f.id == *id).cloned();
            found
                .map(|fake| fake as Arc<dyn LogSource>)
                .ok_or_else(|| Fault::new(FaultKind::Gone, "no such source"))
        };
        let handle = start_with(dir, limits, Arc::new(open), &mut tasks);
        Self { handle, tasks }
    }

    fn picture(&self, containers: &[Container]) {
        let containers = containers.iter().cloned().map(Arc::new).collect();
        let host = Arc::new(DockerHost { containers, ..DockerHost::default() });
        self.handle.news.try_send(super::News::Picture(TargetId::docker("a"), host)).ok().unwrap();
    }

    fn star(&self, stars: &[&str]) {
        self.handle.star(stars.iter().map(|s| s.parse().unwrap()).collect());
    }

    async fn until(&self, what: &str, want: impl FnMut(&RecorderStatus) -> bool) -> RecorderStatus {
        let mut status = self.handle.status();
        let found = async { status.wait_for(want).await.unwrap().clone() };
        match tokio::time::timeout(Duration::from_secs(20), found).await {
            Ok(found) => found,
            Err(_) => panic!("{what}: {:?}", self.handle.status().borrow()),
        }
    }

    /// Waits until so many lines are on the disk.
    async fn recorded(&self, name: &str, lines: u64) {
        for _ in 0..400 {
            let recordings = self.handle.recordings().await.unwrap();
            if recordings.iter().any(|r| &*r.name == name && r.summary.lines >= lines) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{name}: {:?}", self.handle.recordings().await);
    }

    async fn end(self) {
        self.tasks.shutdown(Duration::from_secs(10)).await;
    }
}

fn container(id: &str, name: &str) -> Container {
    let mut c = Container::blank(TargetId::docker("a"), id, name);
    c.state = State::Running;
    c.image = "nginx:1".into();
    c
}

async fn read(handle: &RecorderHandle, name: &str) -> Vec<String> {
    let batches: Vec<_> = handle.recording(name).stored(LogRange::default()).await.unwrap().collect().await;
    batches.into_iter().flat_map(Result::unwrap).map(|l| l.text).collect()
}

fn numbers(range: std::ops::Range<i64>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_made_anew_continues_its_recording() {
    let (dir, fakes) = (TempDir::new().unwrap(), Fakes::default());
    let (old, new) = (container("aa", "web"), container("bb", "web"));
    let (first, second) =
        (fakes.add(LogSourceId::Container(old.key())), fakes.add(LogSourceId::Container(new.key())));
    fakes.add(LogSourceId::Container(container("cc", "other").key())).write(0..3);
    let session = Session::start(dir.path(), LIMITS, &fakes);
    session.star(&["docker/web"]);
    first.write(0..50);
    session.picture(&[old, container("cc", "other")]);
    session.recorded("web@a", 51).await;
    second.write(0..20);
    session.picture(&[new]);
    session.recorded("web@a", 72).await;
    second.write(20..30);
    session.recorded("web@a", 82).await;
    let status = session.until("one source", |s| s.sources.len() == 1).await;
    assert_eq!((&*status.sources[0].name, &status.sources[0].following), ("web@a", &Following::Live));
    let texts = read(&session.handle, "web@a").await;
    let (lives, lines): (Vec<_>, Vec<_>) = texts.into_iter().partition(|t| t.starts_with("recording: "));
    assert_eq!(lines, [numbers(0..50), numbers(0..30)].concat());
    assert!(
        lives[0].contains("container aa of nginx:1 begins here") && lives[1].contains("container bb"),
        "{lives:?}"
    );
    assert_eq!(session.handle.recordings().await.unwrap().len(), 1);

    // Without its star nothing of it is recorded any more.
    session.star(&[]);
    session.until("no source", |s| s.sources.is_empty()).await;
    second.write(30..40);
    session.star(&["docker/*"]);
    session.recorded("web@a", 92).await;
    session.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_while_pult_did_not_run_is_made_up_for() {
    let (dir, fakes) = (TempDir::new().unwrap(), Fakes::default());
    let web = container("aa", "web");
    let (log, file) =
        (fakes.add(LogSourceId::Container(web.key())), fakes.add(LogSourceId::File("/x.log".into())));
    for n in 0..3 {
        log.write(n * 100..n * 100 + 60);
        let session = Session::start(dir.path(), LIMITS, &fakes);
        session.star(&["docker/web", "file//x.log"]);
        session.picture(std::slice::from_ref(&web));
        log.write(n * 100 + 60..n * 100 + 100);
        file.write(n * 10..n * 10 + 10);
        session.recorded("web@a", (n as u64 + 1) * 100 + 1).await;
        session.recorded("file:/x.log", (n as u64 + 1) * 10 + 1).await;
        session.end().await;
    }
    let session = Session::start(dir.path(), LIMITS, &fakes);
    let texts = read(&session.handle, "web@a").await;
    assert_eq!(texts[1..], numbers(0..300), "neither a hole nor a double");
    // What came back too late is said.
    log.write(300..20_000);
    session.star(&["docker/web"]);
    session.picture(&[web]);
    session.recorded("web@a", 10_302).await;
    let texts = read(&session.handle, "web@a").await;
    assert!(texts[301].starts_with("recording: it was not recorded from "), "{}", texts[301]);
    assert_eq!(texts[302..], numbers(10_000..20_000));
    session.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_pults_one_records_and_the_other_says_so() {
    let (dir, fakes) = (TempDir::new().unwrap(), Fakes::default());
    let first = Session::start(dir.path(), LIMITS, &fakes);
    first.until("it records", |s| s.state == RecorderState::Recording).await;
    let second = Session::start(dir.path(), LIMITS, &fakes);
    second.until("the other records", |s| s.state == RecorderState::Elsewhere).await;
    let web = container("aa", "web");
    fakes.add(LogSourceId::Container(web.key())).write(0..5);
    for session in [&first, &second] {
        session.star(&["docker/web"]);
        session.picture(std::slice::from_ref(&web));
    }
    first.recorded("web@a", 6).await;
    assert_eq!(second.handle.recordings().await.unwrap()[0].summary.lines, 6, "it can be read all the same");
    assert!(second.handle.status().borrow().sources.is_empty(), "and nothing is followed for nothing");
    first.end().await;
    second.end().await;
    Store::open(dir.path(), LIMITS).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_nothing_is_followed_and_the_cause_is_told() {
    let (dir, fakes) = (TempDir::new().unwrap(), Fakes::default());
    let session = Session::start(dir.path(), Limits { spare_bytes: u64::MAX, ..LIMITS }, &fakes);
    session.star(&["docker/web"]);
    session.picture(&[container("aa", "web")]);
    let status = session.until("it stopped", |s| matches!(s.state, RecorderState::Stopped(_))).await;
    assert!(status.state.sentence().contains("make room"), "{}", status.state.sentence());
    assert!(status.sources.is_empty());
    session.end().await;
    // Neither does a file where the folder should be.
    let blocked = dir.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let session = Session::start(&blocked, LIMITS, &fakes);
    session.until("it stopped", |s| matches!(s.state, RecorderState::Stopped(_))).await;
    session.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_cannot_be_read_is_told_and_is_not_tried_for_ever() {
    let (dir, fakes) = (TempDir::new().unwrap(), Fakes::default());
    let session = Session::start(dir.path(), LIMITS, &fakes);
    session.star(&["docker/web"]);
    session.picture(&[container("aa", "web")]);
    let refused = |s: &RecorderStatus| matches!(s.sources.as_slice(), [one] if matches!(&one.following, Following::Refused(f) if f.kind == FaultKind::Gone));
    session.until("it is refused", refused).await;
    session.picture(&[]);
    session.until("it is gone", |s| s.sources.is_empty()).await;
    session.end().await;
}
