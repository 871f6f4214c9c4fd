//! What every source of log lines can do, be it a container, a file or a journal: give what is stored, and be
//! read by somebody who follows it and pages back. New kinds of sources come with an implementation of
//! [`LogSource`] and nothing else.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::domain::fault::Fault;
use crate::domain::log::{LogAnchor, LogAsk, LogEvent, LogLine, LogSourceId};

/// Which part of what is stored. Both times are inclusive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogRange {
    /// The last lines of the part only; `None` = all of them.
    pub tail: Option<u32>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// How a reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogReading {
    /// Around another one than the end the lines from it on come first, so that number 0 is the one at the
    /// anchor; then, unasked, those before it as [`LogEvent::Older`].
    pub anchor: LogAnchor,
    /// Lines of the past to begin with; around another anchor than the end so many on both sides. `None` =
    /// all that is stored.
    pub tail: Option<u32>,
}

/// The two ends of a reader: questions come in, events go out.
#[derive(Debug)]
pub struct LogReader {
    pub asks: mpsc::Receiver<LogAsk>,
    pub events: mpsc::Sender<LogEvent>,
    pub stop: CancellationToken,
}

/// Batches of lines, oldest first.
pub type LogBatches = BoxStream<'static, Result<Vec<LogLine>, Fault>>;

/// A source of lines.
pub trait LogSource: Send + Sync + 'static {
    fn id(&self) -> LogSourceId;

    /// What is stored. Lines are as written, not sanitised.
    ///
    /// # Errors
    /// `Gone`, `Unsupported` for what keeps nothing, `Denied`, and every link fault; also within the stream.
    fn stored(&self, range: LogRange) -> BoxFuture<'_, Result<LogBatches, Fault>>;

    /// Reads until the reader stops it or drops its receiver. No line is lost or doubled when a connection
    /// is; what cannot be had is said by [`LogEvent::Gap`]. Closed questions end nothing.
    fn read(self: Arc<Self>, reading: LogReading, reader: LogReader) -> BoxFuture<'static, ()>;
}
