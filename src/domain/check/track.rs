//! What has become of one check: a state machine, fed with answers as they come.
//!
//! ```text
//! unknown, ok, degraded ─ a failure ─> suspect ─ as many in a row as it takes ─> down ─ a good answer ─> ok
//! ```
//!
//! Time in which nobody asked is unknown, never good. What nobody could ask ends nothing and begins nothing: an
//! outage lasts until a good answer, and failures are counted anew.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::outcome::{Outcome, Verdict};
use super::turn::{Outage, State, Turn};
use super::{Check, Probe};

/// Answers that are kept.
pub const MOST_SAMPLES: usize = 60;
/// Turns that are kept.
const MOST_TURNS: usize = 20;

/// An answer in a row of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub verdict: Verdict,
    /// Not a number where nothing was measured.
    pub took_s: f32,
}

/// The track of a check.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Track {
    state: State,
    since: Option<Timestamp>,
    at: Option<Timestamp>,
    last: Option<Outcome>,
    failures: u32,
    failed_since: Option<Timestamp>,
    outage: Option<Outage>,
    /// Failures that were over before they were an outage.
    blips: u32,
    samples: VecDeque<Sample>,
    turns: VecDeque<Turn>,
    /// Of a file that is watched, as it was seen first.
    digest: Option<String>,
}

impl Track {
    /// Takes the next answer. An outage that begins or ends by it is given back.
    pub fn take(&mut self, check: &Check, outcome: Outcome, at: Timestamp) -> Option<Outage> {
        let outcome = self.compare(check, outcome);
        if self.is_gap(check, at) {
            self.sample(Sample { verdict: Verdict::Unknown, took_s: f32::NAN });
            self.turn(State::Unknown, self.at.unwrap_or(at), "nobody asked");
            self.forget_failures();
        }
        self.at = Some(at);
        self.sample(Sample {
            verdict: outcome.verdict,
            took_s: outcome.took.map_or(f32::NAN, |took| took.as_secs_f32()),
        });
        let news = match outcome.verdict {
            Verdict::Ok => self.answered(State::Ok, &outcome, at),
            Verdict::Degraded => self.answered(State::Degraded, &outcome, at),
            Verdict::Failed => self.failed(check, &outcome, at),
            Verdict::Unknown => {
                self.forget_failures();
                self.turn(State::Unknown, at, &outcome.message);
                None
            }
        };
        self.last = Some(outcome);
        news
    }

    fn answered(&mut self, state: State, outcome: &Outcome, at: Timestamp) -> Option<Outage> {
        self.blips += u32::from(self.state == State::Suspect);
        self.forget_failures();
        self.turn(state, at, &outcome.message);
        self.outage.take().map(|outage| Outage { until: Some(at), ..outage })
    }

    fn failed(&mut self, check: &Check, outcome: &Outcome, at: Timestamp) -> Option<Outage> {
        self.failures += 1;
        let since = *self.failed_since.get_or_insert(at);
        if self.outage.is_some() {
            self.turn(State::Down, at, &outcome.message);
            return None;
        }
        if self.failures < check.failures {
            self.turn(State::Suspect, since, &outcome.message);
            return None;
        }
        self.turn(State::Down, since, &outcome.message);
        self.outage = Some(Outage { since, until: None, message: outcome.message.clone() });
        self.outage.clone()
    }

    fn forget_failures(&mut self) {
        (self.failures, self.failed_since) = (0, None);
    }

    /// Nobody asked for a while, or the clock was set.
    fn is_gap(&self, check: &Check, at: Timestamp) -> bool {
        self.at.is_some_and(|before| !is_within(check, before, at))
    }

    fn turn(&mut self, to: State, at: Timestamp, message: &str) {
        if self.state == to && self.since.is_some() {
            return;
        }
        (self.state, self.since) = (to, Some(at));
        if self.turns.len() == MOST_TURNS {
            self.turns.pop_front();
        }
        self.turns.push_back(Turn { at, to, message: message.to_owned() });
    }

    fn sample(&mut self, sample: Sample) {
        if self.samples.len() == MOST_SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    /// A file that is to stay as it is fails from its first change on, until it is again as it was.
    fn compare(&mut self, check: &Check, outcome: Outcome) -> Outcome {
        let Probe::File(probe) = &check.probe else { return outcome };
        let Some(now) = outcome.digest.as_deref().filter(|_| probe.unchanged) else { return outcome };
        let was = self.digest.get_or_insert_with(|| now.to_owned());
        if was == now || outcome.verdict != Verdict::Ok {
            return outcome;
        }
        let short = |digest: &str| digest.get(..12).unwrap_or(digest).to_owned();
        let message = format!("it was changed: SHA-256 {}, and was {}", short(now), short(was));
        Outcome { verdict: Verdict::Failed, message, ..outcome }
            .hint("if it is right so, start pult anew: what it sees first is what it compares with")
    }

    /// How it stands now: an answer that is too old says nothing any more.
    pub fn state(&self, check: &Check, now: Timestamp) -> State {
        let is_fresh = self.at.is_some_and(|at| is_within(check, at, now));
        if is_fresh { self.state } else { State::Unknown }
    }

    pub fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// When it was answered last.
    pub fn at(&self) -> Option<Timestamp> {
        self.at
    }

    pub fn last(&self) -> Option<&Outcome> {
        self.last.as_ref()
    }

    /// The outage that lasts.
    pub fn outage(&self) -> Option<&Outage> {
        self.outage.as_ref()
    }

    pub fn blips(&self) -> u32 {
        self.blips
    }

    /// The oldest first.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = &Sample> {
        self.samples.iter()
    }

    /// The oldest first.
    pub fn turns(&self) -> impl DoubleEndedIterator<Item = &Turn> + ExactSizeIterator {
        self.turns.iter()
    }
}

fn is_within(check: &Check, before: Timestamp, now: Timestamp) -> bool {
    let apart = now.as_millisecond() - before.as_millisecond();
    (0..=check.is_late_after().as_millis() as i64).contains(&apart)
}

#[cfg(test)]
mod tests;
