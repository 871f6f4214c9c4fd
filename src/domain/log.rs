//! Lines of output as they travel from a backend to a screen or to stdout, and what is asked of a source.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::ids::{ContainerKey, TargetId};

/// Where lines come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LogSourceId {
    Container(ContainerKey),
    /// A file of this machine, by its path.
    File(Arc<str>),
    /// The journal of this machine: of one unit, or all of it.
    Journal(Option<Arc<str>>),
    /// A log of a server.
    Server(TargetId, HostLog),
    /// What was recorded of a source, by the recording's name.
    Recording(Arc<str>),
    Stdin,
}

/// A log that a machine keeps.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HostLog {
    /// A file, by its absolute path.
    File(Arc<str>),
    /// The journal: of one unit, or all of it.
    Journal(Option<Arc<str>>),
}

impl fmt::Display for HostLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file/{path}"),
            Self::Journal(Some(unit)) => write!(f, "unit/{unit}"),
            Self::Journal(None) => f.write_str("journal"),
        }
    }
}

impl fmt::Display for LogSourceId {
    /// As in `pult logs SOURCE`; of a container its id, for its name is the world's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(key) => write!(f, "docker/{}", key.id.short()),
            Self::File(path) => write!(f, "file/{path}"),
            Self::Journal(Some(unit)) => write!(f, "unit/{unit}"),
            Self::Journal(None) => f.write_str("journal"),
            Self::Server(server, log) => write!(f, "{log}@{}", server.name),
            Self::Recording(name) => write!(f, "recording/{name}"),
            Self::Stdin => f.write_str("-"),
        }
    }
}

/// Where a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogStream {
    Stdout,
    Stderr,
    /// A message of the engine itself inside the stream.
    Engine,
}

impl LogStream {
    pub fn word(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Engine => "engine",
        }
    }
}

/// A line without its line end. `text` is as received (not sanitised, invalid UTF-8 replaced): whoever
/// prints it decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// The stamp of the engine or of the journal; of a file's line its own time, if it has one. Nanoseconds
    /// matter for joining after a reconnection.
    pub at: Option<Timestamp>,
    pub stream: LogStream,
    pub text: String,
    /// True when the line was longer than the cap and its end was cut.
    pub cut: bool,
}

/// What a followed log brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogEvent {
    /// The connection is up: what is stored comes next, then what is written.
    Live,
    /// What follows the lines before, in the order of arrival.
    Lines(Vec<LogLine>),
    /// The answer to [`LogAsk::Older`]: the lines right before the oldest one held, oldest first. `more` is
    /// false when the source's beginning is reached.
    Older { lines: Vec<LogLine>, more: bool },
    /// Older or newer lines that were asked for could not be read; what is held stays.
    OlderFailed(Fault),
    /// The answer to [`LogAsk::Newer`]; `more` is false when the present end is reached.
    Newer { lines: Vec<LogLine>, more: bool },
    /// How far a search of the source itself has come.
    Found(LogFound),
    /// Lines between those before and those after are not available any more.
    Gap(LogGap),
    /// So many lines between those before and those after were not taken, because whoever reads is too slow.
    Dropped(u64),
    /// The file was replaced or cut; what follows is of the new one.
    Turned(LogTurn),
    /// A line that has no end yet, as a progress bar: as it is now. It counts nowhere, and what comes next of
    /// this or of [`LogEvent::Lines`] takes its place.
    Progress(LogLine),
    /// What a reader should know of this source, in one sentence: that only a part of it is kept.
    Note(String),
    /// How much the source's clock is ahead of this machine's (behind: negative).
    Skew(SignedDuration),
    /// When the container was started last, and how that life ended.
    Life(LogLife),
    /// The container stopped. Lines follow when it starts again.
    Ended,
    /// The connection is lost; it is tried again.
    Lost(Fault),
    /// Nothing follows: the container was removed, or its log cannot be read at all.
    Refused(Fault),
}

/// The last life of a container, as its engine knows it; times are the engine's, exact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogLife {
    pub started_at: Option<Timestamp>,
    /// `None` while it runs.
    pub end: Option<LogEnd>,
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEnd {
    pub at: Timestamp,
    pub code: Option<i64>,
    pub oom_killed: bool,
}

/// What is known of missing lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogGap {
    /// The times of the last line before and of the first one after.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// What happened to a file that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTurn {
    /// Another file has its name; the old one was read to its end.
    Rotated,
    /// It became shorter: it is read from its new beginning.
    Truncated,
}

/// Where a reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogAnchor {
    /// At the end, and what is written is followed.
    #[default]
    End,
    /// Around a time; nothing is followed, both sides are read on demand.
    Time(Timestamp),
    /// Around a byte of a file, counted from its beginning. Places in its rotated siblings are negative; their
    /// order is that of the lines, their distances mean nothing.
    Offset(i64),
}

/// What can be asked of a source that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogAsk {
    /// So many lines before the oldest one held.
    Older { lines: u32, edge: LogEdge },
    /// So many lines behind the newest one held; for readings that do not follow.
    Newer { lines: u32 },
    /// Search the source itself, beyond what is held, for a regular expression.
    Find(LogFind),
    /// Give the search up.
    StopFind,
}

/// The oldest end of what is held of a source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogEdge {
    /// The number of the oldest line held: the first one that came by [`LogEvent::Lines`] is 0, older ones
    /// are negative.
    pub number: i64,
    /// Lines received of this source from that one on, dropped ones included.
    pub since: u64,
    /// The first lines held (at most 64), by which an answer is joined.
    pub head: Vec<LogLine>,
}

/// A search of the source itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFind {
    /// Echoed in the answers.
    pub generation: u64,
    pub regex: String,
    pub ignore_case: bool,
}

/// How far a search has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFound {
    pub generation: u64,
    /// Where the hits are, for [`LogAnchor::Offset`]: one for each line, the newest ones first, bounded.
    pub places: Vec<i64>,
    /// All hits until now.
    pub hits: u64,
    pub scanned_bytes: u64,
    pub total_bytes: u64,
    pub done: bool,
    pub fault: Option<Fault>,
}
