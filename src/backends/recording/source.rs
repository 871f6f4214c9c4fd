//! A recording as a source of lines: what is stored, read in both directions, and followed while somebody
//! writes it. A line's place is its number, counted from the recording's beginning.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;

use super::index::Segment;
use super::library::Library;
use super::search::Search;
use crate::backends::log_source::{LogBatches, LogRange, LogReader, LogReading, LogSource};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogAnchor, LogAsk, LogEdge, LogEvent, LogGap, LogLine, LogSourceId};

/// How often is looked whether more was written; the writer commits every two seconds.
const LOOK: Duration = Duration::from_secs(1);
/// Lines in one event.
const BATCH: u64 = 4096;

/// A recording to be read.
#[derive(Debug, Clone)]
pub struct RecordingLog {
    library: Library,
    name: Arc<str>,
}

impl RecordingLog {
    /// Looks at nothing yet.
    pub fn new(state_dir: &Path, name: &str) -> Self {
        Self { library: Library::new(state_dir), name: name.into() }
    }

    /// Its segments, read away from the async threads.
    async fn segments(&self) -> Result<Vec<Segment>, Fault> {
        let (library, name) = (self.library.clone(), self.name.clone());
        away(move || library.segments(&name)).await
    }

    pub(super) async fn lines(
        &self,
        segment: &Segment,
        range: Range<u64>,
    ) -> Result<Option<Vec<LogLine>>, Fault> {
        let (library, segment) = (self.library.clone(), segment.clone());
        away(move || library.lines(&segment, range)).await
    }

    /// Lines by their numbers. Fewer when some were dropped meanwhile: those are the first ones.
    async fn numbered(&self, segments: &[Segment], range: Range<u64>) -> Result<Vec<LogLine>, Fault> {
        let mut all = Vec::new();
        for segment in segments.iter().filter(|s| s.end() > range.start && s.first_line < range.end) {
            let from = range.start.saturating_sub(segment.first_line);
            match self.lines(segment, from..range.end - segment.first_line).await? {
                Some(lines) => all.extend(lines),
                None => all.clear(),
            }
        }
        Ok(all)
    }

    /// The number of the first line at or behind a time.
    async fn number_at(&self, segments: &[Segment], at: Timestamp) -> Result<u64, Fault> {
        for segment in segments.iter().filter(|s| s.summary.last.is_some_and(|last| last >= at)) {
            let lines = self.lines(segment, 0..segment.summary.lines).await?.unwrap_or_default();
            if let Some(i) = lines.iter().position(|l| l.at.is_some_and(|own| own >= at)) {
                return Ok(segment.first_line + i as u64);
            }
        }
        Ok(end(segments))
    }

    /// The last lines of a part, collected from its end.
    async fn tail(self, segments: Vec<Segment>, range: LogRange, tail: usize) -> Result<LogBatches, Fault> {
        let (mut batches, mut missing) = (VecDeque::new(), tail);
        for segment in segments.iter().rev() {
            if missing == 0 {
                break;
            }
            let mut lines = self.within(segment, range.since, range.until).await?;
            let lines = lines.split_off(lines.len().saturating_sub(missing));
            missing -= lines.len();
            batches.push_front(Ok(lines));
        }
        Ok(stream::iter(batches).boxed())
    }

    /// Lines of a segment within two times; those without a time go with the one before.
    async fn within(
        &self,
        segment: &Segment,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Vec<LogLine>, Fault> {
        let mut lines = self.lines(segment, 0..segment.summary.lines).await?.unwrap_or_default();
        let mut at = segment.summary.first;
        lines.retain(|line| {
            at = line.at.or(at);
            at.is_none_or(|at| since.is_none_or(|since| at >= since) && until.is_none_or(|until| at <= until))
        });
        Ok(lines)
    }
}

impl LogSource for RecordingLog {
    fn id(&self) -> LogSourceId {
        LogSourceId::Recording(self.name.clone())
    }

    fn stored(&self, range: LogRange) -> BoxFuture<'_, Result<LogBatches, Fault>> {
        async move {
            let mut segments = self.segments().await?;
            segments.retain(|segment| {
                let (first, last) = (segment.summary.first, segment.summary.last);
                let too_old = range.since.zip(last).is_some_and(|(since, last)| last < since);
                let too_new = range.until.zip(first).is_some_and(|(until, first)| first > until);
                !too_old && !too_new
            });
            let this = self.clone();
            match range.tail {
                Some(tail) => this.tail(segments, range, usize::try_from(tail).unwrap_or(usize::MAX)).await,
                None => Ok(stream::iter(segments)
                    .then(move |segment| {
                        let this = this.clone();
                        async move { this.within(&segment, range.since, range.until).await }
                    })
                    .boxed()),
            }
        }
        .boxed()
    }

    fn read(self: Arc<Self>, reading: LogReading, reader: LogReader) -> BoxFuture<'static, ()> {
        async move {
            let stop = reader.stop.clone();
            tokio::select! {
                () = stop.cancelled() => {}
                // Nobody receives any more, or it was refused: both is the end.
                _ = Session::run(self, reading, reader) => {}
            }
        }
        .boxed()
    }
}

/// One reading.
struct Session {
    log: Arc<RecordingLog>,
    reader: LogReader,
    segments: Vec<Segment>,
    /// The number that a [`crate::domain::log::LogEdge`] counts from: of the line that came first, or that it
    /// would have had without the gaps.
    zero: u64,
    /// The first line behind the last gap, as edges count; everything before it was dropped.
    whole_from: i64,
    /// The number of the line behind the newest one that went out.
    next: u64,
    search: Option<Search>,
}

/// The other side is gone.
struct Closed;

impl Session {
    async fn run(log: Arc<RecordingLog>, reading: LogReading, reader: LogReader) -> Result<(), Closed> {
        let mut this =
            Self { log, reader, segments: Vec::new(), zero: 0, whole_from: i64::MIN, next: 0, search: None };
        let follows = reading.anchor == LogAnchor::End;
        match this.begin(reading).await {
            Ok((before, range)) => {
                this.send(LogEvent::Live).await?;
                (this.zero, this.next) = (range.start, range.start);
                this.send_until(range.end).await?;
                if !follows {
                    let lines = u32::try_from(range.start - before).unwrap_or(u32::MAX);
                    this.answer(LogAsk::Older { lines, edge: LogEdge::default() }).await?;
                }
            }
            Err(fault) => {
                let _ = this.send(LogEvent::Refused(fault)).await;
                return Ok(());
            }
        }
        let mut asked = true;
        loop {
            let searching = this.search.is_some();
            tokio::select! {
                biased;
                ask = this.reader.asks.recv(), if asked => match ask {
                    Some(ask) => this.answer(ask).await?,
                    None => asked = false,
                },
                () = std::future::ready(()), if searching => this.search_on().await?,
                () = tokio::time::sleep(LOOK), if follows => this.look().await?,
                () = this.reader.events.closed() => return Err(Closed),
            }
        }
    }

    /// Which lines go out first, and from where on those before them.
    async fn begin(&mut self, reading: LogReading) -> Result<(u64, Range<u64>), Fault> {
        self.segments = self.log.segments().await?;
        let (first, end) = (first(&self.segments), end(&self.segments));
        let around = reading.tail.map_or(u64::MAX, u64::from);
        let middle = match reading.anchor {
            LogAnchor::End => {
                let begin = first.max(end.saturating_sub(around));
                return Ok((begin, begin..end));
            }
            LogAnchor::Time(at) => self.log.number_at(&self.segments, at).await?,
            LogAnchor::Offset(number) => u64::try_from(number).unwrap_or(0).clamp(first, end),
        };
        Ok((first.max(middle.saturating_sub(around)), middle..middle.saturating_add(around).min(end)))
    }

    /// Sends lines from the newest one on up to that number, in bounded portions.
    async fn send_until(&mut self, end: u64) -> Result<(), Closed> {
        while self.next < end {
            let range = self.next..end.min(self.next + BATCH);
            match self.log.numbered(&self.segments, range.clone()).await {
                Ok(lines) => {
                    let missing = (range.end - range.start).saturating_sub(lines.len() as u64);
                    if missing > 0 {
                        self.segments = self.log.segments().await.unwrap_or_default();
                        // Whatever is older than what is left is gone too.
                        let next = first(&self.segments).max(range.start + missing);
                        self.whole_from = i64::try_from(range.start - self.zero).unwrap_or(i64::MAX);
                        self.zero += next - range.start;
                        self.next = next;
                        self.send(LogEvent::Gap(LogGap::default())).await?;
                        continue;
                    }
                    self.next = range.end;
                    self.send(LogEvent::Lines(lines)).await?;
                }
                Err(fault) => {
                    self.next = range.end;
                    self.send(LogEvent::Lost(fault)).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether more was written.
    async fn look(&mut self) -> Result<(), Closed> {
        match self.log.segments().await {
            Ok(segments) => {
                self.segments = segments;
                self.send_until(end(&self.segments)).await
            }
            // The ring dropped all of it; it may begin anew.
            Err(fault) if fault.kind == FaultKind::Gone => Ok(()),
            Err(fault) => self.send(LogEvent::Lost(fault)).await,
        }
    }

    async fn answer(&mut self, ask: LogAsk) -> Result<(), Closed> {
        match ask {
            LogAsk::Older { edge, .. } if edge.number < self.whole_from => {
                self.send(LogEvent::Older { lines: Vec::new(), more: false }).await
            }
            LogAsk::Older { lines, edge } => {
                let end = self.zero.saturating_add_signed(edge.number);
                let start = end.saturating_sub(u64::from(lines)).max(first(&self.segments));
                match self.log.numbered(&self.segments, start..end).await {
                    Ok(lines) => {
                        let more = start > first(&self.segments) && !lines.is_empty();
                        self.send(LogEvent::Older { lines, more }).await
                    }
                    Err(fault) => self.send(LogEvent::OlderFailed(fault)).await,
                }
            }
            LogAsk::Newer { lines } => {
                let end = end(&self.segments);
                let range = self.next..end.min(self.next.saturating_add(u64::from(lines)));
                self.next = self.next.max(range.end);
                let lines = self.log.numbered(&self.segments, range).await.unwrap_or_default();
                self.send(LogEvent::Newer { lines, more: self.next < end }).await
            }
            LogAsk::Find(find) => {
                self.search = Some(Search::new(find, self.segments.clone()));
                Ok(())
            }
            LogAsk::StopFind => {
                self.search = None;
                Ok(())
            }
        }
    }

    async fn search_on(&mut self) -> Result<(), Closed> {
        let Some(search) = &mut self.search else { return Ok(()) };
        let found = search.step(&self.log).await;
        if found.done {
            self.search = None;
        }
        self.send(LogEvent::Found(found)).await
    }

    async fn send(&self, event: LogEvent) -> Result<(), Closed> {
        self.reader.events.send(event).await.map_err(|_| Closed)
    }
}

fn first(segments: &[Segment]) -> u64 {
    segments.first().map_or(0, |s| s.first_line)
}

fn end(segments: &[Segment]) -> u64 {
    segments.last().map_or(0, Segment::end)
}

/// Runs what blocks.
pub(super) async fn away<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let failed = |e: tokio::task::JoinError| Fault::new(FaultKind::Bug, format!("reading a recording: {e}"));
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(failed(e)))
}
