//! Where the thresholds of servers lie: what the configuration says of all of them and of one, over what is usual.

use std::collections::BTreeMap;

use super::certificates::SOON_DAYS;
use super::threshold::Metric;
use crate::domain::ids::TargetId;

/// A figure has to come down this far below its threshold before it is well again, per cent.
const SLACK: f64 = 5.0;
/// Runnable tasks a processor, per cent: beyond this some wait.
const FULL_LOAD: f64 = 100.0;
/// Share of the time in which some task waits.
const STALL: f64 = 20.0;
/// From here on a share of a whole is much, per cent.
const USUAL_PERCENT: f64 = 80.0;

/// What is said; infinite = never over.
pub type Levels = BTreeMap<Metric, f64>;

/// All thresholds of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    /// Of what is a share of a whole, where nothing else is said.
    percent: f64,
    all: Levels,
    own: BTreeMap<TargetId, Levels>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self::new(USUAL_PERCENT, Levels::new())
    }
}

impl Thresholds {
    pub fn new(percent: f64, all: Levels) -> Self {
        Self { percent, all, own: BTreeMap::new() }
    }

    /// Those of one server go before those of all.
    pub fn say(&mut self, server: TargetId, levels: Levels) {
        if !levels.is_empty() {
            self.own.insert(server, levels);
        }
    }

    /// What is said of all servers.
    pub fn all(&self) -> &Levels {
        &self.all
    }

    /// What is said of one.
    pub fn own(&self, server: &TargetId) -> Option<&Levels> {
        self.own.get(server)
    }

    /// Of what is no server: one share for everything.
    pub fn usual(&self) -> Limits<'_> {
        Limits { percent: self.percent, all: None, own: None }
    }

    pub fn of(&self, server: &TargetId) -> Limits<'_> {
        Limits { percent: self.percent, all: Some(&self.all), own: self.own.get(server) }
    }
}

/// The thresholds of one server.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'t> {
    percent: f64,
    all: Option<&'t Levels>,
    own: Option<&'t Levels>,
}

impl Limits<'_> {
    /// The usual ones.
    pub fn usual() -> Self {
        Self { percent: USUAL_PERCENT, all: None, own: None }
    }

    /// Where nothing else is said of a share of a whole.
    pub fn percent(&self) -> f64 {
        self.percent
    }

    /// From here on it is over.
    pub fn level(&self, metric: Metric) -> f64 {
        let said = [self.own, self.all].into_iter().flatten().find_map(|levels| levels.get(&metric));
        said.copied().unwrap_or(match metric {
            Metric::Cpu | Metric::Memory | Metric::Swap | Metric::Disk | Metric::Inodes => self.percent,
            Metric::Load => FULL_LOAD,
            Metric::Stall => STALL,
            // A certificate has less and less: its figure is what it lacks.
            Metric::Certificate => -(SOON_DAYS as f64),
            Metric::FailedUnits
            | Metric::Link
            | Metric::Reboot
            | Metric::SecurityUpdates
            | Metric::Backup
            | Metric::Check => 1.0,
        })
    }

    /// Below this it is well again.
    pub fn clears(&self, metric: Metric) -> f64 {
        let level = self.level(metric);
        match metric {
            Metric::FailedUnits
            | Metric::Link
            | Metric::Reboot
            | Metric::SecurityUpdates
            | Metric::Backup
            | Metric::Check => level,
            // The days are counted by a clock that may be set.
            Metric::Certificate => level - 1.0,
            _ => (level - SLACK).max(level / 2.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_counts() {
        let (web1, web2) = (TargetId::server("web1"), TargetId::server("web2"));
        let mut thresholds =
            Thresholds::new(70.0, Levels::from([(Metric::Disk, 90.0), (Metric::Load, 200.0)]));
        thresholds.say(web1.clone(), Levels::from([(Metric::Disk, 95.0), (Metric::Swap, f64::INFINITY)]));
        let of = |id| {
            let limits = thresholds.of(id);
            [Metric::Cpu, Metric::Disk, Metric::Swap, Metric::Load].map(|metric| limits.level(metric))
        };
        assert_eq!(of(&web1), [70.0, 95.0, f64::INFINITY, 200.0]);
        assert_eq!(of(&web2), [70.0, 90.0, 70.0, 200.0]);
        assert_eq!(Limits::usual().level(Metric::Certificate), -21.0);
        assert_eq!(
            (Limits::usual().clears(Metric::Cpu), Limits::usual().clears(Metric::Certificate)),
            (75.0, -22.0)
        );
    }
}
