//! A reader of a file: what is appended goes to it while it asks for what is older.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::blocking;
use super::chain::Place;
use super::disk::Origin;
use super::find::{Needle, Searching};
use super::follow::{Follower, Step};
use super::page::{Page, Pager};
use crate::backends::clock;
use crate::backends::line_index::LineIndex;
use crate::backends::log_source::{LogReader, LogReading};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogAnchor, LogAsk, LogEdge, LogEvent, LogFind};

/// How soon a file that has moved is looked at again, and the longest time between two looks.
const SOON: Duration = Duration::from_millis(100);
const LATE: Duration = Duration::from_secs(1);
/// A line without an end is shown as it is when nothing came for so long.
const PROVISIONAL: Duration = Duration::from_millis(250);

/// What is known of the lines that a reader has got.
#[derive(Debug, Default)]
struct Held {
    index: LineIndex<Place>,
    /// The number of the next line.
    next: i64,
    /// Where the line behind the newest one held begins; only of a reading that does not follow.
    end: Option<Place>,
}

/// One reader of a file.
struct FileReading {
    origin: Origin,
    held: Mutex<Held>,
    events: mpsc::Sender<LogEvent>,
    /// Ends the work on other threads.
    stop: CancellationToken,
}

/// Nobody receives any more.
struct Closed;

/// Reads until the reader stops it or nobody receives.
pub(super) async fn read(origin: Origin, reading: LogReading, reader: LogReader) {
    let LogReader { mut asks, events, stop } = reader;
    let work_stop = stop.child_token();
    let _at_the_end = work_stop.clone().drop_guard();
    let this = FileReading {
        origin: origin.clone(),
        held: Mutex::default(),
        events: events.clone(),
        stop: work_stop.clone(),
    };
    let work = async {
        let pager = Pager::new(origin, work_stop.clone());
        match reading.anchor {
            LogAnchor::End => tokio::select! {
                _ = this.follow(reading.tail) => {}
                _ = this.answer(pager, &mut asks) => {}
            },
            anchor => match this.begin(pager, anchor, reading.tail).await {
                Ok(Ok(pager)) => _ = this.answer(pager, &mut asks).await,
                Ok(Err(fault)) => _ = this.send(LogEvent::Refused(fault)).await,
                Err(Closed) => {}
            },
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = events.closed() => {}
        () = work => {}
    }
}

impl FileReading {
    /// Follows the file; ends when it cannot be read at all.
    async fn follow(&self, tail: Option<u32>) -> Result<(), Closed> {
        let mut follower = Follower::new(self.origin.clone(), tail, TimeZone::system(), self.stop.clone());
        let disk = Arc::clone(&self.origin.disk);
        if let Ok(Some(ahead)) = blocking(move || disk.ahead()).await {
            self.send(LogEvent::Skew(ahead)).await?;
        }
        let mut pace = SOON;
        let mut moved = clock::instant();
        let mut told = None;
        loop {
            let step: Step;
            let now = clock::instant();
            (follower, step) = match blocking(move || {
                let step = follower.step(now);
                (follower, step)
            })
            .await
            {
                Ok(done) => done,
                Err(fault) => return self.send(LogEvent::Refused(fault)).await,
            };
            for (event, place) in step.events {
                self.note(&event, place);
                self.send(event).await?;
            }
            if step.over {
                return Ok(());
            }
            if step.again {
                (moved, pace, told) = (now, SOON, None);
                continue;
            }
            let open = follower.open_line();
            if open != told && now.duration_since(moved) >= PROVISIONAL {
                if let Some(line) = open.clone() {
                    self.send(LogEvent::Progress(line)).await?;
                }
                told = open;
            }
            tokio::time::sleep(pace).await;
            pace = LATE.min(pace * 2);
        }
    }

    /// Reads around a place.
    async fn begin(
        &self,
        mut pager: Pager,
        anchor: LogAnchor,
        tail: Option<u32>,
    ) -> Result<Result<Pager, Fault>, Closed> {
        let found = blocking(move || {
            let place = pager.check().and_then(|()| match anchor {
                LogAnchor::End => pager.end(),
                LogAnchor::Time(at) => pager.since(at),
                LogAnchor::Offset(number) => pager.at(number),
            });
            (pager, place)
        });
        let place;
        (pager, place) = match found.await {
            Ok((pager, Ok(place))) => (pager, place),
            Ok((_, Err(fault))) | Err(fault) => return Ok(Err(fault)),
        };
        self.send(LogEvent::Live).await?;
        {
            let mut held = self.held();
            held.index.note(0, place.clone());
            held.end = Some(place);
        }
        let mut left = tail.unwrap_or(u32::MAX);
        loop {
            let (back, page) = self.newer(pager, left).await;
            pager = back;
            let page = match page {
                Ok(page) => page,
                Err(fault) => return Ok(Err(fault)),
            };
            left = left.saturating_sub(u32::try_from(page.lines.len()).unwrap_or(u32::MAX));
            self.send(LogEvent::Lines(page.lines)).await?;
            if !page.more || left == 0 {
                break;
            }
        }
        let mut left = tail.unwrap_or(u32::MAX);
        let mut oldest = 0;
        loop {
            let (back, page) = self.older(pager, left, oldest).await;
            pager = back;
            let (event, count, more) = match page {
                Ok(page) => {
                    let (count, more) = (page.lines.len(), page.more);
                    (LogEvent::Older { lines: page.lines, more }, count, more)
                }
                Err(fault) => (LogEvent::OlderFailed(fault), 0, false),
            };
            left = left.saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
            oldest -= i64::try_from(count).unwrap_or_default();
            self.send(event).await?;
            if !more || left == 0 {
                return Ok(Ok(pager));
            }
        }
    }

    /// Answers questions for as long as somebody receives.
    async fn answer(&self, mut pager: Pager, asks: &mut mpsc::Receiver<LogAsk>) -> Result<(), Closed> {
        let mut search: Option<Searching> = None;
        loop {
            let ask = tokio::select! {
                Some(ask) = asks.recv() => ask,
                Some(found) = Searching::end(&mut search) => {
                    search = None;
                    self.send(LogEvent::Found(found)).await?;
                    continue;
                }
                // Nobody asks any more; that ends nothing.
                () = std::future::pending() => continue,
            };
            match ask {
                LogAsk::Older { lines, edge: LogEdge { number, .. } } => {
                    let page;
                    (pager, page) = self.older(pager, lines, number).await;
                    self.send(match page {
                        Ok(page) => LogEvent::Older { lines: page.lines, more: page.more },
                        Err(fault) => LogEvent::OlderFailed(fault),
                    })
                    .await?;
                }
                LogAsk::Newer { lines } => {
                    let page;
                    (pager, page) = self.newer(pager, lines).await;
                    self.send(match page {
                        Ok(page) => LogEvent::Newer { lines: page.lines, more: page.more },
                        Err(fault) => LogEvent::OlderFailed(fault),
                    })
                    .await?;
                }
                LogAsk::Find(ask) => search = Some(self.search(&ask)),
                LogAsk::StopFind => search = None,
            }
        }
    }

    /// The lines before the one with this number.
    async fn older(&self, pager: Pager, count: u32, number: i64) -> (Pager, Result<Page, Fault>) {
        let Some((known, place)) = self.held().index.nearest(number).cloned() else {
            let message = format!("nothing of {} was read yet", super::open::name(&self.origin.path));
            return (pager, Err(Fault::new(FaultKind::Gone, message)));
        };
        let paged = self.with(pager, move |pager| {
            let mut place = place;
            let mut between = number - known;
            while between > 0 {
                let page = pager.newer(&place, None, u32::try_from(between).unwrap_or(u32::MAX))?;
                if page.lines.is_empty() {
                    break;
                }
                between -= i64::try_from(page.lines.len()).unwrap_or(i64::MAX);
                place = page.end;
            }
            pager.older(&place, count)
        });
        let (pager, page) = paged.await;
        if let Ok(page) = &page {
            let first = number - i64::try_from(page.lines.len()).unwrap_or_default();
            self.held().index.note(first, page.start.clone());
        }
        (pager, page)
    }

    /// The lines behind the newest one held; none while the file is followed.
    async fn newer(&self, pager: Pager, count: u32) -> (Pager, Result<Page, Fault>) {
        let place = self.held().end.clone();
        let Some(place) = place else {
            let nowhere = Place { file: Arc::default(), offset: 0 };
            let (start, end) = (nowhere.clone(), nowhere);
            return (pager, Ok(Page { lines: Vec::new(), start, end, more: false }));
        };
        let (pager, page) = self.with(pager, move |pager| pager.newer(&place, None, count)).await;
        if let Ok(page) = &page {
            let mut held = self.held();
            let number = held.next;
            held.index.note(number, page.start.clone());
            held.next += i64::try_from(page.lines.len()).unwrap_or_default();
            held.end = Some(page.end.clone());
        }
        (pager, page)
    }

    /// Does something with the pager where blocking is allowed.
    async fn with<T: Send + 'static>(
        &self,
        mut pager: Pager,
        work: impl FnOnce(&mut Pager) -> Result<T, Fault> + Send + 'static,
    ) -> (Pager, Result<T, Fault>) {
        let done = blocking(move || {
            let done = work(&mut pager);
            (pager, done)
        });
        match done.await {
            Ok(done) => done,
            Err(fault) => (Pager::new(self.origin.clone(), self.stop.clone()), Err(fault)),
        }
    }

    fn search(&self, ask: &LogFind) -> Searching {
        let events = self.events.clone();
        // Only the last word matters: what finds no room is not worth to wait for.
        let tell = move |found| drop(events.try_send(LogEvent::Found(found)));
        Searching::begin(self.origin.clone(), ask.generation, Needle::of(ask), self.stop.child_token(), tell)
    }

    fn note(&self, event: &LogEvent, place: Option<Place>) {
        let mut held = self.held();
        let number = held.next;
        if let Some(place) = place {
            held.index.note(number, place);
        }
        if let LogEvent::Lines(lines) = event {
            held.next += i64::try_from(lines.len()).unwrap_or_default();
        }
    }

    async fn send(&self, event: LogEvent) -> Result<(), Closed> {
        self.events.send(event).await.map_err(|_| Closed)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
