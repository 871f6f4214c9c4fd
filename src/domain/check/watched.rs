//! All checks of a session with their tracks, and what of them is an event of the server that asks.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Check, CheckRow, Outage, Outcome, State, Track};
use crate::domain::ids::TargetId;
use crate::domain::sanitize;
use crate::domain::server::Crossing;
use crate::domain::server::crossings::Change;
use crate::domain::server::threshold::Metric;

/// Characters of a reason in an event.
const TOLD: usize = 120;

/// A check and what has become of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    pub check: Arc<Check>,
    pub track: Track,
}

impl Watched {
    pub fn state(&self, now: Timestamp) -> State {
        self.track.state(&self.check, now)
    }

    pub fn row(&self, now: Timestamp) -> CheckRow {
        CheckRow::new(&self.check, &self.track, now)
    }
}

/// All of them, in the order of the configuration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Book(Vec<Watched>);

impl Book {
    pub fn new(checks: impl IntoIterator<Item = Arc<Check>>) -> Self {
        Self(checks.into_iter().map(|check| Watched { check, track: Track::default() }).collect())
    }

    /// Takes an answer. What begins or ends by it is told with its server.
    pub fn take(&mut self, name: &str, outcome: Outcome, at: Timestamp) -> Option<(TargetId, Change)> {
        let Watched { check, track } = self.0.iter_mut().find(|one| *one.check.name == *name)?;
        let outage = track.take(check, outcome, at)?;
        let is_over = outage.until.is_some();
        let crossing = crossing(check, outage);
        Some((check.server.clone(), if is_over { Change::Ended(crossing) } else { Change::Begun(crossing) }))
    }

    pub fn all(&self) -> impl Iterator<Item = &Watched> {
        self.0.iter()
    }

    pub fn of<'b>(&'b self, server: &'b TargetId) -> impl Iterator<Item = &'b Watched> {
        self.0.iter().filter(move |one| one.check.server == *server)
    }

    /// Those of a server that are down.
    pub fn down<'b>(&'b self, server: &'b TargetId, now: Timestamp) -> impl Iterator<Item = &'b Watched> {
        self.of(server).filter(move |one| one.state(now) == State::Down)
    }
}

/// The outage as an event.
fn crossing(check: &Check, outage: Outage) -> Crossing {
    let what = format!("{} down: {}", check.name, outage.message);
    let what = sanitize::line(&what, TOLD).into_owned();
    Crossing { metric: Metric::Check, what, since: outage.since, until: outage.until, peak: 1.0, level: 1.0 }
}
