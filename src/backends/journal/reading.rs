//! A reader of the journal: what is written goes to it while it asks for what is older.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::entry::unreadable;
use super::find;
use super::journalctl::{Answer, Journalctl};
use super::page::{Page, Place};
use crate::backends::backoff;
use crate::backends::clock;
use crate::backends::line_index::LineIndex;
use crate::backends::log_source::{LogReader, LogReading};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogAnchor, LogAsk, LogEdge, LogEvent, LogFound, LogLine};

/// Lines in one event.
const LINES: usize = 1000;

/// What is known of the lines that a reader has got.
#[derive(Default)]
struct Held {
    index: LineIndex<Place>,
    /// The number of the next line.
    next: i64,
    /// The newest entry held, or the time where the reading began.
    newest: Option<Place>,
    /// What is written comes by itself.
    follows: bool,
}

struct JournalReading {
    journal: Journalctl,
    held: Mutex<Held>,
    events: mpsc::Sender<LogEvent>,
}

/// Nobody receives any more.
struct Closed;

/// Reads until the reader stops it or nobody receives.
pub(super) async fn read(journal: Journalctl, reading: LogReading, reader: LogReader) {
    let LogReader { mut asks, events, stop } = reader;
    let this = JournalReading { journal, held: Mutex::default(), events: events.clone() };
    let moment = match reading.anchor {
        LogAnchor::End => None,
        LogAnchor::Time(at) => Some(at),
        // As a search tells its places.
        LogAnchor::Offset(us) => Some(Timestamp::from_microsecond(us).unwrap_or(Timestamp::UNIX_EPOCH)),
    };
    let work = async {
        let _closed = match moment {
            None => tokio::select! {
                ended = this.follow(reading.tail) => ended,
                ended = this.answer(&mut asks) => ended,
            },
            Some(at) => match this.begin(at, reading.tail).await {
                Ok(true) => this.answer(&mut asks).await,
                Ok(false) => Ok(()),
                Err(closed) => Err(closed),
            },
        };
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = events.closed() => {}
        () = work => {}
    }
}

impl JournalReading {
    /// Follows the journal from its last lines on; ends when it cannot be read at all.
    async fn follow(&self, tail: Option<u32>) -> Result<(), Closed> {
        // The journal's times are its machine's.
        let ahead = self.journal.ahead().await;
        let now = clock::now().checked_add(ahead.unwrap_or_default()).unwrap_or_else(|_| clock::now());
        {
            let mut held = self.held();
            held.follows = true;
            held.newest = Some(Place::Time(now));
        }
        if let Some(ahead) = ahead {
            self.send(LogEvent::Skew(ahead)).await?;
        }
        if let Some(text) = self.journal.remark().await {
            self.send(LogEvent::Note(text)).await?;
        }
        let lines = tail.map_or("--lines=all".to_owned(), |tail| format!("--lines={tail}"));
        let mut arguments = vec!["--follow".to_owned(), lines];
        let mut failures = 0;
        loop {
            let before = self.held().next;
            let fault = match self.follow_once(arguments).await? {
                Ok(()) => Fault::new(FaultKind::Failed, "journalctl has ended"),
                Err(fault) if fault.kind == FaultKind::Failed || fault.kind.is_link() => fault,
                Err(fault) => return self.send(LogEvent::Refused(fault)).await,
            };
            failures = if self.held().next > before { 1 } else { failures + 1 };
            self.send(LogEvent::Lost(fault)).await?;
            tokio::time::sleep(backoff::jittered(failures)).await;
            let behind = self.held().newest.as_ref().map(Place::behind);
            arguments = ["--follow".into(), "--no-tail".into()].into_iter().chain(behind).collect();
        }
    }

    async fn follow_once(&self, arguments: Vec<String>) -> Result<Result<(), Fault>, Closed> {
        let mut answers = match self.journal.ask(arguments).await {
            Ok(answers) => answers,
            Err(fault) => return Ok(Err(fault)),
        };
        // Without a word it works, even if nothing is written.
        let first = tokio::time::timeout(self.journal.complains_within(), answers.next()).await;
        let mut next = match first {
            Ok(Ok(None)) => return Ok(answers.end().await),
            Ok(Err(fault)) => return Ok(Err(fault)),
            Ok(Ok(answer)) => answer,
            Err(_) => None,
        };
        self.send(LogEvent::Live).await?;
        loop {
            let mut lines = Vec::new();
            let mut fault = None;
            while let Some(answer) = next.take() {
                match answer {
                    Answer::Entry(entry) => {
                        self.note(lines.len(), entry.cursor);
                        lines.extend(entry.lines);
                    }
                    Answer::Unreadable(bytes) => lines.push(unreadable(bytes)),
                    Answer::Remark(text) => self.send(LogEvent::Note(text)).await?,
                }
                if answers.has_next() && lines.len() < LINES {
                    match answers.next().await {
                        Ok(answer) => next = answer,
                        Err(e) => fault = Some(e),
                    }
                }
            }
            self.lines(lines).await?;
            if let Some(fault) = fault {
                return Ok(Err(fault));
            }
            next = match answers.next().await {
                Ok(None) => return Ok(answers.end().await),
                Ok(answer) => answer,
                Err(fault) => return Ok(Err(fault)),
            };
        }
    }

    /// Reads around a time; false when it cannot be read.
    async fn begin(&self, at: Timestamp, tail: Option<u32>) -> Result<bool, Closed> {
        self.held().newest = Some(Place::Time(at));
        let mut left = tail.unwrap_or(u32::MAX);
        let mut live = false;
        loop {
            let page = match self.newer(left).await {
                Ok(page) => page,
                Err(fault) => {
                    self.send(LogEvent::Refused(fault)).await?;
                    return Ok(false);
                }
            };
            if !std::mem::replace(&mut live, true) {
                self.held().index.note(0, page.first.clone().unwrap_or(Place::Time(at)));
                self.send(LogEvent::Live).await?;
            }
            left = left.saturating_sub(u32::try_from(page.lines.len()).unwrap_or(u32::MAX));
            self.send(LogEvent::Lines(page.lines)).await?;
            if !page.more || left == 0 {
                break;
            }
        }
        let (mut left, mut oldest) = (tail.unwrap_or(u32::MAX), 0);
        loop {
            let page = match self.older(left, oldest).await {
                Ok(page) => page,
                Err(fault) => {
                    self.send(LogEvent::OlderFailed(fault)).await?;
                    return Ok(true);
                }
            };
            left = left.saturating_sub(u32::try_from(page.lines.len()).unwrap_or(u32::MAX));
            oldest -= i64::try_from(page.lines.len()).unwrap_or_default();
            self.send(LogEvent::Older { lines: page.lines, more: page.more }).await?;
            if !page.more || left == 0 {
                return Ok(true);
            }
        }
    }

    /// Answers questions for as long as somebody receives.
    async fn answer(&self, asks: &mut mpsc::Receiver<LogAsk>) -> Result<(), Closed> {
        let mut search: Option<BoxFuture<'_, LogFound>> = None;
        loop {
            let found = async {
                match &mut search {
                    Some(search) => search.await,
                    None => std::future::pending().await,
                }
            };
            let ask = tokio::select! {
                Some(ask) = asks.recv() => ask,
                found = found => {
                    search = None;
                    self.send(LogEvent::Found(found)).await?;
                    continue;
                }
            };
            match ask {
                LogAsk::Older { lines, edge: LogEdge { number, .. } } => {
                    let page = self.older(lines, number).await;
                    self.send(match page {
                        Ok(page) => LogEvent::Older { lines: page.lines, more: page.more },
                        Err(fault) => LogEvent::OlderFailed(fault),
                    })
                    .await?;
                }
                LogAsk::Newer { lines } => {
                    let page =
                        if self.held().follows { Ok(Page::default()) } else { self.newer(lines).await };
                    self.send(match page {
                        Ok(page) => LogEvent::Newer { lines: page.lines, more: page.more },
                        Err(fault) => LogEvent::OlderFailed(fault),
                    })
                    .await?;
                }
                LogAsk::Find(ask) => {
                    search = Some(Box::pin(async move {
                        find::search(&self.journal, &ask, &mut |found| {
                            // Only the last word matters: what finds no room is not worth to wait for.
                            let _no_room = self.events.try_send(LogEvent::Found(found.clone()));
                        })
                        .await
                    }));
                }
                LogAsk::StopFind => search = None,
            }
        }
    }

    /// The lines before the one with this number.
    async fn older(&self, count: u32, number: i64) -> Result<Page, Fault> {
        let nearest = self.held().index.nearest(number).cloned();
        let Some((known, place)) = nearest else {
            // Nothing was held yet: what is before the beginning.
            let Some(newest) = self.held().newest.clone() else { return Ok(Page::default()) };
            let page = self.journal.older(&newest, count).await?;
            self.note_older(number, &page);
            return Ok(page);
        };
        let between = usize::try_from(number - known).unwrap_or_default();
        let mut lines: Vec<LogLine> = Vec::new();
        let mut next = Some((place.clone(), false));
        while let Some((from, behind)) = next.take().filter(|_| lines.len() < between) {
            let wanted = u32::try_from(between - lines.len()).unwrap_or(u32::MAX);
            let page = self.journal.newer(&from, behind, wanted).await?;
            lines.extend(page.lines);
            next = page.last.filter(|_| page.more).map(|last| (last, true));
        }
        lines.truncate(between);
        let wanted = usize::try_from(count).unwrap_or(usize::MAX);
        if lines.len() >= wanted {
            lines.drain(..lines.len() - wanted);
            return Ok(Page { lines, more: true, ..Page::default() });
        }
        let left = u32::try_from(wanted - lines.len()).unwrap_or(u32::MAX);
        let mut page = self.journal.older(&place, left).await?;
        self.note_older(known, &page);
        page.lines.extend(lines);
        Ok(page)
    }

    fn note_older(&self, number: i64, page: &Page) {
        if let Some(first) = &page.first {
            let number = number - i64::try_from(page.lines.len()).unwrap_or_default();
            self.held().index.note(number, first.clone());
        }
    }

    /// The lines behind the newest one held.
    async fn newer(&self, count: u32) -> Result<Page, Fault> {
        let Some(newest) = self.held().newest.clone() else { return Ok(Page::default()) };
        let page = self.journal.newer(&newest, true, count).await?;
        let mut held = self.held();
        let number = held.next;
        if let Some(first) = &page.first {
            held.index.note(number, first.clone());
        }
        held.next += i64::try_from(page.lines.len()).unwrap_or_default();
        held.newest = page.last.clone().or(Some(newest));
        Ok(page)
    }

    /// An entry has come, behind so many lines that were not sent yet.
    fn note(&self, behind: usize, cursor: String) {
        let mut held = self.held();
        let number = held.next + i64::try_from(behind).unwrap_or_default();
        let place = Place::Entry(cursor.into());
        held.index.note(number, place.clone());
        held.newest = Some(place);
    }

    async fn lines(&self, lines: Vec<LogLine>) -> Result<(), Closed> {
        if lines.is_empty() {
            return Ok(());
        }
        self.held().next += i64::try_from(lines.len()).unwrap_or_default();
        self.send(LogEvent::Lines(lines)).await
    }

    async fn send(&self, event: LogEvent) -> Result<(), Closed> {
        self.events.send(event).await.map_err(|_| Closed)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
