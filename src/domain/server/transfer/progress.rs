//! How far a copy is: bytes, pace, what is left. Time comes in as seconds since it began.

use std::collections::VecDeque;

use super::Way;
use crate::domain::ids::TargetId;
use crate::domain::quantity;

/// Seconds that a pace is measured over.
const SPAN_S: f64 = 8.0;

/// What it is at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// Others of this server are before it.
    #[default]
    Queued,
    /// What goes is counted.
    Counting,
    /// What is there of an earlier copy is compared.
    Comparing,
    Moving,
    /// Both sides are compared.
    Checking,
    /// For the connection, to go on.
    Waiting,
}

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub stage: Stage,
    pub done_bytes: u64,
    pub total_bytes: u64,
    pub done_files: usize,
    pub total_files: usize,
}

/// The pace of what was moved lately.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    seen: VecDeque<(f64, u64)>,
}

impl Meter {
    /// What is done by now. Less than before (it begins again) forgets what was.
    pub fn take(&mut self, at_s: f64, done_bytes: u64) {
        if self.seen.back().is_some_and(|(_, before)| *before > done_bytes) {
            self.seen.clear();
        }
        self.seen.push_back((at_s, done_bytes));
        while self.seen.len() > 2 && self.seen.front().is_some_and(|(first, _)| at_s - first > SPAN_S) {
            self.seen.pop_front();
        }
    }

    /// The pace is of what came before a break.
    pub fn forget(&mut self) {
        self.seen.clear();
    }

    pub fn bytes_per_s(&self) -> Option<f64> {
        let ((from_s, from), (to_s, to)) = (self.seen.front()?, self.seen.back()?);
        let seconds = to_s - from_s;
        (seconds > 0.2).then(|| (to - from) as f64 / seconds)
    }
}

/// A copy of this session that is under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Underway {
    /// Its number in the audit.
    pub id: u64,
    /// The job that it is part of.
    pub job: u64,
    pub target: TargetId,
    pub way: Way,
    /// For people.
    pub name: String,
    pub progress: Progress,
    pub bytes_per_s: Option<f64>,
}

impl Underway {
    /// Seconds until everything is moved, at this pace.
    pub fn left_s(&self) -> Option<i64> {
        let left = self.progress.total_bytes.checked_sub(self.progress.done_bytes)?;
        let pace = self.bytes_per_s.filter(|pace| *pace >= 1.0)?;
        Some((left as f64 / pace).ceil() as i64)
    }

    /// Of 100.
    pub fn percent(&self) -> f64 {
        match self.progress.total_bytes {
            0 => 0.0,
            total => self.progress.done_bytes as f64 / total as f64 * 100.0,
        }
    }

    /// `upload a.tar`
    pub fn title(&self) -> String {
        format!("{} {}", self.way.verb(), self.name)
    }

    /// For a corner of the screen: what is cut off is worth the least.
    pub fn brief(&self) -> String {
        let doing = match self.progress.stage {
            Stage::Queued => "queued".to_owned(),
            Stage::Counting => "counts".to_owned(),
            Stage::Comparing => "compares".to_owned(),
            Stage::Checking => "checks".to_owned(),
            Stage::Waiting => "waits".to_owned(),
            Stage::Moving => format!("{} {}", quantity::percent(self.percent()), self.way.verb()),
        };
        let pace = self.bytes_per_s.filter(|_| self.progress.stage == Stage::Moving);
        let pace = pace.map(|pace| format!(" {}", quantity::bytes_per_s(pace))).unwrap_or_default();
        format!("{doing} {}{pace}", self.name)
    }

    /// How far it is, in short words.
    pub fn sentence(&self) -> String {
        let Progress { stage, done_bytes, total_bytes, done_files, total_files } = self.progress;
        let of = format!("{} of {}", quantity::bytes(done_bytes), quantity::bytes(total_bytes));
        match stage {
            Stage::Queued => "waits for its turn".to_owned(),
            Stage::Counting => "is counted".to_owned(),
            Stage::Comparing => "compares what is there".to_owned(),
            Stage::Checking => format!("{of}, checks it"),
            Stage::Waiting => format!("{of}, waits for the connection"),
            Stage::Moving => {
                let mut text = of;
                if let Some(pace) = self.bytes_per_s {
                    text.push_str(&format!("  {}", quantity::bytes_per_s(pace)));
                }
                if let Some(left) = self.left_s() {
                    text.push_str(&format!("  {} left", quantity::age(left)));
                }
                if total_files > 1 {
                    text.push_str(&format!("  file {} of {total_files}", (done_files + 1).min(total_files)));
                }
                text
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_of_the_last_seconds() {
        let mut meter = Meter::default();
        meter.take(0.0, 0);
        assert_eq!(meter.bytes_per_s(), None, "one moment has no pace");
        for second in 1..=20 {
            meter.take(f64::from(second), if second <= 10 { 0 } else { (second as u64 - 10) * 1000 });
        }
        let pace = meter.bytes_per_s().unwrap();
        assert!((999.0..=1001.0).contains(&pace), "{pace}");
        meter.take(21.0, 0);
        assert_eq!(meter.bytes_per_s(), None, "it began again");
    }

    #[test]
    fn what_is_told_of_it() {
        let progress = Progress {
            stage: Stage::Moving,
            done_bytes: 64 << 20,
            total_bytes: 256 << 20,
            done_files: 0,
            total_files: 1,
        };
        let mut one = Underway {
            id: 1,
            job: 1,
            target: TargetId::server("a"),
            way: Way::Up,
            name: "x.tar".into(),
            progress,
            bytes_per_s: Some(f64::from(32 << 20)),
        };
        assert_eq!((one.left_s(), one.percent()), (Some(6), 25.0));
        assert_eq!(one.sentence(), "64 MiB of 256 MiB  32 MiB/s  6s left");
        assert_eq!(one.brief(), "25 % upload x.tar 32 MiB/s");
        one.progress.total_files = 3;
        one.bytes_per_s = Some(0.0);
        assert_eq!(one.sentence(), "64 MiB of 256 MiB  0 B/s  file 1 of 3");
        one.progress.stage = Stage::Waiting;
        assert_eq!(one.sentence(), "64 MiB of 256 MiB, waits for the connection");
        assert_eq!(one.brief(), "waits x.tar");
        assert_eq!(Underway { progress: Progress::default(), ..one }.percent(), 0.0);
    }
}
