//! Standard input as a source of lines: `… | pult logs -`. It is read to its end whatever happens to the lines:
//! who writes into the pipe never waits for a slow screen, unless what is read is printed.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::clock;
use super::files::times::Times;
use super::log_source::{LogBatches, LogRange, LogReader, LogReading, LogSource};
use super::spool::Spool;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogAsk, LogEvent, LogFound, LogLine, LogSourceId};
use crate::logs::plain::Lines;

/// Bytes read at once.
const BLOCK: usize = 64 << 10;
/// A line without an end is shown as it is when nothing came for so long.
const PROVISIONAL: Duration = Duration::from_millis(250);

/// What one block brought.
struct Batch {
    lines: Vec<LogLine>,
    /// What has come of a line without an end.
    open: Option<LogLine>,
}

/// Standard input. It can be read once.
pub struct StdinLog {
    input: Mutex<Option<Box<dyn Read + Send>>>,
    /// Waits for a slow reader.
    patient: bool,
}

impl Default for StdinLog {
    fn default() -> Self {
        Self::of(io::stdin())
    }
}

impl StdinLog {
    /// Reads something else in its place.
    pub fn of(input: impl Read + Send + 'static) -> Self {
        Self { input: Mutex::new(Some(Box::new(input))), patient: false }
    }

    /// The same for what is printed: no line is left out because the reader is slow.
    pub fn patient(self) -> Self {
        Self { patient: true, ..self }
    }

    /// Reads on a thread of its own: a pipe cannot be waited for in another way, and nobody waits for the thread
    /// at the end.
    fn batches(&self) -> Result<mpsc::Receiver<Result<Batch, Fault>>, Fault> {
        let input = self.input.lock().unwrap_or_else(PoisonError::into_inner).take();
        let input = input.ok_or_else(|| {
            Fault::new(FaultKind::Conflict, "standard input is read already").hint("it can be read once")
        })?;
        let (sender, batches) = mpsc::channel(4);
        let thread = std::thread::Builder::new().name("stdin".into());
        let started = thread.spawn(move || pump(input, &sender));
        started.map_err(|e| Fault::new(FaultKind::Failed, format!("standard input cannot be read: {e}")))?;
        Ok(batches)
    }
}

/// Reads to the end, or until nobody receives.
fn pump(mut input: Box<dyn Read + Send>, out: &mpsc::Sender<Result<Batch, Fault>>) {
    let mut block = vec![0; BLOCK];
    let (mut splitter, mut times) = (Lines::default(), Times::new(TimeZone::system()));
    loop {
        let mut plain = Vec::new();
        let ended = match input.read(&mut block) {
            Ok(0) => {
                plain.extend(splitter.finish());
                true
            }
            Ok(count) => {
                splitter.push(block.get(..count).unwrap_or_default(), |line| plain.push(line));
                false
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => false,
            Err(e) => {
                let fault = Fault::new(FaultKind::Failed, format!("standard input cannot be read: {e}"));
                // Nobody receives: then nobody is to be told.
                let _gone = out.blocking_send(Err(fault));
                return;
            }
        };
        // It is written now, as far as anybody knows.
        let now = clock::now();
        if let Some(last) = plain.last() {
            times.learn(&last.text, now);
        }
        let lines = plain.into_iter().map(|line| times.line(line, now)).collect();
        let open = splitter.open().map(|line| times.line(line, now));
        if out.blocking_send(Ok(Batch { lines, open })).is_err() || ended {
            return;
        }
    }
}

impl LogSource for StdinLog {
    fn id(&self) -> LogSourceId {
        LogSourceId::Stdin
    }

    /// All of it, as it comes.
    fn stored(&self, range: LogRange) -> BoxFuture<'_, Result<LogBatches, Fault>> {
        Box::pin(async move {
            let batches = self.batches()?;
            let mut part = Part { range: range.clone(), inside: range.since.is_none() };
            let lines = stream::unfold(batches, |mut batches| async move {
                let batch = batches.recv().await?;
                Some((batch.map(|batch| batch.lines), batches))
            });
            let lines = lines.map(move |batch| batch.map(|lines| part.of(lines)));
            let Some(tail) = range.tail else { return Ok(lines.boxed()) };
            let tail = usize::try_from(tail).unwrap_or(usize::MAX);
            let last = lines.fold(Ok(Vec::new()), move |last, batch| async move {
                let mut last: Vec<LogLine> = last?;
                last.extend(batch?);
                last.drain(..last.len().saturating_sub(tail));
                Ok(last)
            });
            Ok(stream::once(last).boxed())
        })
    }

    /// What has come. Nothing is stored, so nothing is older.
    fn read(self: Arc<Self>, _: LogReading, reader: LogReader) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let LogReader { mut asks, events, stop } = reader;
            let out = Spool::default();
            let work = async {
                match self.batches() {
                    Ok(batches) => {
                        out.push(LogEvent::Live);
                        tokio::join!(follow(batches, self.patient, &out), answer(&mut asks, &out));
                    }
                    Err(fault) => out.push(LogEvent::Refused(fault)),
                }
            };
            out.serve(work, &events, &stop).await;
        })
    }
}

async fn follow(mut batches: mpsc::Receiver<Result<Batch, Fault>>, patient: bool, out: &Spool) {
    let mut open = None;
    loop {
        let batch = match open.take() {
            None => batches.recv().await,
            Some(line) => match tokio::time::timeout(PROVISIONAL, batches.recv()).await {
                Ok(batch) => batch,
                Err(_) => {
                    out.push(LogEvent::Progress(line));
                    continue;
                }
            },
        };
        match batch {
            Some(Ok(batch)) => {
                if !batch.lines.is_empty() {
                    out.push(LogEvent::Lines(batch.lines));
                }
                if patient {
                    out.room().await;
                }
                open = batch.open;
            }
            Some(Err(fault)) => return out.push(LogEvent::Refused(fault)),
            None => return out.push(LogEvent::Ended),
        }
    }
}

/// Answers for as long as somebody receives.
async fn answer(asks: &mut mpsc::Receiver<LogAsk>, out: &Spool) {
    while let Some(ask) = asks.recv().await {
        match ask {
            LogAsk::Older { .. } => out.push(LogEvent::Older { lines: Vec::new(), more: false }),
            LogAsk::Newer { .. } => out.push(LogEvent::Newer { lines: Vec::new(), more: false }),
            LogAsk::Find(find) => out.push(LogEvent::Found(LogFound {
                generation: find.generation,
                places: Vec::new(),
                hits: 0,
                scanned_bytes: 0,
                total_bytes: 0,
                done: true,
                fault: None,
            })),
            LogAsk::StopFind => {}
        }
    }
    std::future::pending::<()>().await;
}

/// The part of a range, line by line. A line without a time belongs to the one before it.
struct Part {
    range: LogRange,
    inside: bool,
}

impl Part {
    fn of(&mut self, lines: Vec<LogLine>) -> Vec<LogLine> {
        let range = self.range.clone();
        let is_inside = |line: &LogLine| {
            if let Some(at) = line.at {
                self.inside = range.since.is_none_or(|since| at >= since)
                    && range.until.is_none_or(|until| at <= until);
            }
            self.inside
        };
        lines.into_iter().filter(is_inside).collect()
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::domain::log::LogAnchor;

    fn texts(lines: &[LogLine]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    async fn stored(text: &'static str, range: LogRange) -> Vec<LogLine> {
        let source = StdinLog::of(text.as_bytes());
        source.stored(range).await.unwrap().map(Result::unwrap).concat().await
    }

    #[tokio::test]
    async fn a_part_of_what_comes() {
        let text = "head\n1700000001 a\n  of a\n1700000002 b\n1700000003 c";
        let at = |second| jiff::Timestamp::from_second(second).ok();
        let all = stored(text, LogRange::default()).await;
        assert_eq!(texts(&all), ["head", "1700000001 a", "  of a", "1700000002 b", "1700000003 c"]);
        assert_eq!(
            texts(&stored(text, LogRange { tail: Some(2), ..LogRange::default() }).await),
            texts(&all[3..])
        );
        let part = LogRange { tail: None, since: at(1_700_000_001), until: at(1_700_000_002) };
        assert_eq!(texts(&stored(text, part).await), texts(&all[1..4]));
        let part = LogRange { tail: Some(1), since: None, until: at(1_700_000_001) };
        assert_eq!(texts(&stored(text, part).await), ["  of a"]);
    }

    #[tokio::test]
    async fn it_is_read_once_and_ends() {
        let source = Arc::new(StdinLog::of(&b"a\nb"[..]));
        let (_asks, asked) = mpsc::channel(1);
        let (sender, mut events) = mpsc::channel(8);
        let reader = LogReader { asks: asked, events: sender, stop: CancellationToken::new() };
        let reading = LogReading { anchor: LogAnchor::End, tail: None };
        let all = async {
            let mut lines = Vec::new();
            assert_eq!(events.recv().await, Some(LogEvent::Live));
            loop {
                match events.recv().await {
                    Some(LogEvent::Lines(more)) => lines.extend(more),
                    Some(LogEvent::Ended) => return lines,
                    Some(LogEvent::Progress(_)) => {}
                    other => panic!("{other:?}"),
                }
            }
        };
        let lines = tokio::select! {
            lines = all => lines,
            () = Arc::clone(&source).read(reading, reader) => panic!("it answers on"),
        };
        assert_eq!(texts(&lines), ["a", "b"]);
        let again = source.stored(LogRange::default()).await;
        assert_eq!(again.err().unwrap().kind, FaultKind::Conflict);
    }
}
