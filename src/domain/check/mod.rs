//! Checks: what somebody wants asked again and again (does the shop answer, is the dump of today there), who asks
//! it, and what has become of it. Pure: answers and the time come from outside.

pub mod outcome;
mod probe;
mod row;
mod track;
mod turn;
mod url;
mod watched;

use std::sync::Arc;
use std::time::Duration;

use super::ids::TargetId;
use super::quantity;
pub use outcome::{Outcome, Verdict};
pub use probe::{FileProbe, HttpProbe, Probe, Statuses};
pub use row::CheckRow;
pub use track::{MOST_SAMPLES, Sample, Track};
pub use turn::{Outage, State, Turn};
pub use url::{Url, host_and_port, is_host};
pub use watched::{Book, Watched};

/// A check as it is configured.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Its own among all checks.
    pub name: Arc<str>,
    /// Who asks: what is asked is seen from there.
    pub server: TargetId,
    /// `http`: as the configuration calls the kind.
    pub kind: &'static str,
    pub probe: Probe,
    pub every: Duration,
    pub timeout: Duration,
    /// So many failures in a row are an outage.
    pub failures: u32,
    /// An answer that takes longer is a bad one.
    pub slower_than: Option<Duration>,
    /// So many days before its end a certificate is to be renewed; `None` = whenever.
    pub certificate_days: Option<i64>,
}

impl Check {
    /// Times until the next answer that are as they should be: after this the time between counts as unknown.
    pub fn is_late_after(&self) -> Duration {
        2 * self.every + self.timeout
    }

    /// An answer that is right is not quite right when it is slow, or when the next certificate is due.
    pub fn judge(&self, outcome: Outcome) -> Outcome {
        let late = outcome.took.zip(self.slower_than).filter(|(took, limit)| took > limit);
        let due = outcome.certificate_days.zip(self.certificate_days).filter(|(left, limit)| left <= limit);
        let remark = match (late, due) {
            _ if outcome.verdict != Verdict::Ok => return outcome,
            (Some((_, limit)), _) => format!("slower than {}", quantity::took(limit.as_secs_f64())),
            (None, Some((days, _))) => format!("its certificate ends in {days} days"),
            (None, None) => return outcome,
        };
        let message = format!("{}; {remark}", outcome.message);
        Outcome { verdict: Verdict::Degraded, message, ..outcome }
    }
}
