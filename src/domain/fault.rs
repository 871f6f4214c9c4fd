//! What went wrong at a target, in words that say where and what to do next.

use serde::Serialize;
use thiserror::Error;

/// Why a target did not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultKind {
    /// No connection: nothing listens, no such host, no such socket.
    Unreachable,
    /// Connected, but no answer within the deadline.
    Timeout,
    /// The connection was lost while it ran: nobody knows how it ended there.
    Lost,
    /// The target's own permissions (socket mode, authorisation, a filtering proxy).
    Denied,
    /// The object does not exist (any more).
    Gone,
    /// The object is in another state than the action needs.
    Conflict,
    /// The answer was not what the protocol promises.
    Protocol,
    /// The target's version lacks the feature.
    Unsupported,
    /// The action was understood and failed at the target.
    Failed,
    /// No room is left at the target: nothing mends that by itself, and what was written takes the room.
    Full,
    /// A defect of pult itself.
    Bug,
}

impl FaultKind {
    /// The word for headers and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Lost => "lost",
            Self::Denied => "denied",
            Self::Gone => "gone",
            Self::Conflict => "conflict",
            Self::Protocol => "protocol",
            Self::Unsupported => "unsupported",
            Self::Failed => "failed",
            Self::Full => "full",
            Self::Bug => "bug",
        }
    }

    /// True when the connection as a whole is in doubt, so that reconnecting is the remedy.
    pub fn is_link(self) -> bool {
        matches!(self, Self::Unreachable | Self::Timeout | Self::Lost)
    }

    /// True when it was sent and nobody said how it ended: it may have happened.
    pub fn is_unknown(self) -> bool {
        matches!(self, Self::Timeout | Self::Lost)
    }
}

/// A failure that a person can act on. Both texts are sanitised and free of secrets.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[error("{message}")]
pub struct Fault {
    pub kind: FaultKind,
    /// What failed and where.
    pub message: String,
    /// What to do next, as a sentence or a command to type.
    pub hint: Option<String>,
}

impl Fault {
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What was only read changed nothing there: it can be asked again without a look.
    #[must_use]
    pub fn of_reading(self) -> Self {
        match self.kind {
            FaultKind::Lost => {
                Self { kind: FaultKind::Unreachable, hint: Some("it is read again".to_owned()), ..self }
            }
            _ => self,
        }
    }

    /// The message with where it was; most say it by themselves.
    pub fn message_at(&self, place: &str) -> String {
        if self.message.starts_with(&format!("{place}: ")) {
            return self.message.clone();
        }
        format!("{place}: {}", self.message)
    }

    /// Message and hint in one line, for notices and for stderr.
    pub fn in_full(&self) -> String {
        match &self.hint {
            Some(hint) => format!("{}; {hint}", self.message),
            None => self.message.clone(),
        }
    }
}
