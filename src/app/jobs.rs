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
    /// It is one of several places, and the title does not say which.
    pub tells_place: bool,
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
        self.told(&self.title)
    }

    /// The same, with where it was where that says something.
    pub fn notice(&self) -> String {
        if self.tells_place {
            self.told(&format!("{} on {}", self.title, self.place))
        } else {
            self.sentence()
        }
    }

    fn told(&self, title: &str) -> String {
        let Some(ended) = self.ended else {
            return format!("{title}: {} of {}", self.done + self.failed.len(), self.total);
        };
        let ms = ended.as_millisecond() - self.started.as_millisecond();
        match (self.failed.as_slice(), self.skipped) {
            ([], 0) => match &self.said {
                Some(said) => format!("{title}: {said}"),
                None => format!("{title}: done in {ms} ms"),
            },
            ([(_, fault)], 0) if self.total == 1 => {
                // Backends name what failed, or where; neither is said twice.
                let text = fault.in_full();
                if let Some(rest) = text.strip_prefix(&self.title) {
                    format!("{title}{rest}")
                } else if text.starts_with(&format!("{}: ", self.place)) {
                    format!("{}: {text}", self.title)
                } else {
                    format!("{title}: {text}")
                }
            }
            (failed, skipped) => {
                let mut text = format!("{title}: {} done", self.done);
                let (unknown, failed): (Vec<_>, Vec<_>) =
                    failed.iter().partition(|(_, fault)| fault.kind.is_unknown());
                for (word, those) in [("failed", failed), ("unknown", unknown)] {
                    if let Some((name, fault)) = those.first() {
                        text.push_str(&format!(", {} {word} ({})", those.len(), fault.message_at(name)));
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
    pub fn open(
        &mut self,
        title: String,
        place: String,
        tells_place: bool,
        total: usize,
        now: Timestamp,
    ) -> JobId {
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
            tells_place,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fault::FaultKind;

    #[test]
    fn one_of_several_places_is_told_once() {
        let mut jobs = Jobs::default();
        let mut told = |title: &str, tells_place, result| {
            let id = jobs.open(title.into(), "web1".into(), tells_place, 1, Timestamp::UNIX_EPOCH);
            jobs.step(id, "x".into(), result, Timestamp::UNIX_EPOCH);
            jobs.get_mut(id).unwrap().notice()
        };
        let fails = |text: &str| Err(Fault::new(FaultKind::Failed, text));
        assert_eq!(told("stop unit x", true, Ok(String::new())), "stop unit x on web1: done in 0 ms");
        assert_eq!(told("stop unit x", false, Ok(String::new())), "stop unit x: done in 0 ms");
        assert_eq!(told("stop unit x", true, fails("no such unit")), "stop unit x on web1: no such unit");
        assert_eq!(told("stop unit x", true, fails("web1: it hung up")), "stop unit x: web1: it hung up");
        let all = told("stop unit x", true, fails("stop unit x: no such unit"));
        assert_eq!(all, "stop unit x on web1: no such unit");
        let id = jobs.open("run w".into(), "2 targets".into(), false, 2, Timestamp::UNIX_EPOCH);
        jobs.step(id, "web1".into(), fails("web1: it hung up"), Timestamp::UNIX_EPOCH);
        jobs.step(id, "web2".into(), Ok(String::new()), Timestamp::UNIX_EPOCH);
        let sentence = jobs.get_mut(id).map(|job| job.sentence()).unwrap();
        assert_eq!(sentence, "run w: 1 done, 1 failed (web1: it hung up)");
    }
}
