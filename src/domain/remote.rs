//! A value that lives elsewhere: the last thing seen of it, when, and whether the line is up.

use std::sync::Arc;

use jiff::Timestamp;

use super::fault::Fault;

/// The state of the connection to a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// It is known and not dialled: nobody has opened it yet.
    Listed,
    Connecting,
    Live,
    Lost {
        fault: Fault,
        retry_at: Option<Timestamp>,
    },
}

impl Link {
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }

    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Lost { fault, .. } => Some(fault),
            _ => None,
        }
    }

    /// `listed`, `connecting`, `live` or the fault's own word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Lost { fault, .. } => fault.kind.word(),
        }
    }
}

/// The last value of a source with its age and link. A value survives the loss of its link:
/// stale data with an age is worth more than a blank.
#[derive(Debug)]
pub struct Remote<T> {
    pub value: Option<Arc<T>>,
    /// When `value` was last known to be true. `None` as long as there is no value.
    pub at: Option<Timestamp>,
    pub link: Link,
}

impl<T> Clone for Remote<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), at: self.at, link: self.link.clone() }
    }
}

impl<T> Default for Remote<T> {
    fn default() -> Self {
        Self { value: None, at: None, link: Link::Connecting }
    }
}

impl<T> Remote<T> {
    pub fn live(value: Arc<T>, at: Timestamp) -> Self {
        Self { value: Some(value), at: Some(at), link: Link::Live }
    }

    /// Known, and not dialled.
    pub fn listed() -> Self {
        Self { value: None, at: None, link: Link::Listed }
    }

    /// The same value, now behind a broken link.
    pub fn lost(&self, fault: Fault, retry_at: Option<Timestamp>) -> Self {
        Self { value: self.value.clone(), at: self.at, link: Link::Lost { fault, retry_at } }
    }
}
