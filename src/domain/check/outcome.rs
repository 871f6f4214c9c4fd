//! What came of asking once.

use std::time::Duration;

use crate::domain::fault::Fault;

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    /// It does what it should, but not well.
    Degraded,
    Failed,
    /// Nobody could ask: that says nothing of what was to be asked.
    Unknown,
}

/// What was answered. Texts are sanitised.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub verdict: Verdict,
    /// What was answered, or why there is no answer.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// `None` where nothing was measured.
    pub took: Option<Duration>,
    /// Days that the certificate of an https server has left.
    pub certificate_days: Option<i64>,
    /// The SHA-256 of a file that is watched.
    pub digest: Option<String>,
}

impl Outcome {
    pub fn new(verdict: Verdict, message: impl Into<String>) -> Self {
        let (hint, took, certificate_days, digest) = (None, None, None, None);
        Self { verdict, message: message.into(), hint, took, certificate_days, digest }
    }

    pub fn ok(message: impl Into<String>) -> Self {
        Self::new(Verdict::Ok, message)
    }

    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Verdict::Failed, message)
    }

    pub fn unknown(message: impl Into<String>) -> Self {
        Self::new(Verdict::Unknown, message)
    }

    pub fn of_fault(verdict: Verdict, fault: Fault) -> Self {
        Self { hint: fault.hint, ..Self::new(verdict, fault.message) }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn took(mut self, took: Duration) -> Self {
        self.took = Some(took);
        self
    }
}
