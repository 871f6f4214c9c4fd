//! Actions under way and ended ones of this session.

use jiff::{SignedDuration, Timestamp};

use super::msg::JobId;
use crate::domain::fault::Fault;

/// One run of an action over one or more objects.
#[derive(Debug)]
pub struct Job {
    pub id: JobId,
    pub title: String,
    /// Where: `web1`, `3 targets`.
    pub place: String,
    pub total: usize,
    pub done: usize,
    /// Name and fault of those that failed.
    pub failed: Vec<(String, Fault)>,
    /// Those not begun when it was cancelled.
    pub skipped: usize,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    /// What it is at, and when that is over.
    pub stage: Option<(String, Option<Timestamp>)>,
    /// How it ended, where that is worth more than that it did.
    pub said: Option<String>,
}

impl Job {
    /// What it is at, with the seconds that are left of it, else how far it is.
    pub fn progress(&self, now: Timestamp) -> String {
        match &self.stage {
            Some((text, Some(until))) => {
                format!("{text} {} s", (until.as_second() - now.as_second()).max(0))
            }
            Some((text, None)) => text.clone(),
            None => self.sentence(),
        }
    }

    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    /// `restart container web: done in 412 ms`, with what went wrong.
    pub fn sentence(&self) -> String {
        let Some(ended) = self.ended else {
            return format!("{}: {} of {}", self.title, self.done + self.failed.len(), self.total);
        };
        let ms = ended.as_millisecond() - self.started.as_millisecond();
        match (self.failed.as_slice(), self.skipped) {
            ([], 0) => match &self.said {
                Some(said) => format!("{}: {said}", self.title),
                None => format!("{}: done in {ms} ms", self.title),
            },
            ([(_, fault)], 0) if self.total == 1 => {
                // Backends name what failed; it is not said twice.
                let text = fault.in_full();
                if text.starts_with(&self.title) { text } else { format!("{}: {text}", self.title) }
            }
            (failed, skipped) => {
                let mut text = format!("{}: {} done", self.title, self.done);
                let (unknown, failed): (Vec<_>, Vec<_>) =
                    failed.iter().partition(|(_, fault)| fault.kind.is_unknown());
                for (word, those) in [("failed", failed), ("unknown", unknown)] {
                    if let Some((name, fault)) = those.first() {
                        text.push_str(&format!(", {} {word} ({name}: {})", those.len(), fault.message));
                    }
                }
                if skipped > 0 {
                    text.push_str(&format!(", {skipped} not begun"));
                }
                text
            }
        }
    }
}

/// The jobs of the session, oldest first.
#[derive(Debug, Default)]
pub struct Jobs {
    list: Vec<Job>,
    next: JobId,
}

/// Ended jobs kept for the list.
const KEPT: usize = 100;

impl Jobs {
    pub fn open(&mut self, title: String, place: String, total: usize, now: Timestamp) -> JobId {
        self.next += 1;
        if self.list.len() >= KEPT
            && let Some(oldest) = self.list.iter().position(|j| !j.is_running())
        {
            self.list.remove(oldest);
        }
        self.list.push(Job {
            id: self.next,
            title,
            place,
            total,
            done: 0,
            failed: Vec::new(),
            skipped: 0,
            started: now,
            ended: None,
            stage: None,
            said: None,
        });
        self.next
    }

    pub fn get_mut(&mut self, id: JobId) -> Option<&mut Job> {
        self.list.iter_mut().find(|j| j.id == id)
    }

    pub fn remove(&mut self, id: JobId) {
        self.list.retain(|j| j.id != id);
    }

    /// Counts one result; true when it was the last one.
    pub fn step(&mut self, id: JobId, name: String, result: Result<String, Fault>, now: Timestamp) -> bool {
        let Some(job) = self.get_mut(id) else { return false };
        match result {
            Ok(_) => job.done += 1,
            Err(fault) => job.failed.push((name, fault)),
        }
        job.close_if_complete(now)
    }

    pub fn skip(&mut self, id: JobId, count: usize, now: Timestamp) -> bool {
        let Some(job) = self.get_mut(id) else { return false };
        job.skipped += count;
        job.close_if_complete(now)
    }

    /// When a countdown shows another number.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let counts = |job: &Job| matches!(&job.stage, Some((_, Some(until))) if *until > now);
        self.running().any(counts).then(|| now + SignedDuration::from_secs(1))
    }

    pub fn running(&self) -> impl Iterator<Item = &Job> {
        self.list.iter().filter(|j| j.is_running())
    }

    pub fn all(&self) -> &[Job] {
        &self.list
    }
}

impl Job {
    fn close_if_complete(&mut self, now: Timestamp) -> bool {
        let complete = self.done + self.failed.len() + self.skipped >= self.total;
        if complete {
            self.ended = Some(now);
        }
        complete
    }
}
