//! What waits between a source and its reader. A source never waits for a slow screen: an engine whose socket is
//! not drained loses lines without a word when the log rotates. Here the oldest waiting lines go instead, and
//! are counted where they are missing.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::domain::log::{LogEvent, LogLine};

/// What waits at most, besides the newest batch.
const MAX_LINES: usize = 100_000;
const MAX_BYTES: usize = 8 << 20;
/// Events that are no lines: so many of them wait at most.
const MAX_OTHERS: usize = 1024;
/// Small batches that wait are made into larger ones, up to this.
const BATCH: usize = 1024;

/// Events on their way from one source to one reader.
#[derive(Debug, Default)]
pub struct Spool {
    waiting: Mutex<Waiting>,
    changed: Notify,
    taken: Notify,
}

#[derive(Debug)]
struct Waiting {
    events: VecDeque<LogEvent>,
    lines: usize,
    bytes: usize,
    max_lines: usize,
    max_bytes: usize,
    closed: bool,
}

impl Default for Waiting {
    fn default() -> Self {
        Self::new(MAX_LINES, MAX_BYTES)
    }
}

impl Spool {
    /// Runs the work that pushes, and hands on what it pushes, until the work is done, the reader stops it or
    /// nobody receives any more.
    pub async fn serve(
        &self,
        work: impl Future<Output = ()>,
        events: &mpsc::Sender<LogEvent>,
        stop: &CancellationToken,
    ) {
        let work = async {
            work.await;
            self.lock().closed = true;
            self.changed.notify_one();
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = events.closed() => {}
            _ = async { tokio::join!(work, self.hand_on(events)) } => {}
        }
    }

    /// Takes an event, at once.
    pub fn push(&self, event: LogEvent) {
        self.lock().push(event);
        self.changed.notify_one();
    }

    /// Waits until less than half of what can wait does: for a source that has time.
    pub async fn room(&self) {
        while self.lock().is_half_full() {
            self.taken.notified().await;
        }
    }

    async fn hand_on(&self, events: &mpsc::Sender<LogEvent>) {
        loop {
            let (empty, closed) = {
                let waiting = self.lock();
                (waiting.events.is_empty(), waiting.closed)
            };
            if empty {
                if closed {
                    return;
                }
                self.changed.notified().await;
                continue;
            }
            // What waits is taken when there is room, so that until then the oldest can go.
            let Ok(room) = events.reserve().await else { return };
            if let Some(event) = self.lock().pop() {
                room.send(event);
                self.taken.notify_one();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn new(max_lines: usize, max_bytes: usize) -> Self {
        Self { events: VecDeque::new(), lines: 0, bytes: 0, max_lines, max_bytes, closed: false }
    }

    fn push(&mut self, event: LogEvent) {
        if is_superseded(self.events.back(), &event) {
            self.events.pop_back();
        }
        if let LogEvent::Lines(lines) = event {
            self.lines += lines.len();
            self.bytes += lines.iter().map(weight).sum::<usize>();
            match self.events.back_mut() {
                Some(LogEvent::Lines(last)) if last.len() + lines.len() <= BATCH => last.extend(lines),
                _ => self.events.push_back(LogEvent::Lines(lines)),
            }
        } else {
            self.events.push_back(event);
        }
        while self.lines > self.max_lines || self.bytes > self.max_bytes {
            if !self.drop_oldest() {
                break;
            }
        }
        if self.events.len() > MAX_OTHERS + MAX_LINES / BATCH {
            self.forget_oldest();
        }
    }

    fn is_half_full(&self) -> bool {
        self.lines > self.max_lines / 2 || self.bytes > self.max_bytes / 2
    }

    fn pop(&mut self) -> Option<LogEvent> {
        let event = self.events.pop_front()?;
        if let LogEvent::Lines(lines) = &event {
            self.gone(lines);
        }
        Some(event)
    }

    fn gone(&mut self, lines: &[LogLine]) {
        self.lines -= lines.len();
        self.bytes -= lines.iter().map(weight).sum::<usize>();
    }

    /// Puts the count in the place of the oldest batch; the newest one stays.
    fn drop_oldest(&mut self) -> bool {
        let mut places =
            (0..self.events.len()).filter(|i| matches!(self.events.get(*i), Some(LogEvent::Lines(_))));
        let (Some(place), Some(_)) = (places.next(), places.next()) else { return false };
        let Some(LogEvent::Lines(lines)) = self.events.remove(place) else { return false };
        self.gone(&lines);
        let count = lines.len() as u64;
        match place.checked_sub(1).and_then(|before| self.events.get_mut(before)) {
            Some(LogEvent::Dropped(before)) => *before += count,
            _ => self.events.insert(place, LogEvent::Dropped(count)),
        }
        true
    }

    /// Of a source that comes and goes while nobody reads, the oldest news are of no use any more.
    fn forget_oldest(&mut self) {
        let old =
            |event: &LogEvent| is_state(event) || matches!(event, LogEvent::Gap(_) | LogEvent::Turned(_));
        if let Some(place) = self.events.iter().position(old) {
            self.events.remove(place);
        }
    }
}

/// Of several states only the last is of interest, and of an unfinished line or a search its newest form.
fn is_superseded(last: Option<&LogEvent>, by: &LogEvent) -> bool {
    match last {
        Some(LogEvent::Progress(_)) => matches!(by, LogEvent::Progress(_) | LogEvent::Lines(_)),
        Some(LogEvent::Found(last)) => matches!(by, LogEvent::Found(by) if by.generation == last.generation),
        Some(last) => is_state(last) && is_state(by),
        None => false,
    }
}

fn is_state(event: &LogEvent) -> bool {
    matches!(event, LogEvent::Live | LogEvent::Lost(_) | LogEvent::Ended)
}

/// Bytes that a line takes.
fn weight(line: &LogLine) -> usize {
    size_of::<LogLine>() + line.text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::LogStream;
    use proptest::prelude::*;

    fn lines(numbers: std::ops::Range<u64>, width: usize) -> LogEvent {
        let line = |n: u64| {
            let text = format!("{n:0width$}");
            LogLine { at: None, stream: LogStream::Stdout, text, cut: false }
        };
        LogEvent::Lines(numbers.map(line).collect())
    }

    /// Takes one event: the next number is then as it must be, if nothing is lost without a word.
    fn check(event: Option<LogEvent>, next: &mut u64) {
        match event {
            Some(LogEvent::Lines(lines)) => {
                for line in lines {
                    assert_eq!(line.text.parse::<u64>().unwrap(), *next);
                    *next += 1;
                }
            }
            Some(LogEvent::Dropped(count)) => *next += count,
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn received_and_dropped_are_what_was_written(
            steps in proptest::collection::vec((0_u64..200, 0_usize..4, any::<bool>()), 1..40),
            width in 1_usize..400,
        ) {
            let (mut waiting, mut written, mut next) = (Waiting::new(1000, 100_000), 0, 0);
            for (count, taken, lost) in steps {
                waiting.push(lines(written..written + count, width));
                written += count;
                if lost {
                    waiting.push(LogEvent::Gap(Default::default()));
                }
                prop_assert!(waiting.bytes <= 100_000 + BATCH * (width + 100));
                prop_assert!(waiting.lines <= 1000 + BATCH);
                for _ in 0..taken {
                    check(waiting.pop(), &mut next);
                }
            }
            while !waiting.events.is_empty() {
                check(waiting.pop(), &mut next);
            }
            prop_assert_eq!((next, waiting.lines, waiting.bytes), (written, 0, 0));
        }
    }

    #[test]
    fn what_is_out_of_date_does_not_pile_up() {
        let mut waiting = Waiting::default();
        for n in 0..10_000 {
            waiting.push(LogEvent::Live);
            waiting.push(LogEvent::Ended);
            waiting.push(LogEvent::Gap(Default::default()));
            waiting.push(lines(n..n + 1, 1));
        }
        assert!(waiting.events.len() < 2 * MAX_OTHERS && waiting.lines == 10_000);
        let LogEvent::Lines(line) = lines(1..2, 1) else { panic!() };
        let line = line.into_iter().next().unwrap();
        for _ in 0..10 {
            waiting.push(LogEvent::Progress(line.clone()));
        }
        waiting.push(LogEvent::Lines(vec![line]));
        assert!(!waiting.events.iter().any(|e| matches!(e, LogEvent::Progress(_))));
    }

    #[tokio::test]
    async fn a_source_that_has_time_loses_nothing() {
        let (spool, stop) = (Spool::default(), CancellationToken::new());
        let (out, mut received) = mpsc::channel(1);
        let work = async {
            for n in 0..400 {
                spool.push(lines(n * 1000..(n + 1) * 1000, 5));
                spool.room().await;
            }
        };
        let serve = async {
            spool.serve(work, &out, &stop).await;
            drop(out);
        };
        let read = async {
            let mut next = 0;
            while let Some(event) = received.recv().await {
                assert!(!matches!(event, LogEvent::Dropped(_)));
                check(Some(event), &mut next);
            }
            next
        };
        assert_eq!(tokio::join!(serve, read).1, 400_000);
    }

    #[tokio::test]
    async fn a_reader_that_waits_does_not_stop_the_source() {
        let (spool, stop) = (Spool::default(), CancellationToken::new());
        let (out, mut received) = mpsc::channel(1);
        let work = async {
            for n in 0..400 {
                spool.push(lines(n * 1000..(n + 1) * 1000, 5));
                tokio::task::yield_now().await;
            }
        };
        let serve = async {
            spool.serve(work, &out, &stop).await;
            drop(out);
        };
        let read = async {
            while !spool.lock().closed {
                tokio::task::yield_now().await;
            }
            let (mut next, mut dropped) = (0, 0);
            while let Some(event) = received.recv().await {
                if let LogEvent::Dropped(count) = &event {
                    dropped += count;
                }
                check(Some(event), &mut next);
            }
            (next, dropped)
        };
        let ((), (next, dropped)) = tokio::join!(serve, read);
        assert_eq!(next, 400_000);
        assert!((299_000..=300_000).contains(&dropped), "{dropped}");
    }
}
