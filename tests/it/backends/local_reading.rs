//! A source of this machine that is being read by a test.

use std::sync::Arc;
use std::time::Duration;

use pult::backends::log_source::{LogReader, LogReading, LogSource};
use pult::domain::log::{LogAnchor, LogAsk, LogEdge, LogEvent, LogFind, LogFound, LogLine};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::docker_bed::spawn;

/// Nothing takes longer, even when the machine is busy.
const IN_TIME: Duration = Duration::from_secs(40);

/// Somebody who reads.
pub struct Reading {
    asks: mpsc::Sender<LogAsk>,
    events: mpsc::Receiver<LogEvent>,
    stop: CancellationToken,
    done: tokio::task::JoinHandle<()>,
}

impl Reading {
    pub fn of(source: &Arc<dyn LogSource>, anchor: LogAnchor, tail: Option<u32>) -> Self {
        let (asks, asked) = mpsc::channel(8);
        let (sender, events) = mpsc::channel(64);
        let stop = CancellationToken::new();
        let reader = LogReader { asks: asked, events: sender, stop: stop.clone() };
        let done = spawn(Arc::clone(source).read(LogReading { anchor, tail }, reader));
        Self { asks, events, stop, done }
    }

    pub async fn next(&mut self) -> LogEvent {
        tokio::time::timeout(IN_TIME, self.events.recv()).await.expect("in time").expect("more")
    }

    /// Lines until one that ends so.
    pub async fn lines(&mut self, last: &str) -> Vec<LogLine> {
        let mut got: Vec<LogLine> = Vec::new();
        while !got.iter().any(|line| line.text.ends_with(last)) {
            if let LogEvent::Lines(lines) = self.next().await {
                got.extend(lines);
            }
        }
        got
    }

    /// So many lines before the one with this number, and whether there are more.
    pub async fn older(&mut self, lines: u32, number: i64) -> (Vec<LogLine>, bool) {
        let edge = LogEdge { number, ..LogEdge::default() };
        self.asks.send(LogAsk::Older { lines, edge }).await.unwrap();
        loop {
            match self.next().await {
                LogEvent::Older { lines, more } => return (lines, more),
                LogEvent::OlderFailed(fault) => panic!("{fault:?}"),
                _ => {}
            }
        }
    }

    pub async fn newer(&mut self, lines: u32) -> (Vec<LogLine>, bool) {
        self.asks.send(LogAsk::Newer { lines }).await.unwrap();
        loop {
            if let LogEvent::Newer { lines, more } = self.next().await {
                return (lines, more);
            }
        }
    }

    /// What a search finds whose case does not matter.
    pub async fn find(&mut self, regex: &str) -> LogFound {
        let find = LogFind { generation: 1, regex: regex.into(), ignore_case: true };
        self.asks.send(LogAsk::Find(find)).await.unwrap();
        loop {
            match self.next().await {
                LogEvent::Found(found) if found.done => return found,
                _ => {}
            }
        }
    }

    /// It stops when it is told to.
    pub async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(IN_TIME, self.done).await.expect("it stops").unwrap();
    }

    /// It has ended by itself.
    pub async fn ended(self) {
        tokio::time::timeout(IN_TIME, self.done).await.expect("it ends").unwrap();
    }
}
