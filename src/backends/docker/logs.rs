//! Logs of one container: what is stored, and following it across lost connections and restarts.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::backends::backoff;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::ContainerId;
use crate::domain::log::{LogEvent, LogGap, LogLine};
use crate::logs::frame::Decoder;

use super::client::{Docker, path};
use super::event::stamp;
use super::fault;
use super::transport::{HEADERS, LIST};

/// Which part of a log. Both times are inclusive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogRequest {
    /// The last lines only; `None` = all of them.
    pub tail: Option<u32>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Stay for what comes, until the container stops.
    pub follow: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    config: Config,
    state: State,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    #[serde(default)]
    tty: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    #[serde(default)]
    running: bool,
    finished_at: Option<Timestamp>,
}

impl Docker {
    /// The log in batches of lines, as they arrive. Texts are as the container wrote them, not sanitised.
    ///
    /// # Errors
    /// `Gone`, `Unsupported` for logging drivers that keep nothing, and every link fault; the latter also
    /// within the stream.
    pub async fn logs(
        &self,
        id: &ContainerId,
        request: &LogRequest,
    ) -> Result<impl Stream<Item = Result<Vec<LogLine>, Fault>> + Send + use<>, Fault> {
        let doing = format!("logs of {}", id.short());
        let api = self.api().await?;
        let mut query = format!("/logs?stdout=1&stderr=1&timestamps=1&follow={}", u8::from(request.follow));
        query.push_str(&request.tail.map_or("&tail=all".to_owned(), |n| format!("&tail={n}")));
        for (name, at) in [("since", request.since), ("until", request.until)] {
            if let Some(at) = at {
                query.push_str(&format!("&{name}={}", stamp(at)));
            }
        }
        let response = self.transport.get(&doing, &path(id, &query), HEADERS).await?;
        // From API 1.42 on the answer says how it is written; before, only the container's configuration.
        let kind = response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let tty = match kind {
            "application/vnd.docker.multiplexed-stream" => false,
            "application/vnd.docker.raw-stream" if api >= (1, 42) => true,
            _ => self.inspected(id).await?.config.tty,
        };
        let endpoint = self.transport.endpoint.clone();
        let patience = if request.follow { Duration::MAX } else { LIST };
        let state = Some((response.into_body(), Decoder::new(tty), endpoint, doing));
        Ok(stream::unfold(state, move |state| async move {
            let (mut body, mut decoder, endpoint, doing) = state?;
            let mut lines = Vec::new();
            while lines.is_empty() {
                match tokio::time::timeout(patience, body.frame()).await {
                    Ok(Some(Ok(frame))) => {
                        decoder.push(frame.data_ref().unwrap_or(&Bytes::new()), &mut lines);
                    }
                    // Half a line at a broken connection is not a line: it comes again, whole.
                    Ok(Some(Err(e))) => return Some((Err(fault::from_http(&e, &endpoint)), None)),
                    Err(_) => return Some((Err(fault::timeout(&doing, LIST)), None)),
                    Ok(None) => {
                        decoder.finish(&mut lines);
                        return (!lines.is_empty()).then_some((Ok(lines), None));
                    }
                }
            }
            Some((Ok(lines), Some((body, decoder, endpoint, doing))))
        }))
    }

    async fn inspected(&self, id: &ContainerId) -> Result<Inspected, Fault> {
        self.transport.json(&format!("inspect of {}", id.short()), &path(id, "/json"), HEADERS).await
    }
}

/// Follows a log from its last `tail` lines on until `stop` or the receiver's end. No line is lost or doubled
/// when the connection is; [`LogEvent::Live`] says that it is up (again). After
/// [`LogEvent::Ended`] lines follow when the container starts again; after [`LogEvent::Refused`] (a logging
/// driver that keeps nothing, a proxy, a removed container) nothing follows.
pub async fn follow(
    docker: Docker,
    id: ContainerId,
    tail: Option<u32>,
    out: mpsc::Sender<LogEvent>,
    stop: CancellationToken,
) {
    tokio::select! {
        () = stop.cancelled() => {}
        _ = follow_on(&docker, &id, tail, &out) => {}
    }
}

/// Ends with `None` when nobody receives any more or the container is gone.
async fn follow_on(
    docker: &Docker,
    id: &ContainerId,
    tail: Option<u32>,
    out: &mpsc::Sender<LogEvent>,
) -> Option<()> {
    let mut seen = Seen::default();
    let mut failures = 0;
    loop {
        let mut progress = false;
        let fault = match follow_once(docker, id, tail, out, &mut seen, &mut progress).await {
            Ok(()) => match follow_end(docker, id, out).await {
                Ok(next) => {
                    next?;
                    continue;
                }
                Err(fault) => fault,
            },
            Err(Stop::Closed) => return None,
            Err(Stop::Fault(fault)) => fault,
        };
        if matches!(fault.kind, FaultKind::Gone | FaultKind::Unsupported | FaultKind::Denied) {
            out.send(LogEvent::Refused(fault)).await.ok()?;
            return None;
        }
        if progress {
            failures = 0;
        }
        failures += 1;
        out.send(LogEvent::Lost(fault)).await.ok()?;
        tokio::time::sleep(backoff::jittered(failures)).await;
    }
}

/// Why following ended early.
enum Stop {
    Closed,
    Fault(Fault),
}

async fn follow_once(
    docker: &Docker,
    id: &ContainerId,
    tail: Option<u32>,
    out: &mpsc::Sender<LogEvent>,
    seen: &mut Seen,
    progress: &mut bool,
) -> Result<(), Stop> {
    let since = seen.resume();
    let request = LogRequest { tail: tail.filter(|_| since.is_none()), since, until: None, follow: true };
    let lines = docker.logs(id, &request).await.map_err(Stop::Fault)?;
    let mut lines = std::pin::pin!(lines);
    *progress = true;
    out.send(LogEvent::Live).await.map_err(|_| Stop::Closed)?;
    while let Some(batch) = lines.next().await {
        let (fresh, gap) = seen.sift(batch.map_err(Stop::Fault)?);
        if gap {
            out.send(LogEvent::Gap(LogGap::default())).await.map_err(|_| Stop::Closed)?;
        }
        if !fresh.is_empty() {
            out.send(LogEvent::Lines(fresh)).await.map_err(|_| Stop::Closed)?;
        }
    }
    Ok(())
}

/// The stream ended by itself: waits for the next start if the container has stopped.
async fn follow_end(
    docker: &Docker,
    id: &ContainerId,
    out: &mpsc::Sender<LogEvent>,
) -> Result<Option<()>, Fault> {
    let state = docker.inspected(id).await?.state;
    if state.running {
        // It was restarted meanwhile, or the engine closed the stream.
        tokio::time::sleep(Duration::from_millis(250)).await;
        return Ok(Some(()));
    }
    if out.send(LogEvent::Ended).await.is_err() {
        return Ok(None);
    }
    let since = state.finished_at.filter(|at| at.as_second() > 0).unwrap_or(Timestamp::UNIX_EPOCH);
    match docker.events(since, Some((id, &["start", "destroy"]))).await {
        Ok(events) => {
            let mut events = std::pin::pin!(events);
            loop {
                match events.next().await {
                    Some(Ok(batch)) if batch.is_empty() => {}
                    Some(Ok(_)) => return Ok(Some(())),
                    Some(Err(fault)) => return Err(fault),
                    None => return Ok(Some(())),
                }
            }
        }
        Err(fault) if fault.kind.is_link() => Err(fault),
        // A proxy withholds events: look again and again.
        Err(_) => loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            if docker.inspected(id).await?.state.running {
                return Ok(Some(()));
            }
        },
    }
}

/// How far back a log is read again after an interruption: stdout and stderr are stored by two writers, so
/// their times can be out of order by a little.
const OVERLAP: SignedDuration = SignedDuration::from_secs(1);
/// Lines remembered at most.
const MAX_SEEN: usize = 1 << 16;

/// The lines of the last second, by which a resumed log is joined to what came before.
#[derive(Debug, Default)]
struct Seen {
    /// Time and hash, in the order of arrival.
    recent: VecDeque<(Timestamp, u64)>,
    latest: Option<Timestamp>,
    /// After an interruption: lines that will come again, with how often.
    again: HashMap<(Timestamp, u64), u32>,
    /// No line has come since the interruption.
    resuming: bool,
}

impl Seen {
    /// A new connection is made: from when to ask, `None` when nothing has come yet.
    fn resume(&mut self) -> Option<Timestamp> {
        self.again.clear();
        for key in &self.recent {
            *self.again.entry(*key).or_default() += 1;
        }
        self.resuming = !self.recent.is_empty();
        self.recent.iter().map(|(at, _)| *at).min()
    }

    /// Takes away lines that came before; true when lines in between are missing.
    fn sift(&mut self, lines: Vec<LogLine>) -> (Vec<LogLine>, bool) {
        let mut gap = false;
        let fresh = lines
            .into_iter()
            .filter(|line| {
                let Some(at) = line.at else { return true };
                let key = (at, hash(line));
                let first = std::mem::take(&mut self.resuming);
                if let Some(count) = self.again.get_mut(&key).filter(|n| **n > 0) {
                    *count -= 1;
                    return false;
                }
                // The first line asked for is one that came before, unless it was rotated away.
                gap |= first;
                self.remember(key);
                true
            })
            .collect();
        (fresh, gap)
    }

    fn remember(&mut self, key: (Timestamp, u64)) {
        let latest = self.latest.map_or(key.0, |l| l.max(key.0));
        self.latest = Some(latest);
        self.recent.push_back(key);
        let oldest = latest.saturating_sub(OVERLAP).unwrap_or(Timestamp::MIN);
        while self.recent.len() > 1
            && self.recent.front().is_some_and(|(at, _)| *at < oldest || self.recent.len() > MAX_SEEN)
        {
            self.recent.pop_front();
        }
    }
}

fn hash(line: &LogLine) -> u64 {
    let mut hasher = DefaultHasher::new();
    (line.stream, &line.text).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::LogStream;
    use proptest::prelude::*;

    fn line(ms: i64, text: &str) -> LogLine {
        LogLine {
            at: Timestamp::from_millisecond(ms).ok(),
            stream: LogStream::Stdout,
            text: text.into(),
            cut: false,
        }
    }

    proptest! {
        /// However often the connection breaks, every line arrives once and in order.
        #[test]
        fn nothing_is_lost_or_doubled(
            steps in proptest::collection::vec((0_i64..700, 0_u8..3), 1..80),
            breaks in proptest::collection::vec(0_usize..30, 0..10),
        ) {
            let mut ms = 1_000_000;
            let log: Vec<LogLine> = steps.iter().map(|(d, t)| { ms += d; line(ms, &t.to_string()) }).collect();
            let (mut seen, mut got) = (Seen::default(), Vec::new());
            let mut breaks = breaks.into_iter();
            loop {
                let since = seen.resume();
                let stored: Vec<_> = log.iter().filter(|l| since.is_none_or(|s| l.at.unwrap() >= s)).cloned().collect();
                let n = breaks.next().unwrap_or(usize::MAX).min(stored.len());
                let done = n == stored.len();
                for one in &stored[..n] {
                    let (fresh, gap) = seen.sift(vec![one.clone()]);
                    prop_assert!(!gap);
                    got.extend(fresh);
                }
                if done { break }
            }
            prop_assert_eq!(got, log);
        }
    }

    #[test]
    fn a_rotated_log_shows_its_gap_once() {
        let mut seen = Seen::default();
        assert_eq!(seen.sift(vec![line(1000, "a"), line(2000, "b")]).0.len(), 2);
        assert_eq!(seen.resume(), Timestamp::from_millisecond(1000).ok());
        let (fresh, gap) = seen.sift(vec![line(9000, "x"), line(9001, "y")]);
        assert_eq!((fresh.len(), gap), (2, true));
        assert!(!seen.sift(vec![line(9002, "z")]).1);
    }
}
