//! When a figure counts as over its threshold: a state machine for each, fed with readings as they come.
//!
//! A figure begins to be over when it has been at the threshold or above for a while, and is well again when it
//! has been clearly below for a while, so that one at the edge tells nothing twice. A gap (a lost connection, a
//! clock that was set) ends nothing and begins nothing: what was about to change begins anew after it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Server;
use super::event::Crossing;
use super::threshold::{Metric, Reading, of_checks, of_vitals};
use super::thresholds::Limits;
use crate::domain::backup::{self, Backup, Backups};
use crate::domain::fault::FaultKind;
use crate::domain::remote::{Link, Remote};
use crate::domain::sanitize;

/// Readings further apart say nothing of the time between them, seconds: nobody looking, there is one a minute.
const GAP_S: i64 = 150;
/// A connection is lost when so many attempts in a row have failed.
const ATTEMPTS: u32 = 2;
/// Characters of a reason.
const TOLD: usize = 120;

/// What became of a crossing.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Begun(Crossing),
    /// It lasts, and is higher than ever.
    Higher(Crossing),
    Ended(Crossing),
}

/// All crossings of one server.
#[derive(Debug, Clone, Default)]
pub struct Crossings {
    states: BTreeMap<(Metric, String), State>,
    vitals_at: Option<Timestamp>,
    checks_at: Option<Timestamp>,
    failed_attempts: u32,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    /// At the threshold or above, not for long yet.
    Rising { since: Timestamp, peak: f64 },
    /// Over; perhaps below again since a moment ago.
    Over { crossing: Crossing, below_since: Option<Timestamp> },
}

impl Crossings {
    /// Takes the next state of its server.
    pub fn take(&mut self, remote: &Remote<Server>, limits: Limits<'_>) -> Vec<Change> {
        let mut changes = Vec::new();
        self.take_link(remote, &mut changes);
        let Some(server) = remote.value.as_deref().filter(|_| remote.link.is_live()) else { return changes };
        if let Some(vitals) = &server.vitals
            && self.vitals_at != Some(vitals.at)
        {
            self.notice_gap(self.vitals_at, vitals.at);
            self.vitals_at = Some(vitals.at);
            for reading in of_vitals(vitals) {
                changes.extend(self.step(reading, vitals.at, limits));
            }
        }
        if let Some(checks) = &server.checks
            && self.checks_at != Some(checks.at)
        {
            self.checks_at = Some(checks.at);
            let readings = of_checks(checks);
            self.end_missing(&readings, checks.at, &mut changes);
            for reading in readings {
                changes.extend(self.step(reading, checks.at, limits));
            }
        }
        changes
    }

    /// Takes what was read of its backups. One that cannot be read is as it was.
    pub fn take_backups(&mut self, backups: &Backups) -> Vec<Change> {
        let metric = Metric::Backup;
        let begins = |one: &Backup| format!("{}: ", one.name);
        let told = |one: &Backup| format!("{}{}", begins(one), one.reason);
        let unread: Vec<String> =
            backups.all.iter().filter(|one| one.state == backup::State::Unknown).map(begins).collect();
        let bad: Vec<String> = backups.bad().map(told).collect();
        let mut changes = Vec::new();
        self.states.retain(|(of, what), state| {
            let lasts = bad.contains(what) || unread.iter().any(|begin| what.starts_with(begin.as_str()));
            let keep = *of != metric || lasts;
            if let (false, State::Over { crossing, .. }) = (keep, &*state) {
                changes.push(Change::Ended(Crossing { until: Some(backups.at), ..crossing.clone() }));
            }
            keep
        });
        for what in bad {
            let key = (metric, what.clone());
            if self.states.contains_key(&key) {
                continue;
            }
            let crossing = Crossing { metric, what, since: backups.at, until: None, peak: 1.0, level: 1.0 };
            self.states.insert(key, State::Over { crossing: crossing.clone(), below_since: None });
            changes.push(Change::Begun(crossing));
        }
        changes
    }

    /// One that has just begun is the same as this one, which was seen before.
    pub fn resume(&mut self, begun: &Crossing, before: Crossing) {
        let key = (begun.metric, begun.what.clone());
        if let Some(State::Over { crossing, .. }) = self.states.get_mut(&key) {
            *crossing = Crossing { peak: before.peak.max(begun.peak), ..before };
        }
    }

    /// Takes what was judged elsewhere: it begins and ends as it is said.
    pub fn take_judged(&mut self, change: &Change) {
        match change {
            Change::Begun(crossing) | Change::Higher(crossing) => {
                let key = (crossing.metric, crossing.what.clone());
                self.states.insert(key, State::Over { crossing: crossing.clone(), below_since: None });
            }
            Change::Ended(crossing) => {
                self.states.remove(&(crossing.metric, crossing.what.clone()));
            }
        }
    }

    /// What lasts.
    pub fn open(&self) -> impl Iterator<Item = &Crossing> {
        self.states.values().filter_map(|state| match state {
            State::Over { crossing, .. } => Some(crossing),
            State::Rising { .. } => None,
        })
    }

    /// A connection that is back after one attempt was hardly lost.
    fn take_link(&mut self, remote: &Remote<Server>, changes: &mut Vec<Change>) {
        let key = (Metric::Link, String::new());
        match &remote.link {
            Link::Lost { fault, retry_at } if !self.states.contains_key(&key) => {
                let Some(since) = self.vitals_at else { return };
                let is_final = fault.kind == FaultKind::Denied;
                self.failed_attempts += u32::from(retry_at.is_some());
                if is_final || self.failed_attempts >= ATTEMPTS {
                    let what = sanitize::line(&fault.message, TOLD).into_owned();
                    let crossing =
                        Crossing { metric: Metric::Link, what, since, until: None, peak: 1.0, level: 1.0 };
                    changes.push(Change::Begun(crossing.clone()));
                    self.states.insert(key, State::Over { crossing, below_since: None });
                }
            }
            Link::Live => {
                let heard = remote.value.as_ref().and_then(|server| server.vitals.as_ref()).map(|v| v.at);
                if heard == self.vitals_at {
                    return;
                }
                self.failed_attempts = 0;
                if let (Some(State::Over { crossing, .. }), Some(at)) = (self.states.remove(&key), heard) {
                    changes.push(Change::Ended(Crossing { until: Some(at), ..crossing }));
                }
            }
            _ => {}
        }
    }

    fn notice_gap(&mut self, before: Option<Timestamp>, now: Timestamp) {
        let Some(before) = before else { return };
        let apart = now.as_second() - before.as_second();
        if (0..=GAP_S).contains(&apart) {
            return;
        }
        self.states.retain(|_, state| matches!(state, State::Over { .. }));
        for state in self.states.values_mut() {
            if let State::Over { below_since, .. } = state {
                *below_since = None;
            }
        }
    }

    /// What is not mounted any more is not full; another certificate is the first to end when one is renewed.
    fn end_missing(&mut self, readings: &[Reading], at: Timestamp, changes: &mut Vec<Change>) {
        let is_checked = |metric| matches!(metric, Metric::Disk | Metric::Inodes | Metric::Certificate);
        self.states.retain(|(metric, what), state| {
            let keep =
                !is_checked(*metric) || readings.iter().any(|r| r.metric == *metric && r.what == *what);
            if let (false, State::Over { crossing, .. }) = (keep, &*state) {
                changes.push(Change::Ended(Crossing { until: Some(at), ..crossing.clone() }));
            }
            keep
        });
    }

    fn step(&mut self, reading: Reading, at: Timestamp, limits: Limits<'_>) -> Option<Change> {
        let Reading { metric, what, value } = reading;
        let (level, clears) = (limits.level(metric), limits.clears(metric));
        let long_since = |since: Timestamp| at.as_second() - since.as_second() >= metric.holds_s();
        let key = (metric, what);
        match self.states.get_mut(&key) {
            Some(State::Over { crossing, below_since }) => {
                if value < clears {
                    let since = *below_since.get_or_insert(at);
                    if long_since(since) {
                        let ended = Crossing { until: Some(since), ..crossing.clone() };
                        self.states.remove(&key);
                        return Some(Change::Ended(ended));
                    }
                    return None;
                }
                *below_since = None;
                (value > crossing.peak).then(|| {
                    crossing.peak = value;
                    Change::Higher(crossing.clone())
                })
            }
            _ if value < level => {
                self.states.remove(&key);
                None
            }
            rising => {
                let (since, peak) = match rising {
                    Some(State::Rising { since, peak }) => (*since, peak.max(value)),
                    _ => (at, value),
                };
                if !long_since(since) {
                    self.states.insert(key, State::Rising { since, peak });
                    return None;
                }
                let crossing = Crossing { metric, what: key.1.clone(), since, until: None, peak, level };
                self.states.insert(key, State::Over { crossing: crossing.clone(), below_since: None });
                Some(Change::Begun(crossing))
            }
        }
    }
}

#[cfg(test)]
mod tests;
