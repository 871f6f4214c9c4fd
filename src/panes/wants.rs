//! What a pane wants to be kept informed about. Declarative: the application compares it with what runs and
//! starts or stops the difference.

use std::collections::BTreeMap;

use crate::domain::ids::TargetId;
use crate::domain::interest::Interest;
use crate::domain::log::{LogAnchor, LogSourceId};
use crate::domain::query::Query;
use crate::domain::server::Pace;
use crate::domain::terminal::Size;

/// All wishes of a pane at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wants {
    pub interest: BTreeMap<TargetId, Interest>,
    /// Servers that somebody looks at; the others are read seldom.
    pub servers: BTreeMap<TargetId, Pace>,
    pub logs: Vec<LogWant>,
    pub queries: Vec<QueryWant>,
    /// Terminals on the screen, and how large they are there.
    pub terminals: Vec<(u64, Size)>,
}

/// Which of its logs a pane means: it may read one source twice, side by side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogKey {
    pub slot: u8,
    pub source: LogSourceId,
}

/// The output of a source, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogWant {
    pub key: LogKey,
    pub anchor: LogAnchor,
    /// Lines of the past to begin with.
    pub tail: u32,
    /// Another number reads it anew from the anchor.
    pub turn: u32,
}

/// A question, asked once a version and again after a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryWant {
    pub query: Query,
    /// Another version asks again at once: the state of the object changed.
    pub version: u64,
    /// Seconds after which the answer is too old; `None` = never.
    pub refresh_s: Option<i64>,
}
