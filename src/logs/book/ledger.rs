//! The ledger of a source: where every one of its lines has gone.

use jiff::{SignedDuration, Timestamp};

use super::segment::nanoseconds;
use crate::domain::fault::Fault;

/// How it stands with a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaneState {
    Connecting,
    Live,
    /// Read around a place of its past; nothing follows by itself.
    Anchored,
    Ended,
    Lost(Fault),
    Refused(Fault),
}

/// Seconds over which the rate is taken.
const WINDOW: usize = 10;
const SECOND: i64 = 1_000_000_000;

/// What came of a source and where it is. `received = held + evicted + repeated`; of the lines held, those that
/// are `merged` are shown or muted, the others wait (for lines of other sources to come before them).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    pub state: LaneState,
    /// Lines that came, live or by paging, or read again.
    pub received: u64,
    /// Lines in memory.
    pub held: u64,
    /// Lines that had their place in the merged order, of those held.
    pub merged: u64,
    /// Merged lines that no filter hides, of those that have been judged.
    pub shown: u64,
    /// Merged lines that a filter hides, of those that have been judged.
    pub muted: u64,
    /// Lines that went to keep to the memory's bounds.
    pub evicted: u64,
    /// Lines that came again after a new beginning and were not taken twice.
    pub repeated: u64,
    /// Lines that nobody read, for they came too fast, and that are missing still.
    pub dropped: u64,
    /// Dropped lines that were read again since.
    pub healed: u64,
    /// Places where lines are missing and cannot be had.
    pub gaps: u64,
    /// Lines that came after younger ones of other sources had been shown.
    pub late: u64,
    /// The time of the newest line.
    pub last: Option<Timestamp>,
    /// How much the source's clock is ahead of ours.
    pub skew: SignedDuration,
    /// Memory in bytes, text and index.
    pub bytes: u64,
    /// Why older lines could not be read the last time they were asked for.
    pub older_fault: Option<Fault>,
    /// Lines in each of the last seconds, and the second of the last one.
    seconds: [u32; WINDOW],
    second: i64,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            state: LaneState::Connecting,
            received: 0,
            held: 0,
            merged: 0,
            shown: 0,
            muted: 0,
            evicted: 0,
            repeated: 0,
            dropped: 0,
            healed: 0,
            gaps: 0,
            late: 0,
            last: None,
            skew: SignedDuration::ZERO,
            bytes: 0,
            older_fault: None,
            seconds: [0; WINDOW],
            second: i64::MIN,
        }
    }
}

impl Ledger {
    /// Lines held that have no place in the merged order yet.
    pub fn waiting(&self) -> u64 {
        self.held.saturating_sub(self.merged)
    }

    /// Lines a second, over the last ten seconds.
    pub fn rate(&self, now: Timestamp) -> f32 {
        let age = usize::try_from(nanoseconds(now).div_euclid(SECOND).saturating_sub(self.second));
        let passed = age.unwrap_or(0).min(WINDOW);
        let lines: u32 = self.seconds.iter().take(WINDOW - passed).fold(0, |sum, n| sum.saturating_add(*n));
        lines as f32 / WINDOW as f32
    }

    /// So many dropped lines were read again.
    pub(super) fn heal(&mut self, lines: u64) {
        self.dropped = self.dropped.saturating_sub(lines);
        self.healed = self.healed.saturating_add(lines);
    }

    /// So many lines came live.
    pub(super) fn count(&mut self, lines: u64, now: i64) {
        let second = now.div_euclid(SECOND);
        let passed = usize::try_from(second.saturating_sub(self.second)).unwrap_or(0).min(WINDOW);
        if passed > 0 {
            self.seconds.rotate_right(passed % WINDOW);
            self.seconds.iter_mut().take(passed).for_each(|n| *n = 0);
            self.second = second;
        }
        if let Some(newest) = self.seconds.first_mut() {
            *newest = newest.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_of_the_last_ten_seconds() {
        let at = |second: i64| Timestamp::from_second(1_000_000 + second).unwrap();
        let mut ledger = Ledger::default();
        assert_eq!(ledger.rate(at(0)), 0.0);
        ledger.count(30, nanoseconds(at(0)));
        ledger.count(10, nanoseconds(at(2)));
        ledger.count(5, nanoseconds(at(2)));
        let rates: Vec<f32> = [2, 9, 10, 11, 12, 13].map(|s| ledger.rate(at(s))).to_vec();
        assert_eq!(rates, [4.5, 4.5, 1.5, 1.5, 0.0, 0.0]);
        ledger.count(1, nanoseconds(at(50)));
        // A clock that went back counts where it stood.
        ledger.count(1, nanoseconds(at(40)));
        assert_eq!(ledger.rate(at(50)), 0.2);
    }
}
