//! The states of a check, and its turns from one to the next.

use jiff::Timestamp;

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// Nobody has asked, or nobody could.
    #[default]
    Unknown,
    Ok,
    /// It does what it should, but not well.
    Degraded,
    /// It has failed, not often enough to be down.
    Suspect,
    Down,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Suspect => "suspect",
            Self::Down => "down",
        }
    }

    /// What is worse is larger.
    pub fn weight(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Unknown => 1,
            Self::Degraded => 2,
            Self::Suspect => 3,
            Self::Down => 4,
        }
    }
}

/// It has become another.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    pub at: Timestamp,
    pub to: State,
    pub message: String,
}

/// A time in which it was down: from the first failure to the first good answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Outage {
    pub since: Timestamp,
    /// `None` = it lasts, as far as is known.
    pub until: Option<Timestamp>,
    /// Why it was down at first.
    pub message: String,
}
