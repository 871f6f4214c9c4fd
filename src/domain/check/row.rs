//! A check as it stands, for lists.

use jiff::Timestamp;

use super::{Check, Sample, State, Track, Turn};

/// A check with its track at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRow {
    pub name: String,
    pub kind: &'static str,
    /// What is asked.
    pub asked: String,
    pub every_s: u64,
    pub state: State,
    /// Since when it stands so; `None` before the first answer.
    pub since: Option<Timestamp>,
    /// When it was asked last.
    pub at: Option<Timestamp>,
    pub message: String,
    pub hint: Option<String>,
    pub took_ms: Option<f64>,
    pub certificate_days: Option<i64>,
    /// Failures that were over before they were an outage.
    pub blips: u32,
    /// The oldest first.
    pub samples: Vec<Sample>,
    /// The newest first.
    pub turns: Vec<Turn>,
}

impl CheckRow {
    pub fn new(check: &Check, track: &Track, now: Timestamp) -> Self {
        let last = track.last();
        let state = track.state(check, now);
        let stale =
            state == State::Unknown && last.is_some_and(|last| last.verdict != super::Verdict::Unknown);
        Self {
            name: check.name.to_string(),
            kind: check.kind,
            asked: check.probe.asked(),
            every_s: check.every.as_secs(),
            state,
            since: track.since(),
            at: track.at(),
            message: match last {
                Some(_) if stale => "nobody has asked for a while".to_owned(),
                Some(last) => last.message.clone(),
                None => String::new(),
            },
            hint: last.and_then(|last| last.hint.clone()),
            took_ms: last
                .and_then(|last| last.took)
                .map(|took| (took.as_secs_f64() * 10_000.0).round() / 10.0),
            certificate_days: last.and_then(|last| last.certificate_days),
            blips: track.blips(),
            samples: track.samples().copied().collect(),
            turns: track.turns().rev().cloned().collect(),
        }
    }
}
