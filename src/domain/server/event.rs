//! What happened to a server: something went over its threshold, or it was lost, and came back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::threshold::Metric;
use crate::domain::ids::TargetId;
use crate::domain::quantity;

/// One time over a threshold, from its beginning to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerEvent {
    pub target: TargetId,
    pub crossing: Crossing,
}

/// What there is to say of it, whatever server it is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    pub metric: Metric,
    /// The filesystem, why it is out of reach, what a check says, which backup and why; sanitised, empty for what there
    /// is one of.
    pub what: String,
    pub since: Timestamp,
    /// `None` = it lasts, or its end was not seen.
    pub until: Option<Timestamp>,
    /// The highest figure.
    pub peak: f64,
    /// What it was held against.
    pub level: f64,
}

impl Crossing {
    /// The same time over the same threshold.
    pub fn is(&self, other: &Self) -> bool {
        (self.metric, &self.what, self.since) == (other.metric, &other.what, other.since)
    }

    /// `disk / over 80 %`, `out of reach: no route to host`, `backup crm: too old`,
    /// `check shop down: 502 Bad Gateway`
    pub fn title(&self) -> String {
        let what = if self.what.is_empty() { String::new() } else { format!(" {}", self.what) };
        match self.metric {
            Metric::Link if self.what.is_empty() => self.metric.word().to_owned(),
            Metric::Link => format!("{}: {}", self.metric.word(), self.what),
            Metric::FailedUnits | Metric::Reboot | Metric::SecurityUpdates => self.metric.word().to_owned(),
            Metric::Certificate => format!("{}{what} ends", self.metric.word()),
            Metric::Backup | Metric::Check => format!("{}{what}", self.metric.word()),
            metric => format!("{}{what} over {}", metric.word(), metric.figure(self.level)),
        }
    }

    /// `97 %`; empty for what has no figure.
    pub fn peak(&self) -> String {
        self.metric.figure(self.peak)
    }

    /// Seconds it lasted; `None` while it does, and when a clock was set meanwhile.
    pub fn lasted_s(&self) -> Option<i64> {
        self.until.map(|until| until.as_second() - self.since.as_second()).filter(|s| *s >= 0)
    }

    /// `cpu over 80 %, up to 97 %, for 12m`
    pub fn sentence(&self) -> String {
        let mut text = self.title();
        let peak = self.peak();
        if !peak.is_empty() {
            text += &match self.metric {
                Metric::Certificate => format!(" in {peak}"),
                Metric::FailedUnits | Metric::SecurityUpdates => format!(": {peak}"),
                _ => format!(", up to {peak}"),
            };
        }
        if let Some(lasted) = self.lasted_s() {
            text += &format!(", for {}", quantity::age(lasted));
        }
        text
    }
}
