//! Following a container's log across lost connections and restarts.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::backends::backoff;
use crate::backends::log_source::LogRange;
use crate::backends::spool::Spool;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogEvent, LogGap, LogLine};

use super::DockerLog;
use super::request::Arrived;
use super::seen::{self, Seen};
use super::torn::Torn;

/// A stored line that is known comes within this time after those before it.
const SETTLE: Duration = Duration::from_millis(500);

/// Messages that are looked at for the beginning of a long line: no more of it is kept.
const PIECES: usize = 64;

/// How the lines from the log's end on begin.
struct Start {
    torn: Torn,
    /// The log's very first line, until the first lines have come.
    beginning: Option<LogLine>,
}

fn told(lines: Vec<LogLine>, gap: Option<LogGap>, out: &Spool) {
    if let Some(gap) = gap {
        out.push(LogEvent::Gap(gap));
    }
    if !lines.is_empty() {
        out.push(LogEvent::Lines(lines));
    }
}

/// Whether trying again is of no use: a removed container, a driver that keeps nothing, a proxy.
pub(super) fn is_final(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Gone | FaultKind::Unsupported | FaultKind::Denied)
}

impl DockerLog {
    /// Follows the log from its last `tail` lines on. No line is lost or doubled when the connection is;
    /// [`LogEvent::Live`] says that it is up (again). After [`LogEvent::Ended`] lines follow when the container
    /// starts again. Returns after [`LogEvent::Refused`]. `live` is told when the connection is up.
    pub(super) async fn follow(&self, tail: Option<u32>, seen: &Mutex<Seen>, live: &Notify, out: &Spool) {
        let mut failures = 0;
        loop {
            let mut progress = false;
            let life = self.follow_life(tail, seen, live, out, &mut progress);
            let Err(fault) = life.await else { continue };
            if is_final(&fault) {
                return out.push(LogEvent::Refused(fault));
            }
            if progress {
                failures = 0;
            }
            failures += 1;
            out.push(LogEvent::Lost(fault));
            tokio::time::sleep(backoff::jittered(failures)).await;
        }
    }

    /// Follows until the container stops, and waits for its next start.
    async fn follow_life(
        &self,
        tail: Option<u32>,
        seen: &Mutex<Seen>,
        live: &Notify,
        out: &Spool,
        progress: &mut bool,
    ) -> Result<(), Fault> {
        let since = seen::lock(seen).resume();
        let tail = tail.filter(|_| since.is_none());
        // The first one may be only the end of a long line, and one more is asked for, so that it can go.
        let range = LogRange { tail: tail.map(|n| n.saturating_add(u32::from(n > 0))), since, until: None };
        let (mut arriving, beginning) =
            tokio::try_join!(self.docker.log(&self.id, &range, true), self.beginning(tail))?;
        let mut start = range.tail.map(|_| Start { torn: Torn::default(), beginning });
        *progress = true;
        seen::lock(seen).stamped_each = arriving.by_docker;
        out.push(LogEvent::Live);
        live.notify_one();
        loop {
            let wait = if seen::lock(seen).is_waiting() { SETTLE } else { Duration::MAX };
            let (fresh, gap) = match tokio::time::timeout(wait, arriving.next()).await {
                Ok(Some(Ok(Arrived::Lines(lines)))) => {
                    let lines = self.whole(&mut start, lines).await;
                    seen::lock(seen).sift(lines)
                }
                Ok(Some(Ok(Arrived::Unfinished(line)))) => {
                    out.push(LogEvent::Progress(line));
                    continue;
                }
                Ok(Some(Err(fault))) => return Err(fault),
                Ok(None) => break,
                Err(_) => seen::lock(seen).give_up(),
            };
            told(fresh, gap, out);
            if self.patient {
                out.room().await;
            }
        }
        let (fresh, gap) = seen::lock(seen).give_up();
        told(fresh, gap, out);
        self.next_start(out).await
    }

    /// Lines from the log's end on, the ends of long ones among them made whole. The first one goes, unless the
    /// log begins with it: one more was asked for.
    async fn whole(&self, start: &mut Option<Start>, mut lines: Vec<LogLine>) -> Vec<LogLine> {
        if let Some(beginning) = start.as_mut().and_then(|start| start.beginning.take()) {
            if lines.first() == Some(&beginning) {
                *start = None;
            } else if let Some(Start { torn, .. }) = start {
                torn.is_torn(&lines.remove(0));
            }
        }
        if let Some(Start { torn, .. }) = start {
            for line in &mut lines {
                if torn.is_torn(line) {
                    self.complete(line, torn.came()).await;
                }
            }
        }
        lines
    }

    /// Looks further back for the beginning of a line that may be the end of a long one; `came` = lines that
    /// were asked for before it. It stays as it is where there is none, or nobody answers.
    async fn complete(&self, line: &mut LogLine, came: usize) {
        let tail = u32::try_from(came + PIECES).ok();
        let range = LogRange { tail, ..LogRange::default() };
        let Ok(mut arriving) = self.docker.log(&self.id, &range, false).await else { return };
        while let Some(Ok(batch)) = arriving.lines().await {
            // All pieces have the time of the first one.
            let is_it = |other: &LogLine| {
                (other.at, other.stream) == (line.at, line.stream)
                    && other.text.len() > line.text.len()
                    && (other.cut || other.text.ends_with(&line.text))
            };
            if let Some(whole) = batch.into_iter().find(is_it) {
                *line = whole;
                return;
            }
        }
    }

    /// The very first line that is stored, unless all lines or none are asked for.
    async fn beginning(&self, tail: Option<u32>) -> Result<Option<LogLine>, Fault> {
        if tail.is_none_or(|tail| tail == 0) {
            return Ok(None);
        }
        let mut arriving = self.docker.log(&self.id, &LogRange::default(), false).await?;
        let first = arriving.lines().await.transpose()?;
        Ok(first.and_then(|lines| lines.into_iter().next()))
    }

    /// The stream ended by itself: waits for the next start if the container has stopped.
    async fn next_start(&self, out: &Spool) -> Result<(), Fault> {
        let state = self.docker.inspected(&self.id).await?.state;
        if state.running {
            // It was restarted meanwhile, or the engine closed the stream.
            tokio::time::sleep(Duration::from_millis(250)).await;
            return Ok(());
        }
        out.push(LogEvent::Life(state.life()));
        out.push(LogEvent::Ended);
        let since = state.finished_at.filter(|at| at.as_second() > 0).unwrap_or(Timestamp::UNIX_EPOCH);
        match self.docker.events(since, Some((&self.id, &["start", "destroy"]))).await {
            Ok(events) => {
                let mut events = std::pin::pin!(events);
                while let Some(batch) = events.next().await {
                    if !batch?.is_empty() {
                        break;
                    }
                }
                Ok(())
            }
            Err(fault) if fault.kind.is_link() => Err(fault),
            // A proxy withholds events: look again and again.
            Err(_) => loop {
                tokio::time::sleep(Duration::from_secs(5)).await;
                if self.docker.inspected(&self.id).await?.state.running {
                    return Ok(());
                }
            },
        }
    }
}
