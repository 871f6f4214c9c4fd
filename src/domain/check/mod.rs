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
}

impl Check {
    /// Times until the next answer that are as they should be: after this the time between counts as unknown.
    pub fn is_late_after(&self) -> Duration {
        2 * self.every + self.timeout
    }

    /// An answer that is right and slow is not quite right.
    pub fn judge(&self, outcome: Outcome) -> Outcome {
        match (self.slower_than, outcome.took) {
            (Some(limit), Some(took)) if outcome.verdict == Verdict::Ok && took > limit => {
                let limit = super::quantity::took(limit.as_secs_f64());
                let message = format!("{}; slower than {limit}", outcome.message);
                Outcome { verdict: Verdict::Degraded, message, ..outcome }
            }
            _ => outcome,
        }
    }
}
