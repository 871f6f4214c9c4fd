//! Older lines of a log, right up to those that are held. An engine counts `tail` from the end of the log before
//! it looks at `until`; so `tail` = the lines held and some more, `until` = the oldest one held, brings a page
//! without reading what is between. This decides what to ask for and cuts the answer; it asks nothing itself.

use jiff::{SignedDuration, Timestamp};

use crate::backends::log_source::LogRange;
use crate::domain::log::{LogEdge, LogLine};

use super::torn::{NEVER_SURE, torn};

/// stdout and stderr are stored by two writers, so a line can stand behind one that is younger; and an engine
/// stops at the first line after `until`. So much is added to it, more when that is not enough.
pub(super) const DISORDER: [SignedDuration; 4] = [
    SignedDuration::from_millis(50),
    SignedDuration::from_secs(1),
    SignedDuration::from_secs(10),
    SignedDuration::from_mins(2),
];
/// Lines asked for besides: those that came since, and long ones that an engine counts several times.
const MARGIN: u64 = 32;
/// No log is longer, in messages.
const LONGEST: u64 = u32::MAX as u64;

/// Lines before the oldest one held, oldest first. `more` is false at the beginning of the log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub lines: Vec<LogLine>,
    pub more: bool,
}

/// Where to look for a page.
#[derive(Debug)]
pub(super) struct Paging {
    wanted: usize,
    head: Vec<LogLine>,
    /// Which disorder is reckoned with.
    disorder: usize,
    /// Lines from the end of the log to begin with.
    tail: u64,
    /// The log's beginning is asked for: is it this line that the last answer began with? A beginning that is
    /// near is taken in any case.
    beginning: Option<Option<LogLine>>,
    near_beginning: bool,
}

impl Paging {
    /// `behind` = lines of the log behind the newest one held; `None` when only the beginning is near.
    pub fn new(lines: u32, edge: &LogEdge, behind: Option<u64>) -> Self {
        let held = edge.since.saturating_add(behind.unwrap_or(0));
        Self {
            wanted: lines as usize,
            head: edge.head.clone(),
            disorder: 0,
            tail: held.saturating_add(u64::from(lines)).saturating_add(MARGIN),
            beginning: behind.is_none().then_some(None),
            near_beginning: behind.is_none(),
        }
    }

    /// What to ask for next.
    pub fn range(&self) -> LogRange {
        let tail = u32::try_from(self.tail).ok().filter(|_| self.beginning.is_none());
        let until = self.head.iter().filter_map(|line| line.at).max();
        let until = until.zip(DISORDER.get(self.disorder));
        let until = until.map(|(at, disorder)| at.saturating_add(*disorder).unwrap_or(at));
        LogRange { tail, since: None, until }
    }

    /// Whether an answer that begins with this line is of any use.
    pub fn goes_on(&self, first: &LogLine) -> bool {
        self.near_beginning || self.beginning.as_ref().is_none_or(|known| known.as_ref() == Some(first))
    }

    /// Cuts an answer; `clipped` when its beginning was too much to hold. `None` means ask again.
    pub fn take(&mut self, mut answer: Vec<LogLine>, clipped: bool) -> Option<Page> {
        let goes_on = answer.first().is_none_or(|first| self.goes_on(first));
        if self.beginning.is_none() || (clipped && goes_on) {
            // Lines at its start may be ends of long ones, so they are not counted; where the beginning was
            // too much to hold, they went with it.
            let unsure = if clipped { 0 } else { torn(&answer).max(NEVER_SURE) };
            let first = answer.first().cloned();
            let found = cut(&mut answer, &self.head);
            let reached = first.as_ref().is_some_and(|first| first.at <= self.oldest());
            if !found && reached && self.disorder + 1 < DISORDER.len() {
                self.disorder += 1;
                return None;
            }
            if found && (answer.len() >= self.wanted + unsure || clipped) {
                let from = answer.len().saturating_sub(self.wanted);
                return Some(Page { lines: answer.split_off(from), more: true });
            }
            if self.tail > LONGEST {
                return Some(Page { lines: self.before(answer, found), more: false });
            }
            self.beginning = Some(first);
            return None;
        }
        if !goes_on {
            self.beginning = None;
            self.tail = self.tail.saturating_mul(4);
            return None;
        }
        let found = cut(&mut answer, &self.head);
        Some(Page { lines: self.before(answer, found), more: false })
    }

    /// When the edge is not there any more (rotated away, or its neighbours are stored in another order),
    /// what is older by its time.
    fn before(&self, mut answer: Vec<LogLine>, found: bool) -> Vec<LogLine> {
        if !found {
            answer.retain(|line| line.at < self.oldest());
        }
        answer
    }

    fn oldest(&self) -> Option<Timestamp> {
        self.head.iter().filter_map(|line| line.at).min()
    }
}

/// Leaves what is before the lines held; false when they are not there.
pub(super) fn cut(answer: &mut Vec<LogLine>, head: &[LogLine]) -> bool {
    if head.is_empty() {
        return true;
    }
    let place = place(answer, head);
    if let Some(place) = place {
        answer.truncate(place);
    }
    place.is_some()
}

/// Where the lines held begin. Of lines that are the same in all, also in their time, those at the end are the
/// ones held; an answer may also end within them. A line that was held as the end of a long one is whole in the
/// answer, so the first line decides where there is only one like it.
fn place(answer: &[LogLine], head: &[LogLine]) -> Option<usize> {
    let fits = |i: &usize| answer.iter().skip(*i).zip(head).all(|(a, b)| a == b);
    let last_whole = answer.len().checked_sub(head.len());
    let whole = last_whole.and_then(|last| (0..=last).rev().find(fits));
    let within = || (last_whole.map_or(0, |last| last + 1)..answer.len()).find(fits);
    whole.or_else(within).or_else(|| {
        let mut like = answer.iter().enumerate().filter(|(_, line)| Some(*line) == head.first());
        like.next().filter(|_| like.next().is_none()).map(|(place, _)| place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log::LogStream;
    use crate::logs::frame::{Decoder, PIECE};
    use proptest::prelude::*;

    /// What an engine stores: one message, which ends a line or not.
    #[derive(Clone)]
    struct Message {
        at: Timestamp,
        stream: u8,
        text: String,
        ends: bool,
    }

    impl std::fmt::Debug for Message {
        /// As short as it can be told from others.
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            let end = if self.ends { "" } else { ".." };
            write!(f, "{} {} {:.5}{end}", self.at.as_microsecond() % 1_000_000_000, self.stream, self.text)
        }
    }

    /// A log as an engine answers for it: `tail` counts messages, then `until` stops at the first later one.
    fn answer(log: &[Message], range: &LogRange) -> Vec<LogLine> {
        let from = range.tail.map_or(0, |tail| log.len().saturating_sub(tail as usize));
        let (mut decoder, mut lines) = (Decoder::new(false), Vec::new());
        for message in log[from..].iter().take_while(|m| range.until.is_none_or(|until| m.at <= until)) {
            let end = if message.ends { "\n" } else { "" };
            let payload = format!("{} {}{end}", message.at, message.text);
            let mut frame = vec![message.stream, 0, 0, 0];
            frame.extend((payload.len() as u32).to_be_bytes());
            frame.extend(payload.as_bytes());
            decoder.push(&frame, &mut lines);
        }
        decoder.finish(&mut lines);
        lines
    }

    /// Lines in steps of time; now and then a long one in several pieces.
    fn log() -> impl Strategy<Value = Vec<Message>> {
        let line = (0_i64..30_000, 0_i64..20_000, 0_u8..3, 0_usize..40, 0_usize..9);
        proptest::collection::vec(line, 1..60).prop_map(|steps| {
            let mut us = 1_700_000_000_000_000;
            let mut log = Vec::new();
            for (step, back, kind, pieces, others) in steps {
                // Some have equal times, some are out of order.
                us += if step > 10_000 { step } else { 0 };
                let at = Timestamp::from_microsecond(us - if back > 10_000 { back } else { 0 }).unwrap();
                let stream = 1 + u8::from(kind == 0);
                let pieces = pieces.saturating_sub(36);
                for piece in 0..pieces {
                    let text = format!("{piece}").repeat(PIECE);
                    log.push(Message { at, stream, text, ends: false });
                    // The other stream goes on meanwhile.
                    for other in 0..others.saturating_sub(4) {
                        us += 1;
                        let at = Timestamp::from_microsecond(us).unwrap();
                        log.push(Message { at, stream: 3 - stream, text: other.to_string(), ends: true });
                    }
                }
                // Or the end of a long line and a whole one of the same time would be the same.
                let text = if pieces > 0 { format!("end {kind}") } else { kind.to_string() };
                log.push(Message { at, stream, text, ends: true });
            }
            log
        })
    }

    fn page(log: &[Message], paging: &mut Paging) -> Page {
        for _ in 0..100 {
            let lines = answer(log, &paging.range());
            if let Some(page) = paging.take(lines, false) {
                return page;
            }
        }
        panic!("it does not end");
    }

    proptest! {
        #[test]
        fn pages_lose_and_double_nothing(
            mut log in log(),
            more in log(),
            held in 1_u32..40,
            pages in proptest::collection::vec((1_u32..20, 0_usize..10), 60),
        ) {
            let mut later = more.into_iter().map(|mut message| {
                message.at = message.at.saturating_add(SignedDuration::from_secs(3600)).unwrap();
                message
            });
            let whole = answer(&log, &LogRange::default());
            let mut lines = answer(&log, &LogRange { tail: Some(held + 1), ..LogRange::default() });
            if held as usize + 1 < log.len() {
                lines.drain(..torn(&lines));
            }
            prop_assume!(!lines.is_empty());
            let mut arrived = 0;
            for (wanted, new) in pages {
                let edge = LogEdge {
                    number: 0,
                    since: (lines.len() + arrived) as u64,
                    head: lines.iter().take(64).cloned().collect(),
                };
                // What comes meanwhile is not counted, nor are the pieces of long lines.
                arrived += new / 2;
                log.extend(later.by_ref().take(new));
                let page = page(&log, &mut Paging::new(wanted, &edge, Some(0)));
                prop_assert!(page.lines.len() == wanted as usize || !page.more);
                lines.splice(0..0, page.lines);
                if !page.more {
                    break;
                }
            }
            for (line, expected) in lines.iter().zip(&whole) {
                prop_assert!(line == expected, "{:.5} {}", expected.text, expected.at.unwrap());
            }
            prop_assert_eq!(lines.len(), whole.len());
        }
    }

    fn line(ms: i64, text: &str) -> LogLine {
        let at = Timestamp::from_millisecond(ms).ok();
        LogLine { at, stream: LogStream::Stdout, text: text.into(), cut: false }
    }

    fn edge(head: &[LogLine]) -> LogEdge {
        LogEdge { number: 0, since: head.len() as u64, head: head.to_vec() }
    }

    #[test]
    fn an_edge_that_was_rotated_away_has_nothing_before_it() {
        let mut paging = Paging::new(10, &edge(&[line(1000, "x")]), Some(0));
        assert_eq!(paging.take(vec![], false), None);
        assert_eq!(paging.range().tail, None);
        assert_eq!(paging.take(vec![line(1040, "later")], false), None, "it may be there further back");
        assert_eq!(paging.take(vec![line(1040, "later")], false), None);
        assert_eq!(paging.range().tail, None);
        let end = paging.take(vec![line(1040, "later")], false).unwrap();
        assert_eq!((end.lines.len(), end.more), (0, false));
    }

    #[test]
    fn an_edge_behind_a_much_younger_line_is_found() {
        let mut paging = Paging::new(1, &edge(&[line(1000, "x")]), Some(0));
        assert_eq!(paging.take(vec![line(900, "a"), line(901, "b")], false), None);
        assert_eq!(paging.range().until, line(2000, "").at);
        let answer = vec![line(900, "a"), line(901, "b"), line(1700, "c"), line(1000, "x")];
        let page = paging.take(answer, false).unwrap();
        assert_eq!((page.lines, page.more), (vec![line(1700, "c")], true));
    }

    #[test]
    fn the_end_of_a_long_line_is_not_taken_for_a_line_behind_those_of_the_other_stream() {
        let head = line(1000, "held");
        let mut paging = Paging::new(3, &edge(std::slice::from_ref(&head)), Some(0));
        let mut answer: Vec<LogLine> = [901, 902, 903].map(|ms| line(ms, "other")).into();
        answer.iter_mut().for_each(|line| line.stream = LogStream::Stderr);
        answer.extend([line(900, "end of it"), line(910, "a"), line(911, "b"), head]);
        let mut whole = answer.clone();
        assert_eq!(paging.take(answer, false), None, "it is one of the last three");
        whole.splice(0..0, [line(890, "before"), line(890, "all of it")]);
        whole.remove(5);
        assert_eq!(paging.take(whole[1..].to_vec(), false), None, "that was not the beginning");
        let page = paging.take(whole, false).unwrap();
        let texts: Vec<&str> = page.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!((texts, page.more), (vec!["other", "a", "b"], true));
    }

    #[test]
    fn an_answer_too_large_to_hold_gives_what_is_left_of_it() {
        let mut paging = Paging::new(10, &edge(&[line(1000, "x")]), Some(0));
        let page = paging.take(vec![line(998, "a"), line(999, "b"), line(1000, "x")], true).unwrap();
        assert_eq!((page.lines.len(), page.more), (2, true));
    }
}
