//! What has come of a log lately, by which a resumed log is joined to what came before. Docker 20.10 also sends
//! the last lines of a file again when it rotates while it is followed.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::domain::log::{LogGap, LogLine};

/// How far back a log is read again after an interruption.
const OVERLAP: SignedDuration = SignedDuration::from_secs(1);
/// Lines remembered at most.
const MAX_SEEN: usize = 1 << 16;
/// Lines kept of the very first ones.
const HEAD: usize = 64;
/// stdout and stderr are stored by two writers, whose times can be out of order by less than this.
const DISORDER: SignedDuration = SignedDuration::from_secs(2);
/// Bytes of lines that wait for one that is known.
const MAX_HELD: usize = 8 << 20;

/// The lines of the last second.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    /// Time and hash, in the order of arrival, which is that of the log: what is between two of them came too.
    recent: VecDeque<(Timestamp, u64)>,
    /// How often each of them came.
    known: HashMap<(Timestamp, u64), u32>,
    latest: Option<Timestamp>,
    /// After an interruption: lines that will come again, with how often.
    again: HashMap<(Timestamp, u64), u32>,
    /// No line that is known has come since the interruption.
    resuming: bool,
    /// The oldest time that was known then.
    floor: Option<Timestamp>,
    /// What has come instead: it is older, unless no known line comes at all.
    held: Vec<LogLine>,
    held_bytes: usize,
    /// The first lines that came.
    head: Vec<LogLine>,
    /// Lines of one stream never have the same time. Docker stamps each, Podman those that it reads at once.
    pub stamped_each: bool,
}

/// What is seen is shared between following and answering, each for a moment.
pub(super) fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Seen {
    /// A new connection is made: from when to ask, `None` when nothing has come yet. An engine leaves out every
    /// line of an earlier time, wherever it stands; so more is asked for than is known, or a line that was
    /// stored late would be missing behind those that are known.
    pub fn resume(&mut self) -> Option<Timestamp> {
        self.again.clone_from(&self.known);
        self.resuming = !self.recent.is_empty();
        self.held.clear();
        self.held_bytes = 0;
        self.floor = self.recent.iter().map(|(at, _)| *at).min();
        let late = self.latest.map(|latest| latest.saturating_sub(OVERLAP).unwrap_or(latest));
        self.floor.min(late)
    }

    /// Takes away lines that came before; and says if lines before the others are missing.
    pub fn sift(&mut self, lines: Vec<LogLine>) -> (Vec<LogLine>, Option<LogGap>) {
        let (mut fresh, mut gap) = (Vec::with_capacity(lines.len()), None);
        for line in lines {
            if self.resuming && self.is_again(&line) {
                // What stands before it was there before it.
                self.resuming = false;
                self.held.clear();
            }
            if self.resuming && line.at.is_some() && line.at < self.floor {
                // It stands before all that is known, or would have been known.
                continue;
            }
            if self.resuming {
                let misses = self.misses(&line);
                self.held_bytes += line.text.len();
                self.held.push(line);
                if misses {
                    let (held, missing) = self.give_up();
                    fresh.extend(held);
                    gap = gap.or(missing);
                }
            } else if self.is_new(&line) {
                fresh.push(line);
            }
        }
        let missing = HEAD.saturating_sub(self.head.len());
        self.head.extend(fresh.iter().take(missing).cloned());
        (fresh, gap)
    }

    /// True while it is not known whether what has come is new.
    pub fn is_waiting(&self) -> bool {
        self.resuming && !self.held.is_empty()
    }

    /// True when it can be told from this line, which comes next, that no known line will come any more.
    pub fn misses(&self, line: &LogLine) -> bool {
        let end = self.latest.map(|latest| latest.saturating_add(DISORDER).unwrap_or(latest));
        self.resuming
            && !self.is_again(line)
            && (line.at > end || self.held.len() >= MAX_SEEN || self.held_bytes > MAX_HELD)
    }

    /// True of a line behind those that are known.
    pub fn is_behind(&self, line: &LogLine) -> bool {
        !self.resuming && !self.is_again(line)
    }

    /// No known line will come: they were rotated away, and what has come is new.
    pub fn give_up(&mut self) -> (Vec<LogLine>, Option<LogGap>) {
        if !std::mem::take(&mut self.resuming) || self.held.is_empty() {
            return (Vec::new(), None);
        }
        let mut held = std::mem::take(&mut self.held);
        let gap = LogGap { from: self.latest, until: held.iter().find_map(|line| line.at) };
        held.retain(|line| self.is_new(line));
        (held, Some(gap))
    }

    fn is_again(&self, line: &LogLine) -> bool {
        line.at.is_some_and(|at| self.again.contains_key(&(at, hash(line))))
    }

    /// Remembers a line, unless it has been here.
    fn is_new(&mut self, line: &LogLine) -> bool {
        let Some(at) = line.at else { return true };
        let key = (at, hash(line));
        if let Some(count) = self.again.get_mut(&key).filter(|n| **n > 0) {
            *count -= 1;
            return false;
        }
        // Back in time to a line that has been here; or the last one again, where no two have the same time:
        // the journal cuts it to microseconds.
        let single = self.stamped_each && at.subsec_nanosecond() % 1000 != 0;
        if (single || Some(at) < self.latest) && self.known.contains_key(&key) {
            return false;
        }
        self.remember(key);
        true
    }

    /// These lines were given in another way and may come once more.
    pub fn expect(&mut self, lines: &[LogLine]) {
        for line in lines {
            if let Some(at) = line.at {
                *self.again.entry((at, hash(line))).or_default() += 1;
            }
        }
    }

    /// The first lines that came, a few of them.
    pub fn head(&self) -> &[LogLine] {
        &self.head
    }

    /// Lines remembered.
    pub fn len(&self) -> usize {
        self.recent.len()
    }

    fn remember(&mut self, key: (Timestamp, u64)) {
        let latest = self.latest.map_or(key.0, |l| l.max(key.0));
        self.latest = Some(latest);
        self.recent.push_back(key);
        *self.known.entry(key).or_default() += 1;
        let oldest = latest.saturating_sub(OVERLAP).unwrap_or(Timestamp::MIN);
        while self.recent.len() > 1
            && let Some(gone @ (at, _)) = self.recent.front().copied()
            && (at < oldest || self.recent.len() > MAX_SEEN)
        {
            self.recent.pop_front();
            if let Entry::Occupied(mut known) = self.known.entry(gone) {
                *known.get_mut() -= 1;
                if *known.get() == 0 {
                    known.remove();
                }
            }
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
    use crate::logs::frame::Decoder;
    use proptest::prelude::*;

    fn line(ms: i64, text: &str) -> LogLine {
        LogLine {
            at: Timestamp::from_millisecond(ms).ok(),
            stream: LogStream::Stdout,
            text: text.into(),
            cut: false,
        }
    }

    proptest! {
        /// However often the connection breaks, every line arrives once and in order; also when the two
        /// writers' times are out of order, and when older lines of the log were not asked for.
        #[test]
        fn nothing_is_lost_or_doubled(
            steps in proptest::collection::vec((0_i64..700, 0_i64..200), 1..80),
            breaks in proptest::collection::vec(0_usize..30, 0..10),
            tail in 1_usize..80,
            // Whether the engine looks at the time of each line, or only for the first one.
            each: bool,
        ) {
            let mut ms = 1_000_000;
            // Lines of one time say the same; unless one stands behind a younger one, for then it is taken for
            // a repetition.
            let mut log: Vec<LogLine> = Vec::new();
            for (step, back) in steps {
                ms += step;
                let at = line(ms - back, "");
                let late = log.iter().any(|l| l.at > at.at);
                log.push(if late { line(ms - back, &log.len().to_string()) } else { at });
            }
            let mut begin = log.len().saturating_sub(tail);
            while begin > 0 && log[begin] == log[begin - 1] {
                begin -= 1;
            }
            let (mut seen, mut got) = (Seen::default(), Vec::new());
            let mut breaks = breaks.into_iter();
            loop {
                let stored: Vec<_> = match seen.resume() {
                    Some(since) if each => log.iter().filter(|l| l.at.unwrap() >= since).cloned().collect(),
                    Some(since) => log.iter().skip_while(|l| l.at.unwrap() < since).cloned().collect(),
                    None => log[begin..].to_vec(),
                };
                let n = breaks.next().unwrap_or(usize::MAX).min(stored.len());
                let done = n == stored.len();
                for one in &stored[..n] {
                    let (fresh, gap) = seen.sift(vec![one.clone()]);
                    prop_assert!(gap.is_none());
                    got.extend(fresh);
                }
                if done { break }
            }
            prop_assert_eq!(&got[..], &log[begin..]);
        }
    }

    /// A message as an engine stores it: a line, or a piece of one.
    type Message = (Timestamp, u8, String, bool);

    /// Lines of which some have the same time, some say the same, and some are of several pieces.
    fn messages() -> impl Strategy<Value = Vec<Message>> {
        proptest::collection::vec((0_i64..400, 1_u8..3, 0_usize..12), 1..40).prop_map(|steps| {
            let (mut us, mut all) = (1_700_000_000_000_000, Vec::new());
            for (i, (step, stream, kind)) in steps.into_iter().enumerate() {
                us += step / 2 * 1000;
                let at = Timestamp::from_microsecond(us).unwrap();
                // Two pieces at the most.
                for piece in 0..kind.saturating_sub(9) {
                    all.push((at, stream, piece.to_string().repeat(crate::logs::frame::PIECE), false));
                }
                let text = if kind < 3 { "again".to_owned() } else { format!("line {i}") };
                all.push((at, stream, text, true));
            }
            all
        })
    }

    /// What an engine sends from a time on.
    fn sent(log: &[Message], since: Option<Timestamp>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (at, stream, text, ends) in log.iter().skip_while(|m| since.is_some_and(|since| m.0 < since)) {
            let payload = format!("{at:.9} {text}{}", if *ends { "\n" } else { "" });
            bytes.extend([*stream, 0, 0, 0]);
            bytes.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
            bytes.extend(payload.as_bytes());
        }
        bytes
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// However often a connection is cut, at whatever byte, also within a piece of a long line: every line
        /// comes once.
        #[test]
        fn a_connection_may_be_cut_at_any_byte(
            log in messages(),
            cuts in proptest::collection::vec(0.0..1.0_f64, 0..8),
            written in proptest::collection::vec(0.0..1.0_f64, 8),
        ) {
            let whole = {
                let (mut decoder, mut lines) = (Decoder::new(false), Vec::new());
                decoder.push(&sent(&log, None), &mut lines);
                lines
            };
            let (mut seen, mut got) = (Seen::default(), Vec::new());
            for i in 0..=cuts.len() {
                let since = seen.resume();
                // The log grows meanwhile; the last connection sees all of it.
                let until = written.get(i).filter(|_| i < cuts.len());
                let until = until.map_or(log.len(), |share| (log.len() as f64 * share) as usize);
                let known = log.iter().rposition(|m| seen.recent.back().is_some_and(|(at, _)| m.0 == *at));
                let until = until.max(known.map_or(0, |place| place + 1));
                let bytes = sent(&log[..until], since);
                let cut = cuts.get(i).map_or(bytes.len(), |share| (bytes.len() as f64 * share) as usize);
                let (mut decoder, mut lines) = (Decoder::new(false), Vec::new());
                decoder.push(&bytes[..cut], &mut lines);
                for line in lines {
                    let (fresh, gap) = seen.sift(vec![line]);
                    prop_assert!(gap.is_none());
                    got.extend(fresh);
                }
            }
            let (rest, gap) = seen.give_up();
            prop_assert!(gap.is_none());
            got.extend(rest);
            prop_assert_eq!(got.len(), whole.len());
            prop_assert_eq!(got, whole);
        }
    }

    #[test]
    fn a_rotated_log_shows_its_gap_once() {
        let mut seen = Seen::default();
        assert_eq!(seen.sift(vec![line(1000, "a"), line(2000, "b")]).0.len(), 2);
        assert_eq!(seen.resume(), Timestamp::from_millisecond(1000).ok());
        let (fresh, gap) = seen.sift(vec![line(9000, "x"), line(9001, "y")]);
        let gap = gap.unwrap();
        assert_eq!(fresh.len(), 2);
        assert_eq!((gap.from, gap.until), (line(2000, "").at, line(9000, "").at));
        assert!(seen.sift(vec![line(9002, "z")]).1.is_none());
    }

    #[test]
    fn lines_that_are_sent_again_after_a_rotation_do_not_double() {
        let mut seen = Seen::default();
        let lines: Vec<LogLine> = (0..100).map(|i| line(1000 + i / 2, ["a", "b"][i as usize % 2])).collect();
        assert_eq!(seen.sift(lines.clone()).0, lines);
        let last = line(2000, "c");
        let (fresh, gap) = seen.sift([&lines[50..98], std::slice::from_ref(&last)].concat());
        assert_eq!((fresh, gap), (vec![last], None));
        assert_eq!(seen.sift(vec![line(2001, "d"), line(2001, "d")]).0.len(), 2);
        seen.stamped_each = true;
        let fine = LogLine { at: "2026-11-21T12:04:14.303954436Z".parse().ok(), ..line(0, "d") };
        assert_eq!(seen.sift(vec![fine.clone(), fine.clone()]).0, [fine]);
    }

    #[test]
    fn a_clock_that_is_set_back_loses_nothing() {
        let mut seen = Seen::default();
        seen.sift((0..MAX_SEEN as i64 + 5).map(|i| line(9_000_000 + i, "before")).collect());
        seen.sift((0..MAX_SEEN as i64 + 5).map(|i| line(1_000_000 + i, "after")).collect());
        assert!(seen.resume() < line(1_000_000 + MAX_SEEN as i64 + 5, "").at);
    }
}
