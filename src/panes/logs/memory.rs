//! What is kept of each log over sessions: its marks, and where somebody read in it last.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::marks::Mark;
use super::options::Saved;
use super::view::LogView;
use crate::domain::log::LogSourceId;

/// Marks of a log, and logs of which something is kept; the oldest go.
const MARKS: usize = 200;
const LOGS: usize = 100;

/// Of one log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptLog {
    /// When something was kept last.
    pub kept_at: Timestamp,
    /// The line that was read last, of those that were not just coming in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Timestamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

impl LogView {
    /// What is kept of a source is kept under this: `docker/web docker:prod`, `file//var/log/syslog`.
    pub(super) fn kept_as(&self, source: &LogSourceId) -> String {
        match self.words.get(source) {
            Some((word, target)) if target.is_empty() => word.clone(),
            Some((word, target)) => format!("{word} {target}"),
            None => String::new(),
        }
    }

    /// Keeps what has changed, and recalls what was kept of sources that are read anew. True when marks have
    /// changed.
    pub(super) fn remember(&mut self, saved: &mut Saved, now: Timestamp) -> bool {
        let changed = self.marks.take_changed();
        if changed {
            self.keep_marks(&mut saved.logs, now);
            self.marks_changed();
        }
        if !self.viewport.follow
            && let Some(line) = self.current().and_then(|id| self.book.line(id))
            && let Some(source) = self.source(line.id.lane())
        {
            keep_place(&mut saved.logs, self.kept_as(source), line.at, now);
        }
        self.recall(saved);
        bound(&mut saved.logs);
        changed
    }

    /// A filter that asks for marks shows other lines now.
    pub(super) fn marks_changed(&mut self) {
        if self.stack.steps().iter().any(|step| step.enabled && step.needs_marks()) {
            self.apply_stack();
        }
    }

    /// Takes what was kept of the sources that were not asked about yet.
    pub(super) fn recall(&mut self, saved: &Saved) {
        let news: Vec<_> = self.members.iter().filter(|m| !self.recalled.contains_key(&m.source)).collect();
        if news.is_empty() {
            return;
        }
        let news: Vec<LogSourceId> = news.into_iter().map(|m| m.source.clone()).collect();
        for source in news {
            let kept = saved.logs.get(&self.kept_as(&source));
            if let Some(kept) = kept {
                self.marks.recall(&self.kept_as(&source), &kept.marks);
            }
            self.recalled.insert(source, kept.and_then(|kept| kept.place));
        }
        if !self.marks.list().is_empty() {
            self.recount();
        }
    }

    /// Another view of the same logs has changed what is kept.
    pub(super) fn recall_anew(&mut self, saved: &Saved) {
        self.marks.clear();
        self.recalled.clear();
        self.recall(saved);
    }

    fn keep_marks(&self, logs: &mut BTreeMap<String, KeptLog>, now: Timestamp) {
        for source in self.recalled.keys() {
            let name = self.kept_as(source);
            let marks = self.marks.list().iter().filter(|mark| mark.source == name);
            let mut marks: Vec<Mark> = marks.cloned().collect();
            let more = marks.len().saturating_sub(MARKS);
            marks.drain(..more);
            if !marks.is_empty() || logs.contains_key(&name) {
                let kept = logs.entry(name).or_default();
                (kept.marks, kept.kept_at) = (marks, now);
            }
        }
    }

    /// Where somebody read last, before this reading.
    pub(super) fn left_at(&self) -> Option<Timestamp> {
        self.recalled.values().flatten().max().copied()
    }
}

fn keep_place(logs: &mut BTreeMap<String, KeptLog>, name: String, place: Option<Timestamp>, now: Timestamp) {
    if !name.is_empty() && place.is_some() {
        let kept = logs.entry(name).or_default();
        (kept.place, kept.kept_at) = (place, now);
    }
}

fn bound(logs: &mut BTreeMap<String, KeptLog>) {
    logs.retain(|_, kept| kept.place.is_some() || !kept.marks.is_empty());
    while logs.len() > LOGS {
        // Marks are work of a person, a place is none.
        let oldest = logs.iter().min_by_key(|(_, kept)| (!kept.marks.is_empty(), kept.kept_at));
        let Some(name) = oldest.map(|(name, _)| name.clone()) else { return };
        logs.remove(&name);
    }
}
