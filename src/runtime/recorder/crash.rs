//! Capsules: collects what there is to know of a container that has just died, or of a server in trouble. One at a time, a few
//! seconds each, at most one per container or server and minute, so that a crash loop costs next to nothing.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::past::Past;
use super::{Opener, Order, incident};
use crate::backends::clock;
use crate::backends::docker::Docker;
use crate::backends::log_source::{LogRange, LogSource};
use crate::backends::recording::RecordingLog;
use crate::domain::capsule::{Capsule, CapsuleInfo, Death};
use crate::domain::container::Container;
use crate::domain::fault::Fault;
use crate::domain::ids::ContainerKey;
use crate::domain::incident::Incident;
use crate::domain::log::{LogLine, LogSourceId};
use crate::domain::query::{Answer, Inspect, Query};
use crate::domain::recording::{RecorderState, RecorderStatus};
use crate::domain::secret::mask_document;
use crate::domain::star::recording_of;
use crate::runtime::servers::Hosted;

/// Deaths that may wait.
pub(super) const WAITING: usize = 32;
/// Everything has to be collected within this time.
pub(super) const DEADLINE: Duration = Duration::from_secs(5);
/// Capsules of one container are this far apart.
const PACE: Duration = Duration::from_secs(60);
/// Lines of the log kept, with their text bounded.
const LINES: usize = 500;
const MAX_LOG_BYTES: usize = 1 << 20;
/// Lines asked for: when the container is started again at once, the newest ones are of its next run.
const ASKED: u32 = 2000;
/// The engine stamps lines a moment after they were written, but before the next run's first ones.
const LATE: SignedDuration = SignedDuration::from_millis(100);
/// A larger inspect document is left out.
const MAX_DOCUMENT: usize = 1 << 20;

/// Something of which a capsule is to be made.
pub(super) enum Crash {
    /// A death at an engine.
    Container {
        docker: Box<Docker>,
        death: Box<Death>,
    },
    Server {
        host: Box<Hosted>,
        incident: Box<Incident>,
    },
}

/// Hands deaths in; those that do not fit are counted.
pub(super) async fn forward(
    docker: Docker,
    mut deaths: mpsc::Receiver<Death>,
    to: mpsc::Sender<Crash>,
    status: Arc<watch::Sender<RecorderStatus>>,
) {
    while let Some(death) = deaths.recv().await {
        if to.try_send(Crash::Container { docker: Box::new(docker.clone()), death: Box::new(death) }).is_err()
        {
            status.send_modify(|s| s.skipped_capsules += 1);
        }
    }
}

/// What collecting needs.
pub(super) struct Collector {
    pub state_dir: PathBuf,
    pub open: Opener,
    pub orders: mpsc::Sender<Order>,
    pub status: Arc<watch::Sender<RecorderStatus>>,
    pub past: Arc<Mutex<Past>>,
}

impl Collector {
    /// Collects one after the other until `stop`.
    pub async fn collect_all(self, mut crashes: mpsc::Receiver<Crash>, stop: CancellationToken) {
        let mut pace = Pace::default();
        let work = async {
            while let Some(crash) = crashes.recv().await {
                if self.status.borrow().state == RecorderState::Elsewhere {
                    // The other pult makes one.
                    continue;
                }
                let recording = match &crash {
                    Crash::Container { death, .. } => name_of(death),
                    Crash::Server { incident, .. } => incident.target.to_string().into(),
                };
                let Some(skipped_before) = pace.may(&recording, clock::instant()) else {
                    self.status.send_modify(|s| s.skipped_capsules += 1);
                    continue;
                };
                let capsule = match crash {
                    Crash::Container { docker, death } => {
                        self.collect(&docker, &death, &recording, skipped_before).await
                    }
                    Crash::Server { host, incident } => {
                        incident::collect(&host, *incident, clock::now(), skipped_before).await
                    }
                };
                if self.orders.send(Order::Capsule(Box::new(capsule))).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = work => {}
        }
    }

    async fn collect(&self, docker: &Docker, death: &Death, recording: &str, skipped_before: u64) -> Capsule {
        let at = death.at.unwrap_or_else(clock::now);
        let query = Query::Inspect(death.key.clone());
        let ((inspected, no_inspect), (mut log, no_log)) =
            tokio::join!(async { in_time("inspect", timeout(DEADLINE, docker.ask(&query)).await) }, async {
                in_time("log", timeout(DEADLINE, self.log(&death.key, at)).await)
            },);
        let mut missing: Vec<String> = no_inspect.into_iter().chain(no_log).collect();
        if log.is_none() {
            // A container that is removed at its end may have been recorded.
            let recorded = RecordingLog::new(&self.state_dir, recording);
            log = timeout(DEADLINE, tail(&recorded, None)).await.ok().and_then(Result::ok);
        }
        let (log, log_cut) = bounded(log.unwrap_or_default());
        let inspect = match inspected {
            Some(Answer::Inspect(inspect)) => Some(*inspect),
            _ => None,
        };
        let text = |path: &[&str]| inspect.as_ref().map_or_else(String::new, |i| text_at(&i.document, path));
        let info = CapsuleInfo {
            id: Capsule::id(at, &death.name, &death.key.id.0),
            at,
            target: death.key.target.to_string(),
            container: death.key.id.to_string(),
            name: death.name.clone(),
            image: text(&["Config", "Image"]),
            exit_code: death.exit_code,
            oom: death.oom || inspect.as_ref().is_some_and(|i| i.oom_killed == Some(true)),
            skipped_before,
            crossing: None,
        };
        Capsule {
            server: None,
            info,
            image_id: text(&["Image"]),
            asked_to_stop: death.asked_to_stop,
            restart_count: inspect.as_ref().and_then(|i| i.restart_count),
            started_at: inspect.as_ref().and_then(|i| i.started_at),
            usage: self.past.lock().unwrap_or_else(PoisonError::into_inner).give(&death.key),
            inspect: inspect.map_or(Value::Null, |i| document(i, &mut missing)),
            missing,
            log,
            log_cut,
        }
    }

    async fn log(&self, key: &ContainerKey, died_at: Timestamp) -> Result<Vec<LogLine>, Fault> {
        let source = (self.open)(&LogSourceId::Container(key.clone()))?;
        tail(&*source, died_at.checked_add(LATE).ok()).await
    }
}

/// The recording that the container would have.
fn name_of(death: &Death) -> Arc<str> {
    recording_of(&Container::blank(death.key.target.clone(), &death.key.id.0, &death.name))
}

pub(super) fn in_time<T>(
    what: &str,
    tried: Result<Result<T, Fault>, tokio::time::error::Elapsed>,
) -> (Option<T>, Option<String>) {
    match tried {
        Ok(Ok(value)) => (Some(value), None),
        Ok(Err(fault)) => (None, Some(format!("{what}: {fault}"))),
        Err(_) => (None, Some(format!("{what}: no answer within {} s", DEADLINE.as_secs()))),
    }
}

/// The last lines before a time.
async fn tail(source: &dyn LogSource, until: Option<Timestamp>) -> Result<Vec<LogLine>, Fault> {
    let range = LogRange { tail: Some(ASKED), since: None, until };
    let mut batches = source.stored(range).await?;
    let mut lines = Vec::new();
    while let Some(batch) = batches.next().await {
        lines.extend(batch?);
    }
    Ok(lines)
}

/// The last of these lines that fit, and whether some did not for their length.
fn bounded(mut lines: Vec<LogLine>) -> (Vec<LogLine>, bool) {
    lines.drain(..lines.len().saturating_sub(LINES));
    let mut bytes = 0;
    let fits = |line: &&LogLine| {
        bytes += line.text.len();
        bytes <= MAX_LOG_BYTES
    };
    let kept = lines.iter().rev().take_while(fits).count();
    let cut = kept < lines.len();
    lines.drain(..lines.len() - kept);
    (lines, cut)
}

fn document(inspect: Inspect, missing: &mut Vec<String>) -> Value {
    let mut document = inspect.document;
    mask_document(&mut document);
    if document.to_string().len() > MAX_DOCUMENT {
        missing.push("inspect: the document is too large".to_owned());
        return Value::Null;
    }
    document
}

fn text_at(document: &Value, path: &[&str]) -> String {
    let found = path.iter().try_fold(document, |v, key| v.get(key)).and_then(Value::as_str);
    crate::domain::sanitize::name(found.unwrap_or_default())
}

/// When capsules may be made.
#[derive(Debug, Default)]
struct Pace {
    /// By recording: when the last one was made, and deaths since then.
    last: HashMap<Arc<str>, (Instant, u64)>,
}

impl Pace {
    /// The number of deaths before this one of which no capsule was made; `None` when it is too soon again.
    fn may(&mut self, name: &Arc<str>, now: Instant) -> Option<u64> {
        let skipped = match self.last.get_mut(name) {
            Some((at, skipped)) if now.duration_since(*at) < PACE => {
                *skipped += 1;
                return None;
            }
            Some((_, skipped)) => *skipped,
            None => 0,
        };
        // Those that have been quiet for long are forgotten.
        self.last.retain(|_, (at, _)| now.duration_since(*at) < 60 * PACE);
        self.last.insert(name.clone(), (now, 0));
        Some(skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::LogStream;

    #[test]
    fn a_crash_loop_makes_one_capsule_a_minute_and_counts_the_others() {
        let (mut pace, start) = (Pace::default(), clock::instant());
        let at = |s| start + Duration::from_secs(s);
        let (a, b) = (Arc::from("a"), Arc::from("b"));
        assert_eq!((pace.may(&a, at(0)), pace.may(&a, at(1)), pace.may(&a, at(59))), (Some(0), None, None));
        assert_eq!(pace.may(&b, at(59)), Some(0));
        assert_eq!((pace.may(&a, at(60)), pace.may(&a, at(130))), (Some(2), Some(0)));
        for n in 0..9000 {
            pace.may(&n.to_string().into(), at(200 + n));
        }
        assert!(pace.last.len() <= 3601);
    }

    #[test]
    fn the_last_lines_are_kept_within_their_bounds() {
        let line =
            |n: usize| LogLine { at: None, stream: LogStream::Stdout, text: "x".repeat(n), cut: false };
        let (kept, cut) = bounded((0..700).map(line).collect());
        assert_eq!((kept.len(), kept[0].text.len(), cut), (500, 200, false));
        let (kept, cut) = bounded(vec![line(9), line(600 << 10), line(500 << 10), line(7)]);
        assert_eq!((kept.len(), kept[1].text.len(), cut), (2, 7, true));
        assert_eq!(bounded(vec![]), (vec![], false));
    }
}
