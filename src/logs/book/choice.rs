//! What a filter looks like from the book: it is asked of every message whether it is to be shown.

use jiff::Timestamp;

use crate::domain::log::LogStream;
use crate::logs::{Format, Level};

/// A message as a filter sees it: a line, or a line with those that continue it, line feeds between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineView<'a> {
    pub text: &'a str,
    /// Time, level and format are those of the first line.
    pub at: Option<Timestamp>,
    pub stream: LogStream,
    pub level: Option<Level>,
    pub format: Format,
    /// The label of its source.
    pub source: &'a str,
    pub lane: usize,
    /// The tags of a line that somebody marked, blanks between.
    pub mark: Option<&'a str>,
}

/// A filter. The same message must always be judged alike.
pub trait Choice: Send {
    /// Whether the message is shown; adds to the counts, one for every step.
    fn judge(&self, line: &LineView<'_>, counts: &mut [u64]) -> bool;

    /// How many counts it keeps.
    fn steps(&self) -> usize;

    /// What a line costs about, in nanoseconds.
    fn cost(&self) -> u32;
}
