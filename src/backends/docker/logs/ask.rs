//! What is asked of a container's log beside what is followed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::backends::files::Searching;
use crate::backends::spool::Spool;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogAsk, LogEdge, LogEvent, LogFind, LogFound, LogLine};

use super::super::fault;
use super::DockerLog;
use super::page::{Page, Paging};
use super::seen::{self, Seen};

/// An engine needs a second for two to ten million lines that it has to pass.
const PAGE: Duration = Duration::from_secs(60);
/// Of an answer no more is held, counted in bytes of text.
const MAX_ANSWER: usize = 32 << 20;
/// Lines in an answer at most, whatever is asked for.
const MAX_LINES: u32 = 100_000;

/// Where a reading is in its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At the end: new lines come by themselves.
    Following,
    /// So many lines before the end, roughly; `None` when only the beginning is near.
    Behind(Option<u64>),
    /// Somewhere in the log's own file.
    InFile,
}

impl DockerLog {
    /// Answers until the questions end.
    pub(super) async fn answer(
        &self,
        asks: &mut mpsc::Receiver<LogAsk>,
        mut place: Place,
        seen: &Mutex<Seen>,
        out: &Arc<Spool>,
    ) {
        let mut search: Option<Searching> = None;
        loop {
            let ask = tokio::select! {
                ask = asks.recv() => match ask {
                    Some(ask) => ask,
                    None => return,
                },
                Some(found) = Searching::end(&mut search) => {
                    search = None;
                    out.push(LogEvent::Found(found));
                    continue;
                }
            };
            match ask {
                LogAsk::Older { lines, edge } => {
                    out.push(match self.in_time(self.older(lines, edge, place, seen)).await {
                        Ok(page) => LogEvent::Older { lines: page.lines, more: page.more },
                        Err(fault) => LogEvent::OlderFailed(fault),
                    });
                }
                LogAsk::Newer { .. } if place == Place::Following => {
                    out.push(LogEvent::Newer { lines: Vec::new(), more: false });
                }
                LogAsk::Newer { lines } => {
                    match self.in_time(self.newer(lines.min(MAX_LINES), &mut place, seen)).await {
                        Ok((gap, page)) => {
                            gap.into_iter().for_each(|gap| out.push(LogEvent::Gap(gap)));
                            out.push(LogEvent::Newer { lines: page.lines, more: page.more });
                        }
                        Err(fault) => out.push(LogEvent::OlderFailed(fault)),
                    }
                }
                LogAsk::Find(ask) => match self.file().await {
                    Some(file) => search = Some(file.search(&ask, out)),
                    None => out.push(LogEvent::Found(cannot_search(&ask))),
                },
                LogAsk::StopFind => search = None,
            }
        }
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let late = || Err(fault::timeout(&format!("logs of {}", self.id.short()), PAGE));
        tokio::time::timeout(PAGE, work).await.unwrap_or_else(|_| late())
    }

    async fn older(
        &self,
        lines: u32,
        mut edge: LogEdge,
        place: Place,
        seen: &Mutex<Seen>,
    ) -> Result<Page, Fault> {
        if let Some(file) = self.file().await {
            match file.older(lines.min(MAX_LINES), edge.head.clone()).await {
                Ok(Some(page)) => return Ok(page),
                Ok(None) if place != Place::InFile => {}
                Err(_) if place != Place::InFile => {}
                Ok(None) => {
                    return Err(Fault::new(FaultKind::Gone, "what was read is not in the log any more"));
                }
                Err(fault) => return Err(fault),
            }
        }
        let behind = match place {
            Place::Behind(behind) => behind,
            Place::Following | Place::InFile => Some(0),
        };
        let nothing_held = edge.head.is_empty() && place == Place::Following;
        loop {
            if nothing_held {
                // What came since the question is held by now.
                edge.head = seen::lock(seen).head().to_vec();
            }
            let mut paging = Paging::new(lines.min(MAX_LINES), &edge, behind);
            let page = self.page(&mut paging).await?;
            let mut seen = seen::lock(seen);
            if nothing_held && edge.head.is_empty() {
                if !seen.head().is_empty() {
                    continue;
                }
                // A line that was stored meanwhile is on its way here a second time.
                seen.expect(&page.lines);
            }
            return Ok(page);
        }
    }

    async fn page(&self, paging: &mut Paging) -> Result<Page, Fault> {
        loop {
            let mut arriving = self.docker.log(&self.id, &paging.range(), false).await?;
            let mut answer = Answer::default();
            while let Some(batch) = arriving.lines().await {
                answer.extend(batch?);
                if answer.lines.first().is_some_and(|first| !paging.goes_on(first)) {
                    break;
                }
            }
            drop(arriving);
            if let Some(page) = paging.take(answer.lines, answer.clipped) {
                return Ok(page);
            }
        }
    }
}

fn cannot_search(ask: &LogFind) -> LogFound {
    let why = "an engine cannot search; only a log whose file can be read here is searched";
    let hint = "page back: what is held is searched; on the engine's machine root may read the file";
    LogFound {
        generation: ask.generation,
        places: Vec::new(),
        hits: 0,
        scanned_bytes: 0,
        total_bytes: 0,
        done: true,
        fault: Some(Fault::new(FaultKind::Unsupported, why).hint(hint)),
    }
}

/// The last lines of an answer, so many as are reasonable to hold.
#[derive(Default)]
struct Answer {
    lines: Vec<LogLine>,
    bytes: usize,
    clipped: bool,
}

impl Answer {
    fn extend(&mut self, lines: Vec<LogLine>) {
        self.bytes += lines.iter().map(|line| line.text.len()).sum::<usize>();
        self.lines.extend(lines);
        let most = 2 * MAX_LINES as usize;
        if self.bytes > MAX_ANSWER || self.lines.len() > most {
            // The older half, so that this is done seldom.
            let gone = self.lines.len() / 2;
            self.bytes -= self.lines.drain(..gone).map(|line| line.text.len()).sum::<usize>();
            self.clipped = true;
        }
    }
}
