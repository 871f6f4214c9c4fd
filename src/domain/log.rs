//! One line of a container's output as it travels from a backend to a screen or to stdout.

use jiff::Timestamp;

use super::fault::Fault;

/// Where a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The engine's stamp; nanoseconds matter for joining after a reconnection.
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
    Lines(Vec<LogLine>),
    /// Lines between those before and those after were rotated away during an interruption.
    Gap,
    /// The container stopped. Lines follow when it starts again.
    Ended,
    /// The connection is lost; it is tried again.
    Lost(Fault),
    /// Nothing follows: the container was removed, or its log cannot be read at all.
    Refused(Fault),
}
