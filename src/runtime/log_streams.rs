//! Logs that the panel reads: each a task of its own under a stream number, with a way to ask it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::engines::Engines;
use super::server_logs::ServerLogs;
use super::tasks::Tasks;
use crate::app::Msg;
use crate::backends::local::local_source;
use crate::backends::log_source::{LogReader, LogReading, LogSource};
use crate::backends::recording::RecordingLog;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogAsk, LogEvent, LogSourceId};
use crate::panes::LogWant;

/// Batches of lines that may wait for the loop; what a source does beyond is its spool's matter.
const WAITING: usize = 16;
/// Questions that may wait for a source.
const ASKS: usize = 16;

struct Stream {
    asks: mpsc::Sender<LogAsk>,
    stop: CancellationToken,
}

/// All logs that are read.
pub struct LogStreams {
    streams: HashMap<u64, Stream>,
    messages: mpsc::Sender<Msg>,
    /// Where recordings are.
    state_dir: Option<PathBuf>,
    servers: ServerLogs,
}

impl LogStreams {
    pub fn new(messages: mpsc::Sender<Msg>, state_dir: Option<PathBuf>, servers: ServerLogs) -> Self {
        Self { streams: HashMap::new(), messages, state_dir, servers }
    }

    pub fn open(&mut self, stream: u64, want: LogWant, engines: &Engines, tasks: &mut Tasks) {
        let stop = tasks.stop();
        let (asks, questions) = mpsc::channel(ASKS);
        let (events, received) = mpsc::channel(WAITING);
        self.streams.insert(stream, Stream { asks, stop: stop.clone() });
        tasks
            .spawn(format!("lines of {}", want.key.source), forward(stream, received, self.messages.clone()));
        match self.source(&want.key.source, engines) {
            Ok(source) => {
                let reading = LogReading { anchor: want.anchor, tail: Some(want.tail) };
                let reader = LogReader { asks: questions, events, stop };
                tasks.spawn(format!("read {}", want.key.source), source.read(reading, reader));
            }
            Err(fault) => {
                // The channel is new and empty.
                let _has_room = events.try_send(LogEvent::Refused(fault));
            }
        }
    }

    fn source(&self, id: &LogSourceId, engines: &Engines) -> Result<Arc<dyn LogSource>, Fault> {
        match id {
            LogSourceId::Container(key) => Ok(engines.client(&key.target)?.log_source(key.id.clone())),
            LogSourceId::Server(server, log) => self.servers.source(server, log),
            LogSourceId::Recording(name) => match &self.state_dir {
                Some(dir) => Ok(Arc::new(RecordingLog::new(dir, name))),
                None => {
                    Err(Fault::new(FaultKind::Unsupported, "there is no state directory with recordings"))
                }
            },
            local => local_source(local).ok_or_else(|| {
                Fault::new(FaultKind::Unsupported, format!("{local} cannot be read in the panel"))
            }),
        }
    }

    pub fn close(&mut self, stream: u64) {
        if let Some(old) = self.streams.remove(&stream) {
            old.stop.cancel();
        }
    }

    /// False when the source has more questions than it can answer, or is gone.
    pub fn ask(&self, stream: u64, ask: LogAsk) -> bool {
        self.streams.get(&stream).is_some_and(|s| s.asks.try_send(ask).is_ok())
    }
}

/// Hands on what comes until either side ends. A loop that is slow slows the source down; nothing piles up.
async fn forward(stream: u64, mut from: mpsc::Receiver<LogEvent>, to: mpsc::Sender<Msg>) {
    while let Some(event) = from.recv().await {
        if to.send(Msg::Log { stream, event }).await.is_err() {
            return;
        }
    }
}
