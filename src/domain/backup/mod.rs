//! Backups: what is kept of one, how its runs fared, and whether it would be of use now. Where they come from is no
//! matter here. Texts are sanitised.

pub mod plan;
pub mod tool;
pub mod verdict;

use jiff::Timestamp;
use serde::Serialize;

pub use plan::Plan;
pub use tool::Tool;

use crate::domain::sanitize;

/// Runs that are told of one backup.
const MOST_RUNS: usize = 30;
/// Between two readings, seconds.
pub const EVERY_S: i64 = 600;
/// What was read so long ago says nothing any more, seconds.
const STALE_S: i64 = 2 * EVERY_S + 300;
/// Characters of a complaint.
const TOLD: usize = 300;

/// How a run was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Full,
    Diff,
    Incr,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Diff => "diff",
            Self::Incr => "incr",
        }
    }
}

/// One time that it was made: a file, a snapshot, an archive.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    pub at: Timestamp,
    pub label: String,
    /// Of what it holds, where the tool says it.
    pub size_bytes: Option<u64>,
    pub kind: Option<Kind>,
    /// What it is of: only sizes of the same are compared.
    pub of: String,
    /// `None` when nobody knows how it ended.
    pub failed: Option<bool>,
}

/// What was read of a backup.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The newest first.
    runs: Vec<Run>,
    count: u64,
    oldest_at: Option<Timestamp>,
    /// One is being made right now.
    pub writing: bool,
    /// What the tool itself holds against it.
    pub complaint: String,
    /// The last segment of the write-ahead log that was archived.
    pub archived_wal: String,
}

impl Found {
    /// All that there are; tools tell the oldest first.
    pub fn of(mut runs: Vec<Run>) -> Self {
        // Of two in one second the one that was told last.
        runs.reverse();
        runs.sort_by_key(|run| core::cmp::Reverse(run.at));
        let (count, oldest_at) = (runs.len() as u64, runs.last().map(|run| run.at));
        runs.truncate(MOST_RUNS);
        Self { runs, count, oldest_at, ..Self::default() }
    }

    /// There is none to be found, for this reason.
    pub fn none(why: &str) -> Self {
        Self::default().complains(why)
    }

    /// One is being made right now, or is not.
    #[must_use]
    pub fn writing(mut self, writing: bool) -> Self {
        self.writing = writing;
        self
    }

    /// What the tool itself holds against it; empty = nothing.
    #[must_use]
    pub fn complains(mut self, complaint: &str) -> Self {
        self.complaint = sanitize::line(complaint, TOLD).into_owned();
        self
    }

    /// The last segment of the write-ahead log that was archived.
    #[must_use]
    pub fn archived(mut self, segment: &str) -> Self {
        self.archived_wal = sanitize::name(segment);
        self
    }

    pub fn runs(&self) -> &[Run] {
        &self.runs
    }
}

/// Why nothing is known of it, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    pub message: String,
    pub hint: String,
}

/// Whether it would be of use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Fine,
    /// The next one is being made.
    Writing,
    /// It cannot be read.
    #[default]
    Unknown,
    Bad,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Writing => "writing",
            Self::Unknown => "unknown",
            Self::Bad => "bad",
        }
    }
}

/// A backup as it is shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Backup {
    pub name: String,
    pub tool: Tool,
    pub state: State,
    /// The same in a word that stays as it is: `too old`.
    pub reason: &'static str,
    /// Why it is in this state; empty when it is fine.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    pub newest_at: Option<Timestamp>,
    /// Of the newest one when it was read, seconds.
    pub age_s: Option<i64>,
    pub oldest_at: Option<Timestamp>,
    /// `None` when they cannot be counted.
    pub count: Option<u64>,
    /// Of the newest one, and of the one before it.
    pub size_bytes: Option<u64>,
    pub previous_size_bytes: Option<u64>,
    pub kind: Option<Kind>,
    /// The pattern, the repository, the stanza, the unit.
    pub place: String,
    pub archived_wal: String,
    pub max_age_s: i64,
    /// Nobody configured it: the tool is there.
    pub found: bool,
    /// As a person would ask there.
    pub command: String,
    /// The newest first, not all.
    pub runs: Vec<Run>,
}

impl Backup {
    /// How much more the newest one has than the one before it, per cent.
    pub fn change_percent(&self) -> Option<f64> {
        let before = self.previous_size_bytes.filter(|size| *size > 0)? as f64;
        Some((self.size_bytes? as f64 - before) / before * 100.0)
    }
}

/// What was read of a server's backups at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Backups {
    pub at: Timestamp,
    pub all: Vec<Backup>,
}

impl Backups {
    /// Nobody knows how they are by now.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        now.as_second() - self.at.as_second() > STALE_S
    }

    /// Those that would be of no use.
    pub fn bad(&self) -> impl Iterator<Item = &Backup> {
        self.all.iter().filter(|one| one.state == State::Bad)
    }
}
