//! The picture of everything that panes draw from. Written only by the application's update, read by views.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::audit::AuditRecord;
use super::backup::Backups;
use super::capsule::CapsuleInfo;
use super::check::{self, Outcome};
use super::container::Container;
use super::docker::DockerHost;
use super::guard::Guard;
use super::ids::{ContainerKey, TargetId, TargetKind};
use super::incident::{Incident, IncidentPast, Moment, READINGS};
use super::recording::RecorderStatus;
use super::remote::Remote;
use super::server::cause::cause;
use super::server::crossings::{Change, Crossings};
use super::server::threshold::Metric;
use super::server::thresholds::Thresholds;
use super::server::{Crossing, History, Point, Server, ServerEvent, Underway};
use super::usage::{Series, UsageSample};

/// Events of servers kept.
const MAX_EVENTS: usize = 1000;
/// What began longer ago than this and was not seen to end is another time, seconds.
const LASTS_S: i64 = 30 * 86_400;
/// Seconds that a server was seen before an incident of it.
const SEEN_S: i64 = 10;

/// A target as configured or discovered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetInfo {
    pub id: TargetId,
    /// Where it is, without secrets: `unix:///var/run/docker.sock`.
    pub address: String,
    /// Its own client's command with the options that lead there: `docker --context prod`.
    pub client: String,
    pub guard: Guard,
    pub tags: Vec<String>,
    /// A theme role or `#rrggbb` from the configuration, for the header.
    pub color: Option<String>,
}

/// All that is known at a moment.
#[derive(Debug, Default)]
pub struct World {
    /// In the order of the configuration.
    pub targets: Vec<TargetInfo>,
    pub docker: BTreeMap<TargetId, Remote<DockerHost>>,
    pub usage: HashMap<ContainerKey, Series>,
    pub servers: BTreeMap<TargetId, Remote<Server>>,
    /// The last minutes of each server.
    pub vitals: HashMap<TargetId, History>,
    /// Where the thresholds of servers lie.
    pub thresholds: Thresholds,
    /// The backups of servers that have some, as they were read.
    pub backups: HashMap<TargetId, Arc<Backups>>,
    /// What is asked again and again, and what has become of it.
    pub checks: check::Book,
    /// What of each server is over its threshold.
    pub crossings: HashMap<TargetId, Crossings>,
    /// What happened to servers, oldest first.
    pub events: Vec<ServerEvent>,
    /// The newest audit records, oldest first.
    pub audit: Vec<Arc<AuditRecord>>,
    /// How the flight recorder fares.
    pub recorder: RecorderStatus,
    /// Crash capsules, the newest first.
    pub capsules: Vec<CapsuleInfo>,
    /// Copies that are under way, in the order in which they were asked for.
    pub transfers: Vec<Underway>,
    /// Who sits here: `user@host`.
    pub who: String,
    /// True when the whole session may change nothing.
    pub read_only: bool,
}

impl World {
    pub fn target(&self, id: &TargetId) -> Option<&TargetInfo> {
        self.targets.iter().find(|t| t.id == *id)
    }

    /// Takes in how far a copy is.
    pub fn take_transfer(&mut self, underway: Underway) {
        match self.transfers.iter_mut().find(|known| known.id == underway.id) {
            Some(known) => *known = underway,
            None => self.transfers.push(underway),
        }
    }

    /// A copy is over, if it was one; it is told of no more.
    pub fn end_transfer(&mut self, id: u64) -> Option<Underway> {
        let at = self.transfers.iter().position(|known| known.id == id)?;
        Some(self.transfers.remove(at))
    }

    /// The docker client with the options that lead it to this target.
    pub fn client(&self, id: &TargetId) -> String {
        self.target(id).map_or_else(|| "docker".to_owned(), |t| t.client.clone())
    }

    /// The guard in force: the target's own, or read-only when the session is.
    pub fn guard(&self, id: &TargetId) -> Guard {
        if self.read_only { Guard::ReadOnly } else { self.target(id).map_or(Guard::default(), |t| t.guard) }
    }

    /// True when containers of several engines may stand side by side.
    pub fn has_several_engines(&self) -> bool {
        self.targets.iter().filter(|t| t.id.kind == TargetKind::Docker).nth(1).is_some()
    }

    /// Engines and servers that cannot be reached.
    pub fn lost(&self) -> impl Iterator<Item = &TargetId> {
        let engines = self.docker.iter().map(|(id, remote)| (id, &remote.link));
        let servers = self.servers.iter().map(|(id, remote)| (id, &remote.link));
        engines.chain(servers).filter(|(_, link)| link.fault().is_some()).map(|(id, _)| id)
    }

    /// All containers of all engines, engine by engine in the order of the configuration.
    pub fn containers(&self) -> impl Iterator<Item = &Arc<Container>> {
        self.targets
            .iter()
            .filter_map(|t| self.docker.get(&t.id))
            .filter_map(|remote| remote.value.as_deref())
            .flat_map(|host| host.containers.iter())
    }

    pub fn container(&self, key: &ContainerKey) -> Option<&Arc<Container>> {
        self.docker.get(&key.target)?.value.as_ref()?.containers.iter().find(|c| c.id == key.id)
    }

    /// Takes the next state of an engine and forgets the usage of containers that are gone.
    pub fn take_docker(&mut self, id: TargetId, remote: Remote<DockerHost>) {
        self.docker.insert(id.clone(), remote);
        let alive: std::collections::HashSet<&super::ids::ContainerId> = self
            .docker
            .get(&id)
            .and_then(|r| r.value.as_deref())
            .map(|host| host.containers.iter().map(|c| &c.id).collect())
            .unwrap_or_default();
        self.usage.retain(|key, _| key.target != id || alive.contains(&key.id));
    }

    /// Takes the next state of a server. What begins or ends by it is in the events, and given back.
    pub fn take_server(&mut self, id: TargetId, remote: Remote<Server>) -> Vec<ServerEvent> {
        if let Some(point) = remote.value.as_deref().and_then(Point::of) {
            self.vitals.entry(id.clone()).or_default().push(point);
        }
        let limits = self.thresholds.of(&id);
        let mut changes = self.crossings.entry(id.clone()).or_default().take(&remote, limits);
        changes.retain(|change| !self.goes_on(&id, change));
        let told = changes.into_iter().filter_map(|change| self.take_change(&id, change)).collect();
        self.servers.insert(id, remote);
        told
    }

    /// Takes what was read of a server's backups. What begins or ends by it is in the events, and given back.
    pub fn take_backups(&mut self, id: TargetId, backups: Backups) -> Vec<ServerEvent> {
        let mut changes = self.crossings.entry(id.clone()).or_default().take_backups(&backups);
        changes.retain(|change| !self.goes_on(&id, change));
        let told = changes.into_iter().filter_map(|change| self.take_change(&id, change)).collect();
        self.backups.insert(id, Arc::new(backups));
        told
    }

    /// Takes the answer to a check. What begins or ends by it is in the events, and given back.
    pub fn take_check(&mut self, name: &str, outcome: Outcome, at: Timestamp) -> Option<ServerEvent> {
        let (server, change) = self.checks.take(name, outcome, at)?;
        self.take_judged(&server, change)
    }

    /// Takes what was judged of a server elsewhere than by its thresholds.
    pub fn take_judged(&mut self, id: &TargetId, change: Change) -> Option<ServerEvent> {
        self.crossings.entry(id.clone()).or_default().take_judged(&change);
        self.take_change(id, change)
    }

    /// Takes what happened in earlier sessions.
    pub fn take_past_events(&mut self, mut past: Vec<ServerEvent>) {
        past.append(&mut self.events);
        self.events = past;
    }

    /// What lasts for days begins anew for every session, and is told once: it goes on from where it was seen last.
    fn goes_on(&mut self, id: &TargetId, change: &Change) -> bool {
        let Change::Begun(begun) = change else { return false };
        // What goes up and down by the minute was not the same time all along.
        if begun.metric == Metric::Link || begun.metric.holds_s() > 0 {
            return false;
        }
        let same = |one: &&ServerEvent| {
            let past = &one.crossing;
            let age = begun.since.as_second() - past.since.as_second();
            one.target == *id
                && (past.metric, &past.what) == (begun.metric, &begun.what)
                && past.until.is_none()
                && (0..=LASTS_S).contains(&age)
        };
        let Some(before) = self.events.iter().rev().find(same).map(|one| one.crossing.clone()) else {
            return false;
        };
        if let Some(crossings) = self.crossings.get_mut(id) {
            crossings.resume(begun, before);
        }
        true
    }

    fn take_change(&mut self, id: &TargetId, change: Change) -> Option<ServerEvent> {
        let is_news = !matches!(change, Change::Higher(_));
        let event = match change {
            Change::Begun(crossing) => {
                if self.events.len() >= MAX_EVENTS {
                    self.events.drain(..MAX_EVENTS / 10);
                }
                self.events.push(ServerEvent { target: id.clone(), crossing });
                self.events.last()
            }
            Change::Higher(crossing) | Change::Ended(crossing) => {
                let known =
                    self.events.iter_mut().rev().find(|e| e.target == *id && e.crossing.is(&crossing));
                known.map(|known| {
                    known.crossing = crossing;
                    &*known
                })
            }
        };
        event.filter(|_| is_news).cloned()
    }

    /// What is known of an event that has just begun, when what went before it was seen: what was so when pult
    /// was opened is no incident.
    pub fn incident(&self, event: &ServerEvent) -> Option<Incident> {
        let is_one = event.crossing.until.is_none() && event.crossing.metric.is_incident();
        let begun = is_one.then_some(event.crossing.since)?;
        let history = self.vitals.get(&event.target)?;
        history.points().next().filter(|first| begun.as_second() - first.at.as_second() >= SEEN_S)?;
        let server = self.servers.get(&event.target)?.value.as_deref()?;
        let points = history.points();
        let skip = points.len().saturating_sub(READINGS);
        let past = IncidentPast {
            cause: server.vitals.as_deref().and_then(cause),
            failed_units: server.checks.as_ref().and_then(|c| c.failed_units.clone()).unwrap_or_default(),
            readings: points.skip(skip).map(Moment::from).collect(),
        };
        Some(Incident { target: event.target.clone(), crossing: event.crossing.clone(), past })
    }

    /// What lasts of a server.
    pub fn open(&self, id: &TargetId) -> impl Iterator<Item = &Crossing> {
        self.crossings.get(id).into_iter().flat_map(Crossings::open)
    }

    pub fn take_usage(&mut self, samples: Vec<UsageSample>) {
        for sample in samples {
            // Whatever has a series is there: [`Self::take_docker`] sees to that.
            if let Some(series) = self.usage.get_mut(&sample.key) {
                series.push(sample.at, sample.usage);
            } else if self.container(&sample.key).is_some() {
                // A sample may arrive after its container is gone.
                self.usage.entry(sample.key).or_default().push(sample.at, sample.usage);
            }
        }
    }
}
