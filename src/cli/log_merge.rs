//! Merges the lines of several logs by their time, holding no more than one batch of each.

use std::collections::VecDeque;

use futures_util::future::join_all;
use futures_util::stream::{BoxStream, StreamExt};
use jiff::Timestamp;

use crate::domain::fault::Fault;
use crate::domain::log::LogLine;

/// One log on its way.
struct Source<'a> {
    batches: BoxStream<'a, Result<Vec<LogLine>, Fault>>,
    waiting: VecDeque<LogLine>,
    /// The time of the last line that had one; a line without takes its place.
    last: Timestamp,
    done: bool,
}

/// Several logs as one. Within a log the order of arrival stays, whatever the stamps say.
pub struct Merge<'a> {
    sources: Vec<Source<'a>>,
    faults: VecDeque<(usize, Fault)>,
}

impl<'a> Merge<'a> {
    pub fn new(logs: Vec<BoxStream<'a, Result<Vec<LogLine>, Fault>>>) -> Self {
        let source =
            |batches| Source { batches, waiting: VecDeque::new(), last: Timestamp::MIN, done: false };
        Self { sources: logs.into_iter().map(source).collect(), faults: VecDeque::new() }
    }

    /// The next line with the index of its log, or the fault that ended a log. `None` at the end of all.
    pub async fn next(&mut self) -> Option<(usize, Result<LogLine, Fault>)> {
        // Which line is the earliest is known only when every log that goes on shows its next one.
        let faults = join_all(self.sources.iter_mut().map(Source::fill)).await;
        self.faults.extend(faults.into_iter().enumerate().filter_map(|(i, fault)| Some((i, fault?))));
        if let Some((i, fault)) = self.faults.pop_front() {
            return Some((i, Err(fault)));
        }
        let next = |source: &Source<'_>| Some(source.waiting.front()?.at.unwrap_or(source.last));
        let (_, i) = self.sources.iter().enumerate().filter_map(|(i, s)| Some((next(s)?, i))).min()?;
        let source = self.sources.get_mut(i)?;
        let line = source.waiting.pop_front()?;
        source.last = line.at.unwrap_or(source.last);
        Some((i, Ok(line)))
    }
}

impl Source<'_> {
    async fn fill(&mut self) -> Option<Fault> {
        while self.waiting.is_empty() && !self.done {
            match self.batches.next().await {
                Some(Ok(lines)) => self.waiting.extend(lines),
                Some(Err(fault)) => {
                    self.done = true;
                    return Some(fault);
                }
                None => self.done = true,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::FaultKind;
    use crate::domain::log::LogStream;
    use futures_util::stream;

    fn line(at: Option<i64>, text: &str) -> LogLine {
        let at = at.map(|s| Timestamp::from_second(s).unwrap());
        LogLine { at, stream: LogStream::Stdout, text: text.into(), cut: false }
    }

    #[tokio::test]
    async fn lines_come_in_the_order_of_time_and_keep_their_own() {
        let a = vec![
            Ok(vec![line(Some(1), "a1"), line(None, "a-"), line(Some(5), "a5")]),
            Ok(vec![]),
            // A stamp before its neighbour's does not overtake it.
            Ok(vec![line(Some(4), "a4")]),
        ];
        let b = vec![
            Ok(vec![line(Some(2), "b2")]),
            Ok(vec![line(Some(6), "b6")]),
            Err(Fault::new(FaultKind::Timeout, "x")),
        ];
        let mut merge =
            Merge::new(vec![stream::iter(a).boxed(), stream::iter(b).boxed(), stream::empty().boxed()]);
        let mut got = Vec::new();
        while let Some((i, line)) = merge.next().await {
            got.push(line.map_or_else(|f| format!("{i} {f}"), |l| l.text));
        }
        assert_eq!(got, ["a1", "a-", "b2", "a5", "a4", "b6", "1 x"]);
    }
}
