//! What a terminal can be asked, and what it tells.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Picture, Size};
use crate::domain::fault::Fault;

/// What was typed. It may be a password: it is shown nowhere and wiped when it is done with.
#[derive(Clone, PartialEq, Eq)]
pub struct Typed(Zeroizing<Vec<u8>>);

impl Typed {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Typed({} bytes)", self.0.len())
    }
}

/// A place in the text: the row counted from the first there ever was, and the column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    pub line: u64,
    pub column: u16,
}

/// Where a text was found, and how many columns it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub at: Spot,
    pub columns: u16,
}

/// What a terminal can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerminalAsk {
    Type(Typed),
    Resize(Size),
    /// Rows down; up is negative.
    Scroll(isize),
    /// Until this row is in sight, counted from the first there ever was.
    Show(u64),
    /// To the present.
    ScrollToEnd,
    /// The next place of a text before this one, or behind it. Capitals count when there is one in the text.
    Find {
        text: String,
        from: Spot,
        forward: bool,
    },
    /// The text from here to there, both included.
    Copy {
        from: Spot,
        to: Spot,
    },
    /// End the program's terminal.
    HangUp,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Code(i32),
    /// Killed, by this signal: `KILL`.
    Signal(String),
    /// The far side is gone without a word.
    Unknown,
    /// Hung up here.
    HungUp,
    /// It did not begin, or the connection was lost.
    Fault(Fault),
}

impl End {
    /// In a few words, for the audit and the screen.
    pub fn sentence(&self) -> String {
        match self {
            Self::Code(code) => format!("exit code {code}"),
            Self::Signal(signal) => format!("killed by signal {signal}"),
            Self::Unknown => "ended without an exit code".to_owned(),
            Self::HungUp => "hung up here".to_owned(),
            Self::Fault(fault) => fault.in_full(),
        }
    }
}

/// What a terminal tells.
#[derive(Debug, Clone)]
pub enum TerminalNews {
    /// It looks like this now.
    Picture(Arc<Picture>),
    /// Where the text was found, if anywhere.
    Found(Option<Found>),
    /// What was asked for by [`TerminalAsk::Copy`].
    Copied(String),
    Ended(End),
}
