//! What a book gives out: lines by their names, and rows.

use jiff::Timestamp;

use crate::domain::log::LogStream;
use crate::logs::{Format, Level};

/// A line's name for as long as it is held: the lane it came in and its number there. Ordered inside a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineId(u64);

const NUMBER_BITS: u32 = 48;
/// Numbers are stored from zero on, so that older lines have smaller names.
const ZERO: i64 = 1 << (NUMBER_BITS - 1);
const NUMBER: u64 = (1 << NUMBER_BITS) - 1;

impl LineId {
    pub(super) fn new(lane: usize, number: i64) -> Self {
        Self(((lane as u64) << NUMBER_BITS) | ((number + ZERO) as u64 & NUMBER))
    }

    /// The place of its lane among the book's.
    pub fn lane(self) -> usize {
        (self.0 >> NUMBER_BITS) as usize
    }

    /// The first that came is 0, older ones are negative.
    pub fn number(self) -> i64 {
        (self.0 & NUMBER) as i64 - ZERO
    }
}

/// What stands in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Line,
    /// Of the source itself: the connection was lost, it cannot be read.
    Event,
    /// Lines are missing here.
    Gap,
    /// Lines came too fast and were left out here.
    Dropped,
    /// A file was replaced or cut here.
    Turned,
    /// Put in by whoever holds the book: a container died, a deployment.
    Note,
}

/// A line as it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    pub id: LineId,
    pub kind: Kind,
    /// As received, not sanitised; of other kinds a sentence.
    pub text: &'a str,
    pub at: Option<Timestamp>,
    /// A line that continues another has the level of that one.
    pub level: Option<Level>,
    pub format: Format,
    pub stream: LogStream,
    /// The label of its source; empty for notes.
    pub source: &'a str,
    /// Its end was cut.
    pub cut: bool,
    /// It came when younger lines of other sources had been shown: it stands where it came.
    pub late: bool,
    /// It is part of the message before it.
    pub continues: bool,
}

/// A row of the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub line: LineId,
    /// So many rows alike stand here as one; 1 when it stands for itself.
    pub repeats: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_lane_and_number() {
        let numbers = [-(1 << 47), -1, 0, 1, (1 << 47) - 1];
        for (lane, number) in [0, 1, 65_535].into_iter().flat_map(|l| numbers.map(|n| (l, n))) {
            let id = LineId::new(lane, number);
            assert_eq!((id.lane(), id.number()), (lane, number));
        }
        assert!(LineId::new(3, -1) < LineId::new(3, 0));
    }
}
