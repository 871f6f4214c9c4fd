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
/// Over less time than that no rate is told, in nanoseconds.
const MEASURED: i64 = 2 * SECOND;
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
    /// From when on all its lines are known, in nanoseconds.
    since: i64,
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
            since: i64::MAX,
        }
    }
}

impl Ledger {
    /// Lines held that have no place in the merged order yet.
    pub fn waiting(&self) -> u64 {
        self.held.saturating_sub(self.merged)
    }

    /// Lines a second, over the last ten seconds, or over as much of them as is known. `None` when lines came
    /// and that is too little.
    pub fn rate(&self, now: Timestamp) -> Option<f32> {
        let now = nanoseconds(now);
        let age = usize::try_from(now.div_euclid(SECOND).saturating_sub(self.second));
        let passed = age.unwrap_or(0).min(WINDOW);
        let lines: u32 = self.seconds.iter().take(WINDOW - passed).fold(0, |sum, n| sum.saturating_add(*n));
        let known = now.saturating_sub(self.since).min(WINDOW as i64 * SECOND);
        match lines {
            0 => Some(0.0),
            lines => (known >= MEASURED).then(|| lines as f32 / (known as f32 / SECOND as f32)),
        }
    }

    /// All its lines are known from this time on, in nanoseconds, if not from an earlier one on.
    pub(super) fn known_since(&mut self, at: i64) {
        self.since = self.since.min(at);
    }

    /// So many dropped lines were read again.
    pub(super) fn heal(&mut self, lines: u64) {
        self.dropped = self.dropped.saturating_sub(lines);
        self.healed = self.healed.saturating_add(lines);
    }

    /// A line came that was written at this time; what is older than the window counts no more.
    pub(super) fn count(&mut self, at: i64, now: i64) {
        let second = now.div_euclid(SECOND);
        let passed = usize::try_from(second.saturating_sub(self.second)).unwrap_or(0).min(WINDOW);
        if passed > 0 {
            self.seconds.rotate_right(passed % WINDOW);
            self.seconds.iter_mut().take(passed).for_each(|n| *n = 0);
            self.second = second;
        }
        // A clock that goes ahead writes now.
        let age = usize::try_from(self.second.saturating_sub(at.div_euclid(SECOND))).unwrap_or(0);
        if let Some(lines) = self.seconds.get_mut(age) {
            *lines = lines.saturating_add(1);
        }
        self.known_since(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_000_000_000 + ms).unwrap()
    }

    fn came(ledger: &mut Ledger, lines: usize, written: i64, now: i64) {
        (0..lines).for_each(|_| ledger.count(nanoseconds(at(written)), nanoseconds(at(now))));
    }

    #[test]
    fn the_rate_is_of_the_last_ten_seconds() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.rate(at(0)), Some(0.0));
        ledger.known_since(nanoseconds(at(-60_000)));
        came(&mut ledger, 30, 0, 0);
        came(&mut ledger, 15, 2000, 2000);
        let rates = [2, 9, 10, 11, 12, 13].map(|s| ledger.rate(at(s * 1000)).unwrap());
        assert_eq!(rates, [4.5, 4.5, 1.5, 1.5, 0.0, 0.0]);
        came(&mut ledger, 1, 50_000, 50_000);
        // A clock that went back counts where it stood.
        came(&mut ledger, 1, 50_000, 40_000);
        assert_eq!(ledger.rate(at(50_000)), Some(0.2));
    }

    /// What was written before it was opened counts when it was written, and only what is known is divided by.
    #[test]
    fn the_rate_is_true_from_the_beginning() {
        for past in [3_000, 30_000] {
            let mut ledger = Ledger::default();
            (0..past / 100).for_each(|i| came(&mut ledger, 1, i * 100 - past, 0));
            for second in 0..20 {
                let rate = ledger.rate(at(second * 1000)).unwrap();
                assert!((9.0..=10.1).contains(&rate), "{rate} after {second} s, {past}");
                (0..10).map(|i| second * 1000 + i * 100).for_each(|ms| came(&mut ledger, 1, ms, ms));
            }
        }
        let mut ledger = Ledger::default();
        came(&mut ledger, 5, 0, 100);
        assert_eq!((ledger.rate(at(1000)), ledger.rate(at(2500))), (None, Some(2.0)));
    }
}
