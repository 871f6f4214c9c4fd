//! One line of the audit: who did what, where, with which consent, and how it ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How an audited action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Written before the action starts.
    Intent,
    Done,
    Failed,
    Refused,
    /// Cut off in flight: it may or may not have happened.
    Unknown,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// An audit record. The order of the fields is the order in the file; `prev` and `hash` chain the lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    pub seq: u64,
    pub at: Timestamp,
    /// Identifies one run of pult: process id and start time.
    pub session: String,
    /// The operating system's user.
    pub user: String,
    /// Where that user came from, when over SSH: the client's address.
    pub origin: Option<String>,
    /// The registry's id: `container.restart`.
    pub command: String,
    pub target: String,
    /// Identity of the object: a container's full id.
    pub object: String,
    pub summary: String,
    pub equivalent: String,
    /// The command line that takes it back, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    pub guard: String,
    /// How consent was given: `free`, `yes`, `typed`, `count`, `flag`; or why it was refused.
    pub verdict: String,
    pub outcome: Outcome,
    /// For an outcome: the `seq` of its intent.
    pub intent: Option<u64>,
    pub ms: Option<u64>,
    pub detail: Option<String>,
    pub reason: Option<String>,
    /// SHA-256 of the line before, hexadecimal; 64 zeros for the first.
    pub prev: String,
    /// SHA-256 over this line with an empty `hash`.
    pub hash: String,
}
