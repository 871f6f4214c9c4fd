//! A search of a whole recording, the newest lines first, one segment at a time so that it can be given up.

use regex::{Regex, RegexBuilder};

use super::index::Segment;
use super::source::RecordingLog;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::log::{LogFind, LogFound};

/// Places told at most.
const MAX_PLACES: usize = 10_000;
/// Bytes that an expression may take; a larger one is refused.
const MAX_REGEX: usize = 1 << 20;

/// A search on its way.
#[derive(Debug)]
pub(super) struct Search {
    regex: Result<Regex, Fault>,
    /// Still to be searched; the newest is the last.
    left: Vec<Segment>,
    found: LogFound,
}

impl Search {
    pub fn new(find: LogFind, segments: Vec<Segment>) -> Self {
        let regex =
            RegexBuilder::new(&find.regex).case_insensitive(find.ignore_case).size_limit(MAX_REGEX).build();
        let regex = regex.map_err(|e| Fault::new(FaultKind::Failed, e.to_string()));
        let total_bytes = segments.iter().map(|s| s.summary.text_bytes).sum();
        let found = LogFound {
            generation: find.generation,
            places: Vec::new(),
            hits: 0,
            scanned_bytes: 0,
            total_bytes,
            done: false,
            fault: None,
        };
        Self { regex, left: segments, found }
    }

    /// Searches the next segment and tells how far it has come; done with the last one or with a fault.
    pub async fn step(&mut self, log: &RecordingLog) -> LogFound {
        if let Err(fault) = self.try_step(log).await {
            self.found.fault = Some(fault);
            self.found.done = true;
        }
        self.found.clone()
    }

    async fn try_step(&mut self, log: &RecordingLog) -> Result<(), Fault> {
        let regex = self.regex.clone()?;
        if let Some(segment) = self.left.pop() {
            let lines = log.lines(&segment, 0..segment.summary.lines).await?.unwrap_or_default();
            let hits = super::source::away(move || {
                Ok(lines
                    .iter()
                    .enumerate()
                    .filter(|(_, l)| regex.is_match(&l.text))
                    .map(|(i, _)| i as u64)
                    .collect())
            });
            let hits: Vec<u64> = hits.await?;
            self.found.hits += hits.len() as u64;
            let free = MAX_PLACES - self.found.places.len();
            let places = hits.iter().rev().filter_map(|i| i64::try_from(segment.first_line + i).ok());
            self.found.places.extend(places.take(free));
            self.found.scanned_bytes += segment.summary.text_bytes;
        }
        self.found.done = self.left.is_empty();
        Ok(())
    }
}
