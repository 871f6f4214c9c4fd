//! Joins a log that is read again to what is already recorded of it: no line twice, none left out.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};

use crate::domain::log::LogLine;

/// Two streams of one container are written by two writers: their times can be out of order by a little.
const OVERLAP: SignedDuration = SignedDuration::from_secs(1);

/// So many lines that come again are held against the recording; what follows is new, whatever its time.
const MAX_AGAIN: usize = 20_000;

/// The end of a recording, against which lines that come again are held.
///
/// They come in the order in which they were recorded: whatever follows the recording's last line is new, also
/// when a clock was set back. Times only decide where that line does not come again.
#[derive(Debug)]
pub struct Joint {
    /// Everything before this time is recorded.
    since: Timestamp,
    /// The last line's time.
    last: Timestamp,
    last_key: Key,
    /// What is recorded from `since` on, with how often.
    again: HashMap<Key, u32>,
    /// The time of the last line that had one.
    at: Option<Timestamp>,
    /// Lines that have come until now; `None` when the end of the recording is behind.
    come: Option<usize>,
}

/// A line by its time, or that of the one before it, and what it says.
type Key = (Timestamp, u64);

/// What of some lines is new.
#[derive(Debug, PartialEq, Eq)]
pub struct Joined {
    pub lines: Vec<LogLine>,
    /// Lines between the recording and these may be missing.
    pub gap: bool,
}

impl Joint {
    /// A joint behind the last recorded lines, which have to reach back [`Joint::reach`]; `None` when they
    /// have no times, so that nothing tells what comes again.
    pub fn behind(recorded: &[LogLine]) -> Option<Self> {
        let last = recorded.iter().rev().find_map(|l| l.at)?;
        let since = Self::reach(last);
        let (mut again, mut at, mut last_key) = (HashMap::new(), None, None);
        for line in recorded {
            at = line.at.or(at);
            if let Some(at) = at.filter(|at| *at >= since) {
                let key = (at, hash(line));
                *again.entry(key).or_default() += 1;
                last_key = Some(key);
            }
        }
        Some(Self { since, last, last_key: last_key?, again, at: None, come: Some(0) })
    }

    /// How far back the last recorded lines are needed when the very last one has this time.
    pub fn reach(last: Timestamp) -> Timestamp {
        last.saturating_sub(OVERLAP).unwrap_or(Timestamp::MIN)
    }

    /// The last recorded time.
    pub fn last(&self) -> Timestamp {
        self.last
    }

    /// Takes away what is recorded. Lines come oldest first.
    pub fn sift(&mut self, lines: Vec<LogLine>) -> Joined {
        let mut gap = false;
        let lines = lines.into_iter().filter(|line| self.is_new(line, &mut gap)).collect();
        Joined { lines, gap }
    }

    fn is_new(&mut self, line: &LogLine, gap: &mut bool) -> bool {
        let Some(come) = self.come else { return true };
        self.at = line.at.or(self.at);
        // Without a time before it, a line is the rest of one that is recorded.
        let Some(at) = self.at else { return false };
        if come == 0 && at > self.last {
            *gap = true;
            self.come = None;
            return true;
        }
        self.come = Some(come + 1).filter(|come| *come < MAX_AGAIN);
        let key = (at, hash(line));
        match self.again.get_mut(&key).filter(|n| **n > 0) {
            Some(count) => {
                *count -= 1;
                if *count == 0 && key == self.last_key {
                    self.come = None;
                }
                false
            }
            None => at >= self.since,
        }
    }
}

fn hash(line: &LogLine) -> u64 {
    let mut hasher = DefaultHasher::new();
    (line.stream, &line.text).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::LogStream;
    use proptest::prelude::*;

    fn line(ms: Option<i64>, text: &str) -> LogLine {
        let at = ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        LogLine { at, stream: LogStream::Stdout, text: text.into(), cut: false }
    }

    proptest! {
        /// A log, recorded up to some point and then read again from an earlier one, is whole.
        #[test]
        fn no_hole_and_no_double(
            steps in proptest::collection::vec((0_i64..400, 0_u8..3, 0_u8..20), 1..80),
            recorded in 1_usize..80, again in 1_usize..80, batch in 1_usize..9,
        ) {
            let mut ms = 1_000_000;
            let log: Vec<LogLine> = steps.iter().enumerate().map(|(i, (d, text, kind))| {
                ms += d;
                let at = match kind {
                    0..4 => None,
                    // A little late, and a clock that is set forth or back.
                    4..8 => Some(ms - 300),
                    8 => Some(ms + 9_000_000),
                    9 => { ms -= 3_600_000; Some(ms) }
                    _ => Some(ms),
                };
                // The same text twice in the same millisecond is the same line.
                line(at, &if at.is_some() { format!("{text} {i}") } else { text.to_string() })
            }).collect();
            let recorded = recorded.min(log.len());
            let mut out = log[..recorded].to_vec();
            let Some(mut joint) = Joint::behind(&out) else { return Ok(()) };
            // What is read again begins at a line with a time, and reaches back to the last recorded one that has one.
            let last = log[..recorded].iter().rposition(|l| l.at.is_some()).unwrap_or(0);
            let from = last.saturating_sub(again);
            let Some(from) = (from..=last).find(|i| log[*i].at.is_some()) else { return Ok(()) };
            for lines in log[from..].chunks(batch) {
                let joined = joint.sift(lines.to_vec());
                if joined.gap {
                    // The first one read again is of a clock that went forth.
                    return Ok(());
                }
                out.extend(joined.lines);
            }
            // A clock that jumps may double what lies before the jump, but never takes anything away.
            let jumps = steps.iter().any(|(_, _, kind)| matches!(kind, 8 | 9));
            if jumps {
                prop_assert!(out.len() >= log.len());
                prop_assert_eq!(&out[out.len() - (log.len() - recorded)..], &log[recorded..]);
            } else {
                prop_assert_eq!(out, log);
            }
        }
    }

    #[test]
    fn a_time_far_ahead_keeps_nothing_out() {
        let recorded = [line(Some(9_000_000_000_000), "from the year 2255"), line(Some(1000), "a")];
        let mut joint = Joint::behind(&recorded).unwrap();
        let again = [recorded[1].clone(), line(Some(500), "set back"), line(Some(600), "b")];
        assert_eq!(joint.sift(again.to_vec()).lines, again[1..]);
        let mut joint = Joint::behind(&recorded[..1]).unwrap();
        let many: Vec<LogLine> = (0..30_000).map(|n| line(Some(n), "x")).collect();
        assert_eq!(joint.sift(many).lines.len(), 30_000 - MAX_AGAIN, "not for ever");
    }

    #[test]
    fn what_was_rotated_away_shows_as_a_gap_once() {
        let mut joint = Joint::behind(&[line(Some(1000), "a"), line(None, " at x")]).unwrap();
        let joined = joint.sift(vec![line(Some(9000), "b")]);
        assert_eq!((joined.lines.len(), joined.gap), (1, true));
        assert!(!joint.sift(vec![line(Some(9001), "c")]).gap);
    }

    #[test]
    fn nothing_is_joined_without_times() {
        assert!(Joint::behind(&[line(None, "a")]).is_none());
        assert!(Joint::behind(&[]).is_none());
    }
}
