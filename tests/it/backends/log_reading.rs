//! A log that is being read by a test: what came of it, and questions to it.

use std::time::Duration;

use pult::backends::docker::Docker;
use pult::backends::log_source::{LogReader, LogReading};
use pult::domain::ids::ContainerId;
use pult::domain::log::{LogAnchor, LogAsk, LogEdge, LogEvent, LogLine};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::docker_bed::{Made, spawn};

/// Stops reading when it goes.
pub struct Reading {
    pub asks: mpsc::Sender<LogAsk>,
    pub events: mpsc::Receiver<LogEvent>,
    pub lines: Vec<LogLine>,
    stop: CancellationToken,
}

impl Reading {
    pub fn of(made: &Made, anchor: LogAnchor, tail: Option<u32>) -> Self {
        Self::by(&made.bed.client(), made, anchor, tail)
    }

    /// With a client of one's own.
    pub fn by(docker: &Docker, made: &Made, anchor: LogAnchor, tail: Option<u32>) -> Self {
        let (out, events) = mpsc::channel(8);
        let (asks, asked) = mpsc::channel(8);
        let stop = CancellationToken::new();
        let source = docker.log_source(ContainerId::new(&made.id));
        let reader = LogReader { asks: asked, events: out, stop: stop.clone() };
        spawn(source.read(LogReading { anchor, tail }, reader));
        Self { asks, events, lines: Vec::new(), stop }
    }

    /// Lines around a place, how many are before it, and whether there are older ones.
    pub async fn around(docker: &Docker, made: &Made, anchor: LogAnchor, lines: u32) -> (Self, usize, bool) {
        let mut log = Self::by(docker, made, anchor, Some(lines));
        match log.until("the lines around a place", |e, _| matches!(e, LogEvent::Older { .. })).await {
            LogEvent::Older { lines, more } => {
                let before = lines.len();
                log.lines.splice(0..0, lines);
                (log, before, more)
            }
            other => panic!("{other:?}"),
        }
    }

    pub fn following(made: &Made, tail: Option<u32>) -> Self {
        Self::of(made, LogAnchor::End, tail)
    }

    /// The texts of all lines.
    pub fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.text.as_str()).collect()
    }

    /// Collects lines until the event, which is given.
    pub async fn until(&mut self, what: &str, want: impl Fn(&LogEvent, &[LogLine]) -> bool) -> LogEvent {
        let work = async {
            while let Some(event) = self.events.recv().await {
                if let LogEvent::Lines(lines) = &event {
                    self.lines.extend(lines.iter().cloned());
                }
                if want(&event, &self.lines) {
                    return event;
                }
            }
            panic!("the stream ended before: {what}");
        };
        if let Ok(event) = tokio::time::timeout(Duration::from_secs(40), work).await {
            return event;
        }
        panic!("not in time: {what}; {} lines, last {:?}", self.lines.len(), self.lines.last())
    }

    /// Asks for older lines and puts them before the others; true when there are more.
    pub async fn older(&mut self, lines: u32) -> bool {
        let head = self.lines.iter().take(64).cloned().collect();
        let edge = LogEdge { number: 0, since: self.lines.len() as u64, head };
        self.asks.send(LogAsk::Older { lines, edge }).await.unwrap();
        let is_answer = |e: &LogEvent| matches!(e, LogEvent::Older { .. } | LogEvent::OlderFailed(_));
        match self.until("older lines", |e, _| is_answer(e)).await {
            LogEvent::Older { lines, more } => {
                self.lines.splice(0..0, lines);
                more
            }
            other => panic!("{other:?}"),
        }
    }

    /// Asks for newer lines and puts them behind the others; true when there are more.
    pub async fn newer(&mut self, lines: u32) -> bool {
        self.asks.send(LogAsk::Newer { lines }).await.unwrap();
        let is_answer = |e: &LogEvent| matches!(e, LogEvent::Newer { .. } | LogEvent::Lost(_));
        match self.until("newer lines", |e, _| is_answer(e)).await {
            LogEvent::Newer { lines, more } => {
                self.lines.extend(lines);
                more
            }
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
