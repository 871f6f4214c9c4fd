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
use crate::domain::log::{LogEdge, LogEvent, LogGap, LogLine};

use super::DockerLog;
use super::page::Paging;
use super::request::Arrived;
use super::seen::{self, Seen};
use super::torn::torn;

/// A stored line that is known comes within this time after those before it.
const SETTLE: Duration = Duration::from_millis(500);

/// Lines by which a place in the log is found again.
const EDGE: usize = 64;

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
        // The first one may be only the end of a long line; one more is asked for, so that it can go.
        let range = LogRange { tail: tail.map(|n| n.saturating_add(u32::from(n > 0))), since, until: None };
        let (arriving, mut beginning) =
            tokio::try_join!(self.docker.log(&self.id, &range, true), self.beginning(tail))?;
        let mut arriving = arriving;
        *progress = true;
        seen::lock(seen).stamped_each = arriving.by_docker;
        out.push(LogEvent::Live);
        live.notify_one();
        loop {
            let wait = if seen::lock(seen).is_waiting() { SETTLE } else { Duration::MAX };
            let (fresh, gap) = match tokio::time::timeout(wait, arriving.next()).await {
                Ok(Some(Ok(Arrived::Lines(mut lines)))) => {
                    if let Some(beginning) = beginning.take()
                        && lines.first() != Some(&beginning)
                    {
                        lines = self.whole(lines).await?;
                    }
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

    /// The lines that an answer began with, without its first one; whole ones instead of those that may be only
    /// the ends of long ones.
    async fn whole(&self, mut lines: Vec<LogLine>) -> Result<Vec<LogLine>, Fault> {
        let torn = torn(&lines);
        if torn < 2 || torn == lines.len() {
            lines.remove(0);
            return Ok(lines);
        }
        let rest = lines.split_off(torn);
        let edge =
            LogEdge { number: 0, since: rest.len() as u64, head: rest.iter().take(EDGE).cloned().collect() };
        let wanted = torn - 1;
        let mut paging = Paging::new(u32::try_from(wanted).unwrap_or(u32::MAX), &edge, Some(0));
        let mut before = self.page(&mut paging).await?.lines;
        before.drain(..before.len().saturating_sub(wanted));
        before.extend(rest);
        Ok(before)
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
